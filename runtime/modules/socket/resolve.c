/* Names of hosts, services and interfaces; addresses and numbers in other forms; constants. */
#include "runtime/modules/argument.h"
#include "runtime/modules/path.h"
#include "runtime/modules/socket/socket.h"
#include "runtime/object/audit.h"
#include "runtime/object/bytes.h"
#include "runtime/object/codec.h"
#include "runtime/object/exception.h"
#include "runtime/object/int.h"
#include "runtime/object/list.h"
#include "runtime/object/protocol.h"
#include "runtime/object/str.h"
#include "runtime/object/tuple.h"
#include "runtime/vm/gil.h"
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct object *text(const char *s) { return str_decode_filename(s, strlen(s)); }

/* ---- getaddrinfo, getnameinfo ---- */

static struct object *encode_host(struct object *o) {
  if (is_any_str(o) || is_any_bytes(o))
    return address_encode_host(o);
  return error_format(ERROR_TYPE, "getaddrinfo() argument 1 must be string or None");
}
static struct object *encode_service(struct object *o) {
  if (is_any_str(o))
    return codec_encode(o, NULL, NULL);
  if (is_any_bytes(o))
    return hold(o);
  if (type_of(o) != &int_type)
    return error_format(ERROR_OS, "Int or String expected");
  char digits[24];
  int64_t value;
  if (argument_long(o, &value) < 0)
    return NULL;
  return bytes_from(digits, (size_t)snprintf(digits, sizeof digits, "%lld", (long long)value));
}
/* None, or what `encode` makes of it: *owner keeps the text. */
static int read_name(struct object *o, struct object *(*encode)(struct object *), const char **name,
                     struct object **owner) {
  *name = NULL;
  if (o == NONE)
    return 0;
  if (!(*owner = encode(o)))
    return -1;
  *name = (const char *)bytes_data(*owner);
  return 0;
}

static struct object *entry(const struct addrinfo *each) {
  union socket_address address = {0};
  memcpy(&address, each->ai_addr, each->ai_addrlen);
  struct object *o[] = {int_from_i64(each->ai_family), int_from_i64(each->ai_socktype),
                        int_from_i64(each->ai_protocol),
                        text(each->ai_canonname ? each->ai_canonname : ""),
                        address_to_object(&address, each->ai_addrlen)};
  bool complete = true;
  for (size_t i = 0; i < ARRAY_SIZE(o); i++)
    complete = complete && o[i];
  struct object *tuple = complete ? tuple_from(o, ARRAY_SIZE(o)) : NULL;
  for (size_t i = 0; i < ARRAY_SIZE(o); i++)
    drop_null(o[i]);
  return tuple;
}

FUNCTION(getaddrinfo_, "getaddrinfo", 0, 6, 2, "host", "port", "family", "type", "proto", "flags") {
  struct addrinfo wanted = {0}, *found = NULL;
  const char *host, *port;
  struct object *host_owner = NULL, *port_owner = NULL, *list = NULL;
  int *const numbers[] = {&wanted.ai_family, &wanted.ai_socktype, &wanted.ai_protocol,
                          &wanted.ai_flags};
  for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
    if (v[2 + i] && argument_int(v[2 + i], numbers[i]) < 0)
      return NULL;
  if (read_name(v[0], encode_host, &host, &host_owner) == 0 &&
      read_name(v[1], encode_service, &port, &port_owner) == 0 &&
      address_find(host, port, &wanted, &found) == 0)
    list = list_new(0);
  for (const struct addrinfo *each = found; list && each; each = each->ai_next) {
    struct object *tuple = entry(each);
    if (!tuple || list_append_taking(list, tuple) < 0) {
      drop(list);
      list = NULL;
    }
  }
  if (found)
    freeaddrinfo(found);
  drop_null(port_owner);
  drop_null(host_owner);
  return list;
}

/* (host, port[, flowinfo[, scopeid]]), the host by its number: the only one it can be, to be freed;
 * NULL with the error. */
