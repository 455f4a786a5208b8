/* SPDX-License-Identifier: MIT
 *
 * chars: the classes of characters of the HTTP grammar, as sets of bits.
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A set of ASCII characters: bit c & 63 of word c >> 6. */
struct http_chars {
	uint64_t words[2];
};

#define HTTP_CHAR(c) (UINT64_C(1) << ((c)&63))
#define HTTP_CHARS_DIGITS UINT64_C(0x03ff000000000000)  /* 0-9, word 0 */
#define HTTP_CHARS_LETTERS UINT64_C(0x07fffffe07fffffe) /* A-Z a-z, word 1 */
#define HTTP_CHARS_A_TO_F UINT64_C(0x0000007e0000007e)  /* A-F a-f, word 1 */

static inline bool
http_chars_have(struct http_chars set, char c)
{
	unsigned char byte = (unsigned char)c;

	return byte < 128 && (set.words[byte >> 6] >> (byte & 63) & 1);
}

/* tchar, of methods, field names and the like (RFC 9110 5.6.2). */
static inline bool
http_is_token_char(char c)
{
	static const struct http_chars token = { {
	    HTTP_CHARS_DIGITS | HTTP_CHAR('!') | HTTP_CHAR('#') | HTTP_CHAR('$') | HTTP_CHAR('%') |
		HTTP_CHAR('&') | HTTP_CHAR('\'') | HTTP_CHAR('*') | HTTP_CHAR('+') |
		HTTP_CHAR('-') | HTTP_CHAR('.'),
	    HTTP_CHARS_LETTERS | HTTP_CHAR('^') | HTTP_CHAR('_') | HTTP_CHAR('`') | HTTP_CHAR('|') |
		HTTP_CHAR('~'),
	} };

	return http_chars_have(token, c);
}

/* What a target may hold. Wider than RFC 3986 by the printable characters that
 * browsers send as they are, such as '|'; the fragment's '#' is not among them. */
static inline bool
http_is_target_char(char c)
{
	return c > 0x20 && c < 0x7f && c != '#';
}

/* What a registered name may hold beside percent escapes: unreserved and
 * sub-delims (RFC 3986 3.2.2). */
static inline bool
http_is_host_char(char c)
{
	static const struct http_chars host = { {
	    HTTP_CHARS_DIGITS | HTTP_CHAR('!') | HTTP_CHAR('$') | HTTP_CHAR('&') | HTTP_CHAR('\'') |
		HTTP_CHAR('(') | HTTP_CHAR(')') | HTTP_CHAR('*') | HTTP_CHAR('+') | HTTP_CHAR(',') |
		HTTP_CHAR('-') | HTTP_CHAR('.') | HTTP_CHAR(';') | HTTP_CHAR('='),
	    HTTP_CHARS_LETTERS | HTTP_CHAR('_') | HTTP_CHAR('~'),
	} };

	return http_chars_have(host, c);
}

static inline bool
http_is_hex_digit(char c)
{
	static const struct http_chars hex = { { HTTP_CHARS_DIGITS, HTTP_CHARS_A_TO_F } };

	return http_chars_have(hex, c);
}

/* The value of a hexadecimal digit, or -1. */
static inline int
http_hex_value(char c)
{
	if (!http_is_hex_digit(c))
		return -1;
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Optional white space (RFC 9110 5.6.3). */
static inline bool
http_is_ows(char c)
{
	return c == ' ' || c == '\t';
}

/* What a field value may hold: visible characters, white space, and the bytes
 * above ASCII (obs-text, RFC 9110 5.5). */
static inline bool
http_is_value_char(char c)
{
	unsigned char byte = (unsigned char)c;

	return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}
