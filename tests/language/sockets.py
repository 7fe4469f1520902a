# _socket: addresses as they are read and shown, pairs of sockets, timeouts, numbers in network order.
import _socket
from _socket import AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_STREAM


def raises(kind, text, f, *args):
    try:
        f(*args)
    except kind as error:
        assert type(error) is kind and str(error) == text, (type(error), str(error))
        return
    raise AssertionError(f"{kind.__name__} was not raised")


def tcp():
    return _socket.socket(AF_INET, SOCK_STREAM)


# Addresses that are none.
s, six, local = tcp(), _socket.socket(AF_INET6, SOCK_STREAM), _socket.socket(AF_UNIX, SOCK_STREAM)
raises(OverflowError, "connect(): port must be 0-65535.", s.connect, ("127.0.0.1", 1 << 80))
raises(OverflowError, "bind(): port must be 0-65535.", s.bind, ("127.0.0.1", -1))
raises(TypeError, "host name must not contain null character", s.connect, ("a\0b", 1))
raises(TypeError, "str, bytes or bytearray expected, not int", s.connect, (3, 1))
raises(TypeError, "AF_INET address must be a pair (host, port)", s.connect, ("127.0.0.1",))
raises(TypeError, "connect(): AF_INET address must be tuple, not str", s.connect, "127.0.0.1")
raises(OverflowError, "connect(): flowinfo must be 0-1048575.", six.connect, ("::1", 1, 1 << 20))
raises(OSError, "AF_UNIX path too long", local.bind, "a" * 200)
local.bind("")  # a name of the system's choice
assert type(local.getsockname()) is bytes and local.getsockname()[0] == 0

# What a server and its client see of each other.
s.bind((bytearray(), 0))
assert s.getsockname()[0] == "0.0.0.0"
s.listen()
client = tcp()
client.settimeout(5)
client.connect(("127.0.0.1", s.getsockname()[1]))
fd, peer = s._accept()
served = _socket.socket(AF_INET, SOCK_STREAM, 0, fd)
assert peer == client.getsockname() == served.getpeername()
client.sendall(b"hello")
room = bytearray(8)
assert served.recv_into(room) == 5 and room == b"hello\0\0\0"
served.sendall(b"")
served.close()
assert client.recv(1) == b""
for each in client, s, six, local:
    each.close()
assert repr(s).startswith("<socket object, fd=-1, ")
raises(OSError, "[Errno 9] Bad file descriptor", s.listen)

# Timeouts: of each call, and of sendall as a whole.
a, b = _socket.socketpair()
raises(ValueError, "Timeout value out of range", a.settimeout, -1)
a.settimeout(0.01)
assert a.gettimeout() == a.timeout == 0.01 and a.getblocking()
raises(TimeoutError, "timed out", a.recv, 1)
raises(TimeoutError, "timed out", a.sendall, bytes(1 << 22))
a.setblocking(False)
raises(BlockingIOError, "[Errno 11] Resource temporarily unavailable", a.recv, 1)
raises(ValueError, "buffer too small for requested bytes", b.recv_into, room, 9)
raises(ValueError, "nbytes is greater than the length of the buffer", b.recvfrom_into, room, 9)
raises(ValueError, "negative buffersize in recv_into", b.recv_into, room, -1)
raises(TypeError, "sendto() takes 2 or 3 arguments (1 given)", a.sendto, b"x")
raises(OSError, "getsockopt buflen out of range", a.getsockopt, 1, 3, 1025)
assert a.getsockopt(_socket.SOL_SOCKET, _socket.SO_TYPE) == SOCK_STREAM
assert len(a.getsockopt(_socket.SOL_SOCKET, _socket.SO_TYPE, 4)) == 4
a.close()
b.close()
_socket.setdefaulttimeout(0.5)
with_default = _socket.socket(AF_UNIX, SOCK_DGRAM)
assert with_default.gettimeout() == 0.5
_socket.setdefaulttimeout(None)
with_default.close()

# Names and numbers.
assert _socket.htons(1) == _socket.ntohs(1) == 256 and _socket.htonl(1) == 1 << 24
raises(OverflowError, "ntohs: can't convert negative Python int to C 16-bit unsigned integer",
       _socket.ntohs, -1)
raises(OverflowError, "int larger than 32 bits", _socket.htonl, 1 << 32)
raises(TypeError, "expected int, str found", _socket.htonl, "1")
raises(OSError, "packed IP wrong length for inet_ntoa", _socket.inet_ntoa, b"")
assert _socket.inet_ntoa(b"\x7f\0\0\1") == "127.0.0.1"
assert _socket.inet_ntop(AF_INET6, _socket.inet_pton(AF_INET6, "fe80::1")) == "fe80::1"
numeric = _socket.AI_NUMERICHOST | _socket.AI_NUMERICSERV
for host, port in ("127.0.0.1", 80), (b"127.0.0.1", "80"), ("127.0.0.1", b"80"):
    assert _socket.getaddrinfo(host, port, 0, SOCK_STREAM, 0, numeric) == [
        (AF_INET, SOCK_STREAM, 6, "", ("127.0.0.1", 80))]
raises(OSError, "Int or String expected", _socket.getaddrinfo, "127.0.0.1", 1.5)
raises(TypeError, "getaddrinfo() argument 1 must be string or None", _socket.getaddrinfo, 3, 80)
shown = _socket.NI_NUMERICHOST | _socket.NI_NUMERICSERV
assert _socket.getnameinfo(("127.0.0.1", 80), shown) == ("127.0.0.1", "80")
assert _socket.getnameinfo(("::1", 80, 1, 2), shown)[1] == "80"
raises(OSError, "IPv4 sockaddr must be 2 tuple", _socket.getnameinfo, ("127.0.0.1", 80, 0), shown)
raises(TypeError, "getnameinfo() argument 1 must be a tuple", _socket.getnameinfo, "a", shown)
assert _socket.gethostbyname("<broadcast>") == "255.255.255.255"
