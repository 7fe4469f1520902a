/* Addresses: Python's tuples and paths as the system's structs, and back. */
#include "runtime/modules/argument.h"
#include "runtime/modules/socket/socket.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/gil.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

void *address_gai_error(int code) {
  if (code == EAI_SYSTEM)
    return error_errno(errno, NULL, NULL);
  const char *text = gai_strerror(code);
  struct object *number = int_from_i64(code), *message = str_from_utf8(text, strlen(text));
  struct object *args = number && message ? tuple_pack(2, number, message) : NULL;
  if (args)
    error_set_object(socket_gaierror, args);
  drop_null(args);
  drop_null(message);
  drop_null(number);
  return NULL;
}

int address_find(const char *host, const char *port, const struct addrinfo *wanted,
                 struct addrinfo **found) {
  gil_release();
  int code = getaddrinfo(host, port, wanted, found);
  gil_acquire();
  if (!code)
    return 0;
  address_gai_error(code);
  return -1;
}

int address_resolve(const char *host, int family, union socket_address *to, socklen_t *n) {
  if (!strcmp(host, "<broadcast>"))
    host = "255.255.255.255";
  const struct addrinfo wanted = {
      .ai_family = family, .ai_socktype = SOCK_DGRAM, .ai_flags = *host ? 0 : AI_PASSIVE};
  struct addrinfo *found;
  if (address_find(*host ? host : NULL, "0", &wanted, &found) < 0)
    return -1;
  memcpy(&to->room, found->ai_addr, found->ai_addrlen);
  *n = found->ai_addrlen;
  freeaddrinfo(found);
  return 0;
}

static int read_port(struct object *o, const char *function, in_port_t *port) {
  int64_t value;
  if (number_to_i64(o, &value, ERROR_NONE) < 0)
    return -1;
  if (value < 0 || value > 0xffff) {
    error_format(ERROR_OVERFLOW, "%s(): port must be 0-65535.", function);
    return -1;
  }
  *port = htons((uint16_t)value);
  return 0;
}

struct object *address_encode_host(struct object *o) {
  if (is_any_str(o))
    return str_is_ascii(o) ? str_encode_utf8(o) : codec_encode(o, "idna", NULL);
  if (is_any_bytes(o))
    return hold(o);
  if (object_has(o, TYPE_IS_BYTEARRAY))
    return bytes_from(bytearray_length(o) ? bytearray_data(o) : (unsigned char *)"",
                      bytearray_length(o));
  return error_format(ERROR_TYPE, "str, bytes or bytearray expected, not %N", o);
}
struct object *address_read_host(struct object *o) {
  struct object *host = address_encode_host(o);
  if (!host || !memchr(bytes_data(host), 0, bytes_length(host)))
    return host;
  drop(host);
  return error_format(ERROR_TYPE, "host name must not contain null character");
}

static int read_inet(struct object *o, int family, const char *function, union socket_address *to,
                     socklen_t *n) {
  size_t least = 2, most = family == AF_INET6 ? 4 : 2;
  const char *name = family == AF_INET6 ? "AF_INET6" : "AF_INET";
  if (!is_any_tuple(o)) {
    error_format(ERROR_TYPE, "%s(): %s address must be tuple, not %N", function, name, o);
    return -1;
  }
  size_t count = tuple_length(o);
  if (count < least || count > most) {
    error_format(ERROR_TYPE,
                 most == 2 ? "%s address must be a pair (host, port)"
                           : "%s address must be a tuple (host, port[, flowinfo[, scopeid]])",
                 name);
    return -1;
  }
  struct object *host = address_read_host(tuple_get_borrowed(o, 0));
  in_port_t port = 0;
  unsigned flow = 0, scope = 0;
  int done = host ? read_port(tuple_get_borrowed(o, 1), function, &port) : -1;
  if (done == 0 && count > 2)
    done = argument_unsigned(tuple_get_borrowed(o, 2), &flow);
  if (done == 0 && count > 3)
    done = argument_unsigned(tuple_get_borrowed(o, 3), &scope);
  if (done == 0 && flow > 0xfffff) {
    error_format(ERROR_OVERFLOW, "%s(): flowinfo must be 0-1048575.", function);
    done = -1;
  }
  if (done == 0)
    done = address_resolve((const char *)bytes_data(host), family, to, n);
  drop_null(host);
  if (done < 0)
    return -1;
  if (family == AF_INET)
    ((struct sockaddr_in *)to)->sin_port = port;
  else {
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)to;
    six->sin6_port = port;
    six->sin6_flowinfo = htonl(flow);
    if (count > 3)
      six->sin6_scope_id = scope;
  }
  return 0;
}

