/* What the older calls tell of a host: its name, its other names, its addresses. */
#include "runtime/modules/socket/socket.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/gil.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

enum { ANSWER_BYTES = 16384 };

static void *host_error(int code) {
  const char *said = hstrerror(code);
  struct object *number = int_from_i64(code);
  struct object *words = number ? str_decode_filename(said, strlen(said)) : NULL;
  struct object *args = words ? tuple_pack(2, number, words) : NULL;
  if (args)
    error_set_object(socket_herror, args);
  drop_null(args);
  drop_null(words);
  drop_null(number);
  return NULL;
}

/* One more of a list; false with an error. */
static bool add(struct object *list, const char *text) {
  struct object *each = list ? str_decode_filename(text, strlen(text)) : NULL;
  return each && list_append_taking(list, each) == 0;
}

/* (name, aliases, addresses) */
static struct object *triple(const struct hostent *h) {
  struct object *name = str_decode_filename(h->h_name, strlen(h->h_name));
  struct object *aliases = list_new(0), *addresses = list_new(0), *result = NULL;
  bool complete = name && aliases && addresses;
  for (char **at = h->h_aliases; complete && at && *at; at++)
    complete = add(aliases, *at);
  for (char **at = h->h_addr_list; complete && *at; at++) {
    char shown[INET6_ADDRSTRLEN] = "";
    inet_ntop(h->h_addrtype, *at, shown, sizeof shown);
    complete = add(addresses, shown);
  }
  if (complete)
    result = tuple_pack(3, name, aliases, addresses);
  drop_null(addresses);
  drop_null(aliases);
  drop_null(name);
  return result;
}

/* The address a host's name or number stands for. */
static int resolve(struct object *o, int family, union socket_address *address) {
  socklen_t n;
  struct object *host = address_read_host(o);
  int done = host ? address_resolve((const char *)bytes_data(host), family, address, &n) : -1;
  drop_null(host);
  return done;
}

static struct object *by_name(struct object *self, struct object *o) {
  union socket_address address;
  struct hostent answer, *found = NULL;
  char room[ANSWER_BYTES];
  int code = 0;
  struct object *host = address_read_host(o);
  if (!host || resolve(o, AF_INET, &address) < 0) /* which has the better messages */
    return drop_null(host), NULL;
  const char *name = (const char *)bytes_data(host);
  gil_release();
  gethostbyname_r(name, &answer, room, sizeof room, &found, &code);
  gil_acquire();
  drop(host);
  return found ? triple(found) : host_error(code);
}

static struct object *by_address(struct object *self, struct object *o) {
  union socket_address address;
  struct hostent answer, *found = NULL;
  char room[ANSWER_BYTES];
  int code = 0;
  if (resolve(o, AF_UNSPEC, &address) < 0)
    return NULL;
  int family = address.any.sa_family;
  if (family != AF_INET && family != AF_INET6)
    return error_format(ERROR_OS, "unsupported address family");
  const void *bytes = family == AF_INET ? (void *)&((struct sockaddr_in *)&address)->sin_addr
                                        : (void *)&((struct sockaddr_in6 *)&address)->sin6_addr;
  socklen_t n = family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
  gil_release();
  gethostbyaddr_r(bytes, n, family, &answer, room, sizeof room, &found, &code);
  gil_acquire();
  return found ? triple(found) : host_error(code);
}

const struct method_def socket_host_functions[] = {
    METHOD_ONE_("gethostbyname_ex", by_name,
                "gethostbyname_ex(host) -> (name, aliaslist, addresslist)\n\nReturn the true host "
                "name, a list of aliases, and a list of IP addresses, for a host."),
    METHOD_ONE_("gethostbyaddr", by_address,
                "gethostbyaddr(host) -> (name, aliaslist, addresslist)\n\nReturn the true host "
                "name, a list of aliases, and a list of IP addresses, for a host."),
    {NULL}};
