/* Messages of several buffers with ancillary data: sendmsg, recvmsg, recvmsg_into, and the sizes of
 * ancillary items. */
#include "runtime/modules/argument.h"
#include "runtime/modules/socket/waiting.h"
#include "runtime/object/audit.h"
#include "runtime/object/bytes.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/tuple.h"
#include "runtime/object/warning.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

/* ---- Rows of buffers ---- */

/* What the system is told of them, and what keeps them open: `items` holds the objects. */
struct row {
  struct object *items; /* tuple */
  struct iovec *parts;
  struct buffer_view *views;
  size_t n, room; /* views that are open; allocated */
};

static void row_close(struct row *r) {
  while (r->n)
    buffer_release(&r->views[--r->n]);
  gc_buffer_free(r->views, r->room * sizeof *r->views);
  gc_buffer_free(r->parts, r->room * sizeof *r->parts);
  gc_keep(r->items);
  drop_null(r->items);
}
/* Of any iterable: a tuple that nobody else changes. `message` of the TypeError where it is none.
 */
static struct object *items_of(struct object *iterable, const char *message) {
  struct object *const *items;
  size_t n;
  struct object *fast = sequence_fast(iterable, message, &items, &n);
  struct object *tuple = fast ? tuple_from(items, n) : NULL;
  gc_keep(fast);
  drop_null(fast);
  return tuple;
}
static int row_allocate(struct row *r) {
  size_t n = tuple_length(r->items);
  if (!n)
    return 0;
  r->parts = gc_buffer_new(n * sizeof *r->parts);
  r->views = r->parts ? gc_buffer_new(n * sizeof *r->views) : NULL;
  if (!r->views) {
    gc_buffer_free(r->parts, n * sizeof *r->parts);
    r->parts = NULL;
    return error_no_memory(), -1;
  }
  r->room = n;
  return 0;
}
/* `message` replaces what the buffer says; NULL: that stays. */
static int row_open(struct row *r, struct object *iterable, const char *function, int flags,
                    const char *message) {
  char text[64];
  snprintf(text, sizeof text, "%s() argument 1 must be an iterable", function);
  *r = (struct row){.items = items_of(iterable, text)};
  if (!r->items || row_allocate(r) < 0)
    goto fail;
  if (tuple_length(r->items) > INT_MAX) {
    error_format(ERROR_OS, "%s() argument 1 is too long", function);
    goto fail;
  }
  for (; r->n < r->room; r->n++) {
    struct buffer_view *view = &r->views[r->n];
    if (buffer_get(tuple_get_borrowed(r->items, r->n), view, flags) < 0) {
      if (message && error_pending() != ERROR_MEMORY)
        error_set(ERROR_TYPE, "%s", message);
      goto fail;
    }
    r->parts[r->n] = (struct iovec){.iov_base = view->data, .iov_len = (size_t)view->bytes};
  }
  return 0;
fail:
  row_close(r);
  return -1;
}

/* ---- Ancillary data to be sent ---- */

/* What a number of bytes takes with its header, without and with padding; false: too many. */
static bool length_fits(int64_t bytes, size_t *length) {
  if (bytes < 0 || bytes > INT_MAX - (int64_t)CMSG_LEN(0))
    return false;
  *length = CMSG_LEN((size_t)bytes);
  return true;
}
static bool space_fits(int64_t bytes, size_t *space) {
  if (bytes < 0 || bytes > INT_MAX - (int64_t)CMSG_SPACE(1))
    return false;
  *space = CMSG_SPACE((size_t)bytes);
  return true;
}

/* (level, type, data): 0, and the view is open. */
static int read_item(struct object *item, int *level, int *kind, struct buffer_view *view) {
  static const char where[] = "[sendmsg() ancillary data items]() argument";
  if (!is_sequence(item)) {
    error_format(ERROR_TYPE, "%s must be 3-item sequence, not %N", where, item);
    return -1;
  }
  int64_t n = object_length(item);
  if (n < 0)
    return -1;
  if (n != 3) {
    error_format(ERROR_TYPE, "%s must be sequence of length 3, not %lld", where, (long long)n);
    return -1;
  }
  struct object *parts[3] = {NULL};
  int status = 0;
  for (int i = 0; status == 0 && i < 3; i++)
    status = (parts[i] = sequence_get_item(item, i)) ? 0 : -1;
  if (status == 0 && (argument_int(parts[0], level) < 0 || argument_int(parts[1], kind) < 0 ||
                      buffer_get(parts[2], view, BUFFER_SIMPLE) < 0))
    status = -1;
  for (int i = 0; i < 3; i++)
    drop_null(parts[i]); /* the view holds what it shows */
  return status;
}

