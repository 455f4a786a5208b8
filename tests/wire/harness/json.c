/* SPDX-License-Identifier: MIT
 *
 * json: recursive descent. While an object or a list is read, what stands at the
 * sought path, if it passes by, is noted.
 */
#include "json.h"

#include <ctype.h>
#include <string.h>

#define DEPTH_MAX 16

struct reader {
	const char *at;
	const char *end;
	int depth;
	unsigned index;   /* of the element that is read next */
	const char *path; /* what is sought below here; NULL: nothing */
	struct slice found;
};

static bool read_value(struct reader *);

static void
skip_space(struct reader *reader)
{
	while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) && *reader->at)
		reader->at++;
}

static bool
take(struct reader *reader, char c)
{
	if (reader->at == reader->end || *reader->at != c)
		return false;
	reader->at++;
	return true;
}

static bool
take_word(struct reader *reader, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(reader->end - reader->at) < len || memcmp(reader->at, word, len) != 0)
		return false;
	reader->at += len;
	return true;
}

static bool
take_digits(struct reader *reader)
{
	const char *start = reader->at;

	while (reader->at < reader->end && isdigit((unsigned char)*reader->at))
		reader->at++;
	return reader->at > start;
}

static bool
read_number(struct reader *reader)
{
	(void)take(reader, '-');
	if (!take(reader, '0') && !take_digits(reader))
		return false;
	if (take(reader, '.') && !take_digits(reader))
		return false;
	if (!take(reader, 'e') && !take(reader, 'E'))
		return true;
	if (!take(reader, '+'))
		(void)take(reader, '-');
	return take_digits(reader);
}

static bool
read_escape(struct reader *reader)
{
	if (reader->at == reader->end)
		return false;
	if (*reader->at != 'u')
		return *reader->at && strchr("\"\\/bfnrt", *reader->at++) != NULL;
	reader->at++;
	for (int i = 0; i < 4; i++, reader->at++)
		if (reader->at == reader->end || !isxdigit((unsigned char)*reader->at))
			return false;
	return true;
}

static bool
read_string(struct reader *reader)
{
	if (!take(reader, '"'))
		return false;
	while (reader->at < reader->end && *reader->at != '"') {
		unsigned char c = (unsigned char)*reader->at++;

		if (c < ' ' || (c == '\\' && !read_escape(reader)))
			return false;
	}
	return take(reader, '"');
}

/* What is sought below a member called `name`: "" is the member itself. */
static const char *
path_below(const char *path, struct slice name)
{
	if (!path || strncmp(path, name.data, name.len) != 0)
		return NULL;
	if (path[name.len] == '.')
		return path + name.len + 1;
	return path[name.len] == '\0' ? "" : NULL;
}

/* Reads the value called `name`, which is noted where the path ends there. */
static bool
read_below(struct reader *reader, const char *path, struct slice name)
{
	const char *start;
	bool is_valid;

	skip_space(reader);
	start = reader->at;
	reader->path = path_below(path, name);
	is_valid = read_value(reader);
	if (is_valid && reader->path && *reader->path == '\0')
		reader->found = (struct slice){ start, (size_t)(reader->at - start) };
	reader->path = path;
	skip_space(reader);
	return is_valid;
}

static bool
read_member(struct reader *reader)
{
	const char *path = reader->path;
	const char *start;
	struct slice name;

	skip_space(reader);
	start = reader->at;
	if (!read_string(reader))
		return false;
	name = (struct slice){ start + 1, (size_t)(reader->at - start - 2) };
	skip_space(reader);
	if (!take(reader, ':'))
		return false;
	return read_below(reader, path, name);
}

static bool
read_element(struct reader *reader)
{
	const char *path = reader->path;
	char room[16];
	struct text name = text_over(room, sizeof(room));

	text_put_u64(&name, reader->index);
	return read_below(reader, path, text_slice(&name));
}

/* What stands between `open` and `close`, with commas between. */
static bool
read_list(struct reader *reader, char close, bool (*read_item)(struct reader *))
{
	bool is_valid = ++reader->depth <= DEPTH_MAX;
	unsigned index = 0;

	reader->at++;
	skip_space(reader);
	if (is_valid && !take(reader, close)) {
		do {
			reader->index = index++;
			is_valid = read_item(reader);
		} while (is_valid && take(reader, ','));
		is_valid = is_valid && take(reader, close);
	}
	reader->depth--;
	return is_valid;
}

static bool
read_value(struct reader *reader)
{
	skip_space(reader);
	if (reader->at == reader->end)
		return false;
	switch (*reader->at) {
	case '{':
		return read_list(reader, '}', read_member);
	case '[':
		return read_list(reader, ']', read_element);
	case '"':
		return read_string(reader);
	case 't':
		return take_word(reader, "true");
	case 'f':
		return take_word(reader, "false");
	case 'n':
		return take_word(reader, "null");
	default:
		return read_number(reader);
	}
}

static bool
read_all(struct reader *reader)
{
	if (!read_value(reader))
		return false;
	skip_space(reader);
	return reader->at == reader->end;
}

bool
json_is_valid(struct slice text)
{
	struct reader reader = { .at = text.data, .end = text.data + text.len };

	return read_all(&reader);
}

struct slice
json_find(struct slice text, const char *path)
{
	struct reader reader = { .at = text.data, .end = text.data + text.len, .path = path };

	if (!read_all(&reader))
		wire_fail("not JSON: %.*s", (int)text.len, text.data);
	return reader.found;
}

static struct slice
must_find(struct slice text, const char *path)
{
	struct slice value = json_find(text, path);

	if (!value.data)
		wire_fail("no %s in %.*s", path, (int)text.len, text.data);
	return value;
}

uint64_t
json_number(struct slice text, const char *path)
{
	struct slice value = must_find(text, path);
	uint64_t number;

	if (slice_to_u64(value, &number) != 0)
		wire_fail("%s is not a whole number in %.*s", path, (int)text.len, text.data);
	return number;
}

static void
expect_raw(struct slice text, const char *path, struct slice wanted)
{
	struct slice value = must_find(text, path);

	if (!slice_equals(value, wanted))
		wire_fail("%s is %.*s instead of %.*s in %.*s", path, (int)value.len, value.data,
		    (int)wanted.len, wanted.data, (int)text.len, text.data);
}

void
json_expect_string(struct slice text, const char *path, const char *value)
{
	char quoted[256];
	struct text wanted = text_over(quoted, sizeof(quoted));

	text_put_format(&wanted, "\"%s\"", value);
	expect_raw(text, path, text_slice(&wanted));
}

void
json_expect_number(struct slice text, const char *path, uint64_t value)
{
	uint64_t number = json_number(text, path);

	if (number != value)
		wire_fail("%s is %llu instead of %llu in %.*s", path, (unsigned long long)number,
		    (unsigned long long)value, (int)text.len, text.data);
}

void
json_expect_true(struct slice text, const char *path)
{
	expect_raw(text, path, SLICE("true"));
}

void
json_expect_false(struct slice text, const char *path)
{
	expect_raw(text, path, SLICE("false"));
}
