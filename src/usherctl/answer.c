/* SPDX-License-Identifier: MIT
 *
 * answer: the head is gathered whole and read once; then the body's bytes go
 * where the state says.
 */
#include "usherctl/answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "http/chars.h"
#include "http/token.h"

/* What the fields of a head say, as far as it matters here. */
struct fields {
	bool has_length;
	bool is_chunked;
	uint64_t length;
};

#define FRAMING_MAX 4096 /* bytes of chunk extensions and trailers */

struct answer *
answer_new(void)
{
	return calloc(1, sizeof(struct answer));
}

void
answer_free(struct answer *answer)
{
	if (!answer)
		return;
	free(answer->body);
	free(answer);
}

const char *
answer_body(const struct answer *answer)
{
	return answer->body ? answer->body : "";
}

/* --- The head ------------------------------------------------------------- */

/* "HTTP/1.1 200 OK"; the reason may be empty. */
static int
read_status_line(struct answer *answer, struct slice line)
{
	uint64_t status;

	if (line.len < 13 || !slice_starts_with(line, SLICE("HTTP/1.")) ||
	    (line.data[7] != '0' && line.data[7] != '1') || line.data[8] != ' ' ||
	    line.data[12] != ' ')
		return -EBADMSG;
	if (slice_to_u64((struct slice){ line.data + 9, 3 }, &status) != 0)
		return -EBADMSG;
	if (status < 200 || status > 599)
		return -EBADMSG;
	answer->status = (int)status;
	return 0;
}

static int
take_length(struct fields *fields, struct slice value)
{
	int error;

	if (fields->has_length)
		return -EBADMSG;
	error = slice_to_u64(value, &fields->length);
	if (error == 0 && fields->length > ANSWER_BODY_MAX)
		error = -ERANGE;
	fields->has_length = true;
	return error == -ERANGE ? -EFBIG : error == 0 ? 0 : -EBADMSG;
}

static int
take_coding(struct fields *fields, struct slice value)
{
	if (fields->is_chunked || !slice_equals_nocase(value, SLICE("chunked")))
		return -EBADMSG;
	fields->is_chunked = true;
	return 0;
}

static void
take_type(struct answer *answer, struct slice value)
{
	struct slice type =
	    slice_trim((struct slice){ value.data, slice_length_before(value, ';') });
	struct text text = text_over(answer->type, sizeof(answer->type) - 1);

	text_put(&text, type);
	answer->type[text.is_truncated ? 0 : text.len] = '\0';
}

static bool
is_value(struct slice value)
{
	for (size_t i = 0; i < value.len; i++)
		if (!http_is_value_char(value.data[i]))
			return false;
	return true;
}

static int
read_field(struct answer *answer, struct fields *fields, struct slice line)
{
	const char *colon = memchr(line.data, ':', line.len);
	struct slice name, value;

	if (!colon)
		return -EBADMSG;
	name = slice_first(line, (size_t)(colon - line.data));
	value = slice_trim(slice_from(line, name.len + 1));
	if (!http_token_is_valid(name) || !is_value(value))
		return -EBADMSG;
	if (slice_equals_nocase(name, SLICE("Content-Length")))
		return take_length(fields, value);
	if (slice_equals_nocase(name, SLICE("Transfer-Encoding")))
		return take_coding(fields, value);
	if (slice_equals_nocase(name, SLICE("Content-Type")))
		take_type(answer, value);
	return 0;
}

/* A message of both framings may be two messages to somebody else; here it is
 * none (RFC 9112 6.3). */
static int
begin_body(struct answer *answer, const struct fields *fields)
{
	if (fields->has_length && fields->is_chunked)
		return -EBADMSG;
	if (answer->status == 204 || answer->status == 304) {
		answer->state = ANSWER_COMPLETE;
	} else if (fields->is_chunked) {
		http_chunked_init(&answer->chunked, FRAMING_MAX);
		answer->state = ANSWER_CHUNKED;
	} else if (fields->has_length) {
		answer->content_left = fields->length;
		answer->state = fields->length > 0 ? ANSWER_SIZED : ANSWER_COMPLETE;
	} else {
		answer->state = ANSWER_TO_END;
	}
	return 0;
}

static int
read_head(struct answer *answer)
{
	struct slice rest = { answer->head, answer->head_len - 2 };
	struct fields fields = { 0 };
	bool is_first = true;

	while (rest.len > 0) {
		const char *end = memmem(rest.data, rest.len, "\r\n", 2);
		struct slice line = { rest.data, (size_t)(end - rest.data) };
		int error =
		    is_first ? read_status_line(answer, line) : read_field(answer, &fields, line);

		if (error != 0)
			return error;
		is_first = false;
		rest = slice_from(rest, line.len + 2);
	}
	return begin_body(answer, &fields);
}

