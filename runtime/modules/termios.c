/* The module termios: attributes of terminals. */
#include "runtime/modules/argument.h"
#include "runtime/modules/blocking.h"
#include "runtime/modules/module.h"
#include "runtime/object/bytes.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <linux/serial.h>
#include <linux/tty.h>

static struct object *terminal_error; /* termios.error */

/* As OSError of the same number would say it. */
static void *fail(int error_number) {
  struct object *number = int_from_i64(error_number);
  struct object *text = number ? str_from_ascii(strerror(error_number)) : NULL;
  struct object *args[] = {number, text};
  struct object *exception = text ? call_object(terminal_error, args, 2, NULL) : NULL;
  drop_null(text);
  drop_null(number);
  if (exception)
    error_raise_taking(exception);
  return NULL;
}
static struct object *done(int status) { return status < 0 ? fail(errno) : hold(NONE); }

/* ---- Attributes ---- */

/* The characters as bytes of length 1; of a terminal that does not wait for lines, two are numbers.
 */
static struct object *characters(const struct termios *t) {
  struct object *list = list_new(NCCS);
  for (int i = 0; list && i < NCCS; i++) {
    bool is_number = !(t->c_lflag & ICANON) && (i == VMIN || i == VTIME);
    struct object *each = is_number ? int_from_i64(t->c_cc[i]) : bytes_from(&t->c_cc[i], 1);
    if (!each || list_append_taking(list, each) < 0) {
      drop(list);
      return NULL;
    }
  }
  return list;
}
static struct object *tcgetattr_one(struct object *module, struct object *o) {
  int fd;
  struct termios t;
  if (argument_fd(o, &fd) < 0)
    return NULL;
  if (tcgetattr(fd, &t) < 0)
    return fail(errno);
  const uint64_t numbers[] = {t.c_iflag, t.c_oflag,       t.c_cflag,
                              t.c_lflag, cfgetispeed(&t), cfgetospeed(&t)};
  struct object *list = list_new(ARRAY_SIZE(numbers) + 1);
  for (size_t i = 0; list && i <= ARRAY_SIZE(numbers); i++) {
    struct object *each = i < ARRAY_SIZE(numbers) ? int_from_u64(numbers[i]) : characters(&t);
    if (!each || list_append_taking(list, each) < 0) {
      drop(list);
      return NULL;
    }
  }
  return list;
}

static int read_characters(struct object *list, struct termios *t) {
  if (!is_any_list(list) || list_length(list) != NCCS) {
    error_format(ERROR_TYPE, "tcsetattr: attributes[6] must be %d element list", NCCS);
    return -1;
  }
  for (size_t i = 0; i < NCCS; i++) {
    struct object *each = i < list_length(list) ? list_get_borrowed(list, i) : NULL;
    int64_t number = 0;
    if (each && is_any_bytes(each) && bytes_length(each) == 1)
      t->c_cc[i] = bytes_data(each)[0];
    else if (!each || !is_any_int(each)) {
      error_format(ERROR_TYPE, "tcsetattr: elements of attributes must be characters or integers");
      return -1;
    } else if (argument_long(each, &number) < 0)
      return -1;
    else
      t->c_cc[i] = (cc_t)number;
  }
  return 0;
}
static int read_numbers(struct object *list, int64_t numbers[6]) {
  for (size_t i = 0; i < 6; i++) {
    struct object *each = i < list_length(list) ? hold(list_get_borrowed(list, i)) : NULL;
    int status = each ? argument_long(each, &numbers[i]) : -1;
    drop_null(each);
    if (status < 0) { /* converting one may have changed the list */
      if (!each)
        error_format(ERROR_INDEX, "list index out of range");
      return -1;
    }
  }
  return 0;
}
static struct object *tcsetattr_fast(struct object *module, struct object *const *args, size_t n) {
  int fd, when;
  struct termios t;
  int64_t numbers[6];
  if (args_check_count("tcsetattr", n, 3, 3) < 0 || argument_fd(args[0], &fd) < 0 ||
      argument_int(args[1], &when) < 0)
    return NULL;
  struct object *list = args[2];
  if (!is_any_list(list) || list_length(list) != 7)
    return error_format(ERROR_TYPE, "tcsetattr, arg 3: must be 7 element list");
  if (tcgetattr(fd, &t) < 0)
    return fail(errno);
  if (read_numbers(list, numbers) < 0)
    return NULL;
  t.c_iflag = (tcflag_t)numbers[0];
  t.c_oflag = (tcflag_t)numbers[1];
  t.c_cflag = (tcflag_t)numbers[2];
  t.c_lflag = (tcflag_t)numbers[3];
  struct object *cc = list_length(list) > 6 ? hold(list_get_borrowed(list, 6)) : hold(NONE);
  int status = read_characters(cc, &t);
  drop(cc);
  if (status < 0)
    return NULL;
  if (cfsetispeed(&t, (speed_t)numbers[4]) < 0 || cfsetospeed(&t, (speed_t)numbers[5]) < 0)
    return fail(errno);
  return done(BLOCKING(tcsetattr(fd, when, &t)));
}

