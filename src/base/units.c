/* SPDX-License-Identifier: MIT
 *
 * units: durations and sizes as people write them: a whole number and a unit.
 * Each kind is a table, largest unit first; writing takes the first that
 * divides, which gives the shortest form.
 */
#include "base/text.h"

#include "base/clock.h"
#include "base/panic.h"

#include <errno.h>

struct unit {
	const char *name;
	uint64_t factor;
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct unit duration_units[] = {
	{ "d", 24 * 60 * 60 * CLOCK_SECOND_US },
	{ "h", 60 * 60 * CLOCK_SECOND_US },
	{ "m", 60 * CLOCK_SECOND_US },
	{ "s", CLOCK_SECOND_US },
	{ "ms", CLOCK_SECOND_US / 1000 },
	{ "us", 1 },
};

static const struct unit size_units[] = {
	{ "g", UINT64_C(1) << 30 },
	{ "m", UINT64_C(1) << 20 },
	{ "k", UINT64_C(1) << 10 },
	{ "", 1 },
};

static const struct unit *
find_unit(const struct unit *units, size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equals_nocase(name, slice_of(units[i].name)))
			return &units[i];
	return NULL;
}

static struct slice
leading_digits(struct slice slice)
{
	size_t len = 0;

	while (len < slice.len && slice.data[len] >= '0' && slice.data[len] <= '9')
		len++;
	return (struct slice){ slice.data, len };
}

/* `string` as a number of `units`. A 0 needs no unit. */
static int
parse(const char *string, const struct unit *units, size_t count, uint64_t *ret_value)
{
	struct slice whole = slice_of(string);
	struct slice digits = leading_digits(whole);
	struct slice name = { whole.data + digits.len, whole.len - digits.len };
	const struct unit *unit = find_unit(units, count, name);
	uint64_t number, value;
	int error;

	error = slice_to_u64(digits, &number);
	if (error == -EINVAL || (!unit && name.len > 0))
		return -EINVAL;
	if (error < 0)
		return error;
	if (!unit && number != 0)
		return -EINVAL;
	if (__builtin_mul_overflow(number, unit ? unit->factor : 1, &value))
		return -ERANGE;
	*ret_value = value;
	return 0;
}

int
text_parse_duration_us(const char *string, int64_t *ret_us)
{
	uint64_t us;
	int error;

	error = parse(string, duration_units, COUNT(duration_units), &us);
	if (error < 0)
		return error;
	if (us > INT64_MAX)
		return -ERANGE;
	*ret_us = (int64_t)us;
	return 0;
}

int
text_parse_size(const char *string, uint64_t *ret_bytes)
{
	return parse(string, size_units, COUNT(size_units), ret_bytes);
}

static void
put(struct text *text, uint64_t value, const struct unit *unit)
{
	if (value == 0) {
		text_put_char(text, '0');
		return;
	}
	while (value % unit->factor != 0)
		unit++;
	text_put_u64(text, value / unit->factor);
	text_put_string(text, unit->name);
}

void
text_put_duration(struct text *text, int64_t us)
{
	must(us >= 0);
	put(text, (uint64_t)us, duration_units);
}

/* At least one digit behind the point, so that readers take it for what it is. */
void
text_put_seconds(struct text *text, int64_t us)
{
	const uint64_t size = us < 0 ? -(uint64_t)us : (uint64_t)us;
	uint64_t rest = size % CLOCK_SECOND_US;
	uint64_t digit = CLOCK_SECOND_US / 10;

	if (us < 0)
		text_put_char(text, '-');
	text_put_u64(text, size / CLOCK_SECOND_US);
	text_put_char(text, '.');
	do {
		text_put_char(text, (char)('0' + rest / digit));
		rest %= digit;
		digit /= 10;
	} while (rest > 0);
}

void
text_put_size(struct text *text, uint64_t bytes)
{
	put(text, bytes, size_units);
}
