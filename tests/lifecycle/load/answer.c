/* SPDX-License-Identifier: MIT
 *
 * answer: one function per phase; each takes what it can of the input and says
 * how much, 0 when it is wrong.
 */
#include "load/answer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "harness/place.h"

/* The pattern repeats every so many bytes (harness/place.h). */
#define PATTERN_PERIOD 251
#define COMPARE_MAX 65536

static size_t
wrong(struct answer *answer, const char *complaint)
{
	answer->complaint = complaint;
	return 0;
}

/* The pattern from `offset`, at least COMPARE_MAX bytes of it. */
static const char *
pattern_at(uint64_t offset)
{
	static char table[PATTERN_PERIOD + COMPARE_MAX];

	if (table[1] == 0)
		fill_pattern(table, sizeof(table), 0);
	return table + offset % PATTERN_PERIOD;
}

static size_t
wanted_len(const struct answer *answer)
{
	return answer->wanted.text ? strlen(answer->wanted.text) : answer->wanted.pattern_len;
}

/* The body's next bytes, compared. */
static size_t
take_body(struct answer *answer, const char *data, size_t len)
{
	const char *expected;

	if (len > answer->left)
		len = (size_t)answer->left;
	if (len > COMPARE_MAX)
		len = COMPARE_MAX;
	if (!answer->wanted.is_any_body) {
		if (answer->body_len + len > wanted_len(answer))
			return wrong(answer, "the body is longer than wanted");
		expected = answer->wanted.text ? answer->wanted.text + answer->body_len
					       : pattern_at(answer->body_len);
		if (memcmp(data, expected, len) != 0)
			return wrong(answer, "the body is not the one wanted");
	}
	answer->body_len += len;
	answer->left -= len;
	return len;
}

static void
end_body(struct answer *answer)
{
	answer->phase = ANSWER_DONE;
	if (!answer->wanted.is_any_body && answer->body_len != wanted_len(answer))
		answer->complaint = "the body is shorter than wanted";
}

/* The value of a field in the head, or NULL. */
static const char *
field(const struct answer *answer, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = answer->line; (line = strstr(line, "\r\n")) != NULL;) {
		line += 2;
		if (strncasecmp(line, name, len) == 0 && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, " ");
	}
	return NULL;
}

static void
understand_head(struct answer *answer)
{
	const char *length = field(answer, "Content-Length");
	const char *coding = field(answer, "Transfer-Encoding");
	const char *connection = field(answer, "Connection");

	answer->says_close = connection && strncasecmp(connection, "close\r\n", 7) == 0;
	if (strncmp(answer->line, "HTTP/1.1 ", 9) != 0 ||
	    strtol(answer->line + 9, NULL, 10) != answer->wanted.status) {
		answer->complaint = "the status is not the one wanted";
	} else if (coding && strncasecmp(coding, "chunked\r\n", 9) == 0) {
		answer->phase = ANSWER_CHUNK_SIZE;
	} else if (length && isdigit((unsigned char)*length)) {
		answer->left = strtoull(length, NULL, 10);
		answer->phase = ANSWER_BODY;
		if (answer->left == 0)
			end_body(answer);
	} else {
		answer->complaint = "the body has no framing";
	}
}

/* Gathers bytes until they end in `end`: how many were taken; `line` is then a
 * string without `end`, and true is in `ret_is_whole`. */
static size_t
take_until(struct answer *answer, const char *data, size_t len, const char *end, bool *ret_is_whole)
{
	size_t end_len = strlen(end);
	size_t used = 0;

	*ret_is_whole = false;
	while (used < len && !*ret_is_whole) {
		if (answer->line_len == sizeof(answer->line) - 1)
			return wrong(answer, "a line or a head is too long");
		answer->line[answer->line_len++] = data[used++];
		answer->line[answer->line_len] = '\0';
		*ret_is_whole = answer->line_len >= end_len &&
		    strcmp(answer->line + answer->line_len - end_len, end) == 0;
	}
	return used;
}

static size_t
take_head(struct answer *answer, const char *data, size_t len)
{
	bool is_whole;
	size_t used = take_until(answer, data, len, "\r\n\r\n", &is_whole);

	if (is_whole) {
		understand_head(answer);
		answer->line_len = 0;
	}
	return used;
}

static size_t
take_chunk_size(struct answer *answer, const char *data, size_t len)
{
	bool is_whole;
	size_t used = take_until(answer, data, len, "\r\n", &is_whole);
	char *end;

	if (!is_whole)
		return used;
	answer->line_len = 0;
	answer->left = strtoull(answer->line, &end, 16);
	answer->phase = answer->left > 0 ? ANSWER_CHUNK : ANSWER_LAST_LINE;
	return strcmp(end, "\r\n") == 0 ? used : wrong(answer, "not the size of a chunk");
}

/* The empty line after a chunk, or after the last one. */
static size_t
take_empty_line(struct answer *answer, const char *data, size_t len)
{
	bool is_whole;
	size_t used = take_until(answer, data, len, "\r\n", &is_whole);

	if (!is_whole)
		return used;
	if (answer->line_len != 2)
		return wrong(answer, "a chunk does not end where it should");
	answer->line_len = 0;
	if (answer->phase == ANSWER_LAST_LINE)
		end_body(answer);
	else
		answer->phase = ANSWER_CHUNK_SIZE;
	return used;
}

static size_t
take_some(struct answer *answer, const char *data, size_t len)
{
	size_t used;

	switch (answer->phase) {
	case ANSWER_HEAD:
		return take_head(answer, data, len);
	case ANSWER_CHUNK_SIZE:
		return take_chunk_size(answer, data, len);
	case ANSWER_CHUNK_END:
	case ANSWER_LAST_LINE:
		return take_empty_line(answer, data, len);
	case ANSWER_BODY:
	case ANSWER_CHUNK:
		used = take_body(answer, data, len);
		if (used > 0 && answer->left == 0 && answer->phase == ANSWER_BODY)
			end_body(answer);
		else if (used > 0 && answer->left == 0)
			answer->phase = ANSWER_CHUNK_END;
		return used;
	case ANSWER_DONE:
		break;
	}
	return wrong(answer, "bytes came after the answer");
}

void
answer_begin(struct answer *answer, const struct answer_wanted *wanted)
{
	*answer = (struct answer){ .wanted = *wanted };
}

enum answer_verdict
answer_feed(struct answer *answer, const char *data, size_t len)
{
	answer->bytes += len;
	while (len > 0 && !answer->complaint) {
		size_t used = take_some(answer, data, len);

		data += used;
		len -= used;
	}
	if (answer->complaint)
		return ANSWER_WRONG;
	return answer->phase == ANSWER_DONE ? ANSWER_WHOLE : ANSWER_MORE;
}