/* Items one after the other, as a bytes object; NULL with the error. */
static struct object *control_of(struct object *iterable) {
  struct object *items = items_of(iterable, "sendmsg() argument 2 must be an iterable");
  struct object *control = items ? bytes_new_open(0) : NULL;
  size_t used = 0;
  for (size_t i = 0; control && i < tuple_length(items); i++) {
    struct buffer_view view;
    int level, kind;
    size_t space = 0;
    struct object *more = NULL;
    if (read_item(tuple_get_borrowed(items, i), &level, &kind, &view) < 0) {
      drop(control);
      control = NULL;
      break;
    }
    if (!space_fits(view.bytes, &space))
      error_set(ERROR_OS, "ancillary data item too large");
    else if (used + space > INT_MAX)
      error_set(ERROR_OS, "too much ancillary data");
    else if ((more = bytes_new_open(used + space))) {
      char *to = (char *)(uintptr_t)bytes_data(more);
      struct cmsghdr header = {
          .cmsg_len = CMSG_LEN((size_t)view.bytes), .cmsg_level = level, .cmsg_type = kind};
      memcpy(to, bytes_data(control), used);
      memset(to + used, 0, space);
      memcpy(to + used, &header, sizeof header);
      if (view.bytes)
        memcpy(to + used + CMSG_LEN(0), view.data, (size_t)view.bytes);
      used += space;
    }
    buffer_release(&view);
    drop(control);
    control = more;
  }
  drop_null(items);
  return control;
}

struct object *socket_sendmsg(struct object *o, struct object *const *args, size_t n) {
  struct socket *s = socket_of(o);
  int flags = 0;
  if (n < 1 || n > 4)
    return error_format(ERROR_TYPE, "sendmsg() takes at %s argument%s (%zu given)",
                        n ? "most 4" : "least 1", n ? "s" : "", n);
  if (n > 2 && argument_int(args[2], &flags) < 0)
    return NULL;
  struct msghdr message = {0};
  union socket_address to;
  struct object *address = n > 3 && args[3] != NONE ? args[3] : NULL;
  if (address) {
    if (address_read(address, s->family, "sendmsg", &to, &message.msg_namelen) < 0)
      return NULL;
    message.msg_name = &to;
  }
  if (AUDIT_FAILS("socket.sendmsg", tuple_pack(2, o, address ? address : NONE)))
    return NULL;
  struct row row;
  if (row_open(&row, args[0], "sendmsg", BUFFER_SIMPLE, NULL) < 0)
    return NULL;
  struct object *control = n > 1 ? control_of(args[1]) : NULL;
  ssize_t sent = -1;
  if (n < 2 || control) {
    message.msg_iov = row.parts;
    message.msg_iovlen = row.n;
    if (control && bytes_length(control)) {
      message.msg_control = (void *)(uintptr_t)bytes_data(control);
      message.msg_controllen = bytes_length(control);
    }
    sent = SOCKET_CALL(s, POLLOUT, sendmsg(s->fd, &message, flags));
  }
  gc_keep(control);
  drop_null(control);
  row_close(&row);
  return sent < 0 ? NULL : int_from_i64(sent);
}

/* ---- Receiving ---- */

/* The bytes of an item that lie in the buffer; *whole: they are all of it. False: not even its
 * header does. */
static bool item_of(const struct msghdr *message, struct cmsghdr *item, size_t *bytes,
                    bool *whole) {
  const char *end = (const char *)message->msg_control + message->msg_controllen;
  const char *data = (const char *)CMSG_DATA(item);
  if ((const char *)item + sizeof *item > end || data > end || item->cmsg_len < CMSG_LEN(0))
    return false;
  size_t said = item->cmsg_len - CMSG_LEN(0), there = (size_t)(end - data);
  *whole = said <= there;
  *bytes = *whole ? said : there;
  return true;
}
/* [(level, type, data), ...] */
static struct object *ancillary_list(struct msghdr *message) {
  struct object *list = list_new(0);
  struct cmsghdr *item = message->msg_controllen ? CMSG_FIRSTHDR(message) : NULL;
  bool whole = true;
  for (; list && item && whole; item = CMSG_NXTHDR(message, item)) {
    size_t bytes;
    bool is_there = item_of(message, item, &bytes, &whole);
    if ((!is_there || !whole) &&
        warning_format(ERROR_RUNTIME_WARNING, 1,
                       "received malformed or improperly-truncated ancillary data") < 0) {
      drop(list);
      return NULL;
    }
    if (!is_there)
      break;
    struct object *tuple =
        tuple_pack_taking(3, int_from_i64(item->cmsg_level), int_from_i64(item->cmsg_type),
                          bytes_from(CMSG_DATA(item), bytes));
    if (!tuple || list_append_taking(list, tuple) < 0) {
      drop(list);
      return NULL;
    }
  }
  return list;
}

