"""Caches that are full: least recently used by a ring of links and a dict, least frequently used by buckets, and one
that relies on dicts keeping their order. Each access reorders, each miss evicts: objects of middle age die, in no
order that an allocator could guess."""
import sys

MASK = (1 << 64) - 1


class Link:
    __slots__ = ("key", "value", "before", "after")


class Recent:
    def __init__(self, size):
        self.size = size
        self.links = {}
        self.head = head = Link()
        head.before = head.after = head

    def unlink(self, link):
        link.before.after = link.after
        link.after.before = link.before

    def front(self, link):
        head = self.head
        link.before = head
        link.after = head.after
        head.after.before = link
        head.after = link

    def get(self, key):
        link = self.links.get(key)
        if link is None:
            return None
        self.unlink(link)
        self.front(link)
        return link.value

    def put(self, key, value):
        if len(self.links) >= self.size:
            oldest = self.head.before
            self.unlink(oldest)
            del self.links[oldest.key]
        link = self.links[key] = Link()
        link.key = key
        link.value = value
        self.front(link)

    def close(self):
        link = self.head.after
        while link is not self.head:
            link.before = None
            link = link.after
        self.head.after.before = self.head.before = self.head.after = None


class Frequent:
    def __init__(self, size):
        self.size = size
        self.values = {}
        self.uses = {}
        self.buckets = {}
        self.least = 0

    def use(self, key):
        n = self.uses[key]
        bucket = self.buckets[n]
        del bucket[key]
        if not bucket:
            del self.buckets[n]
            if self.least == n:
                self.least = n + 1
        self.uses[key] = n + 1
        self.buckets.setdefault(n + 1, {})[key] = True

    def get(self, key):
        if key not in self.values:
            return None
        self.use(key)
        return self.values[key]

    def put(self, key, value):
        if len(self.values) >= self.size:
            bucket = self.buckets[self.least]
            victim = next(iter(bucket))
            del bucket[victim], self.values[victim], self.uses[victim]
            if not bucket:
                del self.buckets[self.least]
        self.values[key] = value
        self.uses[key] = 1
        self.buckets.setdefault(1, {})[key] = True
        self.least = 1

    def close(self):
        pass


class Ordered:
    def __init__(self, size):
        self.size = size
        self.pages = {}

    def get(self, key):
        value = self.pages.pop(key, None)
        if value is not None:
            self.pages[key] = value
        return value

    def put(self, key, value):
        if len(self.pages) >= self.size:
            del self.pages[next(iter(self.pages))]
        self.pages[key] = value

    def close(self):
        pass


def load(key):
    return [key, "page %d" % key, (key * 7, key % 3)]


def run(scale):
    total = 0
    for kind in (Recent, Frequent, Ordered):
        cache = kind(800)
        state, hits = 5, 0
        for i in range(max(10, int(150000 * scale))):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            key = (state >> 8) % 900 if state & 0x300000 else (state >> 8) % 6000
            page = cache.get(key)
            if page is None:
                page = load(key)
                cache.put(key, page)
            else:
                hits += 1
            total = (total * 31 + page[2][0] + len(page[1])) & MASK
        cache.close()
        total = (total * 1000003 + hits) & MASK
    return total


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