static struct addrinfo *read_numeric(struct object *o) {
  static const struct addrinfo wanted = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST};
  struct addrinfo *found = NULL;
  int port;
  unsigned flow = 0, scope = 0;
  if (!is_any_tuple(o))
    return error_format(ERROR_TYPE, "getnameinfo() argument 1 must be a tuple");
  size_t n = tuple_length(o);
  if (n < 2 || n > 4 || !is_any_str(tuple_get_borrowed(o, 0)))
    return error_format(ERROR_TYPE, "getnameinfo(): illegal sockaddr argument");
  if (argument_int(tuple_get_borrowed(o, 1), &port) < 0 ||
      (n > 2 && argument_unsigned(tuple_get_borrowed(o, 2), &flow) < 0) ||
      (n > 3 && argument_unsigned(tuple_get_borrowed(o, 3), &scope) < 0))
    return NULL;
  if (flow > 0xfffff)
    return error_format(ERROR_OVERFLOW, "getnameinfo(): flowinfo must be 0-1048575.");
  struct object *owner;
  const char *host = argument_text(tuple_get_borrowed(o, 0), "getnameinfo() argument 1", &owner);
  char service[12];
  snprintf(service, sizeof service, "%d", port);
  if (host && address_find(host, service, &wanted, &found) == 0) {
    const char *wrong = found->ai_next ? "sockaddr resolved to multiple addresses"
                        : found->ai_family == AF_INET && n != 2 ? "IPv4 sockaddr must be 2 tuple"
                                                                : NULL;
    if (wrong) {
      freeaddrinfo(found);
      found = error_format(ERROR_OS, "%s", wrong);
    } else if (found->ai_family == AF_INET6) {
      struct sockaddr_in6 *six = (struct sockaddr_in6 *)found->ai_addr;
      six->sin6_flowinfo = htonl(flow);
      six->sin6_scope_id = scope;
    }
  }
  drop_null(owner);
  return found;
}
FUNCTION(getnameinfo_, "getnameinfo", 2, 2, 2, "", "") {
  int flags;
  char host[NI_MAXHOST], service[NI_MAXSERV];
  if (argument_int(v[1], &flags) < 0)
    return NULL;
  struct addrinfo *found = read_numeric(v[0]);
  if (!found)
    return NULL;
  gil_release();
  int code = getnameinfo(found->ai_addr, found->ai_addrlen, host, sizeof host, service,
                         sizeof service, flags);
  gil_acquire();
  if (code)
    address_gai_error(code);
  freeaddrinfo(found);
  if (code)
    return NULL;
  struct object *a = text(host), *b = a ? text(service) : NULL;
  struct object *pair = b ? tuple_pack(2, a, b) : NULL;
  drop_null(b);
  drop_null(a);
  return pair;
}

static struct object *gethostbyname_(struct object *self, struct object *o) {
  union socket_address address;
  socklen_t n;
  char shown[INET_ADDRSTRLEN];
  struct object *host = address_read_host(o);
  if (!host)
    return NULL;
  int done = address_resolve((const char *)bytes_data(host), AF_INET, &address, &n);
  drop(host);
  if (done < 0)
    return NULL;
  inet_ntop(AF_INET, &((struct sockaddr_in *)&address)->sin_addr, shown, sizeof shown);
  return text(shown);
}
static struct object *gethostname_(struct object *self) {
  if (AUDIT_FAILS("socket.gethostname", tuple_new(0)))
    return NULL;
  char name[1024] = "";
  return gethostname(name, sizeof name - 1) < 0 ? error_errno(errno, NULL, NULL) : text(name);
}

/* ---- Services and protocols ---- */

static struct object *getservbyname_(struct object *self, struct object *const *args, size_t n) {
  struct object *owners[2] = {NULL};
  if (args_check_count("getservbyname", n, 1, 2) < 0)
    return NULL;
  const char *name = argument_text(args[0], "getservbyname() argument 1", &owners[0]), *kind = NULL;
  if (name && n > 1)
    kind = argument_text(args[1], "getservbyname() argument 2", &owners[1]);
  struct object *result = NULL;
  if (name && (n == 1 || kind)) {
    struct servent *found = getservbyname(name, kind);
    result = found ? int_from_i64(ntohs((uint16_t)found->s_port))
                   : error_format(ERROR_OS, "service/proto not found");
  }
  drop_null(owners[0]);
  drop_null(owners[1]);
  return result;
}
static struct object *getservbyport_(struct object *self, struct object *const *args, size_t n) {
  struct object *owner = NULL;
  int port;
  if (args_check_count("getservbyport", n, 1, 2) < 0 || argument_int(args[0], &port) < 0)
    return NULL;
  const char *kind = n > 1 ? argument_text(args[1], "getservbyport() argument 2", &owner) : NULL;
  struct object *result = NULL;
  if (port < 0 || port > UINT16_MAX)
    error_format(ERROR_OVERFLOW, "getservbyport: port must be 0-65535.");
  else if (n == 1 || kind) {
    struct servent *found = getservbyport(htons((uint16_t)port), kind);
    result = found ? text(found->s_name) : error_format(ERROR_OS, "port/proto not found");
  }
  drop_null(owner);
  return result;
}
static struct object *sethostname_(struct object *self, struct object *o) {
  struct object *name = is_any_bytes(o) ? hold(o) : is_any_str(o) ? str_encode_filename(o) : NULL;
  if (!name)
    return error_pending() != ERROR_NONE
               ? NULL
               : error_format(ERROR_TYPE, "sethostname() argument 1 must be str or bytes, not %N",
                              o);
  int failed = sethostname((const char *)bytes_data(name), bytes_length(name));
  drop(name);
  return failed < 0 ? error_errno(errno, NULL, NULL) : hold(NONE);
}
static struct object *getprotobyname_(struct object *self, struct object *o) {
  struct object *owner = NULL;
  const char *name = argument_text(o, "getprotobyname() argument 1", &owner);
  struct protoent *found = name ? getprotobyname(name) : NULL;
  drop_null(owner);
  if (!name)
    return NULL;
  return found ? int_from_i64(found->p_proto) : error_format(ERROR_OS, "protocol not found");
}

