/* SPDX-License-Identifier: MIT */
#include "handler/file_fields.h"

#include <errno.h>

#include "handler/file_entry.h"
#include "http/date.h"
#include "http/response.h"

#define NANOSECONDS UINT64_C(1000000000)

bool
file_is_young(const struct stat *stat, int64_t now)
{
	return now - stat->st_mtim.tv_sec < FILE_YOUNG_SECONDS;
}

static void
put_etag(struct text *text, const struct file_entry_spec *spec)
{
	const struct stat *stat = &spec->stat;

	if (file_is_young(stat, spec->now))
		text_put(text, SLICE("W/"));
	text_put_char(text, '"');
	text_put_hex(
	    text, (uint64_t)stat->st_mtim.tv_sec * NANOSECONDS + (uint64_t)stat->st_mtim.tv_nsec);
	text_put_char(text, '-');
	text_put_hex(text, (uint64_t)stat->st_size);
	text_put_char(text, '-');
	text_put_hex(text, stat->st_ino);
	if (spec->encoding != HTTP_ENCODING_IDENTITY) {
		struct slice suffix = http_encoding_suffix(spec->encoding);

		text_put_char(text, '-');
		text_put(text, (struct slice){ suffix.data + 1, suffix.len - 1 });
	}
	text_put_char(text, '"');
}

static void
put_shared(struct text *text, const struct file_entry_spec *spec, struct file_fields *fields)
{
	text_put(text, SLICE("ETag: "));
	fields->etag_at = text->len;
	put_etag(text, spec);
	fields->etag_len = text->len - fields->etag_at;
	text_put(text, SLICE("\r\n"));
	text_put(text, spec->cache_control);
	if (spec->varies)
		text_put(text, SLICE("Vary: Accept-Encoding\r\n"));
	fields->shared_len = text->len;
}

static void
put_date(struct text *text, const struct file_entry_spec *spec, struct file_fields *fields)
{
	int64_t modified = spec->stat.st_mtim.tv_sec;
	char date[HTTP_DATE_LEN];

	/* RFC 9110 8.8.2.1: never later than Date. */
	fields->last_modified = modified > spec->now ? spec->now : modified;
	http_date_format(fields->last_modified, date);
	text_put(text, SLICE("Last-Modified: "));
	text_put(text, (struct slice){ date, sizeof(date) });
	text_put(text, SLICE("\r\n"));
}

int
file_fields_make(const struct file_entry_spec *spec, struct file_fields *ret_fields)
{
	struct text text = text_over(ret_fields->bytes, sizeof(ret_fields->bytes));
	int error = 0;

	put_shared(&text, spec, ret_fields);
	put_date(&text, spec, ret_fields);
	text_put(&text, SLICE("Accept-Ranges: bytes\r\n"));
	if (spec->encoding != HTTP_ENCODING_IDENTITY)
		error = http_response_field(
		    &text, SLICE("Content-Encoding"), http_encoding_name(spec->encoding));
	ret_fields->bare_len = text.len;
	if (!error)
		error = http_response_field(&text, SLICE("Content-Type"), spec->type);
	ret_fields->len = text.len;
	return error || text.is_truncated ? -EMSGSIZE : 0;
}
