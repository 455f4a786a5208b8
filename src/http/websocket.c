/* SPDX-License-Identifier: MIT */
#include "http/websocket.h"

#include <string.h>

#include "base/sha1.h"

static const char key_suffix[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

#define KEY_LEN 24 /* 16 bytes in Base64 */
#define VERSION "13"

/* --- Handshake ------------------------------------------------------------------------ */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Base64 (RFC 4648 4) of the digest: six groups of three bytes and one of two. */
static void
encode(const unsigned char bytes[SHA1_BYTES], char ret_text[WEBSOCKET_ACCEPT_LEN])
{
	for (size_t i = 0; i < WEBSOCKET_ACCEPT_LEN / 4; i++) {
		const unsigned char *group = bytes + 3 * i;
		const bool is_last = i + 1 == WEBSOCKET_ACCEPT_LEN / 4;
		const unsigned third = is_last ? 0 : group[2];
		const unsigned bits = (unsigned)group[0] << 16 | (unsigned)group[1] << 8 | third;

		ret_text[4 * i] = digits[bits >> 18];
		ret_text[4 * i + 1] = digits[bits >> 12 & 63];
		ret_text[4 * i + 2] = digits[bits >> 6 & 63];
		ret_text[4 * i + 3] = is_last ? '=' : digits[bits & 63];
	}
}

/* 16 bytes: 22 digits, the last of which has four zero bits, and padding. */
static bool
is_key(struct slice key)
{
	if (key.len != KEY_LEN || !slice_ends_with(key, SLICE("==")))
		return false;
	for (size_t i = 0; i < KEY_LEN - 2; i++)
		if (!memchr(digits, key.data[i], sizeof(digits) - 1))
			return false;
	return strchr("AQgw", key.data[KEY_LEN - 3]) != NULL;
}

/* The value of the field that stands once; absent where it does not. */
static struct slice
only_value(const struct http_head *head, struct slice name)
{
	struct slice value = { NULL, 0 };

	for (size_t i = 0; i < http_head_field_count(head); i++) {
		struct http_head_field field = http_head_field_at(head, i);

		if (!slice_equals_nocase(field.name, name))
			continue;
		if (value.data)
			return (struct slice){ NULL, 0 };
		value = field.value;
	}
	return value;
}

int
websocket_handshake(const struct http_head *head, char ret_accept[WEBSOCKET_ACCEPT_LEN])
{
	const struct slice key = only_value(head, SLICE("sec-websocket-key"));
	char room[KEY_LEN + sizeof(key_suffix)];
	struct text text = text_over(room, sizeof(room));
	unsigned char digest[SHA1_BYTES];

	if (http_head_method(head) != HTTP_METHOD_GET || http_head_version_minor(head) < 1 ||
	    !http_head_has_token(head, HTTP_FIELD_CONNECTION, SLICE("upgrade")) ||
	    !http_head_has_token(head, HTTP_FIELD_UPGRADE, SLICE("websocket")) || !is_key(key))
		return 400;
	if (!slice_equals(only_value(head, SLICE("sec-websocket-version")), SLICE(VERSION)))
		return 426;
	text_put(&text, key);
	text_put_string(&text, key_suffix);
	sha1(text_slice(&text), digest);
	encode(digest, ret_accept);
	return 0;
}

/* --- Frames ------------------------------------------------------------------------------ */

static bool
is_control(enum websocket_opcode opcode)
{
	return opcode >= WEBSOCKET_CLOSE;
}

static bool
is_opcode(unsigned opcode)
{
	return opcode <= WEBSOCKET_BINARY ||
	    (opcode >= WEBSOCKET_CLOSE && opcode <= WEBSOCKET_PONG);
}

static uint64_t
number_at(const unsigned char *bytes, size_t len)
{
	uint64_t number = 0;

	for (size_t i = 0; i < len; i++)
		number = number << 8 | bytes[i];
	return number;
}

/* What its first two bytes forbid. */
static bool
is_allowed(const unsigned char *bytes)
{
	const unsigned opcode = bytes[0] & 0x0f;
	const bool is_final = bytes[0] & 0x80;

	if ((bytes[0] & 0x70) || !is_opcode(opcode) || !(bytes[1] & 0x80))
		return false;
	return !is_control(opcode) || (is_final && (bytes[1] & 0x7f) <= WEBSOCKET_CONTROL_MAX);
}

enum websocket_verdict
websocket_frame_head(struct slice input, struct websocket_frame *ret_frame, size_t *ret_size)
{
	const unsigned char *bytes = (const unsigned char *)input.data;
	size_t extra;

	if (input.len < 2)
		return WEBSOCKET_MORE;
	if (!is_allowed(bytes))
		return WEBSOCKET_REFUSED;
	ret_frame->is_final = bytes[0] & 0x80;
	ret_frame->opcode = bytes[0] & 0x0f;
	ret_frame->len = bytes[1] & 0x7f;
	extra = ret_frame->len == 126 ? 2 : ret_frame->len == 127 ? 8 : 0;
	if (input.len < 2 + extra + sizeof(ret_frame->mask))
		return WEBSOCKET_MORE;
	if (extra > 0)
		ret_frame->len = number_at(bytes + 2, extra);
	if ((extra == 2 && ret_frame->len < 126) || (extra == 8 && ret_frame->len <= UINT16_MAX) ||
	    ret_frame->len > INT64_MAX)
		return WEBSOCKET_REFUSED;
	memcpy(ret_frame->mask, bytes + 2 + extra, sizeof(ret_frame->mask));
	*ret_size = 2 + extra + sizeof(ret_frame->mask);
	return WEBSOCKET_DONE;
}

void
websocket_unmask(char *bytes, size_t len, const unsigned char mask[4], uint64_t offset)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)((unsigned char)bytes[i] ^ mask[(offset + i) % 4]);
}

void
websocket_put_head(struct text *text, enum websocket_opcode opcode, uint64_t len)
{
	const size_t extra = len < 126 ? 0 : len <= UINT16_MAX ? 2 : 8;
	const unsigned code = extra == 0 ? (unsigned)len : extra == 2 ? 126 : 127;

	text_put_char(text, (char)(0x80 | opcode));
	text_put_char(text, (char)code);
	for (size_t i = extra; i > 0; i--)
		text_put_char(text, (char)(len >> (8 * (i - 1))));
}

/* 1004 to 1006 and 1015 are never sent; 1016 to 2999 are for the protocol to come. */
bool
websocket_is_code(unsigned code)
{
	if (code >= 1000 && code <= 1014)
		return code < 1004 || code > 1006;
	return code >= 3000 && code <= 4999;
}

bool
websocket_is_text(struct slice bytes)
{
	while (bytes.len > 0) {
		size_t len = slice_utf8_length(bytes);

		if (len == 0)
			return false;
		bytes = slice_from(bytes, len);
	}
	return true;
}
