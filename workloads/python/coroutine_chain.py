"""Hundreds of coroutines on an event loop of its own: they await each other, queues, locks and timers of virtual
time, are cancelled and gathered. async and await without a library below: the work is in the chains of frames that
each resumption walks through."""
import sys

MASK = (1 << 64) - 1


class Cancelled(Exception):
    pass


class Wait:
    """What a coroutine gives to the loop: call `arm` with the task, and it goes on later."""

    def __init__(self, arm):
        self.arm = arm

    def __await__(self):
        return (yield self)


class Task:
    def __init__(self, loop, coroutine):
        self.loop = loop
        self.coroutine = coroutine
        self.done = False
        self.result = None
        self.waiters = []
        self.cancelled = False

    def step(self, value):
        try:
            if self.cancelled:
                self.cancelled = False
                wait = self.coroutine.throw(Cancelled())
            else:
                wait = self.coroutine.send(value)
        except StopIteration as stop:
            self.finish(stop.value)
        except Cancelled:
            self.finish(None)
        else:
            wait.arm(self)

    def finish(self, result):
        self.done = True
        self.result = result
        for waiter in self.waiters:
            self.loop.ready.append((waiter, result))

    def cancel(self):
        self.cancelled = True

    def __await__(self):
        if not self.done:
            yield Wait(self.waiters.append)
        return self.result


class Loop:
    def __init__(self):
        self.ready = []
        self.timers = {}
        self.now = 0
        self.steps = 0

    def spawn(self, coroutine):
        task = Task(self, coroutine)
        self.ready.append((task, None))
        return task

    def sleep(self, ticks):
        return Wait(lambda task: self.timers.setdefault(self.now + ticks, []).append(task))

    def run(self):
        while self.ready or self.timers:
            if not self.ready:
                self.now = min(self.timers)
                self.ready = [(task, None) for task in self.timers.pop(self.now)]
            batch, self.ready = self.ready, []
            for task, value in batch:
                self.steps += 1
                task.step(value)


class Queue:
    def __init__(self, loop, size):
        self.loop = loop
        self.size = size
        self.items = []
        self.getters = []
        self.putters = []

    async def put(self, item):
        while len(self.items) >= self.size:
            await Wait(self.putters.append)
        self.items.append(item)
        if self.getters:
            self.loop.ready.append((self.getters.pop(0), None))

    async def get(self):
        while not self.items:
            await Wait(self.getters.append)
        item = self.items.pop(0)
        if self.putters:
            self.loop.ready.append((self.putters.pop(0), None))
        return item


class Lock:
    def __init__(self, loop):
        self.loop = loop
        self.held = False
        self.waiters = []

    async def __aenter__(self):
        while self.held:
            await Wait(self.waiters.append)
        self.held = True
        return self

    async def __aexit__(self, kind, value, trace):
        self.held = False
        if self.waiters:
            self.loop.ready.append((self.waiters.pop(0), None))


async def ticks(loop, n):
    for i in range(n):
        if i % 4 == 0:
            await loop.sleep(1)
        yield i


async def deep(loop, depth):
    if depth == 0:
        await loop.sleep(1)
        return 1
    return await deep(loop, depth - 1) + 1


async def producer(loop, queue, n):
    async for i in ticks(loop, n):
        await queue.put(i)
    await queue.put(None)


async def consumer(loop, source, target, lock, log):
    count = 0
    while True:
        item = await source.get()
        if item is None:
            break
        count += item
        async with lock:
            log[0] = (log[0] * 31 + item) & MASK
        if target is not None:
            await target.put(item + 1)
    if target is not None:
        await target.put(None)
    return count


async def sleeper(loop):
    try:
        while True:
            await loop.sleep(3)
    finally:
        await loop.sleep(1)


async def main_task(loop, n, log):
    lock = Lock(loop)
    tasks = []
    for _ in range(8):
        first, second = Queue(loop, 4), Queue(loop, 2)
        tasks.append(loop.spawn(producer(loop, first, n)))
        tasks.append(loop.spawn(consumer(loop, first, second, lock, log)))
        tasks.append(loop.spawn(consumer(loop, second, None, lock, log)))
    idle = [loop.spawn(sleeper(loop)) for _ in range(20)]
    depths = [await deep(loop, 5 + i) for i in range(60)]
    total = sum(depths)
    for task in tasks:
        total += (await task) or 0
    for task in idle:
        task.cancel()
    for task in idle:
        await task
    return total


def run(scale):
    total = 0
    for round in range(2):
        loop = Loop()
        log = [0]
        task = loop.spawn(main_task(loop, max(2, int(7900 * scale)), log))
        loop.run()
        total = (total * 1000003 + task.result + loop.steps + loop.now + log[0]) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
