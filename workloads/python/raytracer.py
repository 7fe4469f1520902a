"""A picture of spheres over a chequered floor, ray by ray, with shadows and reflections: vectors as small objects
with operators, classes of surfaces, recursion, floats. A vector lives for a few operations."""
import sys

MASK = (1 << 64) - 1


class Vector:
    __slots__ = ("x", "y", "z")

    def __init__(self, x, y, z):
        self.x = x
        self.y = y
        self.z = z

    def __add__(self, o):
        return Vector(self.x + o.x, self.y + o.y, self.z + o.z)

    def __sub__(self, o):
        return Vector(self.x - o.x, self.y - o.y, self.z - o.z)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor, self.z * factor)

    __rmul__ = __mul__

    def __neg__(self):
        return Vector(-self.x, -self.y, -self.z)

    def dot(self, o):
        return self.x * o.x + self.y * o.y + self.z * o.z

    def unit(self):
        return self * (1.0 / self.dot(self) ** 0.5)

    def mirrored(self, normal):
        return self - normal * (2.0 * self.dot(normal))


class Ray:
    __slots__ = ("start", "direction")

    def __init__(self, start, direction):
        self.start = start
        self.direction = direction

    def at(self, t):
        return self.start + self.direction * t


class Surface:
    shine = 0.0

    def colour(self, point):
        return self.base


class Sphere(Surface):
    def __init__(self, centre, radius, base, shine):
        self.centre = centre
        self.radius = radius
        self.base = base
        self.shine = shine

    def meets(self, ray):
        to = self.centre - ray.start
        along = to.dot(ray.direction)
        under = self.radius * self.radius - (to.dot(to) - along * along)
        if under < 0.0:
            return None
        root = under ** 0.5
        if along - root > 1e-4:
            return along - root
        return along + root if along + root > 1e-4 else None

    def normal(self, point):
        return (point - self.centre).unit()


class Floor(Surface):
    shine = 0.2

    def meets(self, ray):
        if ray.direction.y > -1e-6:
            return None
        t = -ray.start.y / ray.direction.y
        return t if t > 1e-4 else None

    def normal(self, point):
        return Vector(0.0, 1.0, 0.0)

    def colour(self, point):
        light = (int(point.x // 1) + int(point.z // 1)) % 2 == 0
        return Vector(0.9, 0.9, 0.8) if light else Vector(0.2, 0.2, 0.3)


class Scene:
    def __init__(self):
        self.things = [Floor()]
        for i in range(4):
            base = Vector(0.3 + 0.2 * i, 0.9 - 0.2 * i, 0.5)
            self.things.append(Sphere(Vector(i * 1.4 - 2.0, 0.7, 5.0 + i % 2), 0.7, base, 0.1 * i + 0.1))
        self.lamp = Vector(-4.0, 6.0, 0.0)

    def nearest(self, ray):
        best = hit = None
        for thing in self.things:
            t = thing.meets(ray)
            if t is not None and (best is None or t < best):
                best, hit = t, thing
        return best, hit

    def trace(self, ray, depth):
        t, thing = self.nearest(ray)
        if thing is None:
            sky = 0.5 + 0.5 * ray.direction.y
            return Vector(0.4 * sky, 0.6 * sky, sky)
        point = ray.at(t)
        normal = thing.normal(point)
        to_lamp = (self.lamp - point).unit()
        light = 0.15
        if self.nearest(Ray(point, to_lamp))[1] is None:
            light += 0.85 * max(0.0, normal.dot(to_lamp))
        colour = thing.colour(point) * (light * (1.0 - thing.shine))
        if depth > 0 and thing.shine > 0.0:
            colour = colour + self.trace(Ray(point, ray.direction.mirrored(normal)), depth - 1) * thing.shine
        return colour


def run(scale):
    scene = Scene()
    width = max(4, int(270 * scale ** 0.5))
    height = max(3, int(180 * scale ** 0.5))
    eye = Vector(0.0, 1.5, -2.0)
    total = 0
    for row in range(height):
        for column in range(width):
            direction = Vector((column - width / 2) / width * 1.5, (height / 2 - row) / width * 1.5, 1.0).unit()
            c = scene.trace(Ray(eye, direction), 3)
            total = (total * 31 + int(min(1.0, c.x) * 255) * 65536 + int(min(1.0, c.y) * 255) * 256 +
                     int(min(1.0, c.z) * 255)) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
