/* SPDX-License-Identifier: MIT
 *
 * answer: a head is read line by line, and of the fields only the three that
 * frame the message are looked at. The bytes of a line are looked at once, where
 * they stand; only a line that comes in pieces is copied.
 */
#include "usher-load/answer.h"

#include <string.h>
#include <strings.h>

#include "http/status.h"

/* Of chunk extensions and trailers in all. */
#define FRAMING_MAX 65536

void
answer_begin(struct answer *answer, bool is_to_head, struct sha256 *hash)
{
	memset(answer, 0, offsetof(struct answer, chunked));
	answer->is_to_head = is_to_head;
	answer->hash = hash;
	if (hash)
		sha256_init(hash);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200 OK"; the reason may be missing, with or without its blank. */
static bool
take_status_line(struct answer *answer, struct slice line)
{
	const char *at = line.data;

	if (line.len < 12 || memcmp(at, "HTTP/1.", 7) != 0 || !is_digit(at[7]) || at[8] != ' ')
		return false;
	if (!is_digit(at[9]) || !is_digit(at[10]) || !is_digit(at[11]) || at[9] == '0')
		return false;
	if (line.len > 12 && at[12] != ' ')
		return false;
	answer->status = (uint16_t)((at[9] - '0') * 100 + (at[10] - '0') * 10 + (at[11] - '0'));
	answer->keeps = at[7] != '0';
	answer->phase = ANSWER_FIELDS;
	return true;
}

static bool
take_content_length(struct answer *answer, struct slice value)
{
	uint64_t length;

	if (slice_to_u64(slice_trim(value), &length) != 0)
		return false;
	if (answer->has_length && length != answer->left)
		return false;
	answer->has_length = true;
	answer->left = length;
	return true;
}

static void
take_connection(struct answer *answer, struct slice value)
{
	struct slice word;

	while (slice_next_element(&value, &word)) {
		if (slice_equals_nocase(word, SLICE("close")))
			answer->keeps = false;
		else if (slice_equals_nocase(word, SLICE("keep-alive")))
			answer->keeps = true;
	}
}

/* Chunked has to be the last coding (RFC 9112 6.1); after any other the body ends
 * with the connection. */
static void
take_transfer_encoding(struct answer *answer, struct slice value)
{
	struct slice word;

	while (slice_next_element(&value, &word))
		answer->is_chunked = slice_equals_nocase(word, SLICE("chunked"));
}

static bool
is_named(struct slice line, struct slice name, struct slice *ret_value)
{
	if (line.len <= name.len || line.data[name.len] != ':' ||
	    strncasecmp(line.data, name.data, name.len) != 0)
		return false;
	*ret_value = slice_from(line, name.len + 1);
	return true;
}

static bool
take_field(struct answer *answer, struct slice line)
{
	const char first = line.data[0] | 0x20;
	struct slice value;

	if (first == 'c' && is_named(line, SLICE("content-length"), &value))
		return take_content_length(answer, value);
	if (first == 'c' && is_named(line, SLICE("connection"), &value))
		take_connection(answer, value);
	else if (first == 't' && is_named(line, SLICE("transfer-encoding"), &value))
		take_transfer_encoding(answer, value);
	return true;
}

static bool
is_interim(int status)
{
	return status < 200 && status != 101;
}

/* The empty line: what follows? */
static void
end_head(struct answer *answer)
{
	if (is_interim(answer->status)) {
		answer->phase = ANSWER_STATUS_LINE;
		answer->status = 0;
		answer->has_length = false;
		answer->is_chunked = false;
		answer->left = 0;
	} else if (answer->is_to_head || !http_status_has_body(answer->status)) {
		answer->phase = ANSWER_COMPLETE;
	} else if (answer->is_chunked) {
		answer->left = 0;
		answer->phase = ANSWER_CHUNKED;
		http_chunked_init(&answer->chunked, FRAMING_MAX);
	} else if (answer->has_length) {
		answer->phase = answer->left > 0 ? ANSWER_SIZED : ANSWER_COMPLETE;
	} else {
		answer->keeps = false;
		answer->phase = ANSWER_UNTIL_FIN;
	}
}

static bool
take_line(struct answer *answer, struct slice line)
{
	if (line.len > 0 && line.data[line.len - 1] == '\r')
		line.len--;
	if (answer->phase == ANSWER_STATUS_LINE)
		return take_status_line(answer, line);
	if (line.len > 0)
		return take_field(answer, line);
	end_head(answer);
	return true;
}

/* Of a line that is not complete yet, the beginning is kept. */
static void
keep_part(struct answer *answer, struct slice part)
{
	size_t room = ANSWER_LINE_MAX - answer->line_len;

	if (part.len > room)
		part.len = room;
	memcpy(answer->line + answer->line_len, part.data, part.len);
	answer->line_len = (uint8_t)(answer->line_len + part.len);
}

/* One line, or the part of it that is there. False: no HTTP. */
static bool
feed_line(struct answer *answer, struct slice input, size_t *ret_taken)
{
	const char *end = memchr(input.data, '\n', input.len);
	struct slice part = { input.data, end ? (size_t)(end - input.data) : input.len };
	bool is_good = true;

	*ret_taken = end ? part.len + 1 : part.len;
	answer->head_bytes += (uint32_t)*ret_taken;
	if (answer->head_bytes > ANSWER_HEAD_MAX)
		return false;
	if (end && answer->line_len == 0)
		return take_line(answer, part);
	keep_part(answer, part);
	if (end) {
		is_good = take_line(answer, (struct slice){ answer->line, answer->line_len });
		answer->line_len = 0;
	}
	return is_good;
}

/* Content, up to what is left of it. */
static size_t
feed_content(struct answer *answer, struct slice input)
{
	if (answer->phase != ANSWER_UNTIL_FIN && input.len > answer->left)
		input.len = (size_t)answer->left;
	if (answer->phase != ANSWER_UNTIL_FIN)
		answer->left -= input.len;
	if (answer->phase == ANSWER_SIZED && answer->left == 0)
		answer->phase = ANSWER_COMPLETE;
	answer->body_bytes += input.len;
	if (answer->hash)
		sha256_take(answer->hash, input.data, input.len);
	return input.len;
}

static bool
feed_framing(struct answer *answer, char c)
{
	if (http_chunked_take(&answer->chunked, c, &answer->left) != HTTP_REFUSAL_NONE)
		return false;
	if (http_chunked_is_complete(&answer->chunked))
		answer->phase = ANSWER_COMPLETE;
	return true;
}

/* The next step; false: no HTTP. */
static bool
feed_some(struct answer *answer, struct slice input, size_t *ret_taken)
{
	if (answer->phase <= ANSWER_FIELDS)
		return feed_line(answer, input, ret_taken);
	if (answer->phase == ANSWER_CHUNKED && answer->left == 0) {
		*ret_taken = 1;
		return feed_framing(answer, input.data[0]);
	}
	*ret_taken = feed_content(answer, input);
	return true;
}

enum answer_verdict
answer_feed(struct answer *answer, const char *data, size_t len, size_t *ret_taken)
{
	size_t at = 0;

	answer->has_bytes |= len > 0;
	while (at < len && answer->phase != ANSWER_COMPLETE) {
		size_t taken;

		if (!feed_some(answer, (struct slice){ data + at, len - at }, &taken))
			return ANSWER_BAD;
		at += taken;
	}
	*ret_taken = at;
	return answer->phase == ANSWER_COMPLETE ? ANSWER_DONE : ANSWER_MORE;
}

enum answer_verdict
answer_end(struct answer *answer)
{
	if (answer->phase != ANSWER_UNTIL_FIN)
		return ANSWER_MORE;
	answer->phase = ANSWER_COMPLETE;
	return ANSWER_DONE;
}
