/* SPDX-License-Identifier: MIT */
#include "usher-load/echo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "usher-load/random.h"

int
echo_pattern_init(struct echo_pattern *pattern, size_t message_len, uint64_t seed)
{
	const size_t len = ECHO_PLACES + message_len;
	struct random_state random;

	pattern->message_len = message_len;
	pattern->bytes = malloc(len);
	if (!pattern->bytes)
		return -ENOMEM;
	random_seed(&random, seed);
	for (size_t i = 0; i < len; i++)
		pattern->bytes[i] = (char)(random_next(&random) >> 56);
	return 0;
}

void
echo_pattern_done(struct echo_pattern *pattern)
{
	free(pattern->bytes);
	pattern->bytes = NULL;
}

size_t
echo_feed(struct echo_answer *answer, struct slice message, struct slice bytes)
{
	size_t len = message.len - answer->len;

	if (len > bytes.len)
		len = bytes.len;
	if (memcmp(message.data + answer->len, bytes.data, len) != 0)
		answer->is_wrong = true;
	answer->len += len;
	return len;
}
