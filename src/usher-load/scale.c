/* SPDX-License-Identifier: MIT */
#include "usher-load/scale.h"

#include <math.h>

#define DECADE_WITH_FIVES 50.0 /* pixels that a power of ten needs for three ticks */

double
scale_at(const struct scale *scale, double value)
{
	double part;

	if (scale->is_log)
		part =
		    log(fmax(value, scale->least) / scale->least) / log(scale->most / scale->least);
	else
		part = (value - scale->least) / (scale->most - scale->least);
	part = fmin(fmax(part, 0), 1);
	return scale->at_least + part * (scale->at_most - scale->at_least);
}

/* 1, 2 or 5 times a power of ten, the least that is not below `width`. */
static double
round_width(double width)
{
	double power = pow(10, floor(log10(width)));
	double digit = width / power;

	return power * (digit <= 1.0000001 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

static void
add_tick(struct ticks *ticks, double value)
{
	if (ticks->count < TICKS_MAX)
		ticks->values[ticks->count++] = value;
}

struct scale
scale_from_zero(
    double most, unsigned wanted, double at_least, double at_most, struct ticks *ret_ticks)
{
	double width = round_width(most > 0 ? most / wanted : 1);
	unsigned steps = most > 0 ? (unsigned)ceil(most / width - 1e-9) : 1;

	ret_ticks->count = 0;
	for (unsigned i = 0; i <= steps; i++)
		add_tick(ret_ticks, i * width);
	return (struct scale){
		.least = 0, .most = steps * width, .at_least = at_least, .at_most = at_most
	};
}

static void
add_log_ticks(struct ticks *ticks, double least, double most, double pixels)
{
	static const double digits[] = { 1, 2, 5 };
	int digits_used = pixels / log10(most / least) < DECADE_WITH_FIVES ? 1 : 3;
	const int last = (int)ceil(log10(most));

	for (int exponent = (int)floor(log10(least)); exponent <= last; exponent++) {
		const double power = pow(10, exponent);

		for (int i = 0; i < digits_used; i++) {
			double value = power * digits[i];

			if (value >= least * 0.999999 && value <= most * 1.000001)
				add_tick(ticks, value);
		}
	}
}

/* The ends are widened to the nearest 1, 2 or 5, so that at least two ticks stand. */
struct scale
scale_log(double least, double most, double at_least, double at_most, struct ticks *ret_ticks)
{
	double bottom = 1 / round_width(1 / least);
	double top = round_width(most);

	if (top <= bottom * 1.000001)
		top = round_width(bottom * 1.5);
	ret_ticks->count = 0;
	add_log_ticks(ret_ticks, bottom, top, fabs(at_most - at_least));
	return (struct scale){ .least = bottom,
		.most = top,
		.at_least = at_least,
		.at_most = at_most,
		.is_log = true };
}
