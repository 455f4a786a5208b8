/* SPDX-License-Identifier: MIT
 *
 * fake_admin: the other side of usherctl in a test: a socket on which the test answers
 * as usherd would, or as nobody should.
 *
 *   struct fake_admin *admin = fake_admin_new();
 *   struct ctl *ctl = ctl_start(ARGS("-s", fake_admin_address(admin), "status"));
 *
 *   fake_admin_expect(admin, "GET /status");
 *   fake_admin_answer(admin, 200, STATUS);
 *   ctl_expect_exit(ctl, 0);
 *
 * Thread: a test is one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "failure.h"

struct fake_admin;

/* Listens on a Unix socket in the test's directory. Owned by the test's end. */
struct fake_admin *fake_admin_new(void);
const char *fake_admin_address(const struct fake_admin *); /* unix:/path */
/* No more connections from here on: the socket and its file are gone. */
void fake_admin_leave(struct fake_admin *);
/* The same, but the file stays, as after a crash. */
void fake_admin_abandon(struct fake_admin *);
/* Connects to it itself until its queue is full. */
void fake_admin_fill(struct fake_admin *);
void fake_admin_end_all(void);

/* Waits for a connection and the head of its request, whose first line has to begin
 * with `start`. Connections that end without a byte are passed over. */
void fake_admin_expect(struct fake_admin *, const char *start);
/* The same if a request comes at all before `fd` is readable; false if none does. */
bool fake_admin_expect_or(struct fake_admin *, const char *start, int fd);
/* Sends bytes as they are, as many as the other side takes. */
void fake_admin_send(struct fake_admin *, const void *data, size_t len);
void fake_admin_send_text(struct fake_admin *, const char *text);
/* Sends a blank each `step_ms` until `fd` is readable. */
void fake_admin_drip(struct fake_admin *, int fd, int step_ms);
/* Ends the connection. */
void fake_admin_close(struct fake_admin *);
/* An answer of JSON, and the end. */
void fake_admin_answer(struct fake_admin *, int status, const char *json);

#ifndef WIRE_HARNESS
#define fake_admin_new() (WIRE_HERE(), (fake_admin_new)())
#define fake_admin_expect(...) (WIRE_HERE(), (fake_admin_expect)(__VA_ARGS__))
#define fake_admin_expect_or(...) (WIRE_HERE(), (fake_admin_expect_or)(__VA_ARGS__))
#define fake_admin_answer(...) (WIRE_HERE(), (fake_admin_answer)(__VA_ARGS__))
#endif
