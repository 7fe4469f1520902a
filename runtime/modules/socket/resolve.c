/* Names of hosts, services and interfaces; addresses and numbers in other forms; constants. */
#include "runtime/modules/argument.h"
#include "runtime/modules/socket/socket.h"
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

/* A host or service as text: str, bytes, int or None. *owner keeps it. */
static int read_name(struct object *o, const char *what, const char **name, struct object **owner) {
  *name = NULL;
  *owner = NULL;
  if (!o || o == NONE)
    return 0;
  if (is_any_int(o)) {
    struct object *digits = object_str(o);
    *owner = digits ? str_encode_utf8(digits) : NULL;
    drop_null(digits);
  } else if (is_any_str(o))
    *owner = str_is_ascii(o) ? str_encode_utf8(o) : codec_encode(o, "idna", NULL);
  else if (is_any_bytes(o))
    *owner = hold(o);
  else
    error_format(ERROR_TYPE, "getaddrinfo() argument %s must be string or None", what);
  if (!*owner)
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
  if (read_name(v[0], "1", &host, &host_owner) == 0 &&
      read_name(v[1], "2", &port, &port_owner) == 0) {
    gil_release();
    int code = getaddrinfo(host, port, &wanted, &found);
    gil_acquire();
    if (code)
      address_gai_error(code);
    else
      list = list_new(0);
  }
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

FUNCTION(getnameinfo_, "getnameinfo", 2, 2, 2, "", "") {
  int flags;
  union socket_address address;
  socklen_t n;
  char host[NI_MAXHOST], service[NI_MAXSERV];
  if (argument_int(v[1], &flags) < 0)
    return NULL;
  if (!is_any_tuple(v[0]) || tuple_length(v[0]) < 2)
    return error_format(ERROR_TYPE, "getnameinfo() argument 1 must be a tuple");
  struct object *first = tuple_get_borrowed(v[0], 0);
  bool is_six = is_any_str(first) && object_contains(first, str_intern(":")) > 0;
  if (address_read(v[0], is_six ? AF_INET6 : AF_INET, "getnameinfo", &address, &n) < 0)
    return NULL;
  gil_release();
  int code = getnameinfo(&address.any, n, host, sizeof host, service, sizeof service, flags);
  gil_acquire();
  if (code)
    return address_gai_error(code);
  struct object *a = text(host), *b = a ? text(service) : NULL;
  struct object *pair = b ? tuple_pack(2, a, b) : NULL;
  drop_null(b);
  drop_null(a);
  return pair;
}

static struct object *gethostbyname_(struct object *self, struct object *o) {
  const char *name;
  struct object *owner;
  union socket_address address;
  socklen_t n;
  char shown[INET_ADDRSTRLEN];
  if (read_name(o, "1", &name, &owner) < 0)
    return NULL;
  int done = address_resolve(name ? name : "", AF_INET, &address, &n);
  drop_null(owner);
  if (done < 0)
    return NULL;
  inet_ntop(AF_INET, &((struct sockaddr_in *)&address)->sin_addr, shown, sizeof shown);
  return text(shown);
}
static struct object *gethostname_(struct object *self) {
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

static struct object *swap(struct object *o, const char *name, int bits) {
  int64_t value;
  if (number_to_i64(o, &value, ERROR_OVERFLOW) < 0)
    return NULL;
  if (value < 0)
    return error_format(ERROR_OVERFLOW,
                        "%s: can't convert negative Python int to C %d-bit "
                        "unsigned integer",
                        name, bits);
  if (value >> bits)
    return error_format(ERROR_OVERFLOW,
                        "%s: Python int too large to convert to C %d-bit unsigned "
                        "integer",
                        name, bits);
  return int_from_i64(bits == 16 ? htons((uint16_t)value) : htonl((uint32_t)value));
}
static struct object *htons_(struct object *self, struct object *o) { return swap(o, "htons", 16); }
static struct object *ntohs_(struct object *self, struct object *o) { return swap(o, "ntohs", 16); }
static struct object *htonl_(struct object *self, struct object *o) { return swap(o, "htonl", 32); }
static struct object *ntohl_(struct object *self, struct object *o) { return swap(o, "ntohl", 32); }

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
static struct object *show_packed(int family, struct object *o) {
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
  return fits ? text(shown)
              : error_format(family == AF_INET6 ? ERROR_VALUE : ERROR_VALUE,
                             "invalid length of packed IP address string");
}
static struct object *inet_ntop_(struct object *self, struct object *const *args, size_t n) {
  int family;
  if (args_check_count("inet_ntop", n, 2, 2) < 0 || argument_int(args[0], &family) < 0)
    return NULL;
  return show_packed(family, args[1]);
}
static struct object *inet_ntoa_(struct object *self, struct object *o) {
  struct object *shown = show_packed(AF_INET, o);
  if (!shown && error_clear_if(ERROR_VALUE))
    error_set(ERROR_OS, "packed IP wrong length");
  return shown;
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
  struct object *owner = NULL;
  const char *name = argument_text(o, "if_nametoindex() argument 1", &owner);
  unsigned index = name ? if_nametoindex(name) : 0;
  drop_null(owner);
  if (!name)
    return NULL;
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

int socket_add_constants(struct object *module) {
#define C(name)                                                                                    \
  { #name, name }
  static const struct {
    const char *name;
    int64_t value;
  } constants[] = {C(AF_UNSPEC),
                   C(AF_INET),
                   C(AF_INET6),
                   C(AF_UNIX),
                   C(AF_NETLINK),
                   C(AF_PACKET),
                   C(SOCK_STREAM),
                   C(SOCK_DGRAM),
                   C(SOCK_RAW),
                   C(SOCK_SEQPACKET),
                   C(SOCK_RDM),
                   C(SOCK_CLOEXEC),
                   C(SOCK_NONBLOCK),
                   C(SO_DEBUG),
                   C(SO_ACCEPTCONN),
                   C(SO_REUSEADDR),
                   C(SO_REUSEPORT),
                   C(SO_KEEPALIVE),
                   C(SO_DONTROUTE),
                   C(SO_BROADCAST),
                   C(SO_LINGER),
                   C(SO_OOBINLINE),
                   C(SO_SNDBUF),
                   C(SO_RCVBUF),
                   C(SO_SNDLOWAT),
                   C(SO_RCVLOWAT),
                   C(SO_SNDTIMEO),
                   C(SO_RCVTIMEO),
                   C(SO_ERROR),
                   C(SO_TYPE),
                   C(SO_PASSCRED),
                   C(SO_PEERCRED),
                   C(SO_PRIORITY),
                   C(SO_MARK),
                   C(SO_DOMAIN),
                   C(SO_PROTOCOL),
                   C(SO_BINDTODEVICE),
                   C(SOMAXCONN),
                   C(SCM_RIGHTS),
                   C(SCM_CREDENTIALS),
                   C(MSG_OOB),
                   C(MSG_PEEK),
                   C(MSG_DONTROUTE),
                   C(MSG_DONTWAIT),
                   C(MSG_EOR),
                   C(MSG_TRUNC),
                   C(MSG_CTRUNC),
                   C(MSG_WAITALL),
                   C(MSG_NOSIGNAL),
                   C(MSG_CMSG_CLOEXEC),
                   C(MSG_ERRQUEUE),
                   C(MSG_CONFIRM),
                   C(MSG_MORE),
                   C(MSG_FASTOPEN),
                   C(SOL_SOCKET),
                   C(IPPROTO_IP),
                   C(IPPROTO_ICMP),
                   C(IPPROTO_TCP),
                   C(IPPROTO_UDP),
                   C(IPPROTO_IPV6),
                   C(IPPROTO_RAW),
                   C(IPPROTO_ICMPV6),
                   {"SOL_IP", 0},
                   {"SOL_TCP", 6},
                   {"SOL_UDP", 17},
                   C(INADDR_ANY),
                   C(INADDR_BROADCAST),
                   C(INADDR_LOOPBACK),
                   C(INADDR_NONE),
                   C(IP_TOS),
                   C(IP_TTL),
                   C(IP_HDRINCL),
                   C(IP_OPTIONS),
                   C(IP_MULTICAST_IF),
                   C(IP_MULTICAST_TTL),
                   C(IP_MULTICAST_LOOP),
                   C(IP_ADD_MEMBERSHIP),
                   C(IP_DROP_MEMBERSHIP),
                   C(IPV6_JOIN_GROUP),
                   C(IPV6_LEAVE_GROUP),
                   C(IPV6_MULTICAST_HOPS),
                   C(IPV6_MULTICAST_IF),
                   C(IPV6_MULTICAST_LOOP),
                   C(IPV6_UNICAST_HOPS),
                   C(IPV6_V6ONLY),
                   C(TCP_NODELAY),
                   C(TCP_MAXSEG),
                   C(TCP_CORK),
                   C(TCP_KEEPIDLE),
                   C(TCP_KEEPINTVL),
                   C(TCP_KEEPCNT),
                   C(TCP_SYNCNT),
                   C(TCP_LINGER2),
                   C(TCP_DEFER_ACCEPT),
                   C(TCP_WINDOW_CLAMP),
                   C(TCP_INFO),
                   C(TCP_QUICKACK),
                   C(TCP_FASTOPEN),
                   C(TCP_USER_TIMEOUT),
                   C(TCP_CONGESTION),
                   C(EAI_ADDRFAMILY),
                   C(EAI_AGAIN),
                   C(EAI_BADFLAGS),
                   C(EAI_FAIL),
                   C(EAI_FAMILY),
                   C(EAI_MEMORY),
                   C(EAI_NODATA),
                   C(EAI_NONAME),
                   C(EAI_OVERFLOW),
                   C(EAI_SERVICE),
                   C(EAI_SOCKTYPE),
                   C(EAI_SYSTEM),
                   C(AI_PASSIVE),
                   C(AI_CANONNAME),
                   C(AI_NUMERICHOST),
                   C(AI_NUMERICSERV),
                   C(AI_ALL),
                   C(AI_V4MAPPED),
                   C(AI_ADDRCONFIG),
                   C(NI_MAXHOST),
                   C(NI_MAXSERV),
                   C(NI_NOFQDN),
                   C(NI_NUMERICHOST),
                   C(NI_NAMEREQD),
                   C(NI_NUMERICSERV),
                   C(NI_DGRAM),
                   C(SHUT_RD),
                   C(SHUT_WR),
                   C(SHUT_RDWR)};
#undef C
  for (size_t i = 0; i < ARRAY_SIZE(constants); i++)
    if (module_add_int(module, constants[i].name, constants[i].value) < 0)
      return -1;
  return 0;
}
