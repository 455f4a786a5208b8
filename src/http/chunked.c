/* SPDX-License-Identifier: MIT
 *
 * chunked: the grammar as a table: in which state which byte leads where.
 *
 * llhttp is not asked here: it bounds neither the digits of a size nor the
 * extensions, does not say where they stood, and lets through obs-fold, empty
 * names and a bare LF in the trailers.
 */
#include "http/chunked.h"

#include "http/chars.h"

enum chunk_state {
	SIZE_FIRST, /* of a chunk's line */
	SIZE,
	EXT_NAME_FIRST, /* from here to EXT_END: extensions */
	EXT_NAME,
	EXT_VALUE_FIRST,
	EXT_VALUE,
	EXT_QUOTED,
	EXT_ESCAPED,
	EXT_END,
	SIZE_LF,
	CONTENT_CR, /* after the content */
	CONTENT_LF,
	TRAILER_FIRST, /* of a trailer's line, or of the empty one */
	TRAILER_NAME,  /* from here to TRAILER_LF: trailers */
	TRAILER_VALUE,
	TRAILER_LF,
	LAST_LF,
	COMPLETE
};

/* What a rule matches: a character itself, or a class of them. */
enum { HEX_DIGIT = 0x100, TOKEN_CHAR, VALUE_CHAR };

enum { RULES_MAX = 4, DIGITS_MAX = 16 };

/* The first rule that matches counts; no rule: refused. */
static const struct {
	enum http_refusal refusal;
	struct {
		uint16_t what;
		uint8_t to;
	} rules[RULES_MAX];
} grammar[] = {
	[SIZE_FIRST] = { HTTP_REFUSAL_CHUNK_SIZE, { { HEX_DIGIT, SIZE } } },
	[SIZE] = { HTTP_REFUSAL_CHUNK_SIZE,
	    { { HEX_DIGIT, SIZE }, { '\r', SIZE_LF }, { ';', EXT_NAME_FIRST } } },
	[EXT_NAME_FIRST] = { HTTP_REFUSAL_CHUNK_EXTENSION, { { TOKEN_CHAR, EXT_NAME } } },
	[EXT_NAME] = { HTTP_REFUSAL_CHUNK_EXTENSION,
	    { { TOKEN_CHAR, EXT_NAME }, { '=', EXT_VALUE_FIRST }, { ';', EXT_NAME_FIRST },
		{ '\r', SIZE_LF } } },
	[EXT_VALUE_FIRST] = { HTTP_REFUSAL_CHUNK_EXTENSION,
	    { { TOKEN_CHAR, EXT_VALUE }, { '"', EXT_QUOTED } } },
	[EXT_VALUE] = { HTTP_REFUSAL_CHUNK_EXTENSION,
	    { { TOKEN_CHAR, EXT_VALUE }, { ';', EXT_NAME_FIRST }, { '\r', SIZE_LF } } },
	[EXT_QUOTED] = { HTTP_REFUSAL_CHUNK_EXTENSION,
	    { { '"', EXT_END }, { '\\', EXT_ESCAPED }, { VALUE_CHAR, EXT_QUOTED } } },
	[EXT_ESCAPED] = { HTTP_REFUSAL_CHUNK_EXTENSION, { { VALUE_CHAR, EXT_QUOTED } } },
	[EXT_END] = { HTTP_REFUSAL_CHUNK_EXTENSION,
	    { { ';', EXT_NAME_FIRST }, { '\r', SIZE_LF } } },
	[SIZE_LF] = { HTTP_REFUSAL_BARE_CR, { { '\n', CONTENT_CR } } },
	[CONTENT_CR] = { HTTP_REFUSAL_CHUNK_END, { { '\r', CONTENT_LF } } },
	[CONTENT_LF] = { HTTP_REFUSAL_CHUNK_END, { { '\n', SIZE_FIRST } } },
	[TRAILER_FIRST] = { HTTP_REFUSAL_FIELD_NAME,
	    { { '\r', LAST_LF }, { TOKEN_CHAR, TRAILER_NAME } } },
	[TRAILER_NAME] = { HTTP_REFUSAL_FIELD_NAME,
	    { { TOKEN_CHAR, TRAILER_NAME }, { ':', TRAILER_VALUE } } },
	[TRAILER_VALUE] = { HTTP_REFUSAL_FIELD_SYNTAX,
	    { { VALUE_CHAR, TRAILER_VALUE }, { '\r', TRAILER_LF } } },
	[TRAILER_LF] = { HTTP_REFUSAL_BARE_CR, { { '\n', TRAILER_FIRST } } },
	[LAST_LF] = { HTTP_REFUSAL_BARE_CR, { { '\n', COMPLETE } } },
	[COMPLETE] = { HTTP_REFUSAL_CHUNK_END, { { 0 } } },
};

void
http_chunked_init(struct http_chunked *chunked, uint32_t framing_bytes)
{
	*chunked = (struct http_chunked){ .framing_left = framing_bytes };
}

static bool
matches(unsigned what, char c)
{
	switch (what) {
	case HEX_DIGIT:
		return http_is_hex_digit(c);
	case TOKEN_CHAR:
		return http_is_token_char(c);
	case VALUE_CHAR:
		return http_is_value_char(c);
	default:
		return what != 0 && what == (unsigned char)c;
	}
}

/* True when `c` may stand here; the state is the next one then. */
static bool
advance(struct http_chunked *chunked, char c)
{
	for (unsigned i = 0; i < RULES_MAX; i++) {
		if (matches(grammar[chunked->state].rules[i].what, c)) {
			chunked->state = grammar[chunked->state].rules[i].to;
			return true;
		}
	}
	return false;
}

static enum http_refusal
add_digit(struct http_chunked *chunked, char c)
{
	if (++chunked->digits > DIGITS_MAX)
		return HTTP_REFUSAL_CHUNK_SIZE;
	chunked->size = chunked->size << 4 | (unsigned)http_hex_value(c);
	return HTTP_REFUSAL_NONE;
}

/* Bytes that carry nothing are counted: without end, they would keep a
 * connection busy for ever. */
static enum http_refusal
count_framing(struct http_chunked *chunked)
{
	bool is_extension = chunked->state >= EXT_NAME_FIRST && chunked->state <= EXT_END;
	bool is_trailer = chunked->state >= TRAILER_NAME && chunked->state <= TRAILER_LF;

	if (!is_extension && !is_trailer)
		return HTTP_REFUSAL_NONE;
	if (chunked->framing_left == 0)
		return is_extension ? HTTP_REFUSAL_EXTENSIONS_TOO_LARGE
				    : HTTP_REFUSAL_TRAILERS_TOO_LARGE;
	chunked->framing_left--;
	return HTTP_REFUSAL_NONE;
}

static void
begin_content(struct http_chunked *chunked, uint64_t *ret_content)
{
	*ret_content = chunked->size;
	if (chunked->size == 0)
		chunked->state = TRAILER_FIRST;
	chunked->size = 0;
	chunked->digits = 0;
}

enum http_refusal
http_chunked_take(struct http_chunked *chunked, char c, uint64_t *ret_content)
{
	enum chunk_state from = chunked->state;

	if (!advance(chunked, c))
		return c == '\n' ? HTTP_REFUSAL_BARE_LF : grammar[from].refusal;
	if (chunked->state == SIZE)
		return add_digit(chunked, c);
	if (from == SIZE_LF)
		begin_content(chunked, ret_content);
	return count_framing(chunked);
}

bool
http_chunked_is_complete(const struct http_chunked *chunked)
{
	return chunked->state == COMPLETE;
}
