/* SPDX-License-Identifier: MIT
 *
 * session: a loop with HTTP/1 and its handlers behind one end of a socketpair, and
 * a client at the other: what the loop of usherd is, without listener and thread.
 *
 * A socketpair and not a pair of bufferevents: those have no descriptor, and usher sends by
 * sendmsg(2) and sendfile(2), reads by recv(2), and asks the socket what its peer does; a
 * bufferevent is made only where something is left over. Behind a pair of bufferevents the
 * code under test would be another one.
 *
 * Owns a directory of files for as long as the process lives. Thread: one.
 */
#pragma once

#include "dialogue.h"

struct session; /* the server's half; kept for the next connection */

/* Panics where it cannot be made. Kept until session_forget. */
struct session *session_get(void);
/* Frees it, and its directory. The next one knows of nothing. */
void session_forget(void);

/* One connection that sends `input` by `plan`, to its end: panics where it does
 * not end, or leaves anything behind. The caller calls session_outcome_done. */
struct session_outcome
session_run(struct session *, struct slice input, const struct session_plan *plan);
