/* SPDX-License-Identifier: MIT
 *
 * figures: three digits and a unit.
 */
#include "usher-load/figures.h"

#include <math.h>
#include <stddef.h>

struct unit {
	double size;
	const char *name;
};

void
figure_put_count(struct text *text, uint64_t count)
{
	uint64_t group = 1;

	while (count / group >= 1000)
		group *= 1000;
	text_put_u64(text, count / group);
	while (group >= 1000) {
		count %= group;
		group /= 1000;
		text_put_format(text, ",%03u", (unsigned)(count / group));
	}
}

/* Decimals that leave three digits, after rounding: 9.996 is 10.0, not 10.00. */
static int
decimals_of(double number)
{
	if (number < 0.9995)
		return 3;
	if (number < 9.995)
		return 2;
	return number < 99.95 ? 1 : 0;
}

void
figure_put_number(struct text *text, double number)
{
	if (number < 0.0005)
		text_put_char(text, '0');
	else if (number >= 999.5)
		figure_put_count(text, (uint64_t)llround(number));
	else
		text_put_format(text, "%.*f", decimals_of(number), number);
}

/* The largest unit of which there is at least one, after rounding to three digits. */
static void
put_in_units(struct text *text, double value, const struct unit *units, size_t count)
{
	size_t i = count - 1;

	while (i > 0 && value < units[i].size * 0.9995)
		i--;
	figure_put_number(text, value / units[i].size);
	text_put_char(text, ' ');
	text_put_string(text, units[i].name);
}

void
figure_put_time(struct text *text, double ns)
{
	static const struct unit units[] = { { 1, "ns" }, { 1e3, "us" }, { 1e6, "ms" },
		{ 1e9, "s" } };
	uint64_t seconds = (uint64_t)llround(ns / 1e9);

	if (ns < 0.5)
		text_put_char(text, '0');
	else if (ns < 120e9)
		put_in_units(text, ns < 999.5 ? round(ns) : ns, units, 4);
	else
		text_put_format(
		    text, "%u min %u s", (unsigned)(seconds / 60), (unsigned)(seconds % 60));
}

void
figure_put_bytes(struct text *text, double bytes)
{
	static const struct unit units[] = { { 1, "B" }, { 0x1p10, "KiB" }, { 0x1p20, "MiB" },
		{ 0x1p30, "GiB" }, { 0x1p40, "TiB" } };

	put_in_units(text, bytes, units, 5);
}

/* Two digits of the lesser share. */
void
figure_put_part(struct text *text, double part)
{
	double percent = part * 100;
	double lesser = percent > 50 ? 100 - percent : percent;
	int decimals;

	if (lesser <= 0) {
		text_put_string(text, part > 0.5 ? "100 %" : "0 %");
		return;
	}
	decimals = 1 - (int)floor(log10(lesser));
	decimals = decimals < 1 ? 1 : decimals > 9 ? 9 : decimals;
	text_put_format(text, "%.*f %%", decimals, percent);
}
