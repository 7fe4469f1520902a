"""A road map as objects: shortest paths with a heap of tuples, breadth first over a deque made of lists,
strongly connected parts, an order of prerequisites, a spanning tree. References in all directions, and lookups by
identity of objects with a hash of their own."""
import sys

MASK = (1 << 64) - 1


class Edge:
    __slots__ = ("source", "target", "length")

    def __init__(self, source, target, length):
        self.source = source
        self.target = target
        self.length = length


class Vertex:
    def __init__(self, number):
        self.number = number
        self.edges = []
        self.distance = None

    def __hash__(self):
        return self.number * 7919

    def __eq__(self, other):
        return self.number == other.number

    def join(self, other, length):
        self.edges.append(Edge(self, other, length))


def push(heap, item):
    heap.append(item)
    i = len(heap) - 1
    while i:
        parent = (i - 1) >> 1
        if heap[parent] <= item:
            break
        heap[i] = heap[parent]
        i = parent
    heap[i] = item


def pop(heap):
    last = heap.pop()
    if not heap:
        return last
    least = heap[0]
    i = 0
    n = len(heap)
    while True:
        child = 2 * i + 1
        if child >= n:
            break
        if child + 1 < n and heap[child + 1] < heap[child]:
            child += 1
        if last <= heap[child]:
            break
        heap[i] = heap[child]
        i = child
    heap[i] = last
    return least


def shortest(vertices, start):
    for v in vertices:
        v.distance = None
    heap = [(0, start.number)]
    while heap:
        distance, number = pop(heap)
        vertex = vertices[number]
        if vertex.distance is not None:
            continue
        vertex.distance = distance
        for edge in vertex.edges:
            if edge.target.distance is None:
                push(heap, (distance + edge.length, edge.target.number))
    return sum([v.distance or 0 for v in vertices])


def layers(start):
    seen = {start}
    front = [start]
    sizes = []
    while front:
        sizes.append(len(front))
        following = []
        for vertex in front:
            for edge in vertex.edges:
                if edge.target not in seen:
                    seen.add(edge.target)
                    following.append(edge.target)
        front = following
    return sizes


def components(vertices):
    """Strongly connected ones, without recursion; how many and the largest."""
    index, low, on_stack = {}, {}, set()
    stack, found = [], []
    for root in vertices:
        if root in index:
            continue
        work = [(root, iter(root.edges))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            vertex, edges = work[-1]
            for edge in edges:
                target = edge.target
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(target.edges)))
                    break
                if target in on_stack:
                    low[vertex] = min(low[vertex], index[target])
            else:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[vertex])
                if low[vertex] == index[vertex]:
                    size = 0
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        size += 1
                        if member is vertex:
                            break
                    found.append(size)
    return len(found) * 1009 + max(found)


def spanning(vertices):
    parent = {v: v for v in vertices}

    def root(v):
        while parent[v] is not v:
            parent[v] = parent[parent[v]]
            v = parent[v]
        return v

    length = 0
    edges = [e for v in vertices for e in v.edges]
    for edge in sorted(edges, key=lambda e: (e.length, e.source.number, e.target.number)):
        a, b = root(edge.source), root(edge.target)
        if a is not b:
            parent[a] = b
            length += edge.length
    return length


def run(scale):
    n = max(10, int(7700 * scale))
    vertices = [Vertex(i) for i in range(n)]
    state = 3
    for v in vertices:
        for _ in range(3):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            span = 1 + (state >> 8) % 40
            other = vertices[(v.number + span) % n if state & 64 else (v.number - span) % n]
            v.join(other, 1 + (state >> 16) % 100)
    total = 0
    for start in range(0, n, max(1, n // 8)):
        total = (total * 1000003 + shortest(vertices, vertices[start])) & MASK
        for size in layers(vertices[start]):
            total = (total * 31 + size) & MASK
    total = (total * 1000003 + components(vertices)) & MASK
    return (total * 1000003 + spanning(vertices)) & MASK


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
