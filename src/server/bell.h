/* SPDX-License-Identifier: MIT
 *
 * bell: how threads tell a loop something: a set of bits and an eventfd(2). It
 * allocates nothing, so it cannot fail when memory is short; ringing twice
 * before it is heard is ringing once.
 *
 * Owns its descriptor and event. Thread: bell_ring any, the rest the loop's.
 */
#pragma once

#include <stdatomic.h>

struct event;
struct event_base;

struct bell {
	int fd;
	struct event *event;
	atomic_uint bits;
	void (*on_heard)(unsigned bits, void *arg);
	void *arg;
};

/* `on_heard` is called on the loop of `base` with the bits rung since it was
 * last called. 0, or a negative errno: -ENOMEM, -EMFILE. */
int bell_init(struct bell *, struct event_base *, void (*on_heard)(unsigned bits, void *arg),
    void *arg) __attribute__((warn_unused_result));
void bell_done(struct bell *);
void bell_ring(struct bell *, unsigned bits);
