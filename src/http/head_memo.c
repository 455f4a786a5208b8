/* SPDX-License-Identifier: MIT */
#include "http/head_memo.h"

#include <string.h>

void
http_head_memo_keep(struct http_head_memo *memo, const struct http_request_line *line,
    const char *base, uint32_t bytes)
{
	if (bytes > sizeof(memo->text)) {
		http_head_memo_forget(memo);
		return;
	}
	memo->line = *line;
	memo->bytes = bytes;
	memcpy(memo->text, base, bytes);
}

bool
http_head_memo_is_head(const struct http_head_memo *memo, const char *data, size_t len)
{
	return memo->bytes > 0 && len >= memo->bytes && memcmp(data, memo->text, memo->bytes) == 0;
}

bool
http_head_memo_is_section(
    const struct http_head_memo *memo, const char *data, size_t len, uint32_t *ret_bytes)
{
	uint32_t bytes = memo->bytes - memo->line.bytes;

	if (memo->bytes == 0 || len < bytes ||
	    memcmp(data, memo->text + memo->line.bytes, bytes) != 0)
		return false;
	*ret_bytes = bytes;
	return true;
}
