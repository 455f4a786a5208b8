/* SPDX-License-Identifier: MIT
 *
 * api_session: a program that embeds usher, with a service of each kind, behind one end of a
 * socketpair: src/api on the parts of a loop, without listener and thread.
 *
 * Thread: one.
 */
#pragma once

#include "dialogue.h"

/* A protocol of its own: each byte asks for something, and is answered by a line.
 * HTTP: /now, /parts, /later, /echo (a body as it comes), /socket (WebSocket, an echo). */
enum api_service { API_STREAM, API_HTTP };

/* As session_run; panics, too, where something that the program gave to be sent was not given
 * back, once, or a call of its functions is missing. */
struct session_outcome
api_session_run(enum api_service, struct slice input, const struct session_plan *plan);

/* Frees it. The next one knows of nothing. */
void api_session_forget(void);
