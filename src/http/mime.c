/* SPDX-License-Identifier: MIT
 *
 * mime: rows sorted by extension, the built-in ones and a file's alike, and one
 * search over them. A file's table is two allocations: rows, and the text of
 * its types.
 */
#include "http/mime.h"

#include <stdlib.h>
#include <string.h>

#include "http/mime_types.h"
#include "http/token.h"

/* An extension in lower case with NULs after it, so that rows compare as blocks;
 * there is none in it. */
struct key {
	char bytes[HTTP_MIME_EXTENSION_MAX + 1];
};

struct row {
	struct key key;
	struct slice type;
};

static const struct row built_in[] = {
#define X(extension, type) { { extension }, { type, sizeof(type) - 1 } },
	HTTP_MIME_TYPES(X)
#undef X
};

#define CHARSET SLICE("; charset=utf-8")

struct http_mime_table {
	char *types;  /* owned; the rows' types lie in it, in the order of the lines */
	size_t count; /* of rows */
	struct row rows[];
};

static bool
key_of(struct slice extension, struct key *ret_key)
{
	*ret_key = (struct key){ { 0 } };
	if (extension.len == 0 || extension.len > HTTP_MIME_EXTENSION_MAX)
		return false;
	for (size_t i = 0; i < extension.len; i++) {
		char c = extension.data[i];

		if (c == '\0')
			return false;
		ret_key->bytes[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	return true;
}

static int
key_compare(const struct key *a, const struct key *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static const struct row *
find_row(const struct row *rows, size_t count, const struct key *key)
{
	while (count > 0) {
		const struct row *middle = rows + count / 2;
		int order = key_compare(key, &middle->key);

		if (order == 0)
			return middle;
		if (order > 0) {
			rows = middle + 1;
			count -= count / 2 + 1;
		} else {
			count /= 2;
		}
	}
	return NULL;
}

/* What follows the last dot of the last segment, unless the name starts there. */
static struct slice
extension_of(struct slice path)
{
	size_t start = path.len;

	while (start > 0 && path.data[start - 1] != '.' && path.data[start - 1] != '/')
		start--;
	if (start < 2 || path.data[start - 1] != '.' || path.data[start - 2] == '/')
		return (struct slice){ NULL, 0 };
	return (struct slice){ path.data + start, path.len - start };
}

struct slice
http_mime_lookup(const struct http_mime_table *table, struct slice path)
{
	const struct row *row = NULL;
	struct key key;

	if (key_of(extension_of(path), &key)) {
		if (table)
			row = find_row(table->rows, table->count, &key);
		if (!row)
			row = find_row(built_in, sizeof(built_in) / sizeof(built_in[0]), &key);
	}
	return row ? row->type : SLICE("application/octet-stream");
}

static struct slice
take_line(struct slice *file)
{
	const char *end = memchr(file->data, '\n', file->len);
	size_t len = end ? (size_t)(end - file->data) : file->len;
	struct slice line = { file->data, len };

	file->data += end ? len + 1 : len;
	file->len -= end ? len + 1 : len;
	return line;
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* False at the line's end and where a comment begins. */
static bool
take_word(struct slice *line, struct slice *ret_word)
{
	size_t start = 0, end;

	while (start < line->len && is_blank(line->data[start]))
		start++;
	if (start == line->len || line->data[start] == '#')
		return false;
	end = start;
	while (end < line->len && !is_blank(line->data[end]))
		end++;
	*ret_word = (struct slice){ line->data + start, end - start };
	line->data += end;
	line->len -= end;
	return true;
}

static size_t
count_words(struct slice file)
{
	struct slice line, word;
	size_t words = 0;

	while (file.len > 0) {
		line = take_line(&file);
		while (take_word(&line, &word))
			words++;
	}
	return words;
}

/* type "/" subtype, both tokens (RFC 9110 8.3.1). */
static bool
is_media_type(struct slice word)
{
	const char *slash = memchr(word.data, '/', word.len);
	size_t len = slash ? (size_t)(slash - word.data) : word.len;

	return slash && http_token_is_valid((struct slice){ word.data, len }) &&
	    http_token_is_valid((struct slice){ slash + 1, word.len - len - 1 });
}

static struct slice
store_type(struct text *types, struct slice type)
{
	const struct slice text = SLICE("text/");
	size_t start = types->len;

	text_put(types, type);
	if (type.len > text.len && slice_equals_nocase((struct slice){ type.data, text.len }, text))
		text_put(types, CHARSET);
	return (struct slice){ types->data + start, types->len - start };
}

static void
add_line(struct http_mime_table *table, struct text *types, struct slice line)
{
	struct slice type, extension;

	if (!take_word(&line, &type) || !is_media_type(type))
		return;
	type = store_type(types, type);
	while (take_word(&line, &extension)) {
		struct row *row = &table->rows[table->count];

		if (!key_of(extension, &row->key))
			continue;
		row->type = type;
		table->count++;
	}
}

/* Of rows with one extension the one of the last line comes last: its type was
 * stored last. */
static int
row_compare(const void *a, const void *b)
{
	const struct row *left = a, *right = b;
	int order = key_compare(&left->key, &right->key);

	if (order != 0)
		return order;
	return (left->type.data > right->type.data) - (left->type.data < right->type.data);
}

static void
sort_rows(struct http_mime_table *table)
{
	size_t kept = 0;

	qsort(table->rows, table->count, sizeof(table->rows[0]), row_compare);
	for (size_t i = 0; i < table->count; i++) {
		if (kept > 0 && key_compare(&table->rows[kept - 1].key, &table->rows[i].key) == 0)
			kept--;
		table->rows[kept++] = table->rows[i];
	}
	table->count = kept;
}

struct http_mime_table *
http_mime_parse(const char *bytes, size_t len)
{
	struct slice file = { bytes, len };
	size_t words = count_words(file);
	size_t types_cap = len + words * CHARSET.len;
	struct http_mime_table *table;
	struct text types;

	table = malloc(sizeof(*table) + words * sizeof(table->rows[0]));
	if (!table)
		return NULL;
	table->count = 0;
	table->types = malloc(types_cap + 1);
	if (!table->types) {
		free(table);
		return NULL;
	}
	types = text_over(table->types, types_cap);
	while (file.len > 0)
		add_line(table, &types, take_line(&file));
	sort_rows(table);
	return table;
}

void
http_mime_free(struct http_mime_table *table)
{
	if (!table)
		return;
	free(table->types);
	free(table);
}