/* ---- Numbers in network order ---- */

static struct object *swap_16(struct object *o, const char *name) {
  int value;
  if (argument_int(o, &value) < 0)
    return NULL;
  if (value < 0)
    return error_format(ERROR_OVERFLOW,
                        "%s: can't convert negative Python int to C 16-bit unsigned integer", name);
  if (value > UINT16_MAX)
    return error_format(ERROR_OVERFLOW,
                        "%s: Python int too large to convert to C 16-bit unsigned integer", name);
  return int_from_i64(htons((uint16_t)value));
}
static struct object *swap_32(struct object *o) {
  int64_t value;
  if (!is_any_int(o))
    return error_format(ERROR_TYPE, "expected int, %N found", o);
  if (number_to_i64(o, &value, ERROR_NONE) < 0)
    return NULL;
  if (value < 0)
    return error_format(ERROR_OVERFLOW, "can't convert negative value to unsigned int");
  if (value > UINT32_MAX)
    return error_format(ERROR_OVERFLOW, "int larger than 32 bits");
  return int_from_i64(htonl((uint32_t)value));
}
static struct object *htons_(struct object *self, struct object *o) { return swap_16(o, "htons"); }
static struct object *ntohs_(struct object *self, struct object *o) { return swap_16(o, "ntohs"); }
static struct object *htonl_(struct object *self, struct object *o) { return swap_32(o); }
static struct object *ntohl_(struct object *self, struct object *o) { return swap_32(o); }

/* ---- Addresses as text and bytes ---- */

static struct object *inet_aton_(struct object *self, struct object *o) {
  struct object *owner = NULL;
  struct in_addr address;
  const char *name = argument_text(o, "inet_aton() argument 1", &owner);
  int fine = name ? inet_aton(name, &address) : 0;
  drop_null(owner);
  if (!name)
    return NULL;
  return fine ? bytes_from(&address, sizeof address)
              : error_format(ERROR_OS, "illegal IP address string passed to inet_aton");
}
static struct object *inet_pton_(struct object *self, struct object *const *args, size_t n) {
  int family;
  struct object *owner = NULL;
  unsigned char address[sizeof(struct in6_addr)];
  if (args_check_count("inet_pton", n, 2, 2) < 0 || argument_int(args[0], &family) < 0)
    return NULL;
  const char *name = argument_text(args[1], "inet_pton() argument 2", &owner);
  int fine = name ? inet_pton(family, name, address) : 0;
  drop_null(owner);
  if (!name)
    return NULL;
  if (fine < 0)
    return error_errno(errno, NULL, NULL);
  return fine ? bytes_from(address, family == AF_INET ? 4 : 16)
              : error_format(ERROR_OS, "illegal IP address string passed to inet_pton");
}
static struct object *show_packed(int family, struct object *o, enum error_kind kind,
                                  const char *wrong_length) {
  struct buffer_view view;
  char shown[INET6_ADDRSTRLEN];
  if (family != AF_INET && family != AF_INET6)
    return error_format(ERROR_VALUE, "unknown address family %d", family);
  if (buffer_get(o, &view, BUFFER_SIMPLE) < 0)
    return NULL;
  bool fits = view.bytes == (family == AF_INET ? 4 : 16);
  if (fits)
    inet_ntop(family, view.data, shown, sizeof shown);
  buffer_release(&view);
  return fits ? text(shown) : error_format(kind, "%s", wrong_length);
}
static struct object *inet_ntop_(struct object *self, struct object *const *args, size_t n) {
  int family;
  if (args_check_count("inet_ntop", n, 2, 2) < 0 || argument_int(args[0], &family) < 0)
    return NULL;
  return show_packed(family, args[1], ERROR_VALUE, "invalid length of packed IP address string");
}
static struct object *inet_ntoa_(struct object *self, struct object *o) {
  return show_packed(AF_INET, o, ERROR_OS, "packed IP wrong length for inet_ntoa");
}