/* ---- The line ---- */

static int fd_and_number(const char *function, struct object *const *args, size_t n, int *fd,
                         int *number) {
  return args_check_count(function, n, 2, 2) < 0 || argument_fd(args[0], fd) < 0 ||
                 argument_int(args[1], number) < 0
             ? -1
             : 0;
}
static struct object *tcsendbreak_fast(struct object *module, struct object *const *args,
                                       size_t n) {
  int fd, duration;
  if (fd_and_number("tcsendbreak", args, n, &fd, &duration) < 0)
    return NULL;
  return done(BLOCKING(tcsendbreak(fd, duration)));
}
static struct object *tcdrain_one(struct object *module, struct object *o) {
  int fd;
  return argument_fd(o, &fd) < 0 ? NULL : done(BLOCKING(tcdrain(fd)));
}
static struct object *tcflush_fast(struct object *module, struct object *const *args, size_t n) {
  int fd, queue;
  if (fd_and_number("tcflush", args, n, &fd, &queue) < 0)
    return NULL;
  return done(BLOCKING(tcflush(fd, queue)));
}
static struct object *tcflow_fast(struct object *module, struct object *const *args, size_t n) {
  int fd, action;
  if (fd_and_number("tcflow", args, n, &fd, &action) < 0)
    return NULL;
  return done(BLOCKING(tcflow(fd, action)));
}

/* ---- The window ---- */

static struct object *tcgetwinsize_one(struct object *module, struct object *o) {
  int fd;
  struct winsize w;
  if (argument_fd(o, &fd) < 0)
    return NULL;
  if (ioctl(fd, TIOCGWINSZ, &w) < 0)
    return fail(errno);
  return tuple_pack_taking(2, int_from_i64(w.ws_row), int_from_i64(w.ws_col));
}
static int read_item(struct object *pair, int64_t i, int64_t *value) {
  struct object *item = sequence_get_item(pair, i);
  int status = item ? argument_long(item, value) : -1;
  drop_null(item);
  return status;
}
static struct object *tcsetwinsize_fast(struct object *module, struct object *const *args,
                                        size_t n) {
  int fd;
  struct winsize w;
  int64_t rows, columns;
  if (args_check_count("tcsetwinsize", n, 2, 2) < 0 || argument_fd(args[0], &fd) < 0)
    return NULL;
  if (!is_sequence(args[1]) || object_length(args[1]) != 2) {
    error_clear();
    return error_format(ERROR_TYPE, "tcsetwinsize, arg 2: must be a two-item sequence");
  }
  if (read_item(args[1], 0, &rows) < 0 || read_item(args[1], 1, &columns) < 0)
    return NULL;
  if (ioctl(fd, TIOCGWINSZ, &w) < 0) /* keeps what is measured in pixels */
    return fail(errno);
  w.ws_row = (unsigned short)rows;
  w.ws_col = (unsigned short)columns;
  if (w.ws_row != rows || w.ws_col != columns)
    return error_format(ERROR_OVERFLOW, "winsize value(s) out of range.");
  return done(ioctl(fd, TIOCSWINSZ, &w));
}

