/* SPDX-License-Identifier: MIT
 *
 * path: segment by segment, decode first, then see what came out. What is
 * written is never longer than what was read, so one check of the room is
 * enough.
 */
#include "http/path.h"

#include <sys/types.h>

#include "http/chars.h"

/* The byte that the escape at the front of `in` stands for, or -1 where there
 * is none or it may not stand in a name. */
static int
decode_escape(struct slice in)
{
	int high, low, byte;

	if (in.len < 3)
		return -1;
	high = http_hex_value(in.data[1]);
	low = http_hex_value(in.data[2]);
	if (high < 0 || low < 0)
		return -1;
	byte = high << 4 | low;
	return byte < 0x20 || byte == 0x7f || byte == '/' || byte == '\\' ? -1 : byte;
}

/* What stands for itself; '?' would have ended the path. */
static bool
is_plain(char c)
{
	return http_is_target_char(c) && c != '?' && c != '\\';
}

/* Decodes up to the next slash or the end. Returns the bytes written, or -1. */
static ssize_t
take_segment(struct slice *in, char *out)
{
	size_t len = 0;

	while (in->len > 0 && in->data[0] != '/') {
		char c = in->data[0];
		int byte = c == '%' ? decode_escape(*in) : is_plain(c) ? c : -1;

		if (byte < 0)
			return -1;
		out[len++] = (char)byte;
		*in = slice_from(*in, c == '%' ? 3 : 1);
	}
	return (ssize_t)len;
}

/* Takes the last segment off a path that ends in '/'. */
static bool
drop_last_segment(struct text *path)
{
	if (path->len == 1)
		return false;
	do
		path->len--;
	while (path->data[path->len - 1] != '/');
	return true;
}

/* `path` ends in '/', and behind it lies `segment`: makes it part of the path,
 * or does as a dot segment says (RFC 3986 5.2.4). */
static bool
settle_segment(struct text *path, struct slice segment, bool has_slash)
{
	if (segment.len == 0 || slice_equals(segment, SLICE(".")))
		return true;
	if (slice_equals(segment, SLICE("..")))
		return drop_last_segment(path);
	path->len += segment.len;
	if (has_slash)
		path->data[path->len++] = '/';
	return true;
}

enum http_path_verdict
http_path_normalize(struct slice raw, char *buffer, size_t cap, struct slice *ret_path)
{
	struct text path = text_over(buffer, cap);

	if (raw.len == 0 || raw.data[0] != '/')
		return HTTP_PATH_REFUSED;
	if (raw.len >= cap)
		return HTTP_PATH_TOO_LONG;
	path.data[path.len++] = '/';
	raw = slice_from(raw, 1);
	while (raw.len > 0) {
		char *at = path.data + path.len;
		ssize_t len = take_segment(&raw, at);
		bool has_slash = raw.len > 0;

		if (len < 0)
			return HTTP_PATH_REFUSED;
		if (!settle_segment(&path, (struct slice){ at, (size_t)len }, has_slash))
			return HTTP_PATH_REFUSED;
		raw = slice_from(raw, has_slash ? 1 : 0);
	}
	path.data[path.len] = '\0';
	*ret_path = text_slice(&path);
	return HTTP_PATH_OK;
}

/* "/.well-known" alone or followed by a slash. */
static bool
is_well_known(struct slice path)
{
	const struct slice name = SLICE("/.well-known");

	return slice_starts_with(path, name) &&
	    (path.len == name.len || path.data[name.len] == '/');
}

bool
http_path_is_hidden(struct slice path)
{
	size_t start = is_well_known(path) ? 1 : 0;

	for (size_t i = start; i + 1 < path.len; i++)
		if (path.data[i] == '/' && path.data[i + 1] == '.')
			return true;
	return false;
}

/* pchar but for escapes, and '/' (RFC 3986 3.3). */
static bool
stands_bare(char c)
{
	return http_is_host_char(c) || c == ':' || c == '@' || c == '/';
}

static void
put_escape(struct text *text, unsigned char byte)
{
	const char *digits = "0123456789ABCDEF";
	const char escape[3] = { '%', digits[byte >> 4], digits[byte & 0xf] };

	text_put(text, (struct slice){ escape, sizeof(escape) });
}

void
http_path_put_encoded(struct text *text, struct slice path)
{
	size_t i = 0;

	while (i < path.len) {
		size_t start = i;

		while (i < path.len && stands_bare(path.data[i]))
			i++;
		text_put(text, (struct slice){ path.data + start, i - start });
		if (i < path.len)
			put_escape(text, (unsigned char)path.data[i++]);
	}
}