/* The arguments behind the first: (ancbufsize=0, flags=0). */
static int read_rest(const char *function, struct object *const *args, size_t n, int64_t *room,
                     int *flags) {
  *room = 0;
  *flags = 0;
  if (n < 1 || n > 3) {
    error_format(ERROR_TYPE, "%s() takes at %s argument%s (%zu given)", function,
                 n ? "most 3" : "least 1", n ? "s" : "", n);
    return -1;
  }
  return (n > 1 && argument_size(args[1], room) < 0) || (n > 2 && argument_int(args[2], flags) < 0)
             ? -1
             : 0;
}

/* Fills the parts: how many bytes came, and (ancillary, flags, address), owned; -1 with the error.
 */
static ssize_t receive(struct socket *s, struct iovec *parts, size_t n, int64_t room, int flags,
                       struct object *rest[3]) {
  union socket_address from = {0};
  if (room < 0 || room > INT_MAX) {
    error_set(ERROR_VALUE, "invalid ancillary data buffer length");
    return -1;
  }
  char *control = room ? gc_buffer_new((size_t)room) : NULL;
  if (room && !control)
    return error_no_memory(), -1;
  struct msghdr message;
  ssize_t got = SOCKET_CALL(s, POLLIN,
                            (message = (struct msghdr){.msg_name = &from,
                                                       .msg_namelen = sizeof from,
                                                       .msg_iov = parts,
                                                       .msg_iovlen = n,
                                                       .msg_control = control,
                                                       .msg_controllen = (size_t)room},
                             recvmsg(s->fd, &message, flags)));
  if (got >= 0) {
    socklen_t length = message.msg_namelen < sizeof from ? message.msg_namelen : sizeof from;
    rest[0] = ancillary_list(&message);
    rest[1] = rest[0] ? int_from_i64(message.msg_flags) : NULL;
    rest[2] = rest[1] ? address_to_object(&from, length) : NULL;
    if (!rest[2]) {
      drop_null(rest[1]);
      drop_null(rest[0]);
      got = -1;
    }
  }
  gc_buffer_free(control, (size_t)room);
  return got;
}

struct object *socket_recvmsg(struct object *o, struct object *const *args, size_t n) {
  int64_t most = 0, room;
  int flags;
  if ((n && argument_size(args[0], &most) < 0) || read_rest("recvmsg", args, n, &room, &flags) < 0)
    return NULL;
  if (most < 0)
    return error_format(ERROR_VALUE, "negative buffer size in recvmsg()");
  struct object *bytes = bytes_new_open((size_t)most), *rest[3];
  if (!bytes)
    return NULL;
  struct iovec part = {.iov_base = (void *)(uintptr_t)bytes_data(bytes), .iov_len = (size_t)most};
  ssize_t got = receive(socket_of(o), &part, 1, room, flags, rest);
  gc_keep(bytes);
  if (got < 0) {
    drop(bytes);
    return NULL;
  }
  return tuple_pack_taking(4, bytes_cut_taking(bytes, (size_t)got), rest[0], rest[1], rest[2]);
}
struct object *socket_recvmsg_into(struct object *o, struct object *const *args, size_t n) {
  int64_t room;
  int flags;
  struct row row;
  if (read_rest("recvmsg_into", args, n, &room, &flags) < 0 ||
      row_open(&row, args[0], "recvmsg_into", BUFFER_WRITABLE,
               "recvmsg_into() argument 1 must be an iterable of single-segment read-write "
               "buffers") < 0)
    return NULL;
  struct object *rest[3];
  ssize_t got = receive(socket_of(o), row.parts, row.n, room, flags, rest);
  row_close(&row);
  return got < 0 ? NULL : tuple_pack_taking(4, int_from_i64(got), rest[0], rest[1], rest[2]);
}

/* ---- Sizes ---- */

static struct object *size_by(const char *function, struct object *const *args, size_t n,
                              bool (*fits)(int64_t, size_t *)) {
  int64_t bytes;
  size_t size;
  if (n != 1)
    return error_format(ERROR_TYPE, "%s() takes exactly 1 argument (%zu given)", function, n);
  if (argument_size(args[0], &bytes) < 0)
    return NULL;
  return fits(bytes, &size) ? int_from_i64((int64_t)size)
                            : error_format(ERROR_OVERFLOW, "%s() argument out of range", function);
}
static struct object *cmsg_len(struct object *self, struct object *const *args, size_t n) {
  return size_by("CMSG_LEN", args, n, length_fits);
}
static struct object *cmsg_space(struct object *self, struct object *const *args, size_t n) {
  return size_by("CMSG_SPACE", args, n, space_fits);
}

const struct method_def socket_message_functions[] = {
    METHOD_FAST_("CMSG_LEN", cmsg_len,
                 "CMSG_LEN(length) -> control message length\n\nWhat an ancillary item of so many "
                 "bytes takes, without padding behind it."),
    METHOD_FAST_("CMSG_SPACE", cmsg_space,
                 "CMSG_SPACE(length) -> buffer size\n\nThe room for an ancillary item of so many "
                 "bytes, with padding."),
    {NULL}};
