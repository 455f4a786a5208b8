/* SPDX-License-Identifier: MIT
 *
 * address: socket addresses as people write them and as the kernel wants them.
 *
 * Owns nothing and resolves no names: a host name is the caller's to resolve
 * (net/transport). Unix addresses are file system paths or, with a leading '@',
 * names of the abstract space (unix(7)).
 *
 * Thread: any.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/text.h"

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	};
	socklen_t len; /* bytes of the union in use; 0: no address */
};

/* "ADDRESS:PORT" as given on a command line, cut into its two parts:
 * ":8080" (every address), "127.0.0.1:0", "[::1]:8080", "localhost:80", and
 * "unix:/path" (port 0). `ret_host` points into `string`, without brackets;
 * empty for ":8080". 0, or -EINVAL. */
int address_split(const char *string, struct slice *ret_host, uint16_t *ret_port)
    __attribute__((warn_unused_result));

/* A numeric IPv4 or IPv6 address (no brackets), or "unix:PATH" ("unix:@name"
 * is abstract). 0, -EINVAL when it is neither (a host name, say), or
 * -ENAMETOOLONG. */
int address_parse(struct slice host, uint16_t port, struct address *ret_address)
    __attribute__((warn_unused_result));

/* From what accept(2), getsockname(2) and the like return; a `socklen_t` too
 * short to hold a family gives no address. */
void address_from_sockaddr(const struct sockaddr *, socklen_t, struct address *ret_address);

/* As people read it: 192.0.2.1:80, [2001:db8::1]:80, unix:/run/x, unix:@x,
 * unix: (a client that bound no name). An IPv4-mapped IPv6 address is shown
 * as the IPv4 address it is; no address, or one of another family, as "-". A
 * control character in the name of a Unix socket is shown as '?'. */
void address_put(struct text *, const struct address *);
/* The host alone, without port and brackets ("unix:" for a Unix address). */
void address_put_host(struct text *, const struct address *);

/* Same family, host, port and scope. An IPv4-mapped address does not equal the
 * IPv4 one: they are different sockets to bind(2). */
bool address_equals(const struct address *, const struct address *);
bool address_is_unix(const struct address *);
uint16_t address_port(const struct address *); /* host order; 0 for Unix */
/* The largest text that address_put makes, with its NUL. */
#define ADDRESS_TEXT_MAX 128
