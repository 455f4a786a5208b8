/* SPDX-License-Identifier: MIT
 *
 * admin: the daemon's admin service, asked by a test: over its Unix socket
 * @dir@/admin.sock, or over the address for reading that the log names.
 *
 * Thread: a test is one thread.
 */
#pragma once

#include "client.h"
#include "json.h"
#include "usherd.h"

/* For a configuration: both ways in. */
#define ADMIN                                 \
	"admin = \"unix:@dir@/admin.sock\"\n" \
	"admin_readonly = \"127.0.0.1:0\"\n"

struct client *admin_connect(void);
struct endpoint admin_reading_endpoint(struct usherd *);
struct client *admin_connect_reading(struct usherd *);

/* The body of the answer, with status 200, to a GET of `target` over the socket, on a
 * connection of its own. Valid until the end of the test. */
struct slice admin_get(const char *target);
/* Asks again and again until the number at `path` of that answer is `value`. */
void admin_wait_for(const char *target, const char *path, uint64_t value);

#ifndef WIRE_HARNESS
#define admin_connect() (WIRE_HERE(), (admin_connect)())
#define admin_connect_reading(...) (WIRE_HERE(), (admin_connect_reading)(__VA_ARGS__))
#define admin_get(...) (WIRE_HERE(), (admin_get)(__VA_ARGS__))
#define admin_wait_for(...) (WIRE_HERE(), (admin_wait_for)(__VA_ARGS__))
#endif
