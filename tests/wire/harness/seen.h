/* SPDX-License-Identifier: MIT
 *
 * seen: whether the program at the other end of a local socket has read all that
 * was sent to it.
 *
 * That is how a request is cut into pieces without a sleep: the next piece goes
 * when the one before has left the receive queue.
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>

/* True when the peer of the connected local socket `fd` has read everything, is
 * gone, or cannot be asked (SCTP, MPTCP). */
bool peer_has_read_all(int fd);
