/* SPDX-License-Identifier: MIT
 *
 * peer: who is at the other end of a connection: address and port, or pid and
 * uid for a Unix socket (unix(7), SO_PEERCRED). Small, because each connection
 * carries one.
 *
 * Owns nothing. Thread: any.
 */
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/text.h"

struct peer {
	union {
		sa_family_t family;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct {
			sa_family_t family;
			pid_t pid; /* 0: not told */
			uid_t uid;
		} un;
	};
};

/* From what accept(2) gave; asks the kernel for the credentials behind `fd` when
 * it is a Unix socket. */
void peer_init(struct peer *, int fd, const struct sockaddr *, socklen_t);

/* 192.0.2.1:80, [2001:db8::1]:80, unix:pid=7,uid=1000 */
void peer_put(struct text *, const struct peer *);

/* The same without port and brackets; "unix:" for a Unix socket. */
void peer_put_host(struct text *, const struct peer *);

#define PEER_TEXT_MAX 64
