/* SPDX-License-Identifier: MIT */
#include "config/scan.h"

#include <stdlib.h>
#include <string.h>

void
scan_init(struct scan *scan, struct slice text)
{
	*scan = (struct scan){ .text = text, .line = 1 };
}

bool
scan_is_text(struct slice text, unsigned *ret_line, unsigned char *ret_byte)
{
	unsigned line = 1;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.data[i];

		if (byte == '\n')
			line++;
		else if ((byte < ' ' && byte != '\t' && byte != '\r') || byte == 0x7f) {
			*ret_line = line;
			*ret_byte = byte;
			return false;
		}
	}
	return true;
}

/* The character `ahead` of the present one; NUL, which no text holds, at its end. */
static char
peek(const struct scan *scan, size_t ahead)
{
	return ahead < scan->text.len - scan->at ? scan->text.data[scan->at + ahead] : '\0';
}

static bool
is_at(const struct scan *scan, const char *sign)
{
	struct slice rest = { scan->text.data + scan->at, scan->text.len - scan->at };

	return slice_starts_with(rest, slice_of(sign));
}

static void
skip_line(struct scan *scan)
{
	while (peek(scan, 0) && peek(scan, 0) != '\n')
		scan->at++;
}

/* False where the comment has no end. */
static bool
skip_block_comment(struct scan *scan)
{
	size_t at = scan->at + 2;
	unsigned line = scan->line;

	for (; at + 1 < scan->text.len; at++) {
		if (scan->text.data[at] == '\n')
			line++;
		if (scan->text.data[at] == '*' && scan->text.data[at + 1] == '/') {
			scan->at = at + 2;
			scan->line = line;
			return true;
		}
	}
	return false;
}

/* Skips blanks and comments. False at a comment that has no end. */
static bool
skip_to_token(struct scan *scan)
{
	for (;;) {
		char c = peek(scan, 0);

		if (c == '#' || is_at(scan, "//"))
			skip_line(scan);
		else if (is_at(scan, "/*")) {
			if (!skip_block_comment(scan))
				return false;
		} else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			scan->line += c == '\n';
			scan->at++;
		} else
			return true;
	}
}

/* What is wrong with the escaped number of `len` digits in `base`, or NULL. */
static const char *
check_code(const char *digits, size_t len, size_t len_max, int base)
{
	char code[4] = { 0 };
	char *end;
	long value;

	if (len == 0 || len > len_max)
		return "bad escape: \\x and one or two hexadecimal digits, or up to three octal "
		       "ones";
	memcpy(code, digits, len);
	value = strtol(code, &end, base);
	if (*end || value > 0xff)
		return "bad escape: the number is no octal one up to 377";
	return value == 0 ? "a string cannot hold NUL" : NULL;
}

/* The length of the run of `set` that begins `ahead` of the present character. */
static size_t
span(const struct scan *scan, size_t ahead, const char *set)
{
	size_t len = 0;

	while (peek(scan, ahead + len) && strchr(set, peek(scan, ahead + len)))
		len++;
	return len;
}

static size_t
lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Steps over the backslash and what it escapes. What is wrong, or NULL. */
static const char *
skip_escape(struct scan *scan, char quote)
{
	const char *data = scan->text.data + scan->at;
	size_t len = 2;
	const char *problem = NULL;

	if (quote == '"' && peek(scan, 1) >= '0' && peek(scan, 1) <= '9') {
		len = 1 + span(scan, 1, "0123456789");
		problem = check_code(data + 1, len - 1, 3, 8);
	} else if (quote == '"' && peek(scan, 1) == 'x') {
		len = 2 + lesser(span(scan, 2, "0123456789abcdefABCDEF"), 2);
		problem = check_code(data + 2, len - 2, 2, 16);
	} else if (!peek(scan, 1) || peek(scan, 1) == '\r')
		problem = "the string is not closed on the line it begins";
	scan->line += peek(scan, 1) == '\n';
	scan->at += len;
	return problem;
}

/* Steps over `${NAME}`, which libconfuse replaces by the environment's. */
static const char *
skip_variable(struct scan *scan)
{
	size_t len = 2;

	while (peek(scan, len) && peek(scan, len) != '\n' && peek(scan, len) != '}')
		len++;
	if (peek(scan, len) != '}')
		return "\"${\" without \"}\"; a dollar sign is written \\$";
	scan->at += len + 1;
	return NULL;
}

static struct scan_token
make_token(const struct scan *scan, enum scan_kind kind, size_t start, unsigned line)
{
	struct slice raw = { scan->text.data + start, scan->at - start };
	size_t quotes = kind == SCAN_STRING ? 1 : 0;
	struct slice inside = { raw.data + quotes, raw.len - 2 * quotes };

	return (struct scan_token){ kind, line, raw, inside, NULL };
}

/* Reads no further, so that the same is found again. */
static struct scan_token
make_wrong(struct scan *scan, size_t start, unsigned line, const char *problem)
{
	scan->at = start;
	scan->line = line;
	return (struct scan_token){ SCAN_WRONG, line, .problem = problem };
}

static struct scan_token
scan_string(struct scan *scan)
{
	size_t start = scan->at++;
	unsigned line = scan->line;
	char quote = scan->text.data[start];
	const char *problem = NULL;

	while (!problem && peek(scan, 0) != quote) {
		char c = peek(scan, 0);

		if (c == '\0' || c == '\n' || c == '\r')
			problem = "the string is not closed on the line it begins";
		else if (c == '\\')
			problem = skip_escape(scan, quote);
		else if (quote == '"' && is_at(scan, "${"))
			problem = skip_variable(scan);
		else
			scan->at++;
	}
	if (problem)
		return make_wrong(scan, start, line, problem);
	scan->at++;
	return make_token(scan, SCAN_STRING, start, line);
}

static struct scan_token
scan_word(struct scan *scan)
{
	size_t start = scan->at;
	const char *problem = NULL;

	if (is_at(scan, "${"))
		problem = skip_variable(scan);
	else
		while (peek(scan, 0) && !strchr(" \t\r\n#\"'{}()=,+*", peek(scan, 0)))
			scan->at++;
	if (!problem && scan->at == start)
		problem = "stray \"*\" or \"+\"; such a value is put in quotes";
	if (problem)
		return make_wrong(scan, start, scan->line, problem);
	return make_token(scan, SCAN_WORD, start, scan->line);
}

struct scan_token
scan_next(struct scan *scan)
{
	static const char signs[] = "{}()=,";
	static const enum scan_kind kinds[] = { SCAN_OPEN, SCAN_CLOSE, SCAN_LEFT, SCAN_RIGHT,
		SCAN_EQUALS, SCAN_COMMA };
	size_t start;
	const char *sign;
	char c;

	if (!skip_to_token(scan))
		return make_wrong(scan, scan->at, scan->line, "the comment is not closed");
	start = scan->at;
	c = peek(scan, 0);
	if (c == '\0')
		return make_token(scan, SCAN_END, start, scan->line);
	if (c == '"' || c == '\'')
		return scan_string(scan);
	sign = strchr(signs, c);
	if (!sign && !is_at(scan, "+="))
		return scan_word(scan);
	scan->at += sign ? 1 : 2;
	return make_token(scan, sign ? kinds[sign - signs] : SCAN_APPEND, start, scan->line);
}
