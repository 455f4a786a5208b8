/* SPDX-License-Identifier: MIT
 *
 * figures: numbers as people read them: at most five characters and a unit, so
 * that columns stay narrow and nobody counts digits.
 *
 * For machines there is --json, which rounds nothing. Times are in seconds here,
 * since that is what the admin interface speaks.
 *
 * Thread: any.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"

/* The largest text that any of them makes, with its NUL. */
#define FIGURE_MAX 24

/* 0, 17, 9999, 12.3k, 4.57M, 1.20G. */
void figure_put_count(struct text *, uint64_t count);
/* The same with a fraction where it is small: 0, 0.4, 17.3, 9999, 12.3k. */
void figure_put_rate(struct text *, double per_second);
/* Powers of 1024: 0 B, 512 B, 16.0 KiB, 1.23 MiB. */
void figure_put_bytes(struct text *, uint64_t bytes);
/* A short time: 0, 12 us, 1.23 ms, 45.1 ms, 1.20 s; minutes and above as an age. */
void figure_put_time(struct text *, double seconds);
/* A long time, in its two largest units: 12 s, 3 min 5 s, 4 h 12 min, 9 d 3 h. */
void figure_put_age(struct text *, double seconds);
/* A part of one: 0 %, 0.3 %, 45 %, 100 %. */
void figure_put_share(struct text *, double share);
