/* SPDX-License-Identifier: MIT
 *
 * half_open: how many clients are in the middle of the handshake with a
 * listening TCP socket: their SYN is answered, their ACK is not here yet. They
 * stand in no queue that accept(2) sees, and a listener that closes forgets them.
 *
 * Asked of the kernel by sock_diag(7), which needs no privilege. What it cannot
 * tell: handshakes answered with a SYN cookie, of which the kernel keeps nothing.
 *
 * Owns nothing. Thread: any.
 */
#pragma once

#include "net/listen_socket.h"

/* The count, from 0 up; it stops short of the truth where there are tens of
 * thousands. Or a negative errno: -EOPNOTSUPP for what is not TCP, else what the
 * kernel said where it refuses to tell, -EAFNOSUPPORT or -EPERM in a sandbox,
 * -ENOENT without INET_DIAG. It never blocks; it costs up to a few milliseconds
 * where the machine has many connections. */
int half_open_count(const struct listen_socket *) __attribute__((warn_unused_result));