/* ---- Interfaces ---- */

static struct object *if_nameindex_(struct object *self) {
  struct if_nameindex *all = if_nameindex();
  if (!all)
    return error_errno(errno, NULL, NULL);
  struct object *list = list_new(0);
  for (struct if_nameindex *each = all; list && each->if_index; each++) {
    struct object *number = int_from_i64(each->if_index), *name = text(each->if_name);
    struct object *pair = number && name ? tuple_pack(2, number, name) : NULL;
    drop_null(name);
    drop_null(number);
    if (!pair || list_append_taking(list, pair) < 0) {
      drop(list);
      list = NULL;
    }
  }
  if_freenameindex(all);
  return list;
}
static struct object *if_nametoindex_(struct object *self, struct object *o) {
  struct object *name = path_to_bytes(o);
  if (!name)
    return NULL;
  unsigned index = if_nametoindex((const char *)bytes_data(name));
  drop(name);
  return index ? int_from_i64(index) : error_format(ERROR_OS, "no interface with this name");
}
static struct object *if_indextoname_(struct object *self, struct object *o) {
  int index;
  char name[IF_NAMESIZE];
  if (argument_int(o, &index) < 0)
    return NULL;
  return if_indextoname((unsigned)index, name) ? text(name) : error_errno(errno, NULL, NULL);
}

#define D(name, rest, says) name "(" rest ")\n\n" says
const struct method_def socket_resolve_functions[] = {
    METHOD_KEYWORDS_("getaddrinfo", getaddrinfo__call,
                     D("getaddrinfo", "host, port [, family, type, proto, flags]",
                       "What is known of a host and a service.")),
    METHOD_KEYWORDS_("getnameinfo", getnameinfo__call,
                     D("getnameinfo", "sockaddr, flags", "Host and port of an address.")),
    METHOD_ONE_("gethostbyname", gethostbyname_,
                D("gethostbyname", "host", "The address of a host.")),
    METHOD_NOARGS_("gethostname", gethostname_, D("gethostname", "", "The name of this host.")),
    METHOD_FAST_("getservbyname", getservbyname_,
                 D("getservbyname", "servicename[, protocolname]", "The port of a service.")),
    METHOD_FAST_("getservbyport", getservbyport_,
                 D("getservbyport", "port[, protocolname]", "The name of a service.")),
    METHOD_ONE_("sethostname", sethostname_, D("sethostname", "name", "Names this host.")),
    METHOD_ONE_("getprotobyname", getprotobyname_,
                D("getprotobyname", "name", "The number of a protocol.")),
    METHOD_ONE_("htons", htons_, D("htons", "x", "16 bits from host to network order.")),
    METHOD_ONE_("ntohs", ntohs_, D("ntohs", "x", "16 bits from network to host order.")),
    METHOD_ONE_("htonl", htonl_, D("htonl", "x", "32 bits from host to network order.")),
    METHOD_ONE_("ntohl", ntohl_, D("ntohl", "x", "32 bits from network to host order.")),
    METHOD_ONE_("inet_aton", inet_aton_, D("inet_aton", "string", "An IPv4 address, packed.")),
    METHOD_ONE_("inet_ntoa", inet_ntoa_, D("inet_ntoa", "packed", "An IPv4 address as text.")),
    METHOD_FAST_("inet_pton", inet_pton_, D("inet_pton", "af, ip", "An address, packed.")),
    METHOD_FAST_("inet_ntop", inet_ntop_, D("inet_ntop", "af, packed", "An address as text.")),
    METHOD_NOARGS_("if_nameindex", if_nameindex_, D("if_nameindex", "", "All interfaces.")),
    METHOD_ONE_("if_nametoindex", if_nametoindex_, D("if_nametoindex", "name", "Its index.")),
    METHOD_ONE_("if_indextoname", if_indextoname_, D("if_indextoname", "index", "Its name.")),
    {NULL}};