static const struct method_def functions[] = {
    METHOD_ONE_("tcgetattr", tcgetattr_one,
                DOC("tcgetattr", "$module, fd, /",
                    "[iflag, oflag, cflag, lflag, ispeed, ospeed, cc] of a terminal.")),
    METHOD_FAST_("tcsetattr", tcsetattr_fast,
                 DOC("tcsetattr", "$module, fd, when, attributes, /",
                     "Set a list like the one of tcgetattr.")),
    METHOD_FAST_("tcsendbreak", tcsendbreak_fast,
                 DOC("tcsendbreak", "$module, fd, duration, /", "Send a break.")),
    METHOD_ONE_("tcdrain", tcdrain_one,
                DOC("tcdrain", "$module, fd, /", "Wait until all output is sent.")),
    METHOD_FAST_("tcflush", tcflush_fast,
                 DOC("tcflush", "$module, fd, queue, /", "Forget what waits in a queue.")),
    METHOD_FAST_("tcflow", tcflow_fast,
                 DOC("tcflow", "$module, fd, action, /", "Suspend or resume a direction.")),
    METHOD_ONE_("tcgetwinsize", tcgetwinsize_one,
                DOC("tcgetwinsize", "$module, fd, /", "(rows, columns) of a terminal.")),
    METHOD_FAST_("tcsetwinsize", tcsetwinsize_fast,
                 DOC("tcsetwinsize", "$module, fd, winsize, /", "Set (rows, columns).")),
    {NULL}};

