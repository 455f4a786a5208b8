/* SPDX-License-Identifier: MIT
 *
 * sockinfo: what the kernel knows of a socket, in usher's words: tcp(7)
 * TCP_INFO, SIOCINQ and SIOCOUTQ, SO_MEMINFO.
 *
 * Owns nothing. Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel's number of the socket, which no other one has as long as the machine runs,
 * whoever holds it (SO_COOKIE); 0 when unknown. */
uint64_t sockinfo_cookie(int fd);

/* Bytes that wait unread in the receive buffer (SIOCINQ); 0 when unknown. */
size_t sockinfo_unread(int fd);

/* Bytes in the send queue that the peer has not acknowledged (SIOCOUTQ). */
size_t sockinfo_unacknowledged(int fd);

/* What has been heard of the peer, whether it was read or not. */
enum sockinfo_peer {
	SOCKINFO_PEER_OPEN,
	SOCKINFO_PEER_FIN,
	SOCKINFO_PEER_RESET /* or another error that nobody has been told of */
};

/* `*ret_has_input` (may be NULL): true where something is to be read, bytes or
 * the FIN; without it nothing is unread. */
enum sockinfo_peer sockinfo_peer(int fd, bool *ret_has_input);

/* What a listening TCP socket says of its accept queue. */
struct sockinfo_queue {
	uint32_t length;  /* connections that wait to be accepted */
	uint32_t backlog; /* effective: after net.core.somaxconn */
	uint32_t drops;   /* since the socket was made */
};

/* 0, or a negative errno: -EOPNOTSUPP for what is not TCP. */
int sockinfo_queue(int fd, struct sockinfo_queue *ret_queue) __attribute__((warn_unused_result));
/* The same in one system call, with `drops` 0. */
int
sockinfo_queue_length(int fd, struct sockinfo_queue *ret_queue) __attribute__((warn_unused_result));

/* What a connected TCP socket says of its path. */
struct sockinfo_path {
	uint32_t rtt_us;
	uint32_t retransmits;
	uint32_t last_ack_ms; /* since the peer acknowledged anything */
	const char *state;    /* as RFC 9293 3.3.2 names it */
};

/* 0, or a negative errno. */
int sockinfo_path(int fd, struct sockinfo_path *ret_path) __attribute__((warn_unused_result));

/* How long ago the peer was last heard of (tcpi_last_ack_recv), in milliseconds.
 * Asked right after accept(2) that is how long the connection waited in the
 * queue, or less where the peer has sent data meanwhile. 0 when unknown. */
uint32_t sockinfo_queued_ms(int fd);

/* The value of `option` at level SOL_SOCKET (socket(7)), for those that are an int and never
 * negative; or a negative errno: -ENOTSOCK for what is no socket. */
int sockinfo_option(int fd, int option);
