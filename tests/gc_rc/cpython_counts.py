"""Prints gc.get_count() of CPython 3.11 after patterns of births and deaths, as the rows of
cpython_counts.inc: pattern, thresholds, births, counts. Objects that were there before are frozen,
so that generation 2 starts empty."""
import gc


class Node:
    __slots__ = ("ref",)


hold = [None] * 400000


def live(n):
    for i in range(n):
        hold[i] = Node()


def third(n):  # two of three die at once
    for i in range(n):
        hold[i] = Node()
        if i % 3:
            hold[i] = None


def queue(n):  # 500 live, first in, first out
    for i in range(n):
        hold[i % 500] = Node()


def garbage(n):  # one-object cycles
    for i in range(n):
        node = Node()
        node.ref = node


def counts_after(pattern, n, thresholds):
    for i in range(len(hold)):
        hold[i] = None
    gc.set_threshold(*thresholds)
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.collect()
    pattern(n)
    counts = gc.get_count()
    gc.disable()
    return counts


for pattern in (live, third, queue, garbage):
    for thresholds in ((700, 10, 10), (10, 2, 3), (100, 5, 1), (0, 1, 1)):
        for n in (12, 700, 701, 702, 1402, 7711, 8411, 8412, 20000, 100000, 350000):
            numbers = (*thresholds, n, *counts_after(pattern, n, thresholds))
            print(f"{{{pattern.__name__}, {{{numbers[0]}, {numbers[1]}, {numbers[2]}}}, {numbers[3]}, "
                  f"{{{numbers[4]}, {numbers[5]}, {numbers[6]}}}}},")
