"""Dates, times, differences and time zones: the module datetime on top of _datetime."""
import copy
import os
import pickle
import time as clock
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta, timezone, tzinfo

os.environ["TZ"] = "CET-1CEST,M3.5.0,M10.5.0/3"
clock.tzset()
HOUR = timedelta(hours=1)


def raises(kind, text, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except kind as error:
        assert type(error) is kind and text in str(error), (error, text)
    else:
        raise AssertionError(f"{function} of {args} {kwargs} does not fail")


class Zone(tzinfo):
    """Says what it is told to, or raises it."""

    def __init__(self, offset=None, dst=None, name=None):
        self.says = offset, dst, name

    def say(self, i):
        if isinstance(self.says[i], type) and issubclass(self.says[i], BaseException):
            raise self.says[i]
        return self.says[i](self) if callable(self.says[i]) else self.says[i]

    def utcoffset(self, moment):
        return self.say(0)

    def dst(self, moment):
        return self.say(1)

    def tzname(self, moment):
        return self.say(2)


def differences():
    d = timedelta(1, 2, 3)
    assert (d.days, d.seconds, d.microseconds) == (1, 2, 3)
    assert repr(d) == "datetime.timedelta(days=1, seconds=2, microseconds=3)" and str(d) == "1 day, 0:00:02.000003"
    assert repr(timedelta()) == "datetime.timedelta(0)" and not timedelta() and d
    assert str(timedelta(-2, 1)) == "-2 days, 0:00:01" and str(HOUR * 11) == "11:00:00"
    assert timedelta(microseconds=-1) == timedelta(-1, 86399, 999999)
    for value, rounded in (0.5, 0), (1.5, 2), (2.5, 2), (-0.5, 0), (-1.5, -2), (0.50001, 1):
        assert timedelta(microseconds=value) == timedelta(microseconds=rounded), value
    assert timedelta(microseconds=0.25, milliseconds=0.00025) == timedelta(0)
    assert timedelta(0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5) == timedelta(4, 1830, 500500)
    assert timedelta(weeks=10**30, days=-7 * 10**30, microseconds=3) == timedelta(microseconds=3)
    assert timedelta(days=True) == timedelta(1)
    assert d + d == d * 2 == 2 * d and d - d == timedelta(0) and -(-d) == +d == abs(-d) == d
    assert d / 2 == timedelta(0, 43201, 1) + timedelta(microseconds=1) and d // 2 == timedelta(0, 43201, 1)
    assert timedelta(microseconds=7) / 2 == timedelta(microseconds=4) and timedelta(microseconds=5) / 2.0 == timedelta(0, 0, 2)
    assert HOUR / timedelta(minutes=7) == 60 / 7 and HOUR // timedelta(minutes=7) == 8
    assert divmod(-HOUR, timedelta(minutes=7)) == (-9, timedelta(minutes=3)) and HOUR % timedelta(minutes=7) == timedelta(0, 240)
    assert HOUR * 0.5 == HOUR / 2.0 == timedelta(minutes=30) and timedelta(0) * 10**50 == timedelta(0)
    assert timedelta.max / timedelta.resolution == 86399999999999999999 / 1 and timedelta.max // timedelta.resolution == 86399999999999999999
    assert timedelta.max.total_seconds() == 86400000000000.0 and d.total_seconds() == 86402.000003
    assert timedelta(1) < timedelta(1, 1) <= timedelta(1, 1) < timedelta(1, 1, 1) != timedelta(1) and timedelta(1) != 1
    assert hash(d) == hash((1, 2, 3)) and {d: 5}[timedelta(1, 2, 3)] == 5
    for zero in 0, 0.0, timedelta(0):
        raises(ZeroDivisionError, "", lambda: HOUR / zero)
    raises(ZeroDivisionError, "", lambda: HOUR % timedelta(0))
    raises(ZeroDivisionError, "", divmod, HOUR, timedelta(0))
    raises(OverflowError, "days=1000000000; must have magnitude <= 999999999", timedelta, 10**9)
    raises(OverflowError, "too large", timedelta, 10**30)
    raises(OverflowError, "magnitude", lambda: -timedelta.max)
    raises(OverflowError, "infinity", timedelta, float("inf"))
    raises(ValueError, "NaN", timedelta, float("nan"))
    raises(TypeError, "unsupported type for timedelta hours component: str", timedelta, hours="1")
    raises(TypeError, "'years' is an invalid keyword argument for __new__()", timedelta, years=1)
    raises(TypeError, "at most 7 arguments (8 given)", timedelta, 1, 2, 3, 4, 5, 6, 7, 8)
    raises(TypeError, "unsupported operand", lambda: HOUR + 1)
    raises(TypeError, "not supported between", lambda: HOUR < 1)
    raises(AttributeError, "readonly", setattr, HOUR, "days", 1)

    class Ratio(float):
        def as_integer_ratio(self):
            return self.ratio

    r = Ratio(2)
    r.ratio = 1, 2
    assert HOUR * r == timedelta(minutes=30)
    for r.ratio, kind in ((1, 2, 3), ValueError), ([1, 2], TypeError), (("a", 2), TypeError), ((1, 0), ZeroDivisionError):
        raises(kind, "", lambda: timedelta(microseconds=2) * r)


def dates():
    d = date(2020, 2, 29)
    assert (d.year, d.month, d.day, d.toordinal(), d.weekday(), d.isoweekday()) == (2020, 2, 29, 737484, 5, 6)
    assert repr(d) == "datetime.date(2020, 2, 29)" and str(d) == d.isoformat() == f"{d}" == "2020-02-29"
    assert f"{d:%d.%m.%y}" == "29.02.20" and d.ctime() == "Sat Feb 29 00:00:00 2020"
    assert d.timetuple()[:] == (2020, 2, 29, 0, 0, 0, 5, 60, -1)
    week = d.isocalendar()
    assert week == (2020, 9, 6) and (week.year, week.week, week.weekday) == (2020, 9, 6)
    assert repr(week) == "datetime.IsoCalendarDate(year=2020, week=9, weekday=6)" and type(pickle.loads(pickle.dumps(week))) is tuple
    for n in 1, 59, 60, 365, 366, 1461, 146097, 146098, 730120, 3652058, 3652059:
        day = date.fromordinal(n)
        assert day.toordinal() == n and date.fromisocalendar(*day.isocalendar()) == day == date.fromisoformat(str(day))
    assert d + timedelta(1) == timedelta(1) + d == date(2020, 3, 1) and d - timedelta(60) == date(2019, 12, 31)
    assert date.max - date.min == timedelta(3652058) and d.replace(day=1) == date(2020, 2, 1)
    assert date.min < d < date.max and d == date(2020, 2, 29) != d.replace(2021, 3) and d != 1
    assert hash(d) == hash(b"\x07\xe4\x02\x1d") and (MINYEAR, MAXYEAR) == (1, 9999)
    for text, day in ("20200229", d), ("2020-W09-6", d), ("2020W096", d), ("2020W09", date(2020, 2, 24)):
        assert date.fromisoformat(text) == day
    for text in "", "2020-02", "2020-2-29", "2020-0229", "2020-W54-1", "2020-W09-8", "2021-W53", "2020-02-2\x00", "2020-02-2é", "\ud80020-02-01":
        raises(ValueError, "Invalid isoformat string: " + repr(text), date.fromisoformat, text)
    raises(ValueError, "day is out of range for month", date.fromisoformat, "2021-02-29")
    raises(TypeError, "fromisoformat: argument must be str", date.fromisoformat, b"2020-02-29")
    for args, text in ((0, 1, 1), "year 0 is out of range"), ((1, 13, 1), "month must be in 1..12"), ((1900, 2, 29), "day is out of range for month"):
        raises(ValueError, text, date, *args)
    raises(TypeError, "function missing required argument 'day' (pos 3)", date, 2020, 1)
    raises(TypeError, "'str' object cannot be interpreted as an integer", date, "a", 1)
    raises(OverflowError, "greater than maximum", date, 2**40, 1, 1)
    raises(OverflowError, "date value out of range", lambda: date.max + timedelta(1))
    raises(ValueError, "ordinal must be >= 1", date.fromordinal, 0)
    raises(ValueError, "Invalid week: 53", date.fromisocalendar, 2021, 53, 1)
    raises(ValueError, "ISO calendar component out of range", date.fromisocalendar, 2**40, 1, 1)
    raises(TypeError, "not supported between", lambda: d < 1)
    raises(TypeError, "can't compare datetime.datetime to datetime.date", lambda: d < datetime.min)
    assert d != datetime(2020, 2, 29) and date.fromtimestamp(0) == date(1970, 1, 1)


def times():
    t = time(1, 2, 3, 4)
    assert (t.hour, t.minute, t.second, t.microsecond, t.tzinfo, t.fold) == (1, 2, 3, 4, None, 0)
    assert repr(time(1, 2, tzinfo=UTC, fold=1)) == "datetime.time(1, 2, tzinfo=datetime.timezone.utc, fold=1)"
    assert str(t) == "01:02:03.000004" and str(time(1, tzinfo=timezone(-HOUR))) == "01:00:00-01:00"
    for spec, text in ("hours", "01"), ("minutes", "01:02"), ("seconds", "01:02:03"), ("milliseconds", "01:02:03.000"), ("auto", str(t)):
        assert t.isoformat(spec) == text
    assert time(1) < t <= t < time.max and t == time(1, 2, 3, 4, fold=1) and time(1) != time(1, tzinfo=UTC)
    assert time(1, tzinfo=UTC) == time(2, tzinfo=timezone(HOUR)) and hash(time(1, tzinfo=UTC)) == hash(time(2, tzinfo=timezone(HOUR)))
    assert time(1, tzinfo=UTC) < time(2, tzinfo=timezone(timedelta(minutes=30)))
    assert t.replace(hour=5, fold=1).fold == 1 and t.replace(tzinfo=UTC).tzinfo is UTC
    assert t.strftime("%H|%f|%z|%Z|%%f|%") == "01|000004|||%f|%" and t.replace(tzinfo=UTC).strftime("%z %Z") == "+0000 UTC"
    assert time(1, tzinfo=Zone(HOUR, None, "50%d")).strftime("%Z") == "50%d"
    for text, value in ("01", time(1)), ("T0102", time(1, 2)), ("01:02:03,5", time(1, 2, 3, 500000)), ("010203.1234567", time(1, 2, 3, 123456)):
        assert time.fromisoformat(text) == value
    assert time.fromisoformat("01:02+01:00").utcoffset() == HOUR and time.fromisoformat("01Z").tzinfo is UTC
    for text in "", "T", "1", "01:2", "01:0203", "0102:03", "01:02:03.", "01:02:03.x", "01Z1", "01+", "01+1", "01:02:03\ud800":
        raises(ValueError, "Invalid isoformat string", time.fromisoformat, text)
    raises(ValueError, "hour must be in 0..23", time.fromisoformat, "24")
    raises(ValueError, "strictly between", time.fromisoformat, "01+24")
    raises(ValueError, "Unknown timespec value", t.isoformat, "weeks")
    raises(ValueError, "embedded null character", t.isoformat, "auto\0")
    raises(ValueError, "fold must be either 0 or 1", time, fold=2)
    raises(TypeError, "tzinfo argument must be None or of a tzinfo subclass, not type 'int'", time, tzinfo=1)
    raises(TypeError, "at most 5 positional arguments (6 given)", time, 1, 1, 1, 1, None, 1)
    raises(TypeError, "can't compare offset-naive and offset-aware times", lambda: t < time(tzinfo=UTC))


def moments():
    m = datetime(2020, 2, 29, 1, 2, 3, 4)
    assert isinstance(m, date) and (m.date(), m.time()) == (date(2020, 2, 29), time(1, 2, 3, 4))
    assert repr(m) == "datetime.datetime(2020, 2, 29, 1, 2, 3, 4)" and str(m) == "2020-02-29 01:02:03.000004"
    assert repr(datetime(1, 1, 1, fold=1, tzinfo=UTC)) == "datetime.datetime(1, 1, 1, 0, 0, fold=1, tzinfo=datetime.timezone.utc)"
    assert m.isoformat("é", "minutes") == "2020-02-29é01:02" and m.isoformat("\ud800", "hours") == "2020-02-29\ud80001"
    assert datetime.combine(m, m.time()) == m and datetime.combine(m, time(fold=1), UTC).fold == 1
    assert m + timedelta(days=1, microseconds=-5) == datetime(2020, 3, 1, 1, 2, 2, 999999) and m - (m - HOUR) == HOUR
    assert datetime.max - datetime.min == timedelta(3652059) - timedelta.resolution
    raises(OverflowError, "date value out of range", lambda: datetime.max + timedelta.resolution)
    assert datetime.min < m < datetime.max and m == m.replace(fold=1) and hash(m) == hash(m.replace(fold=1))
    aware = m.replace(tzinfo=UTC)
    assert aware == aware.astimezone(timezone(HOUR)) and hash(aware) == hash(aware.astimezone(timezone(HOUR)))
    assert aware != m and aware < aware.replace(tzinfo=timezone(-HOUR)) and aware - aware.replace(tzinfo=timezone(HOUR)) == HOUR
    raises(TypeError, "can't subtract offset-naive and offset-aware datetimes", lambda: aware - m)
    raises(TypeError, "can't compare offset-naive and offset-aware datetimes", lambda: aware < m)
    assert aware.utctimetuple()[:6] == aware.timetuple()[:6] == (2020, 2, 29, 1, 2, 3)
    assert f"{aware:%Y-%m-%d %H %z %Z %f}" == "2020-02-29 01 +0000 UTC 000004"
    for text, value in (
        ("2020-02-29T01:02:03.000004", m), ("20200229 010203,000004", m), ("2020-W09-6\U0001f60001:02:03.0000049", m),
        ("2020W096T01", m.replace(minute=0, second=0, microsecond=0)), ("2020W09601", datetime(2020, 2, 24, 1)), ("2020-02-29", datetime(2020, 2, 29)),
        ("2020-02-29\ud80001", datetime(2020, 2, 29, 1)), ("2020-02-29T01:02:03.000004-01:00", aware + HOUR),
    ):
        assert datetime.fromisoformat(text) == value, text
    for text in "", "2020-02-29T", "2020-02-29T1", "2020-W09-", "2020-02-29T01:02:03\ud800", "20200229T01Z ":
        raises(ValueError, "Invalid isoformat string", datetime.fromisoformat, text)
    raises(TypeError, "must be a unicode character, not str", m.isoformat, "TT")


def local_times():
    summer, winter = datetime(2021, 10, 31, 2, 30), datetime(2021, 10, 31, 2, 30, fold=1)
    assert (summer.timestamp(), winter.timestamp()) == (1635640200.0, 1635643800.0)
    assert [datetime.fromtimestamp(x).fold for x in (1635640200, 1635643800)] == [0, 1]
    assert summer.astimezone().tzname() == "CEST" and winter.astimezone(UTC) == datetime(2021, 10, 31, 1, 30, tzinfo=UTC)
    gap = datetime(2021, 3, 28, 2, 30)
    assert gap.replace(fold=1).timestamp() + 3600 == gap.timestamp() == 1616895000.0
    assert datetime.fromtimestamp(0.5000005, UTC) == datetime(1970, 1, 1, 0, 0, 0, 500000, UTC)
    assert datetime.utcfromtimestamp(-0.0000015) == datetime(1969, 12, 31, 23, 59, 59, 999998)
    assert datetime.utcfromtimestamp(0.9999999) == datetime(1970, 1, 1, 0, 0, 1)
    assert datetime.fromtimestamp(3600.25, timezone(HOUR)).isoformat() == "1970-01-01T02:00:00.250000+01:00"
    assert datetime(1970, 1, 1, 1, tzinfo=timezone(HOUR)).timestamp() == 0.0
    assert abs(datetime.now(UTC) - datetime.now().astimezone()) < timedelta(minutes=5) > abs(datetime.utcnow() - datetime.now(UTC).replace(tzinfo=None))
    assert timedelta(0) <= date.today() - date.fromtimestamp(clock.time()) <= timedelta(1) or date.today() < date.max
    raises(ValueError, "year 10000 is out of range", datetime.utcfromtimestamp, 253402300800)
    raises(ValueError, "year 0 is out of range", datetime.min.timestamp)
    raises(ValueError, "NaN", datetime.fromtimestamp, float("nan"))
    raises(OverflowError, "timestamp out of range", datetime.fromtimestamp, 1e300)
    raises(OSError, "", datetime.fromtimestamp, 2**62)


def zones():
    z = timezone(HOUR, "one")
    assert (z.utcoffset(None), z.dst(None), z.tzname(None), str(z)) == (HOUR, None, "one", "one")
    assert repr(z) == "datetime.timezone(datetime.timedelta(seconds=3600), 'one')" and repr(UTC) == "datetime.timezone.utc"
    assert z == timezone(HOUR) != UTC and hash(z) == hash(HOUR) and timezone(timedelta(0)) is UTC is timezone.utc
    assert str(timezone(-timedelta(microseconds=1))) == "UTC-00:00:00.000001" and str(timezone.min) == "UTC-23:59"
    raises(ValueError, "strictly between", timezone, timedelta(1))
    raises(TypeError, "timezone() argument 2 must be str, not None", timezone, HOUR, None)
    raises(TypeError, "utcoffset(dt) argument must be a datetime instance or None, not int", z.utcoffset, 1)
    raises(ValueError, "dt.tzinfo is not self", z.fromutc, datetime.min)
    raises(TypeError, "not supported", lambda: z < z)
    raises(TypeError, "not an acceptable base type", type, "Z", (timezone,), {})
    for name in "utcoffset", "tzname", "dst":
        raises(NotImplementedError, f"a tzinfo subclass must implement {name}()", getattr(tzinfo(), name), None)
    m = datetime(2021, 1, 1)

    def with_zone(*says):
        return m.replace(tzinfo=Zone(*says))

    def from_utc(moment):
        return moment.tzinfo.fromutc(moment)

    for says in 1, "a", 1.5:
        raises(TypeError, "tzinfo.utcoffset() must return None or timedelta, not '", with_zone(says).utcoffset)
        raises(TypeError, "tzinfo.dst() must return None or timedelta, not '", with_zone(None, says).timetuple)
    for says in timedelta(1), timedelta(-1):
        for act in (datetime.utcoffset, datetime.isoformat, hash, datetime.timestamp, datetime.astimezone, lambda x: x == m, lambda x: x - m):
            raises(ValueError, "offset must be a timedelta strictly between", act, with_zone(says))
    for act in (str, hash, datetime.utctimetuple, datetime.astimezone, lambda x: x < m, lambda x: x.timetz() == time(), lambda x: hash(x.timetz())):
        raises(KeyError, "", act, with_zone(KeyError))
    raises(KeyError, "", with_zone(None, None, KeyError).strftime, "%Z")
    raises(TypeError, "tzinfo.tzname() must return None or a string, not 'int'", with_zone(None, None, 1).tzname)
    nothing = with_zone()
    assert nothing == m and hash(nothing) == hash(m) and nothing - m == timedelta(0) and str(nothing) == str(m)
    assert nothing.strftime("[%z%Z]") == "[]" and nothing.timetuple().tm_isdst == -1 and with_zone(None, HOUR).timetuple().tm_isdst == 1

    class Bad(str):
        def replace(self, *args):
            return 1

    raises(TypeError, "tzname.replace() did not return a string", with_zone(None, None, Bad("x")).strftime, "%Z")
    for says, text in ((None, HOUR), "non-None utcoffset()"), ((HOUR, None), "non-None dst()"):
        raises(ValueError, "fromutc: " + text, from_utc, with_zone(*says))
    assert from_utc(with_zone(2 * HOUR, HOUR)).hour == 2

    class Folded(tzinfo):
        def utcoffset(self, moment):
            return HOUR * (1 + moment.fold)

    near = m.replace(tzinfo=Folded())
    assert near != m.replace(tzinfo=timezone(HOUR)) and not near < m.replace(tzinfo=timezone(HOUR)) and near == near.replace(fold=1)

    # A zone that asks the moment again, without end, and one that changes what it is asked about.
    class Asking(tzinfo):
        def utcoffset(self, moment):
            return moment.utcoffset()

    raises(RecursionError, "", datetime(1, 1, 1, tzinfo=Asking()).utcoffset)
    owner = {}

    def forget(zone):
        owner.clear()
        return HOUR

    try:  # a cycle through a datetime is nobody's but ours to break
        owner["m"] = with_zone(forget)
        assert owner["m"].isoformat() == "2021-01-01T00:00:00+01:00" and not owner
        owner["m"] = with_zone(forget)
        assert (owner["m"] == m.replace(tzinfo=UTC)) is False
    finally:
        owner.clear()


def subclasses():
    made = []

    class Moment(datetime):
        def __new__(cls, *args, **kwargs):
            made.append((args, kwargs))
            return datetime.__new__(cls, *args, **kwargs)

        def __init__(self, *args, **kwargs):
            self.extra = 1

    m = Moment(2020, 1, 1, tzinfo=UTC)
    made.clear()
    for other in (m + HOUR, HOUR + m, m - HOUR, m.astimezone(timezone(HOUR)), Moment.combine(m, time(fold=1)), Moment.fromisoformat("2020-01-01"),
                  Moment.fromtimestamp(0, UTC), Moment.utcfromtimestamp(0), Moment.now(), Moment.utcnow(), Moment.fromordinal(1), Moment.today()):
        assert type(other) is Moment and other.extra == 1
        other.more = 2
    assert made[0] == ((2020, 1, 1, 1, 0, 0, 0, UTC), {}) and Moment.combine(m, time(fold=1)).fold == 0  # as CPython has it
    n = len(made)
    assert type(m.replace(year=1)) is Moment and not hasattr(m.replace(year=1), "extra") and len(made) == n
    assert type(m - m) is timedelta and type(m.date()) is date and m == datetime(2020, 1, 1, tzinfo=UTC)

    class Day(date):
        __slots__ = "slot",

        def isoformat(self):
            return "day"

    d = Day(2020, 1, 1)
    d.slot = [d]  # a cycle
    assert str(d) == f"{d}" == "day" and type(d + timedelta(1)) is Day and repr(d) == "Day(2020, 1, 1)" and d == date(2020, 1, 1)

    class Odd(datetime):
        def __new__(cls, *args):
            return datetime.__new__(cls, *args) if len(args) < 8 else "odd"

    odd = Odd(2020, 1, 1)
    assert odd + HOUR == "odd" and Odd.fromtimestamp(0) == "odd" and Odd.combine(odd, time(fold=0)) == "odd"

    class Length(timedelta):
        pass

    assert type(Length(1) + Length(1)) is timedelta and repr(Length(1)) == "Length(days=1)" and Length(1) == timedelta(1)

    class Clock(time):
        pass

    assert type(Clock.fromisoformat("01")) is type(Clock(1).replace(2)) is Clock


def pickles():
    for protocol in range(6):
        for o in (timedelta(1, 2, 3), date(2020, 1, 1), time(1, 2, 3, 4), time(1, tzinfo=UTC), datetime(2020, 1, 1, 1, 1, 1, 1), datetime(1, 1, 1, tzinfo=timezone(HOUR, "é")),
                  UTC, timezone(HOUR)):
            again = pickle.loads(pickle.dumps(o, protocol))
            assert again == o and type(again) is type(o) and repr(again) == repr(o)
    assert copy.deepcopy(UTC) is UTC is copy.copy(UTC)
    folded = datetime(2020, 1, 1, fold=1)
    assert pickle.loads(pickle.dumps(folded, 4)).fold == 1 and pickle.loads(pickle.dumps(folded, 3)).fold == 0
    state = b"\x07\xe4\x81\x02\x03\x04\x05\x06\x07\x08"
    assert datetime(state) == datetime(state.decode("latin-1")) == datetime(2020, 1, 2, 3, 4, 5, 395016) and datetime(state, UTC).tzinfo is UTC
    assert date(b"\x07\xe4\x01\x02") == date("\x07\xe4\x01\x02") == date(2020, 1, 2) and time(b"\x81\x02\x03\x00\x00\x04").fold == 1
    raises(ValueError, "Failed to encode latin1 string when unpickling a date object.", date, "\x07\u20ac\x01\x02")
    raises(TypeError, "bad tzinfo state arg", datetime, state, 1)
    raises(TypeError, "cannot be interpreted as an integer", date, b"\x07\xe4\x0d\x01")
    wild = datetime(b"\xff\xff\x0c\xff\xff\xff\xff\xff\xff\xff")  # hardly checked, and harmless
    assert wild.isoformat() == "65535-12-255T255:255:255.16777215" and wild == wild and hash(wild) == hash(wild)
    raises(OverflowError, "", lambda: wild + HOUR)
    assert wild.isocalendar()[0] == 65536 and wild.ctime()[4:7] == "Dec"


for part in (differences, dates, times, moments, local_times, zones, subclasses, pickles):
    part()
