/* SPDX-License-Identifier: MIT
 *
 * field_lines: llhttp reads, its callbacks write down where names stand and how
 * long values are. Every callback may come in several pieces, cut anywhere.
 *
 * llhttp has no entry for a field section alone, so `fresh` is a parser that has
 * read a request line of ours; each section begins with a copy of it.
 */
#include "http/field_lines.h"

#include <llhttp.h>
#include <stdlib.h>
#include <string.h>

#include "base/panic.h"
#include "http/chars.h"

struct http_field_lines {
	llhttp_t parser;
	llhttp_t fresh;
	const char *piece; /* what is being fed, during feed only */
	uint32_t piece_at; /* its offset */
	uint32_t limit;
	uint32_t count;
	bool is_complete;
	uint16_t first[HTTP_FIELD_COUNT];
	struct http_field_line lines[]; /* limit + 1: the last is for a line too many */
};

/* `index` lines are complete, and the next one has had no byte yet. */
static void
begin_line(struct http_field_lines *lines, uint32_t index)
{
	lines->count = index;
	lines->lines[index].name_len = 0;
	lines->lines[index].value_len = 0;
}

static int
on_field_name(llhttp_t *parser, const char *at, size_t len)
{
	struct http_field_lines *lines = parser->data;
	struct http_field_line *line = &lines->lines[lines->count];

	if (line->name_len == 0)
		line->name_at = lines->piece_at + (uint32_t)(at - lines->piece);
	line->name_len += (uint32_t)len;
	return HPE_OK;
}

static int
on_field_value(llhttp_t *parser, const char *at, size_t len)
{
	struct http_field_lines *lines = parser->data;
	struct http_field_line *line = &lines->lines[lines->count];

	(void)at;
	line->value_len += (uint32_t)len;
	return HPE_OK;
}

/* The limit is checked here and not where a name begins: this comes at the same
 * byte however the bytes are cut. */
static int
on_field_complete(llhttp_t *parser)
{
	struct http_field_lines *lines = parser->data;

	if (lines->count == lines->limit)
		return -1;
	begin_line(lines, lines->count + 1);
	return HPE_OK;
}

static int
on_section_complete(llhttp_t *parser)
{
	struct http_field_lines *lines = parser->data;

	lines->is_complete = true;
	return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
	.on_header_field = on_field_name,
	.on_header_value = on_field_value,
	.on_header_value_complete = on_field_complete,
	.on_headers_complete = on_section_complete,
};

struct http_field_lines *
http_field_lines_new(uint32_t limit)
{
	static const char request_line[] = "GET / HTTP/1.1\r\n";
	struct http_field_lines *lines;

	must(limit < HTTP_FIELD_LINE_NONE);
	lines = calloc(1, sizeof(*lines) + (limit + 1) * sizeof(lines->lines[0]));
	if (!lines)
		return NULL;
	lines->limit = limit;
	llhttp_init(&lines->fresh, HTTP_REQUEST, &settings);
	lines->fresh.data = lines;
	must(llhttp_execute(&lines->fresh, request_line, sizeof(request_line) - 1) == HPE_OK);
	http_field_lines_reset(lines);
	return lines;
}

void
http_field_lines_free(struct http_field_lines *lines)
{
	free(lines);
}

void
http_field_lines_reset(struct http_field_lines *lines)
{
	lines->parser = lines->fresh;
	lines->is_complete = false;
	begin_line(lines, 0);
}

