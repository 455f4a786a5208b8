/* SPDX-License-Identifier: MIT
 *
 * fuzz_path: the path of a target against a second, slow and simple reading of
 * the same rules (http/path.h): both have to come to the same name, and a name
 * that was written out has to be read back.
 */
#include <stdlib.h>
#include <string.h>

#include "base/panic.h"
#include "fuzz.h"
#include "http/path.h"

#define PATH_BYTES 4096

static int
hex(char c)
{
	const char *digits = "0123456789abcdef";
	const char *found = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + ('a' - 'A') : c) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* Every escape replaced, or false for what no path may hold. */
static bool
decode(struct slice raw, char *ret_bytes, size_t *ret_len)
{
	size_t len = 0;

	for (size_t i = 0; i < raw.len; i++) {
		unsigned char byte = (unsigned char)raw.data[i];
		bool is_escaped = byte == '%';

		if (is_escaped) {
			if (raw.len - i < 3 || hex(raw.data[i + 1]) < 0 || hex(raw.data[i + 2]) < 0)
				return false;
			byte = (unsigned char)(hex(raw.data[i + 1]) * 16 + hex(raw.data[i + 2]));
			i += 2;
			if (byte == '/')
				return false;
		} else if (byte > 127 || byte == '?' || byte == '#' || byte == ' ') {
			return false;
		}
		if (byte < 32 || byte == 127 || byte == '\\')
			return false;
		ret_bytes[len++] = (char)byte;
	}
	*ret_len = len;
	return true;
}

/* Drops the last segment of "/a/b/"; false where there is none. */
static bool
go_up(struct text *path)
{
	if (path->len <= 1)
		return false;
	do
		path->len--;
	while (path->data[path->len - 1] != '/');
	return true;
}

/* Segments of the decoded bytes, one after the other; after each stands a slash. */
static bool
walk(struct slice left, struct text *path)
{
	bool ends_in_name = false;

	text_put_char(path, '/');
	while (left.len > 0) {
		const char *slash = memchr(left.data, '/', left.len);
		size_t len = slash ? (size_t)(slash - left.data) : left.len;
		struct slice name = slice_first(left, len);

		left = slice_from(left, slash ? len + 1 : len);
		if (name.len == 0 || slice_equals(name, SLICE(".")))
			continue;
		if (slice_equals(name, SLICE(".."))) {
			if (!go_up(path))
				return false;
			ends_in_name = false;
			continue;
		}
		text_put(path, name);
		text_put_char(path, '/');
		ends_in_name = !slash;
	}
	if (ends_in_name)
		path->len--;
	return true;
}

static bool
read_slowly(struct slice raw, struct text *path)
{
	char decoded[PATH_BYTES];
	size_t len;

	if (raw.len == 0 || raw.data[0] != '/' || !decode(raw, decoded, &len))
		return false;
	return walk((struct slice){ decoded, len }, path);
}

static void
check_round_trip(struct slice path)
{
	char encoded[3 * PATH_BYTES];
	char again[3 * PATH_BYTES + 1];
	struct text text = text_over(encoded, sizeof(encoded));
	struct slice found;

	http_path_put_encoded(&text, path);
	must(!text.is_truncated);
	must(http_path_normalize(text_slice(&text), again, sizeof(again), &found) == HTTP_PATH_OK);
	must(slice_equals(found, path));
}

static void
check_name(struct slice path)
{
	must(path.len > 0 && path.data[0] == '/' && path.data[path.len] == '\0');
	must(!memchr(path.data, '\0', path.len));
	must(!memmem(path.data, path.len, "//", 2));
	must(!memmem(path.data, path.len, "/../", 4) && !memmem(path.data, path.len, "/./", 3));
	must(!slice_ends_with(path, SLICE("/..")) && !slice_ends_with(path, SLICE("/.")));
	(void)http_path_is_hidden(path);
	check_round_trip(path);
}

/* With every size of buffer the answer is the same, or "too long". */
static void
check_small_buffer(struct slice raw, enum http_path_verdict expected, size_t cap)
{
	char *small = malloc(cap ? cap : 1);
	struct slice found;
	enum http_path_verdict verdict;

	must(small);
	verdict = http_path_normalize(raw, small, cap, &found);
	must(verdict == expected || verdict == HTTP_PATH_TOO_LONG);
	free(small);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice raw = { (const char *)data, size < PATH_BYTES ? size : PATH_BYTES - 1 };
	char slow_room[PATH_BYTES + 2];
	struct text slow = text_over(slow_room, sizeof(slow_room));
	char room[PATH_BYTES + 1];
	struct slice path;
	enum http_path_verdict verdict = http_path_normalize(raw, room, raw.len + 1, &path);

	must(verdict != HTTP_PATH_TOO_LONG);
	must((verdict == HTTP_PATH_OK) == read_slowly(raw, &slow));
	if (verdict == HTTP_PATH_OK) {
		must(slice_equals(path, text_slice(&slow)));
		check_name(path);
	}
	check_small_buffer(raw, verdict, raw.len / 2);
	return 0;
}
