/* SPDX-License-Identifier: MIT
 *
 * expect: what an answer has to be: one of a set of status codes, and a body with
 * a given digest.
 *
 * Owns nothing but its members. Thread: any, once it is made.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "usher-load/sha256.h"

struct expect {
	uint64_t statuses[16]; /* bit s & 63 of word s >> 6: status s is fine */
	bool has_status;       /* it was asked for: a wrong one is a failed expectation */
	bool has_digest;
	uint8_t digest[SHA256_BYTES];
};

/* 2xx and 3xx are fine, and so is any body. */
void expect_init(struct expect *);

/* "200", "200,304", "2xx,404". 0, or -EINVAL. */
int expect_parse_statuses(struct expect *, struct slice list) __attribute__((warn_unused_result));

/* The SHA-256 in 64 hexadecimal digits, or "@FILE": that of the file's bytes. 0,
 * -EINVAL, or the errno of reading. */
int expect_parse_digest(struct expect *, const char *value) __attribute__((warn_unused_result));

static inline bool
expect_has_status(const struct expect *expect, unsigned status)
{
	return status < 1000 && (expect->statuses[status >> 6] >> (status & 63) & 1);
}
