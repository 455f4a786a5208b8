/* SPDX-License-Identifier: MIT
 *
 * capture: every TCP segment on loopback to and from one port, in order
 * (packet(7)), IPv4 or IPv6.
 *
 * Thread: a test is one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "harness/failure.h"

struct captured {
	bool is_from_server;
	uint8_t flags; /* TH_SYN … of netinet/tcp.h */
	uint32_t seq;
	uint32_t ack;
	size_t len; /* of its data */
};

struct capture {
	int fd; /* owned */
	int family;
	uint16_t port;             /* the server's, network order */
	struct captured *segments; /* owned */
	size_t count;
};

/* Begins to capture what goes to and comes from the server at that address. */
struct capture capture_open(const struct address *server);

/* Takes what has passed so far. Fails the test where the kernel had to drop some. */
void capture_take(struct capture *);

void capture_close(struct capture *);