static enum http_refusal
refusal_of(llhttp_errno_t error)
{
	switch (error) {
	case HPE_CB_HEADER_VALUE_COMPLETE:
		return HTTP_REFUSAL_TOO_MANY_FIELDS;
	case HPE_INVALID_CONTENT_LENGTH:
		return HTTP_REFUSAL_LENGTH_SYNTAX;
	case HPE_UNEXPECTED_CONTENT_LENGTH:
		return HTTP_REFUSAL_LENGTH_AMBIGUOUS;
	case HPE_INVALID_TRANSFER_ENCODING:
		return HTTP_REFUSAL_CODING_ORDER;
	case HPE_LF_EXPECTED:
	case HPE_STRICT:
		return HTTP_REFUSAL_BARE_CR;
	case HPE_UNEXPECTED_SPACE:
		return HTTP_REFUSAL_FIELD_FOLDED;
	default:
		return HTTP_REFUSAL_FIELD_SYNTAX;
	}
}

enum http_refusal
http_field_lines_feed(struct http_field_lines *lines, uint32_t at, const char *data, size_t len,
    size_t *ret_taken, bool *ret_is_complete)
{
	llhttp_errno_t error;

	lines->piece = data;
	lines->piece_at = at;
	error = llhttp_execute(&lines->parser, data, len);
	lines->piece = NULL;
	if (error != HPE_OK && !lines->is_complete)
		return refusal_of(error);
	*ret_is_complete = lines->is_complete;
	*ret_taken =
	    lines->is_complete ? (size_t)(llhttp_get_error_pos(&lines->parser) - data) : len;
	return HTTP_REFUSAL_NONE;
}

/* `line` has to begin at `at`; finds where its value stands and where the next
 * line begins. llhttp gave the value's length, without the CRLF of a fold, so
 * that a folded value does not end in CRLF where it should. */
static enum http_refusal
check_line(struct http_field_line *line, const char *base, uint32_t at, uint32_t *ret_next)
{
	if (line->name_at != at || line->name_len == 0 || base[at + line->name_len] != ':')
		return HTTP_REFUSAL_FIELD_NAME;
	at += line->name_len + 1;
	while (http_is_ows(base[at]))
		at++;
	line->value_at = at;
	at += line->value_len;
	if (base[at] != '\r' || base[at + 1] != '\n' || http_is_ows(base[at + 2]))
		return HTTP_REFUSAL_FIELD_FOLDED;
	while (line->value_len > 0 && http_is_ows(base[line->value_at + line->value_len - 1]))
		line->value_len--;
	*ret_next = at + 2;
	return HTTP_REFUSAL_NONE;
}

static void
make_index(struct http_field_lines *lines, const char *base)
{
	memset(lines->first, 0xff, sizeof(lines->first));
	for (uint32_t i = lines->count; i-- > 0;) {
		struct http_field_line *line = &lines->lines[i];
		struct slice name = { base + line->name_at, line->name_len };

		line->id = (uint8_t)http_field_of(name);
		line->next = lines->first[line->id];
		if (line->id != HTTP_FIELD_OTHER)
			lines->first[line->id] = (uint16_t)i;
	}
}

enum http_refusal
http_field_lines_settle(
    struct http_field_lines *lines, const char *base, uint32_t from, uint32_t to)
{
	uint32_t at = from;

	must(lines->is_complete);
	for (uint32_t i = 0; i < lines->count; i++) {
		enum http_refusal refusal = check_line(&lines->lines[i], base, at, &at);

		if (refusal != HTTP_REFUSAL_NONE)
			return refusal;
	}
	if (at + 2 != to)
		return HTTP_REFUSAL_BARE_LF;
	make_index(lines, base);
	return HTTP_REFUSAL_NONE;
}

void
http_field_lines_shift(struct http_field_lines *lines, uint32_t by)
{
	for (uint32_t i = 0; by != 0 && i < lines->count; i++) {
		lines->lines[i].name_at += by;
		lines->lines[i].value_at += by;
	}
}

size_t
http_field_lines_count(const struct http_field_lines *lines)
{
	return lines->count;
}

const struct http_field_line *
http_field_lines_at(const struct http_field_lines *lines, size_t index)
{
	must(index < lines->count);
	return &lines->lines[index];
}

uint16_t
http_field_lines_first(const struct http_field_lines *lines, enum http_field id)
{
	return lines->first[id];
}
