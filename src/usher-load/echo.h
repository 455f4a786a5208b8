/* SPDX-License-Identifier: MIT
 *
 * echo: the messages of --echo: pieces of one pattern of random bytes, each from
 * a place of its own, so that a byte that is lost, doubled, or of another
 * connection does not go unnoticed.
 *
 * Owns the pattern. Thread: main while it is made, then any.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define ECHO_PLACES 65536

struct echo_pattern {
	char *bytes; /* owned: ECHO_PLACES + message_len */
	size_t message_len;
};

/* An answer as it comes in. */
struct echo_answer {
	size_t len; /* bytes so far */
	bool is_wrong;
};

/* 0, or -ENOMEM. */
int echo_pattern_init(struct echo_pattern *, size_t message_len, uint64_t seed)
    __attribute__((warn_unused_result));
void echo_pattern_done(struct echo_pattern *);

static inline struct slice
echo_message(const struct echo_pattern *pattern, uint32_t at)
{
	return (struct slice){ pattern->bytes + at, pattern->message_len };
}

/* Compares what belongs to the message; how many bytes those are. */
size_t echo_feed(struct echo_answer *, struct slice message, struct slice bytes);
