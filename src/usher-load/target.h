/* SPDX-License-Identifier: MIT
 *
 * target: from a URL to a socket address, and whether it is one that a load may
 * be put on without a second thought.
 *
 *   http://HOST[:PORT][/PATH][?QUERY]     port 80 if none is given; of a link-local HOST
 *                                         with its interface: [fe80::1%eth0]
 *   http://unix:/SOCKET[:/PATH]           or unix:/SOCKET[:/PATH]; unix:@NAME is abstract
 *   tcp://HOST:PORT                       for --echo
 *
 * Owns its strings. Thread: any; resolving a name may block.
 */
#pragma once

#include <stdbool.h>

#include "base/address.h"
#include "base/text.h"
#include "net/transport.h"

#define TARGET_AUTHORITY_MAX 300
#define TARGET_PATH_MAX 8192

struct target_url {
	char authority[TARGET_AUTHORITY_MAX]; /* for Host: as written; of unix: "localhost" */
	char host[TARGET_AUTHORITY_MAX]; /* to resolve: no brackets, %INTERFACE; or "unix:…" */
	char path[TARGET_PATH_MAX];      /* path and query */
	uint16_t port;
};

/* Takes a URL apart. 0, or -EINVAL with a sentence. */
int target_parse(const char *url, struct target_url *ret_url, struct text *ret_error)
    __attribute__((warn_unused_result));

/* The address behind a URL. Of several, the first that accepts a connection now; if none
 * does, the first. Unless `may_be_remote`, only those that are near count, and to no other is
 * anything sent. 0, or a negative errno with a sentence: -EPERM where none is near, -EINVAL of a
 * link-local one without its interface. */
int target_resolve(const struct target_url *, const struct transport *, bool may_be_remote,
    struct address *ret_address, struct text *ret_error) __attribute__((warn_unused_result));

/* Loopback, link-local and private addresses (RFC 1918, 4193, 3927, 4291 2.5.6) and
 * Unix sockets: those of our own. */
bool target_is_near(const struct address *);
