"""Errors as a way of control: raised deep and caught high, translated with a cause, retried, cleaned up after by
finally and with, found by class along a hierarchy. Each raise makes an object, a traceback and a chain."""
import sys

MASK = (1 << 64) - 1


class Problem(Exception):
    def __init__(self, code, detail):
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


class Transient(Problem):
    pass


class Fatal(Problem):
    pass


class Scope:
    opened = closed = 0

    def __init__(self, forgives):
        self.forgives = forgives

    def __enter__(self):
        Scope.opened += 1
        return self

    def __exit__(self, kind, value, trace):
        Scope.closed += 1
        return kind is not None and issubclass(kind, self.forgives)


def fail_at(depth, n):
    if depth == 0:
        if n % 3 == 0:
            raise Transient(n, "again")
        if n % 7 == 0:
            raise Fatal(n, "enough")
        if n % 11 == 0:
            return {}["missing"]
        if n % 13 == 0:
            return [][n]
        return n
    try:
        return fail_at(depth - 1, n) + 1
    finally:
        Scope.opened += 0


def translated(n):
    try:
        return fail_at(3, n)
    except LookupError as error:
        raise Fatal(n, "lookup") from error


def retried(n):
    for attempt in range(4):
        try:
            return translated(n + attempt)
        except Transient as error:
            n = error.code + 1
        except Fatal as error:
            if error.__cause__ is not None:
                return len(error.args) + isinstance(error.__cause__, KeyError)
            return -error.code
    return 0


def number(text):
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return None


def scoped(n):
    with Scope(Problem):
        with Scope(ZeroDivisionError):
            n // (n % 5)
            raise Transient(n, "inner")
        return 1
    return 2


def run(scale):
    total = 0
    texts = ["12", "x1", "2.5", "", "7e2", "nothing", "99"]
    for i in range(max(1, int(64000 * scale))):
        total = (total * 31 + retried(i)) & MASK
        value = number(texts[i % 7])
        total += 1 if value is None else int(value)
        total += scoped(i)
        try:
            for x in iter([1, 2, 3].__iter__().__next__, 3):
                total += x
            [].pop()
        except (TypeError, IndexError) as error:
            total += len(error.args)
        else:
            total += 100
    return (total * 1000003 + Scope.opened * 7 + Scope.closed) & MASK


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print("checksum=0x%016x" % run(scale))


main()
