/* SPDX-License-Identifier: MIT
 *
 * input: fuzz.h, but for JSON.
 */
#include <string.h>

#include "fuzz.h"

uint8_t
fuzz_take_byte(struct slice *input)
{
	uint8_t byte;

	if (input->len == 0)
		return 0;
	byte = (uint8_t)input->data[0];
	*input = slice_from(*input, 1);
	return byte;
}

struct slice
fuzz_take_line(struct slice *input)
{
	const char *end = input->len > 0 ? memchr(input->data, '\n', input->len) : NULL;
	struct slice line = *input;

	if (!end) {
		*input = (struct slice){ input->data + input->len, 0 };
		return line;
	}
	line.len = (size_t)(end - input->data);
	*input = slice_from(*input, line.len + 1);
	return line;
}

/* splitmix64, after S. Vigna. */
uint64_t
fuzz_next(uint64_t *seed)
{
	uint64_t number = *seed += UINT64_C(0x9e3779b97f4a7c15);

	number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
	return number ^ number >> 31;
}

uint64_t
fuzz_seed(struct slice input)
{
	uint64_t seed = input.len;

	for (size_t i = 0; i < input.len; i++)
		seed = seed * UINT64_C(0x100000001b3) ^ (uint8_t)input.data[i];
	return seed;
}
