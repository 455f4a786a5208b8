/* SPDX-License-Identifier: MIT
 *
 * outsider: usher-load as a client of the scene: a process of its own beside the load,
 * for the clients who only ask, and of whom nothing has to be known while they do.
 *
 * Owned by the test's end. Thread: the only one of the process.
 */
#pragma once

#include "harness/loader.h"
#include "scene.h"

/* Over IPv4 each of its connections comes from another address, the first 1024 at
 * least: connects that are refused, one after the other, would else meet ports that rest
 * in TIME_WAIT at the server's end, whose ACK is answered with a RST of the client's
 * own. Over IPv6 loopback has one address: there are no outsiders. */
bool outsider_may_come(const struct scene *);

/* Asks for /hello with `args`, a list that ends in NULL, until outsider_end. `name` and
 * `network` (127.N.0.0) are those of one outsider in the scene. */
struct loader *
outsider_start(const struct scene *, const char *name, unsigned network, const char *const *args);

/* Runs the load until the outsider has been at work for a while. */
void outsider_await(const struct scene *, const char *name);

/* Ends it: nothing may have been lost. */
void outsider_end(struct loader *);

/* A mix of pages as keep_alive_role asks for: what --request-file takes. */
void outsider_put_pages(const char *path);