/* Where the bytes begin that are surely no answer of HTTP, no end of a head is
 * waited for. */
static bool
begins_as_http(const struct answer *answer)
{
	struct slice start = SLICE("HTTP/1.");
	size_t len = answer->head_len < start.len ? answer->head_len : start.len;

	return memcmp(answer->head, start.data, len) == 0;
}

/* Takes bytes up to the empty line; how many is in `ret_taken`. */
static int
feed_head(struct answer *answer, struct slice bytes, size_t *ret_taken)
{
	size_t taken = 0;

	while (taken < bytes.len) {
		if (answer->head_len == ANSWER_HEAD_MAX)
			return -EFBIG;
		answer->head[answer->head_len++] = bytes.data[taken++];
		if (!begins_as_http(answer))
			return -EBADMSG;
		if (answer->head_len >= 4 &&
		    memcmp(answer->head + answer->head_len - 4, "\r\n\r\n", 4) == 0) {
			*ret_taken = taken;
			return read_head(answer);
		}
	}
	*ret_taken = taken;
	return 0;
}

/* --- The body --------------------------------------------------------------- */

static int
make_room(struct answer *answer, size_t more)
{
	size_t needed = answer->body_len + more + 1;
	size_t cap = answer->body_cap > 0 ? answer->body_cap : 4096;
	char *grown;

	if (needed > ANSWER_BODY_MAX + 1)
		return -EFBIG;
	if (needed <= answer->body_cap)
		return 0;
	while (cap < needed)
		cap *= 2;
	grown = realloc(answer->body, cap);
	if (!grown)
		return -ENOMEM;
	answer->body = grown;
	answer->body_cap = cap;
	return 0;
}

static int
append(struct answer *answer, struct slice bytes)
{
	int error = make_room(answer, bytes.len);

	if (error != 0)
		return error;
	memcpy(answer->body + answer->body_len, bytes.data, bytes.len);
	answer->body_len += bytes.len;
	answer->body[answer->body_len] = '\0';
	return 0;
}

/* Takes bytes of content, as many as are left of it. */
static int
feed_content(struct answer *answer, struct slice bytes, size_t *ret_taken)
{
	size_t len = bytes.len < answer->content_left ? bytes.len : (size_t)answer->content_left;

	answer->content_left -= len;
	*ret_taken = len;
	return append(answer, slice_first(bytes, len));
}

static int
feed_sized(struct answer *answer, struct slice bytes, size_t *ret_taken)
{
	int error = feed_content(answer, bytes, ret_taken);

	if (error == 0 && answer->content_left == 0)
		answer->state = ANSWER_COMPLETE;
	return error;
}

static int
feed_chunked(struct answer *answer, struct slice bytes, size_t *ret_taken)
{
	if (answer->content_left > 0)
		return feed_content(answer, bytes, ret_taken);
	*ret_taken = 1;
	if (http_chunked_take(&answer->chunked, bytes.data[0], &answer->content_left) !=
	    HTTP_REFUSAL_NONE)
		return -EBADMSG;
	if (http_chunked_is_complete(&answer->chunked))
		answer->state = ANSWER_COMPLETE;
	return 0;
}

static int
feed_state(struct answer *answer, struct slice bytes, size_t *ret_taken)
{
	switch (answer->state) {
	case ANSWER_HEAD:
		return feed_head(answer, bytes, ret_taken);
	case ANSWER_SIZED:
		return feed_sized(answer, bytes, ret_taken);
	case ANSWER_CHUNKED:
		return feed_chunked(answer, bytes, ret_taken);
	case ANSWER_TO_END:
		*ret_taken = bytes.len;
		return append(answer, bytes);
	case ANSWER_COMPLETE:
	default:
		return -EBADMSG;
	}
}

int
answer_feed(struct answer *answer, const char *data, size_t len)
{
	struct slice bytes = { data, len };

	while (bytes.len > 0) {
		size_t taken = 0;
		int error = feed_state(answer, bytes, &taken);

		if (error != 0)
			return error;
		bytes = slice_from(bytes, taken);
	}
	return 0;
}

int
answer_end(struct answer *answer)
{
	if (answer->state == ANSWER_TO_END)
		answer->state = ANSWER_COMPLETE;
	return answer->state == ANSWER_COMPLETE ? 0 : -EPIPE;
}
