/* select(): three lists of files in, three lists of those that are ready out. */
#include "runtime/modules/select/select.h"
#include "runtime/modules/timestamp.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include <linux/limits.h>
#include <string.h>
#include <sys/select.h>

struct object *select_pair(int fd, int64_t events) {
  struct object *number = int_from_i64(fd), *mask = number ? int_from_i64(events) : NULL;
  struct object *pair = mask ? tuple_pack(2, number, mask) : NULL;
  drop_null(mask);
  drop_null(number);
  return pair;
}

/* One of the lists: the files, and their descriptors at the same places. */
struct row {
  struct object *files; /* list */
  int *fds;
  size_t n, room;
  fd_set set;
};

static void row_close(struct row *s) {
  if (s->fds)
    gc_buffer_free(s->fds, s->room * sizeof *s->fds);
  drop_null(s->files);
}
static int row_add(struct row *s, struct object *file, int *most) {
  int fd;
  if (argument_fd(file, &fd) < 0)
    return -1;
  if (fd >= FD_SETSIZE) {
    error_format(ERROR_VALUE, "filedescriptor out of range in select()");
    return -1;
  }
  if (s->n == s->room) {
    size_t room = s->room ? s->room * 2 : 8;
    int *larger =
        s->fds ? gc_buffer_resize_own(s->fds, s->room * sizeof *s->fds, room * sizeof *larger)
               : gc_buffer_new(room * sizeof *larger);
    if (!larger)
      return error_no_memory(), -1;
    s->fds = larger;
    s->room = room;
  }
  if (list_append(s->files, file) < 0)
    return -1;
  s->fds[s->n++] = fd;
  FD_SET(fd, &s->set);
  if (fd > *most)
    *most = fd;
  return 0;
}
/* fileno() may change a list: its length is looked at each time. */
static int row_open(struct row *s, struct object *o, int *most) {
  struct object *const *items;
  size_t n;
  FD_ZERO(&s->set);
  struct object *fast = sequence_fast(o, "arguments 1-3 must be sequences", &items, &n);
  if (!fast)
    return -1;
  s->files = list_new(0);
  int status = s->files ? 0 : -1;
  for (size_t i = 0; status == 0; i++) {
    if (is_any_list(fast)) {
      items = ((struct list *)fast)->items;
      n = list_length(fast);
    }
    if (i >= n)
      break;
    struct object *file = hold(items[i]);
    status = row_add(s, file, most);
    drop(file);
  }
  drop(fast);
  return status;
}
static struct object *row_ready(struct row *s) {
  struct object *list = list_new(0);
  for (size_t i = 0; list && i < s->n; i++) {
    if (!FD_ISSET(s->fds[i], &s->set))
      continue;
    if (list_append(list, list_get_borrowed(s->files, i)) < 0) {
      drop(list);
      return NULL;
    }
  }
  return list;
}

static int read_timeout(struct object *o, int64_t *ns) {
  *ns = -1;
  if (!o || o == NONE)
    return 0;
  if (timestamp_to_ns(o, ns, TIMESTAMP_AWAY) < 0) {
    if (error_matches(ERROR_TYPE))
      error_format(ERROR_TYPE, "timeout must be a float or None");
    return -1;
  }
  if (*ns >= 0)
    return 0;
  error_format(ERROR_VALUE, "timeout must be non-negative");
  return -1;
}

/* 0, with the sets saying who is ready; the sets are given anew where a signal came between. */
static int wait_for(struct row rows[3], int most, int64_t timeout) {
  int64_t deadline = timeout < 0 ? 0 : timestamp_deadline(timeout);
  fd_set wanted[3];
  for (size_t i = 0; i < 3; i++)
    wanted[i] = rows[i].set;
  for (int64_t left = timeout;; left = timeout < 0 ? -1 : timestamp_left(deadline)) {
    /* Rounded up, so as not to wake up too early. */
    struct timeval t = {.tv_sec = left / 1000000000, .tv_usec = (left % 1000000000 + 999) / 1000};
    if (t.tv_usec == 1000000) {
      t.tv_usec = 0;
      t.tv_sec++;
    }
    for (size_t i = 0; i < 3; i++)
      rows[i].set = wanted[i];
    int result = BLOCKING(
        select(most + 1, &rows[0].set, &rows[1].set, &rows[2].set, timeout < 0 ? NULL : &t));
    if (result >= 0)
      return 0;
    if (errno != EINTR) {
      error_errno(errno, NULL, NULL);
      return -1;
    }
    if (vm_handle_signals() < 0)
      return -1;
    if (timeout >= 0 && timestamp_left(deadline) == 0) {
      for (size_t i = 0; i < 3; i++)
        FD_ZERO(&rows[i].set);
      return 0;
    }
  }
}
static struct object *select_fast(struct object *module, struct object *const *args, size_t n) {
  int64_t timeout;
  if (args_check_count("select", n, 3, 4) < 0 || read_timeout(n > 3 ? args[3] : NULL, &timeout) < 0)
    return NULL;
  struct row rows[3] = {0};
  int most = -1, status = 0;
  for (size_t i = 0; status == 0 && i < 3; i++)
    status = row_open(&rows[i], args[i], &most);
  if (status == 0)
    status = wait_for(rows, most, timeout);
  struct object *lists[3] = {0}, *result = NULL;
  for (size_t i = 0; status == 0 && i < 3; i++)
    if (!(lists[i] = row_ready(&rows[i])))
      status = -1;
  if (status == 0)
    result = tuple_from(lists, 3);
  for (size_t i = 0; i < 3; i++) {
    drop_null(lists[i]);
    row_close(&rows[i]);
  }
  return result;
}

static const struct method_def functions[] = {
    METHOD_FAST_("select", select_fast,
                 DOC("select", "$module, rlist, wlist, xlist, timeout=None, /",
                     "Wait until files can be read, written, or have something urgent; returns "
                     "three lists of\nthose that are ready, empty ones after the timeout.")),
    {NULL}};

int module_select_fill(struct object *module) {
  if (module_add(module, "error", &exception_type(ERROR_OS)->head) < 0 ||
      module_add_int(module, "PIPE_BUF", PIPE_BUF) < 0 || select_fill_poll(module) < 0 ||
      select_fill_epoll(module) < 0)
    return -1;
  return module_add_functions(module, functions);
}
