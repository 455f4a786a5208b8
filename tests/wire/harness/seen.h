/* SPDX-License-Identifier: MIT
 *
 * seen: whether the program at the other end of a local socket has read all that
 * was sent to it, and whether it still holds its socket.
 *
 * The former is how a request is cut into pieces without a sleep: the next piece goes
 * when the one before has left the receive queue.
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>

/* True when the peer of the connected local socket `fd` has read everything, is
 * gone, or cannot be asked (SCTP, MPTCP). */
bool peer_has_read_all(int fd);

/* How the TCP socket at the other end of `fd` stands. */
struct peer_view {
	int state;    /* TCP_ESTABLISHED … of netinet/tcp.h; 0: there is none any more */
	bool is_held; /* by a process; else the kernel alone goes on with it */
};
struct peer_view peer_view(int fd);
