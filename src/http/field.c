/* SPDX-License-Identifier: MIT
 *
 * field: names to identifiers. The table is in the order of length, so that a
 * name is compared with the few of its own length only; the last name, the empty
 * one, ends every walk.
 */
#include "http/field.h"

static const struct slice names[] = {
#define X(identifier, name) [HTTP_FIELD_##identifier] = { name, sizeof(name) - 1 },
	HTTP_FIELDS(X)
#undef X
};

/* Lengths that no name has stand on the shortest name, whose length differs. */
static const uint8_t first_of_length[] = {
	[2] = HTTP_FIELD_TE,
	[4] = HTTP_FIELD_HOST,
	[5] = HTTP_FIELD_RANGE,
	[6] = HTTP_FIELD_ACCEPT,
	[7] = HTTP_FIELD_REFERER,
	[8] = HTTP_FIELD_IF_MATCH,
	[9] = HTTP_FIELD_FORWARDED,
	[10] = HTTP_FIELD_CONNECTION,
	[12] = HTTP_FIELD_CONTENT_TYPE,
	[13] = HTTP_FIELD_AUTHORIZATION,
	[14] = HTTP_FIELD_CONTENT_LENGTH,
	[15] = HTTP_FIELD_ACCEPT_ENCODING,
	[16] = HTTP_FIELD_CONTENT_ENCODING,
	[17] = HTTP_FIELD_IF_MODIFIED_SINCE,
	[19] = HTTP_FIELD_IF_UNMODIFIED_SINCE,
};

/* `lower` is in lower case and as long as `name`. Setting bit 5 makes a letter
 * lower case and no other character of a token one that a name here has. */
static bool
is_same_name(const char *name, struct slice lower)
{
	for (size_t i = 0; i < lower.len; i++) {
		if ((name[i] | 0x20) != lower.data[i])
			return false;
	}
	return true;
}

enum http_field
http_field_of(struct slice name)
{
	unsigned i;

	if (name.len >= sizeof(first_of_length))
		return HTTP_FIELD_OTHER;
	for (i = first_of_length[name.len]; names[i].len == name.len; i++) {
		if (is_same_name(name.data, names[i]))
			return (enum http_field)i;
	}
	return HTTP_FIELD_OTHER;
}

const char *
http_field_name(enum http_field field)
{
	return names[field].data;
}
