/* SPDX-License-Identifier: MIT
 *
 * multipart: the framing of multipart/byteranges (RFC 9110 14.6). The length is
 * taken from the very text that is sent, so the two cannot disagree.
 */
#include "http/range.h"

#include "base/panic.h"

/* A part's text without its type: a boundary of 70 bytes, three numbers of 19
 * digits, and less than 60 bytes between. */
#define UNTYPED_PART_MAX 256

#define TYPE_START SLICE("\r\nContent-Type: ")

void
http_multipart_put_type(struct text *text, const struct http_multipart *multipart)
{
	text_put(text, SLICE("multipart/byteranges; boundary="));
	text_put(text, multipart->boundary);
}

void
http_multipart_put_part(
    struct text *text, const struct http_multipart *multipart, struct http_range range)
{
	text_put(text, SLICE("\r\n--"));
	text_put(text, multipart->boundary);
	if (multipart->type.data) {
		text_put(text, TYPE_START);
		text_put(text, multipart->type);
	}
	text_put(text, SLICE("\r\nContent-Range: "));
	http_range_put(text, range, multipart->size);
	text_put(text, SLICE("\r\n\r\n"));
}

void
http_multipart_put_end(struct text *text, const struct http_multipart *multipart)
{
	text_put(text, SLICE("\r\n--"));
	text_put(text, multipart->boundary);
	text_put(text, SLICE("--\r\n"));
}

int64_t
http_multipart_length(const struct http_multipart *multipart, const struct http_ranges *ranges)
{
	struct http_multipart untyped = *multipart;
	size_t type_line = multipart->type.data ? TYPE_START.len + multipart->type.len : 0;
	char buffer[UNTYPED_PART_MAX];
	struct text text = text_over(buffer, sizeof(buffer));
	int64_t length;

	untyped.type = (struct slice){ NULL, 0 };
	http_multipart_put_end(&text, multipart);
	length = (int64_t)text.len;
	for (unsigned i = 0; i < ranges->count; i++) {
		text = text_over(buffer, sizeof(buffer));
		http_multipart_put_part(&text, &untyped, ranges->items[i]);
		must(!text.is_truncated);
		length += (int64_t)(text.len + type_line) + http_range_length(ranges->items[i]);
	}
	return length;
}
