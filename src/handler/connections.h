/* SPDX-License-Identifier: MIT
 *
 * connections: rows about single connections, for GET /connections: which are asked
 * for, the best of them by a column, and the list as JSON.
 *
 * A page is a bounded set of rows. The main thread makes an empty one for each loop,
 * the loop fills it and hands it back.
 *
 * Pure. Thread: whoever has the page.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "net/conn.h"
#include "net/deadline.h"
#include "net/peer.h"

enum connections_sort {
	CONNECTIONS_BY_ID,
	CONNECTIONS_BY_AGE,
	CONNECTIONS_BY_IDLE,
	CONNECTIONS_BY_REQUESTS,
	CONNECTIONS_BY_BYTES_IN,
	CONNECTIONS_BY_BYTES_OUT,
	CONNECTIONS_BY_UNSENT
};

#define CONNECTIONS_DEFAULT 1000
#define CONNECTIONS_MAX 100000

struct connections_query {
	int state; /* an enum conn_state, or -1: all */
	enum connections_sort sort;
	size_t limit;
};

#define CONNECTIONS_LISTENER_MAX 64 /* a longer name is cut */

struct connections_row {
	uint64_t rank; /* by the column that is asked for: greater stands first */
	uint64_t id;
	unsigned loop;
	int fd; /* valid on the loop, while it fills the page */
	struct peer peer;
	char listener[CONNECTIONS_LISTENER_MAX];
	const char *protocol; /* static */
	enum conn_state state;
	bool has_deadline;
	enum deadline_kind waits_for; /* where it has one */
	int64_t age_us;
	int64_t idle_us;
	uint64_t requests;
	uint64_t bytes_in;
	uint64_t bytes_out;
	uint64_t unsent;
	bool has_path; /* the kernel was asked for the following */
	uint64_t unacknowledged;
	uint32_t rtt_us;
};

struct connections_page {
	struct connections_query query;
	uint64_t round;  /* of the question that it answers */
	size_t left_out; /* rows that fit the query and not the page */
	size_t count;
	struct connections_row rows[]; /* room for query.limit; no order */
};

/* Reads the query string of a request; what it does not say is the default. 0, or
 * -EINVAL with a sentence in `ret_error`. */
int connections_query_parse(struct slice query, struct connections_query *ret_query,
    struct text *ret_error) __attribute__((warn_unused_result));

/* An empty page; the caller frees it with free(3). NULL without memory. */
struct connections_page *
connections_page_new(const struct connections_query *) __attribute__((warn_unused_result));

/* Where a row of `rank` is to be written, in place of the least one where the page is
 * full; NULL: it does not belong to the best. */
struct connections_row *connections_page_take(struct connections_page *, uint64_t rank);
/* After the row that was taken has been written. */
void connections_page_place(struct connections_page *);

/* The best rows of `count` pages (each may be NULL: that loop did not answer) as JSON, and
 * a newline. 0, or -ENOMEM. */
int connections_put(struct text *, struct connections_page *const *pages, size_t count)
    __attribute__((warn_unused_result));
