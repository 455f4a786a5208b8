/* SPDX-License-Identifier: MIT
 *
 * fuzz: what the fuzz targets share: the entry that an engine or replay.c calls,
 * and taking an input apart.
 *
 * Thread: one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* Panics (base/panic.h) on whatever must not be. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte, which leaves the input; 0 of an empty one. */
uint8_t fuzz_take_byte(struct slice *input);
/* The bytes up to the first newline, which leave the input with it; all of them
 * where there is none. */
struct slice fuzz_take_line(struct slice *input);

/* A stream of numbers that a seed decides. */
uint64_t fuzz_next(uint64_t *seed);
/* A seed that every byte of the input has a part in. */
uint64_t fuzz_seed(struct slice input);

/* True when all of `text` is one JSON value (RFC 8259), strictly. */
bool fuzz_is_json(struct slice text);
