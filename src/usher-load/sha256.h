/* SPDX-License-Identifier: MIT
 *
 * sha256: the digest that --expect-body compares (FIPS 180-4), in pieces as they
 * come off the wire. Not for secrets: nothing here is hidden from timing.
 *
 * Owns nothing, allocates nothing. Thread: whoever owns the state.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define SHA256_BYTES 32
#define SHA256_BLOCK_BYTES 64

struct sha256 {
	uint32_t state[8];
	uint64_t bytes;                    /* taken so far */
	uint8_t block[SHA256_BLOCK_BYTES]; /* the last, unfinished one */
};

void sha256_init(struct sha256 *);
void sha256_take(struct sha256 *, const void *data, size_t len);
/* The digest of all that was taken; the state must be initialised again. */
void sha256_finish(struct sha256 *, uint8_t ret_digest[SHA256_BYTES]);

/* 64 hexadecimal digits, as sha256sum(1) prints them. 0, or -EINVAL. */
int sha256_parse(struct slice hex, uint8_t ret_digest[SHA256_BYTES])
    __attribute__((warn_unused_result));
