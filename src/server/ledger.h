/* SPDX-License-Identifier: MIT
 *
 * ledger: what is to be known of the connections in the service manager's store, as a file
 * in memory (memfd_create(2)) that stands there beside them. The manager keeps descriptors
 * in no order and drops those whose peer has gone, so each is named by the kernel's number
 * of its socket (net/sockinfo).
 *
 * It is a row of records, each of a batch: the length of a message (4 bytes, little-endian),
 * the message `connections` of the handover (handover_wire), and for each of its
 * connections the number of its socket (8 bytes). What is cut short or no such record ends
 * the reading: what stands before it counts.
 *
 * Thread: one.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "server/handover_wire.h"

/* More is not read. */
#define LEDGER_MAX ((size_t)256 * 1024 * 1024)

struct emigrants;

/* The caller closes it. A descriptor, or a negative errno. */
int ledger_new(void) __attribute__((warn_unused_result));

/* Adds a batch. 0, or a negative errno. */
int ledger_append(int ledger, const struct emigrants *) __attribute__((warn_unused_result));

/* The bytes of a ledger, or of what stands in its place; the caller frees them. NULL where
 * it is none or has nothing. */
char *ledger_read(int ledger, size_t *ret_len) __attribute__((warn_unused_result));

struct ledger_record {
	struct handover_message message; /* its batch borrows from the bytes */
	uint64_t cookies[HANDOVER_BATCH_MAX];
};

/* Takes the next record off `rest`. 0; -ENOENT: there is none; -EPROTO: what comes is no
 * record. */
int ledger_next(struct slice *rest, struct ledger_record *) __attribute__((warn_unused_result));
