/* SPDX-License-Identifier: MIT
 *
 * raw_client: a TCP client without the kernel's TCP, over IPv4 loopback: each
 * segment goes and comes when the test says so. So a handshake can stand half
 * open, and every flag is seen (RFC 9293).
 *
 * Loopback loses nothing and keeps the order, so nothing is sent again here. Its
 * port is held by a listening socket that drops all, for otherwise the kernel
 * would answer usherd's segments with a RST.
 *
 * Thread: a test is one thread.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "harness/bytes.h"
#include "harness/usherd.h"

struct raw_client {
	int packets; /* owned: raw socket */
	int guard;   /* owned: holds the port */
	struct sockaddr_in own;
	struct sockaddr_in server;
	uint32_t next_seq; /* of what is sent next */
	uint32_t next_ack; /* what is expected next */
	struct bytes input;
	bool has_fin; /* the server's was received */
};

/* A client that has sent nothing yet. */
struct raw_client raw_client_open(const struct endpoint *);
void raw_client_close(struct raw_client *);

/* SYN out, SYN-ACK in: the handshake is half open. */
void raw_client_begin(struct raw_client *);
/* The SYN-ACK once more: the kernel sends it again after a second. */
void raw_client_await_syn_ack(struct raw_client *);
/* The ACK that completes it. */
void raw_client_complete(struct raw_client *);
void raw_client_send(struct raw_client *, const char *text);
/* Takes and acknowledges all until the server's FIN. A RST fails the test. */
void raw_client_read_to_fin(struct raw_client *);
/* FIN out, its ACK in. */
void raw_client_finish(struct raw_client *);
