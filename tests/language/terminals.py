"""termios on a pseudo-terminal; what syslog says without sending anything."""
import os
import syslog
import termios
import tty


def raises(kind, text, call, *args):
    try:
        call(*args)
    except kind as error:
        assert str(error) == text, (str(error), text)
    else:
        raise AssertionError(f"no {kind.__name__}: {text}")


leader, follower = os.openpty()
before = termios.tcgetattr(follower)
assert [type(x) for x in before] == [int] * 6 + [list]
assert len(before[6]) == termios.NCCS and all(type(c) is bytes and len(c) == 1 for c in before[6])
assert before[3] & termios.ICANON and before[3] & termios.ECHO and before[4] == termios.B38400

tty.setraw(follower, termios.TCSANOW)
raw = termios.tcgetattr(follower)
assert not raw[3] & (termios.ICANON | termios.ECHO)
assert raw[6][termios.VMIN] == 1 and raw[6][termios.VTIME] == 0
os.write(leader, b"x")
assert os.read(follower, 10) == b"x"
termios.tcsetattr(follower, termios.TCSADRAIN, before)
assert termios.tcgetattr(follower) == before
before[6][termios.VINTR] = 7
termios.tcsetattr(follower, termios.TCSANOW, before)
assert termios.tcgetattr(follower)[6][termios.VINTR] == b"\x07"

for wrong in (before[:6] + [[b"ab"] * 32], before[:6] + [["a"] * 32]):
    raises(TypeError, "tcsetattr: elements of attributes must be characters or integers",
           termios.tcsetattr, follower, 0, wrong)
raises(TypeError, "tcsetattr: attributes[6] must be 32 element list",
       termios.tcsetattr, follower, 0, before[:6] + [[1] * 31])
raises(TypeError, "tcsetattr, arg 3: must be 7 element list", termios.tcsetattr, follower, 0, [1])

termios.tcsetwinsize(follower, (30, 90))
assert termios.tcgetwinsize(leader) == (30, 90) == tuple(os.get_terminal_size(leader))[::-1]
raises(TypeError, "tcsetwinsize, arg 2: must be a two-item sequence",
       termios.tcsetwinsize, follower, {1, 2})
raises(OverflowError, "winsize value(s) out of range.", termios.tcsetwinsize, follower, (65536, 1))
termios.tcflush(follower, termios.TCIOFLUSH)
termios.tcflow(follower, termios.TCOON)
termios.tcsendbreak(follower, 0)
os.close(leader)
os.close(follower)

read_end, write_end = os.pipe()
try:
    termios.tcgetattr(read_end)
except termios.error as error:
    assert error.args == (25, "Inappropriate ioctl for device")
else:
    raise AssertionError("a pipe is no terminal")
raises(ValueError, "file descriptor cannot be a negative integer (-1)", termios.tcdrain, -1)
os.close(read_end)
os.close(write_end)

assert syslog.LOG_MASK(syslog.LOG_ERR) == 8 and syslog.LOG_UPTO(syslog.LOG_ERR) == 15
assert syslog.setlogmask(syslog.LOG_UPTO(syslog.LOG_DEBUG)) == 255
raises(TypeError, "[priority,] message string", syslog.syslog, 1)
raises(TypeError, "[priority,] message string", syslog.syslog, "a", "b")
raises(TypeError, "openlog() argument 1 must be str, not int", syslog.openlog, 1)
syslog.openlog("name", logoption=syslog.LOG_PID, facility=syslog.LOG_LOCAL0)
syslog.openlog()
syslog.closelog()
syslog.closelog()
