"""A harbour simulated by events: ships arrive, wait for berths, are unloaded by cranes that break down, and leave.
A calendar of events in a heap of lists, callbacks as bound methods, state spread over many objects."""
import sys

MASK = (1 << 64) - 1


class Random:
    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.state >> 8) % n


class Calendar:
    def __init__(self):
        self.heap = []
        self.now = 0
        self.made = 0

    def at(self, delay, action, *arguments):
        event = [self.now + delay, self.made, action, arguments]
        self.made += 1
        heap = self.heap
        heap.append(event)
        i = len(heap) - 1
        while i and heap[(i - 1) >> 1] > event:
            heap[i] = heap[(i - 1) >> 1]
            i = (i - 1) >> 1
        heap[i] = event
        return event

    def cancel(self, event):
        event[2] = None

    def take(self):
        heap = self.heap
        first, last = heap[0], heap.pop()
        if heap:
            i, n = 0, len(heap)
            while 2 * i + 1 < n:
                child = 2 * i + 1
                if child + 1 < n and heap[child + 1] < heap[child]:
                    child += 1
                if heap[child] > last:
                    break
                heap[i] = heap[child]
                i = child
            heap[i] = last
        return first

    def run(self, until):
        count = 0
        while self.heap and self.heap[0][0] <= until:
            event = self.take()
            self.now = event[0]
            if event[2] is not None:
                event[2](*event[3])
                count += 1
        return count


class Crane:
    def __init__(self, harbour, number):
        self.harbour = harbour
        self.number = number
        self.ship = None
        self.finish = None
        self.left = 0
        self.broken = False
        self.fail_later()

    def fail_later(self):
        self.harbour.calendar.at(300 + self.harbour.random.below(900), self.fail)

    def serve(self, ship):
        self.ship = ship
        self.left = ship.cargo
        self.start()

    def start(self):
        self.finish = self.harbour.calendar.at(self.left, self.done)

    def fail(self):
        self.broken = True
        if self.ship is not None:
            self.left = max(1, self.finish[0] - self.harbour.calendar.now)
            self.harbour.calendar.cancel(self.finish)
        self.harbour.calendar.at(20 + self.harbour.random.below(60), self.mend)

    def mend(self):
        self.broken = False
        self.fail_later()
        if self.ship is not None:
            self.start()
        else:
            self.harbour.assign()

    def done(self):
        ship, self.ship = self.ship, None
        ship.leave()
        self.harbour.assign()


class Ship:
    def __init__(self, harbour, number):
        self.harbour = harbour
        self.number = number
        self.cargo = 5 + harbour.random.below(90)
        self.arrived = harbour.calendar.now
        self.log = [("arrived", self.arrived)]

    def leave(self):
        now = self.harbour.calendar.now
        self.log.append(("left", now))
        self.harbour.left(self, now - self.arrived)


class Harbour:
    def __init__(self, seed, cranes):
        self.random = Random(seed)
        self.calendar = Calendar()
        self.waiting = []
        self.ships = 0
        self.longest = 0
        self.sum = 0
        self.cranes = [Crane(self, i) for i in range(cranes)]
        self.calendar.at(1, self.arrive)

    def arrive(self):
        self.ships += 1
        ship = Ship(self, self.ships)
        self.waiting.append(ship)
        self.longest = max(self.longest, len(self.waiting))
        self.calendar.at(1 + self.random.below(16), self.arrive)
        self.assign()

    def assign(self):
        for crane in self.cranes:
            if not self.waiting:
                return
            if crane.ship is None and not crane.broken:
                crane.serve(self.waiting.pop(0))

    def left(self, ship, stay):
        self.sum = (self.sum * 31 + stay + len(ship.log)) & MASK


def run(scale):
    total = 0
    for seed in range(4):
        harbour = Harbour(seed + 1, 7)
        events = harbour.calendar.run(max(100, int(190000 * scale)))
        total = (total * 1000003 + events + harbour.sum + harbour.longest * 64 + harbour.ships) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
