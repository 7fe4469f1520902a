"""_socket: messages of several buffers, ancillary data, descriptors that go along."""
import _socket
import os
from _socket import CMSG_LEN, CMSG_SPACE, MSG_CTRUNC, MSG_TRUNC, SCM_RIGHTS, SOCK_DGRAM, SOL_SOCKET


def raises(kind, text, f, *args):
    try:
        f(*args)
    except kind as error:
        assert type(error) is kind and str(error) == text, (type(error), str(error))
        return
    raise AssertionError(f"{kind.__name__} was not raised")


a, b = _socket.socketpair()
a.settimeout(5)
b.settimeout(5)

# Arguments.
no_bytes = "a bytes-like object is required, not "
items = "[sendmsg() ancillary data items]() argument must be "
raises(TypeError, "sendmsg() takes at least 1 argument (0 given)", a.sendmsg)
raises(TypeError, "sendmsg() takes at most 4 arguments (5 given)", a.sendmsg, [], [], 0, None, 1)
raises(TypeError, "sendmsg() argument 1 must be an iterable", a.sendmsg, 1)
raises(TypeError, no_bytes + "'int'", a.sendmsg, [b"x", 1])
raises(TypeError, "sendmsg() argument 2 must be an iterable", a.sendmsg, [b"x"], None)
raises(TypeError, items + "3-item sequence, not int", a.sendmsg, [b"x"], [1])
raises(TypeError, items + "sequence of length 3, not 2", a.sendmsg, [b"x"], [(1, 2)])
raises(TypeError, no_bytes + "'int'", a.sendmsg, [b"x"], [(1, 2, 3)])
raises(TypeError, "'str' object cannot be interpreted as an integer", a.sendmsg, [b"x"], [("a", 2, b"")])
raises(ValueError, "negative buffer size in recvmsg()", b.recvmsg, -1)
raises(ValueError, "invalid ancillary data buffer length", b.recvmsg, 1, -1)
raises(ValueError, "invalid ancillary data buffer length", b.recvmsg_into, [], 1 << 40)
raises(TypeError, "recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers",
       b.recvmsg_into, [bytearray(1), b"x"])
raises(TypeError, "CMSG_LEN() takes exactly 1 argument (0 given)", CMSG_LEN)
raises(OverflowError, "CMSG_LEN() argument out of range", CMSG_LEN, -1)
raises(OverflowError, "CMSG_SPACE() argument out of range", CMSG_SPACE, 1 << 40)
assert [CMSG_LEN(n) for n in (0, 1, 8, 9)] == [16, 17, 24, 25]
assert [CMSG_SPACE(n) for n in (0, 1, 8, 9)] == [16, 24, 24, 32]

# Gathered from several buffers, scattered into others; the rest is read as one.
assert a.sendmsg(iter([b"abc", bytearray(b"def"), memoryview(b"g-h-i-")[::1]])) == 12
parts = [bytearray(2), memoryview(bytearray(5))[1:4]]
assert b.recvmsg_into(parts) == (5, [], 0, None)
assert (parts[0], bytes(parts[1])) == (b"ab", b"cde")
assert b.recvmsg(100) == (b"fg-h-i-", [], 0, None)
assert a.sendmsg([]) == 0

# A list that changes while its buffers are asked for.
class Shrinks:
    def __index__(self):
        data.clear()
        return 0


data = [b"x", b"y"]
assert a.sendmsg(data, [], Shrinks()) == 0
a.send(b"end")
assert b.recvmsg(3) == (b"end", [], 0, None)

# Descriptors.
read, write = os.pipe()
try:
    rights = (write).to_bytes(4, "little")
    assert a.sendmsg([b"fd"], [(SOL_SOCKET, SCM_RIGHTS, rights)]) == 2
    got, ancillary, flags, address = b.recvmsg(10, CMSG_SPACE(4))
    assert (got, flags, address, len(ancillary)) == (b"fd", 0, None, 1)
    level, kind, sent = ancillary[0]
    assert (level, kind, len(sent)) == (SOL_SOCKET, SCM_RIGHTS, 4)
    other = int.from_bytes(sent, "little")
    assert other not in (read, write)
    os.close(write)
    write = None
    os.write(other, b"through the copy")
    os.close(other)
    assert os.read(read, 100) == b"through the copy" and os.read(read, 1) == b""
    # No room for them: they are told of, and lost.
    a.sendmsg([b"fd"], ((SOL_SOCKET, SCM_RIGHTS, read.to_bytes(4, "little")),))
    assert b.recvmsg(10) == (b"fd", [], MSG_CTRUNC, None)
finally:
    os.close(read)
    if write is not None:
        os.close(write)
a.close()
b.close()
raises(OSError, "[Errno 9] Bad file descriptor", a.sendmsg, [b"x"])

# Datagrams: addresses, cut messages, timeouts.
c, d = _socket.socket(_socket.AF_INET, SOCK_DGRAM), _socket.socket(_socket.AF_INET, SOCK_DGRAM)
c.bind(("127.0.0.1", 0))
d.bind(("127.0.0.1", 0))
raises(TypeError, "AF_INET address must be a pair (host, port)", d.sendmsg, [], [], 0, ("x",))
assert d.sendmsg([b"da", b"ta"], [], 0, c.getsockname()) == 4
assert c.recvmsg(3) == (b"dat", [], MSG_TRUNC, d.getsockname())
c.setblocking(False)
raises(BlockingIOError, "[Errno 11] Resource temporarily unavailable", c.recvmsg, 1)
c.settimeout(0.001)
raises(TimeoutError, "timed out", c.recvmsg_into, [bytearray(1)])
c.close()
d.close()
