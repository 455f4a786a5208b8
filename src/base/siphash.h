/* SPDX-License-Identifier: MIT
 *
 * siphash: SipHash-2-4, a keyed hash for tables whose keys a stranger chooses
 * (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012).
 *
 * Without the key nobody can find inputs that meet in one bucket, so a table
 * stays a table under hostile requests. Not for anything that needs a
 * cryptographic hash.
 *
 * Thread: any; no state.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint64_t low;  /* bytes 0 to 7 of the key, little endian */
	uint64_t high; /* bytes 8 to 15 */
};

/* The hash of `len` bytes at `data` under `key`. */
uint64_t siphash(const struct siphash_key *key, const void *data, size_t len);