/* A path, or on Linux a name that begins with a NUL; "": such a name of the system's choice. */
static int read_unix(struct object *o, union socket_address *to, socklen_t *n) {
  struct sockaddr_un *local = (struct sockaddr_un *)to;
  struct object *path = is_any_str(o) ? str_encode_filename(o) : NULL;
  const void *data = path ? bytes_data(path) : NULL;
  size_t length = path ? bytes_length(path) : 0;
  struct buffer_view view = {0};
  if (!path) {
    if (error_pending() != ERROR_NONE || buffer_get(o, &view, BUFFER_SIMPLE) < 0)
      return -1;
    data = view.data;
    length = (size_t)view.bytes;
  }
  bool is_abstract = !length || !*(const char *)data;
  bool fits = length + !is_abstract <= sizeof local->sun_path;
  if (fits) {
    memset(local, 0, sizeof *local);
    local->sun_family = AF_UNIX;
    memcpy(local->sun_path, data, length);
    *n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + !is_abstract);
  } else
    error_set(ERROR_OS, "AF_UNIX path too long");
  drop_null(path);
  if (view.object)
    buffer_release(&view);
  return fits ? 0 : -1;
}

int address_read(struct object *o, int family, const char *function, union socket_address *to,
                 socklen_t *n) {
  memset(to, 0, sizeof *to);
  switch (family) {
  case AF_INET:
  case AF_INET6:
    return read_inet(o, family, function, to, n);
  case AF_UNIX:
    return read_unix(o, to, n);
  default:
    error_format(ERROR_OS, "%s(): bad family", function);
    return -1;
  }
}

struct object *address_to_object(const union socket_address *from, socklen_t n) {
  char text[INET6_ADDRSTRLEN];
  if (!n)
    return hold(NONE);
  struct object *host = NULL, *result = NULL, *numbers[3] = {NULL};
  switch (from->any.sa_family) {
  case AF_INET: {
    const struct sockaddr_in *four = (const struct sockaddr_in *)from;
    inet_ntop(AF_INET, &four->sin_addr, text, sizeof text);
    host = str_from_ascii(text);
    numbers[0] = int_from_i64(ntohs(four->sin_port));
    if (host && numbers[0])
      result = tuple_pack(2, host, numbers[0]);
    break;
  }
  case AF_INET6: {
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)from;
    inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof text);
    host = str_from_ascii(text);
    numbers[0] = int_from_i64(ntohs(six->sin6_port));
    numbers[1] = int_from_i64(ntohl(six->sin6_flowinfo));
    numbers[2] = int_from_i64(six->sin6_scope_id);
    if (host && numbers[0] && numbers[1] && numbers[2])
      result = tuple_pack(4, host, numbers[0], numbers[1], numbers[2]);
    break;
  }
  case AF_UNIX: {
    const struct sockaddr_un *local = (const struct sockaddr_un *)from;
    size_t length = n - offsetof(struct sockaddr_un, sun_path);
    if (length && !local->sun_path[0])
      return bytes_from(local->sun_path, length);
    return str_decode_filename(local->sun_path, strnlen(local->sun_path, length));
  }
  default:
    numbers[0] = int_from_i64(from->any.sa_family);
    host = bytes_from(from->any.sa_data, n - offsetof(struct sockaddr, sa_data));
    if (host && numbers[0])
      result = tuple_pack(2, numbers[0], host);
  }
  for (size_t i = 0; i < 3; i++)
    drop_null(numbers[i]);
  drop_null(host);
  return result;
}
