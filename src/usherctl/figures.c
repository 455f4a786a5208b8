/* SPDX-License-Identifier: MIT
 *
 * figures: each kind is a table of units, largest first; three significant digits
 * are enough to see what happens.
 */
#include "usherctl/figures.h"

#include <math.h>
#include <stddef.h>

#include "base/panic.h"

struct scale {
	double from; /* values below take a smaller unit */
	double factor;
	const char *unit;
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct scale counts[] = {
	{ 999.5e9, 1e12, "T" },
	{ 999.5e6, 1e9, "G" },
	{ 999.5e3, 1e6, "M" },
	{ 9999.5, 1e3, "k" },
};

#define KIB 1024.0

static const struct scale sizes[] = {
	{ 999.5 * KIB * KIB * KIB, KIB *KIB *KIB *KIB, " TiB" },
	{ 999.5 * KIB * KIB, KIB *KIB *KIB, " GiB" },
	{ 999.5 * KIB, KIB *KIB, " MiB" },
	{ 1000, KIB, " KiB" },
};

static const struct scale times[] = {
	{ 0.9995, 1, " s" },
	{ 999.5e-6, 1e-3, " ms" },
	{ 0, 1e-6, " us" },
};

/* What no clock and no counter says is shown as nothing. */
static double
sane(double value)
{
	return isfinite(value) && value > 0 ? value : 0;
}

/* Three digits: 1.23, 12.3, 123. */
static void
put_digits(struct text *text, double value)
{
	int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;

	text_put_format(text, "%.*f", decimals, value);
}

static const struct scale *
scale_of(const struct scale *scales, size_t count, double value)
{
	for (size_t i = 0; i < count; i++)
		if (value >= scales[i].from)
			return &scales[i];
	return NULL;
}

static void
put_scaled(struct text *text, const struct scale *scale, double value)
{
	must(scale);
	put_digits(text, value / scale->factor);
	text_put_string(text, scale->unit);
}

void
figure_put_count(struct text *text, uint64_t count)
{
	const struct scale *scale = scale_of(counts, COUNT(counts), (double)count);

	if (scale)
		put_scaled(text, scale, (double)count);
	else
		text_put_u64(text, count);
}

void
figure_put_rate(struct text *text, double per_second)
{
	double value = sane(per_second);

	if (value > 0 && value < 99.95)
		text_put_format(text, "%.1f", value < 0.1 ? 0.1 : value);
	else
		figure_put_count(text, (uint64_t)(value + 0.5));
}

void
figure_put_bytes(struct text *text, uint64_t bytes)
{
	const struct scale *scale = scale_of(sizes, COUNT(sizes), (double)bytes);

	if (scale) {
		put_scaled(text, scale, (double)bytes);
		return;
	}
	text_put_u64(text, bytes);
	text_put_string(text, " B");
}

void
figure_put_time(struct text *text, double seconds)
{
	double value = sane(seconds);

	if (value == 0)
		text_put_char(text, '0');
	else if (value >= 60)
		figure_put_age(text, value);
	else if (value < 9.995e-6)
		text_put_format(text, "%.1f us", value * 1e6);
	else if (value < 999.5e-6)
		text_put_format(text, "%.0f us", value * 1e6);
	else
		put_scaled(text, scale_of(times, COUNT(times), value), value);
}

void
figure_put_age(struct text *text, double seconds)
{
	static const struct {
		uint64_t seconds;
		uint64_t smaller;
		const char *name, *smaller_name;
	} units[] = {
		{ 86400, 3600, "d", "h" },
		{ 3600, 60, "h", "min" },
		{ 60, 1, "min", "s" },
	};
	uint64_t whole = sane(seconds) < 1e15 ? (uint64_t)sane(seconds) : (uint64_t)1e15;

	for (size_t i = 0; i < COUNT(units); i++) {
		if (whole < units[i].seconds)
			continue;
		text_put_format(text, "%llu %s %llu %s",
		    (unsigned long long)(whole / units[i].seconds), units[i].name,
		    (unsigned long long)(whole % units[i].seconds / units[i].smaller),
		    units[i].smaller_name);
		return;
	}
	text_put_format(text, "%llu s", (unsigned long long)whole);
}

void
figure_put_share(struct text *text, double share)
{
	double percent = sane(share) * 100;

	if (percent > 0 && percent < 9.95)
		text_put_format(text, "%.1f %%", percent < 0.1 ? 0.1 : percent);
	else
		text_put_format(text, "%.0f %%", percent);
}
