"""A small shop in memory: customers, orders and stock as objects, tuples, lists, dicts and strings.

Recorded with PYTHONMALLOC=malloc, so that every object is a request to malloc. Phases: build the
stock, serve orders over it, report as text, rebuild an index, drop most of it. Customers and orders
refer to each other, so that the cycle collector has work."""
import random


class Customer:
    def __init__(self, name):
        self.name = name
        self.orders = []


class Order:
    __slots__ = ("customer", "lines", "total", "previous")

    def __init__(self, customer, lines):
        self.customer = customer
        self.lines = lines
        self.total = sum(price * count for _, price, count in lines)
        self.previous = customer.orders[-1] if customer.orders else None
        customer.orders.append(self)


def build_stock(rng, n):
    stock = {}
    for i in range(n):
        key = f"item-{i:05d}"
        stock[key] = {"price": rng.random() * 100, "count": 1000 + i, "tags": ["red", f"size {i % 40}"]}
    return stock


def serve(rng, stock, customers, n):
    keys = list(stock)
    for i in range(n):
        customer = customers[rng.randrange(len(customers))]
        lines = []
        for _ in range(rng.randrange(1, 7)):
            key = keys[int(rng.random() ** 2 * len(keys))]
            item = stock[key]
            count = rng.randrange(1, 5)
            item["count"] -= count
            lines.append((key, item["price"], count))
        Order(customer, lines)
        if len(customer.orders) > 12:
            customer.orders = customer.orders[-6:]
            customer.orders[0].previous = None


def report(customers):
    text = []
    for customer in customers:
        spent = sum(order.total for order in customer.orders)
        text.append(",".join([customer.name, f"{spent:.2f}", str(len(customer.orders))]))
    page = "\n".join(text)
    return sum(float(line.split(",")[1]) for line in page.split("\n"))


def index(customers):
    by_item = {}
    for customer in customers:
        for order in customer.orders:
            for key, _, count in order.lines:
                by_item.setdefault(key, []).append((customer.name, count))
    return sorted(by_item.items(), key=lambda pair: -len(pair[1]))[:20]


def main():
    rng = random.Random(11)
    stock = build_stock(rng, 6000)
    customers = [Customer(f"customer {i}") for i in range(1500)]
    total = 0.0
    for _ in range(6):
        serve(rng, stock, customers, 3200)
        total += report(customers)
        total += len(index(customers))
    customers = customers[::10]
    print(f"{total:.2f} {len(customers)}")


main()
