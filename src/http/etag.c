/* SPDX-License-Identifier: MIT
 *
 * etag: a tag is read off the front of a list; a single tag is a list of one.
 */
#include "http/etag.h"

#include <errno.h>

#include "http/chars.h"

/* etagc = %x21 / %x23-7E / obs-text (RFC 9110 8.8.3). */
static bool
is_etagc(char c)
{
	unsigned char byte = (unsigned char)c;

	return byte >= 0x21 && byte != '"' && byte != 0x7f;
}

static bool
take_etag(struct slice *in, struct http_etag *ret_etag)
{
	bool is_weak = slice_starts_with(*in, SLICE("W/"));
	size_t start = is_weak ? 2 : 0;
	size_t end = start + 1;

	if (in->len < end || in->data[start] != '"')
		return false;
	while (end < in->len && is_etagc(in->data[end]))
		end++;
	if (end == in->len || in->data[end] != '"')
		return false;
	end++;
	ret_etag->opaque = slice_from(slice_first(*in, end), start);
	ret_etag->is_weak = is_weak;
	*in = slice_from(*in, end);
	return true;
}

int
http_etag_parse(struct slice value, struct http_etag *ret_etag)
{
	struct http_etag etag;

	if (!take_etag(&value, &etag) || value.len > 0)
		return -EINVAL;
	*ret_etag = etag;
	return 0;
}

bool
http_etag_matches(
    const struct http_etag *a, const struct http_etag *b, enum http_etag_comparison comparison)
{
	if (comparison == HTTP_ETAG_STRONG && (a->is_weak || b->is_weak))
		return false;
	return slice_equals(a->opaque, b->opaque);
}

bool
http_etag_next(struct slice *list, struct http_etag *ret_etag)
{
	while (list->len > 0 && (http_is_ows(list->data[0]) || list->data[0] == ','))
		*list = slice_from(*list, 1);
	if (!take_etag(list, ret_etag)) {
		*list = slice_from(*list, list->len);
		return false;
	}
	while (list->len > 0 && http_is_ows(list->data[0]))
		*list = slice_from(*list, 1);
	if (list->len > 0 && list->data[0] != ',')
		*list = slice_from(*list, list->len);
	return true;
}

bool
http_etag_list_has(
    struct slice list, const struct http_etag *etag, enum http_etag_comparison comparison)
{
	struct http_etag candidate;

	while (http_etag_next(&list, &candidate))
		if (http_etag_matches(&candidate, etag, comparison))
			return true;
	return false;
}
