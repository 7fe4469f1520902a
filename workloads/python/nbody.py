"""Five bodies under gravity, one step of time after another: floating-point arithmetic on attributes of objects,
with a square root per pair. Every operation makes a float object that dies at once."""
import sys

MASK = (1 << 64) - 1


class Body:
    def __init__(self, mass, x, y, z, vx, vy, vz):
        self.mass = mass
        self.x = x
        self.y = y
        self.z = z
        self.vx = vx
        self.vy = vy
        self.vz = vz


def make_system():
    bodies = [Body(39.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)]
    for i in range(1, 5):
        bodies.append(Body(0.04 / i, 4.8 * i, -1.1 * i, 0.1 * i - 0.3, 0.6 / i, 2.8 / i, 0.02 * i))
    px = py = pz = 0.0
    for b in bodies:
        px += b.vx * b.mass
        py += b.vy * b.mass
        pz += b.vz * b.mass
    sun = bodies[0]
    sun.vx = -px / sun.mass
    sun.vy = -py / sun.mass
    sun.vz = -pz / sun.mass
    return bodies


def advance(pairs, bodies, dt, steps):
    for _ in range(steps):
        for a, b in pairs:
            dx = a.x - b.x
            dy = a.y - b.y
            dz = a.z - b.z
            square = dx * dx + dy * dy + dz * dz
            magnitude = dt / (square * square ** 0.5)
            pull = b.mass * magnitude
            a.vx -= dx * pull
            a.vy -= dy * pull
            a.vz -= dz * pull
            pull = a.mass * magnitude
            b.vx += dx * pull
            b.vy += dy * pull
            b.vz += dz * pull
        for b in bodies:
            b.x += dt * b.vx
            b.y += dt * b.vy
            b.z += dt * b.vz


def energy(pairs, bodies):
    sum = 0.0
    for b in bodies:
        sum += 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz)
    for a, b in pairs:
        dx = a.x - b.x
        dy = a.y - b.y
        dz = a.z - b.z
        sum -= a.mass * b.mass / (dx * dx + dy * dy + dz * dz) ** 0.5
    return sum


def run(scale):
    bodies = make_system()
    pairs = []
    for i in range(len(bodies)):
        for j in range(i + 1, len(bodies)):
            pairs.append((bodies[i], bodies[j]))
    sum = 0
    for _ in range(10):
        advance(pairs, bodies, 0.01, max(1, int(10000 * scale)))
        sum = (sum * 1000003 + int(energy(pairs, bodies) * 1e9)) & MASK
    return sum


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
