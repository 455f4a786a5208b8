/* SPDX-License-Identifier: MIT
 *
 * passport: a connection between two requests as a plain value: its descriptor, and
 * what else is to be known of it. With it the connection leaves this process and goes
 * on in another, where it is parked as if it had always been there; its peer notices
 * nothing.
 *
 * A passport owns its descriptor and its input until one of them is taken. Times are of
 * CLOCK_MONOTONIC, which all processes of a machine share.
 *
 * Thread: that of the connection's loop; a passport itself any.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "net/peer.h"

struct conn;
struct conn_origin;
struct conn_set;

/* Bytes that were read and belong to the next request. */
#define PASSPORT_INPUT_MAX ((size_t)16 * 1024)

struct passport {
	int fd; /* owned */
	struct peer peer;
	uint64_t id; /* in the process that it comes from */
	uint64_t requests;
	uint64_t bytes_in; /* without the input */
	uint64_t bytes_out;
	int64_t opened_us;
	int64_t idle_us; /* since when it is idle */
	uint32_t queued_ms;
	char *input; /* owned; NULL: none */
	size_t input_len;
};

/* Takes a connection between two requests out of its set, idle or parked, or with a part of
 * the next request's beginning, which goes along: it ends there with ENDING_HANDED_OVER, and
 * its descriptor stays open. 0; -EBUSY where more is in progress, or its peer has left, or its
 * protocol cannot be parked; -ENOMEM. It stays as it was then. Not within a callback of the
 * connection. */
int conn_emigrate(struct conn *, struct passport *ret_passport) __attribute__((warn_unused_result));

/* Takes what `passport` owns for a connection of `origin`, whose protocol can be parked.
 * It is PARKED then, and its wait for the next request ends when it would have; what it
 * brings as input is served within the call. 0, or -ENOMEM: it is closed, and the ending
 * counted. */
int conn_immigrate(struct conn_set *, struct conn_origin *, struct passport *passport)
    __attribute__((warn_unused_result));

/* Closes and frees what was not taken. */
void passport_done(struct passport *);
