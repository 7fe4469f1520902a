"""A scheduler of cooperating tasks in the manner of an operating system's kernel: classes with a common base,
overridden methods, packets handed from queue to queue, priorities and states. Nearly all time goes into looking
up attributes and calling short methods, which is what object-oriented programs mostly do."""
import sys

MASK = (1 << 64) - 1
READY, WAITING, HELD = 0, 1, 2


class Packet:
    def __init__(self, link, owner, kind):
        self.link = link
        self.owner = owner
        self.kind = kind
        self.datum = 0
        self.data = [0, 0, 0, 0]


def append(queue, packet):
    packet.link = None
    if queue is None:
        return packet
    last = queue
    while last.link is not None:
        last = last.link
    last.link = packet
    return queue


class Task:
    def __init__(self, system, name, priority):
        self.system = system
        self.name = name
        self.priority = priority
        self.state = READY
        self.inbox = None
        self.runs = 0
        system.add(self)

    def receive(self, packet, sender):
        self.inbox = append(self.inbox, packet)
        if self.state == WAITING:
            self.state = READY
            if self.priority > sender.priority:
                return self
        return sender

    def take(self):
        packet = self.inbox
        if packet is not None:
            self.inbox = packet.link
        return packet

    def wait(self):
        self.state = WAITING
        return None

    def run(self):
        self.runs += 1
        return self.step()

    def step(self):
        raise NotImplementedError


class Idler(Task):
    def __init__(self, system, count):
        super().__init__(system, "idler", 0)
        self.count = count
        self.seed = 1

    def step(self):
        self.count -= 1
        if self.count == 0:
            self.state = HELD
            return None
        odd = self.seed & 1
        self.seed = (self.seed >> 1) ^ (0xD008 if odd else 0)
        device = self.system.devices[odd]
        if device.state == HELD:
            device.state = READY
        return None


class Worker(Task):
    def __init__(self, system, packets):
        super().__init__(system, "worker", 1000)
        self.target = 0
        self.letter = 0
        self.inbox = packets

    def step(self):
        packet = self.take()
        if packet is None:
            return self.wait()
        self.target = 1 - self.target
        receiver = self.system.handlers[self.target]
        packet.owner = self
        packet.kind = "work"
        data = packet.data
        for i in range(len(data)):
            self.letter = self.letter + 1 if self.letter < 26 else 1
            data[i] = 64 + self.letter
        return receiver.receive(packet, self)


class Handler(Task):
    def __init__(self, system, name, priority):
        super().__init__(system, name, priority)
        self.pending = 0
        self.sum = 0

    def step(self):
        packet = self.take()
        if packet is None:
            return self.wait()
        if packet.kind == "work":
            self.sum = (self.sum * 31 + packet.data[packet.datum]) & 0xFFFFFFFF
            packet.datum = (packet.datum + 1) % 4
            packet.kind = "device"
            return self.system.devices[packet.datum & 1].receive(packet, self)
        packet.kind = "work"
        self.pending += 1
        return packet.owner.receive(packet, self)


class Device(Task):
    def __init__(self, system, name):
        super().__init__(system, name, 500)
        self.held = 0
        self.current = None

    def step(self):
        if self.current is not None:
            packet, self.current = self.current, None
            return self.system.handlers[self.held & 1].receive(packet, self)
        packet = self.take()
        if packet is None:
            return self.wait()
        self.current = packet
        self.held += 1
        self.state = HELD
        return None


class System:
    def __init__(self, count):
        self.tasks = []
        self.devices = []
        self.handlers = []
        Idler(self, count)
        packets = None
        for _ in range(6):
            packets = Packet(packets, None, "work")
        Worker(self, packets)
        self.handlers = [Handler(self, "handler", 2000), Handler(self, "handler", 3000)]
        self.devices = [Device(self, "device"), Device(self, "device")]
        self.tasks.sort(key=lambda task: -task.priority)

    def add(self, task):
        self.tasks.append(task)

    def next_ready(self):
        for task in self.tasks:
            if task.state == READY:
                return task
        return None

    def run(self):
        steps = 0
        task = self.next_ready()
        while task is not None:
            steps += 1
            following = task.run()
            if following is None or following.state != READY:
                following = self.next_ready()
            task = following
        return steps


def run(scale):
    sum = 0
    for round in range(3):
        system = System(max(2, int(17000 * scale)))
        sum = (sum * 1000003 + system.run()) & MASK
        for task in system.tasks:
            sum = (sum * 1000003 + task.runs) & MASK
        for handler in system.handlers:
            sum = (sum * 1000003 + handler.sum + handler.pending) & MASK
    return sum


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
