/* SPDX-License-Identifier: MIT
 *
 * patience: the connections that were in the midst of something at one moment, a request or
 * their ending, to know when the last of them is through, while others come and go.
 *
 * Thread: the loop's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conn_set;

struct patience_mark {
	uint64_t id;
	uint64_t requests; /* that it had begun */
};

struct patience {
	struct patience_mark *marks; /* owned; in the order of their ids */
	size_t count;
};

/* Of now. 0, or -ENOMEM. */
int patience_init(struct patience *, const struct conn_set *) __attribute__((warn_unused_result));
void patience_done(struct patience *);

/* Whether all of them are: between two requests, or gone. */
bool patience_is_over(const struct patience *, const struct conn_set *);
