/* SPDX-License-Identifier: MIT
 *
 * scale: from values to pixels along one axis, linear or logarithmic, and the round
 * values at which an axis has its ticks.
 *
 * Owns nothing. Thread: any.
 */
#pragma once

#include <stdbool.h>

struct scale {
	double least, most;       /* values; least < most; of a logarithmic one above 0 */
	double at_least, at_most; /* their pixels */
	bool is_log;
};

/* The pixel of a value; those beyond an end stand at that end. */
double scale_at(const struct scale *, double value);

#define TICKS_MAX 24
struct ticks {
	double values[TICKS_MAX];
	unsigned count;
};

/* The scale from 0 to `most` or a little more, so that the topmost tick is a round value;
 * some `wanted` ticks, at least two. Of 0 the scale goes to 1. */
struct scale scale_from_zero(
    double most, unsigned wanted, double at_least, double at_most, struct ticks *ret_ticks);
/* The logarithmic scale that holds both values, with ticks at 1, 2 and 5 times the powers
 * of ten; at the powers alone where there is no room for more. */
struct scale
scale_log(double least, double most, double at_least, double at_most, struct ticks *ret_ticks);
