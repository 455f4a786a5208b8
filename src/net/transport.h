/* SPDX-License-Identifier: MIT
 *
 * transport: where the socket interface stands: (domain, type, protocol) as rows
 * of one const table, and how a configured address becomes socket addresses.
 *
 * Owns nothing. Binding and listening are net/listen_socket's.
 *
 * Thread: any; resolving a host name may block (getaddrinfo(3)), so it is done
 * at start and reload only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"
#include "base/text.h"

struct transport {
	const char *name;       /* as in the configuration */
	int domain;             /* AF_UNIX, or AF_UNSPEC: taken from the address */
	int type;               /* SOCK_STREAM or SOCK_SEQPACKET */
	int protocol;           /* IPPROTO_… or 0 */
	bool keeps_messages;    /* reads and writes keep message boundaries */
	const char *is_missing; /* what to do where the kernel has none of it */
};

/* The most addresses that one listener binds (a host name may have several). */
#define TRANSPORT_MAX_ADDRESSES 16

/* The row of that name, or NULL. */
const struct transport *transport_find(const char *name);

/* The row for a configured pair: "tcp" (the default) with a `unix:` address
 * means the row "unix". NULL where the name is unknown. */
const struct transport *transport_for(const char *name, const char *address);

/* Resolves `address` (numeric, "*", a host name, or unix:PATH) and `port` into
 * at most `max` addresses to bind. "*" is the dual-stack [::], or 0.0.0.0 where
 * the kernel has no IPv6; of a name with more addresses the first ones are taken.
 * Returns how many, or a negative errno with a sentence in `ret_error`: -ENOENT (no
 * such host), -EINVAL, -ENAMETOOLONG, -ENOMEM. */
int transport_resolve(const struct transport *, const char *address, unsigned port,
    struct address *ret_addresses, size_t max, struct text *ret_error)
    __attribute__((warn_unused_result));

/* socket(2) for one address: non-blocking, close-on-exec. The descriptor, or a
 * negative errno with a sentence in `ret_error`; where the kernel lacks the
 * transport the sentence says so and what to do. */
int transport_socket(const struct transport *, const struct address *, struct text *ret_error)
    __attribute__((warn_unused_result));
