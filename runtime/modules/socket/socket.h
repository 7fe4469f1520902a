/* The module _socket: what its files share. */
#pragma once
#include "runtime/modules/module.h"
#include <sys/socket.h>

extern struct object *socket_gaierror, *socket_herror; /* classes; roots */

/* ---- address.c ---- */

union socket_address {
  struct sockaddr any;
  struct sockaddr_storage room;
};
/* What Python gives for an address of that family, for messages of `function`. -1 with an error. */
int address_read(struct object *o, int family, const char *function, union socket_address *to,
                 socklen_t *n);
/* As Python sees it: a tuple, a str or bytes (AF_UNIX), None for none. */
struct object *address_to_object(const union socket_address *from, socklen_t n);
/* A host's name (str, bytes, bytearray) as bytes; a new reference. */
struct object *address_encode_host(struct object *o);
struct object *address_read_host(struct object *o); /* the same, without NULs */
/* getaddrinfo without the GIL: 0, or -1 with a gaierror. The list is the caller's to free. */
struct addrinfo;
int address_find(const char *host, const char *port, const struct addrinfo *wanted,
                 struct addrinfo **found);
/* The first of a host: "" is any address. */
int address_resolve(const char *host, int family, union socket_address *to, socklen_t *n);
void *address_gai_error(int code); /* NULL */

/* ---- messages.c ---- */

struct object *socket_sendmsg(struct object *o, struct object *const *args, size_t n);
struct object *socket_recvmsg(struct object *o, struct object *const *args, size_t n);
struct object *socket_recvmsg_into(struct object *o, struct object *const *args, size_t n);

extern const struct method_def socket_resolve_functions[], socket_host_functions[],
    socket_message_functions[];
int socket_add_constants(struct object *module); /* constants.c */