#ifndef VSWTCH
#define VSWTCH VSWTC
#endif
static const struct module_int constants[] = {
    CONSTANT(B0),
    CONSTANT(B1000000),
    CONSTANT(B110),
    CONSTANT(B115200),
    CONSTANT(B1152000),
    CONSTANT(B1200),
    CONSTANT(B134),
    CONSTANT(B150),
    CONSTANT(B1500000),
    CONSTANT(B1800),
    CONSTANT(B19200),
    CONSTANT(B200),
    CONSTANT(B2000000),
    CONSTANT(B230400),
    CONSTANT(B2400),
    CONSTANT(B2500000),
    CONSTANT(B300),
    CONSTANT(B3000000),
    CONSTANT(B3500000),
    CONSTANT(B38400),
    CONSTANT(B4000000),
    CONSTANT(B460800),
    CONSTANT(B4800),
    CONSTANT(B50),
    CONSTANT(B500000),
    CONSTANT(B57600),
    CONSTANT(B576000),
    CONSTANT(B600),
    CONSTANT(B75),
    CONSTANT(B921600),
    CONSTANT(B9600),
    CONSTANT(BRKINT),
    CONSTANT(BS0),
    CONSTANT(BS1),
    CONSTANT(BSDLY),
    CONSTANT(CBAUD),
    CONSTANT(CBAUDEX),
    CONSTANT(CDSUSP),
    CONSTANT(CEOF),
    CONSTANT(CEOL),
    CONSTANT(CEOT),
    CONSTANT(CERASE),
    CONSTANT(CFLUSH),
    CONSTANT(CIBAUD),
    CONSTANT(CINTR),
    CONSTANT(CKILL),
    CONSTANT(CLNEXT),
    CONSTANT(CLOCAL),
    CONSTANT(CQUIT),
    CONSTANT(CR0),
    CONSTANT(CR1),
    CONSTANT(CR2),
    CONSTANT(CR3),
    CONSTANT(CRDLY),
    CONSTANT(CREAD),
    CONSTANT(CRPRNT),
    CONSTANT(CRTSCTS),
    CONSTANT(CS5),
    CONSTANT(CS6),
    CONSTANT(CS7),
    CONSTANT(CS8),
    CONSTANT(CSIZE),
    CONSTANT(CSTART),
    CONSTANT(CSTOP),
    CONSTANT(CSTOPB),
    CONSTANT(CSUSP),
    CONSTANT(CWERASE),
    CONSTANT(ECHO),
    CONSTANT(ECHOCTL),
    CONSTANT(ECHOE),
    CONSTANT(ECHOK),
    CONSTANT(ECHOKE),
    CONSTANT(ECHONL),
    CONSTANT(ECHOPRT),
    CONSTANT(EXTA),
    CONSTANT(EXTB),
    CONSTANT(FF0),
    CONSTANT(FF1),
    CONSTANT(FFDLY),
    CONSTANT(FIOASYNC),
    CONSTANT(FIOCLEX),
    CONSTANT(FIONBIO),
    CONSTANT(FIONCLEX),
    CONSTANT(FIONREAD),
    CONSTANT(FLUSHO),
    CONSTANT(HUPCL),
    CONSTANT(ICANON),
    CONSTANT(ICRNL),
    CONSTANT(IEXTEN),
    CONSTANT(IGNBRK),
    CONSTANT(IGNCR),
    CONSTANT(IGNPAR),
    CONSTANT(IMAXBEL),
    CONSTANT(INLCR),
    CONSTANT(INPCK),
    CONSTANT(IOCSIZE_MASK),
    CONSTANT(IOCSIZE_SHIFT),
    CONSTANT(ISIG),
    CONSTANT(ISTRIP),
    CONSTANT(IUCLC),
    CONSTANT(IXANY),
    CONSTANT(IXOFF),
    CONSTANT(IXON),
    CONSTANT(NCC),
    CONSTANT(NCCS),
    CONSTANT(NL0),
    CONSTANT(NL1),
    CONSTANT(NLDLY),
    CONSTANT(NOFLSH),
    CONSTANT(N_MOUSE),
    CONSTANT(N_PPP),
    CONSTANT(N_SLIP),
    CONSTANT(N_STRIP),
    CONSTANT(N_TTY),
    CONSTANT(OCRNL),
    CONSTANT(OFDEL),
    CONSTANT(OFILL),
    CONSTANT(OLCUC),
    CONSTANT(ONLCR),
    CONSTANT(ONLRET),
    CONSTANT(ONOCR),
    CONSTANT(OPOST),
    CONSTANT(PARENB),
    CONSTANT(PARMRK),
    CONSTANT(PARODD),
    CONSTANT(PENDIN),
    CONSTANT(TAB0),
    CONSTANT(TAB1),
    CONSTANT(TAB2),
    CONSTANT(TAB3),
    CONSTANT(TABDLY),
    CONSTANT(TCFLSH),
    CONSTANT(TCGETA),
    CONSTANT(TCGETS),
    CONSTANT(TCIFLUSH),
    CONSTANT(TCIOFF),
    CONSTANT(TCIOFLUSH),
    CONSTANT(TCION),
    CONSTANT(TCOFLUSH),
    CONSTANT(TCOOFF),
    CONSTANT(TCOON),
    CONSTANT(TCSADRAIN),
    CONSTANT(TCSAFLUSH),
    CONSTANT(TCSANOW),
    CONSTANT(TCSBRK),
    CONSTANT(TCSBRKP),
    CONSTANT(TCSETA),
    CONSTANT(TCSETAF),
    CONSTANT(TCSETAW),
    CONSTANT(TCSETS),
    CONSTANT(TCSETSF),
    CONSTANT(TCSETSW),
    CONSTANT(TCXONC),
    CONSTANT(TIOCCONS),
    CONSTANT(TIOCEXCL),
    CONSTANT(TIOCGETD),
    CONSTANT(TIOCGICOUNT),
    CONSTANT(TIOCGLCKTRMIOS),
    CONSTANT(TIOCGPGRP),
    CONSTANT(TIOCGSERIAL),
    CONSTANT(TIOCGSOFTCAR),
    CONSTANT(TIOCGWINSZ),
    CONSTANT(TIOCINQ),
    CONSTANT(TIOCLINUX),
    CONSTANT(TIOCMBIC),
    CONSTANT(TIOCMBIS),
    CONSTANT(TIOCMGET),
    CONSTANT(TIOCMIWAIT),
    CONSTANT(TIOCMSET),
    CONSTANT(TIOCM_CAR),
    CONSTANT(TIOCM_CD),
    CONSTANT(TIOCM_CTS),
    CONSTANT(TIOCM_DSR),
    CONSTANT(TIOCM_DTR),
    CONSTANT(TIOCM_LE),
    CONSTANT(TIOCM_RI),
    CONSTANT(TIOCM_RNG),
    CONSTANT(TIOCM_RTS),
    CONSTANT(TIOCM_SR),
    CONSTANT(TIOCM_ST),
    CONSTANT(TIOCNOTTY),
    CONSTANT(TIOCNXCL),
    CONSTANT(TIOCOUTQ),
    CONSTANT(TIOCPKT),
    CONSTANT(TIOCPKT_DATA),
    CONSTANT(TIOCPKT_DOSTOP),
    CONSTANT(TIOCPKT_FLUSHREAD),
    CONSTANT(TIOCPKT_FLUSHWRITE),
    CONSTANT(TIOCPKT_NOSTOP),
    CONSTANT(TIOCPKT_START),
    CONSTANT(TIOCPKT_STOP),
    CONSTANT(TIOCSCTTY),
    CONSTANT(TIOCSERCONFIG),
    CONSTANT(TIOCSERGETLSR),
    CONSTANT(TIOCSERGETMULTI),
    CONSTANT(TIOCSERGSTRUCT),
    CONSTANT(TIOCSERGWILD),
    CONSTANT(TIOCSERSETMULTI),
    CONSTANT(TIOCSERSWILD),
    CONSTANT(TIOCSER_TEMT),
    CONSTANT(TIOCSETD),
    CONSTANT(TIOCSLCKTRMIOS),
    CONSTANT(TIOCSPGRP),
    CONSTANT(TIOCSSERIAL),
    CONSTANT(TIOCSSOFTCAR),
    CONSTANT(TIOCSTI),
    CONSTANT(TIOCSWINSZ),
    CONSTANT(TOSTOP),
    CONSTANT(VDISCARD),
    CONSTANT(VEOF),
    CONSTANT(VEOL),
    CONSTANT(VEOL2),
    CONSTANT(VERASE),
    CONSTANT(VINTR),
    CONSTANT(VKILL),
    CONSTANT(VLNEXT),
    CONSTANT(VMIN),
    CONSTANT(VQUIT),
    CONSTANT(VREPRINT),
    CONSTANT(VSTART),
    CONSTANT(VSTOP),
    CONSTANT(VSUSP),
    CONSTANT(VSWTC),
    CONSTANT(VSWTCH),
    CONSTANT(VT0),
    CONSTANT(VT1),
    CONSTANT(VTDLY),
    CONSTANT(VTIME),
    CONSTANT(VWERASE),
    CONSTANT(XCASE),
    CONSTANT(XTABS),
};

int module_termios_fill(struct object *module) {
  if (module_root(&terminal_error) < 0 ||
      (!terminal_error && !(terminal_error = module_new_exception("termios.error", NULL))))
    return -1;
  if (module_add_ints(module, constants, ARRAY_SIZE(constants)) < 0)
    return -1;
  return module_add(module, "error", terminal_error) < 0 ? -1
                                                         : module_add_functions(module, functions);
}
