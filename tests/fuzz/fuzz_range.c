/* SPDX-License-Identifier: MIT
 *
 * fuzz_range: byte ranges and preconditions. The input is a line with the size, a
 * line Range, and then the field lines of a request with preconditions. What comes
 * of a Range is checked against what http/range.h promises, byte by byte.
 */
#include <stdlib.h>
#include <string.h>

#include "base/panic.h"
#include "fuzz.h"
#include "http/conditional.h"
#include "http/date.h"
#include "http/etag.h"
#include "http/head.h"
#include "http/range.h"

#define NOW INT64_C(1700000000)

static const struct http_head_limits head_limits = { 8192, 1024, 64 };

static void
check_ranges(const struct http_ranges *ranges, int64_t size)
{
	int64_t sum = 0;

	must(ranges->count >= 1 && ranges->count <= HTTP_RANGE_MAX);
	for (unsigned i = 0; i < ranges->count; i++) {
		struct http_range one = ranges->items[i];

		must(one.first >= 0 && one.first <= one.last && one.last < size);
		must(http_range_length(one) == one.last - one.first + 1);
		sum += http_range_length(one);
		for (unsigned j = 0; j < i; j++) {
			struct http_range other = ranges->items[j];

			must(one.first > other.last + 1 || other.first > one.last + 1);
		}
	}
	/* No request makes an answer longer than the file. */
	must(sum <= size);
}

/* The length that is announced is the length of what is written. */
static void
check_multipart(const struct http_ranges *ranges, int64_t size)
{
	const struct http_multipart multipart = {
		.boundary = SLICE("0123456789abcdef"), .type = SLICE("text/plain"), .size = size
	};
	char room[HTTP_RANGE_MAX * 256];
	struct text text = text_over(room, sizeof(room));
	int64_t content = 0;

	for (unsigned i = 0; i < ranges->count; i++) {
		http_multipart_put_part(&text, &multipart, ranges->items[i]);
		content += http_range_length(ranges->items[i]);
	}
	http_multipart_put_end(&text, &multipart);
	must(!text.is_truncated);
	must(http_multipart_length(&multipart, ranges) == (int64_t)text.len + content);
}

static void
try_range(struct slice value, int64_t size)
{
	struct http_ranges ranges;
	char room[128];
	struct text text = text_over(room, sizeof(room));

	switch (http_range_parse(value, size, &ranges)) {
	case HTTP_RANGE_OK:
		check_ranges(&ranges, size);
		if (ranges.count > 1)
			check_multipart(&ranges, size);
		http_range_put(&text, ranges.items[0], size);
		break;
	case HTTP_RANGE_UNSATISFIABLE:
		http_range_put_unsatisfied(&text, size);
		break;
	case HTTP_RANGE_IGNORE:
		break;
	}
	must(!text.is_truncated);
}

/* Rules that hold whatever stands in the lists. */
static void
check_preconditions(const struct http_conditional *conditional)
{
	struct http_validators validators = { .etag = SLICE("\"a1\""),
		.has_last_modified = true,
		.last_modified = NOW - 1000,
		.is_last_modified_strong = true };
	enum http_precondition with = http_conditional_evaluate(conditional, &validators, NOW);
	enum http_precondition without = http_conditional_evaluate(conditional, NULL, NOW);

	(void)http_conditional_allows_range(conditional, &validators, NOW);
	/* Without a representation nothing is "not modified". */
	must(without != HTTP_PRECONDITION_NOT_MODIFIED);
	must(with != HTTP_PRECONDITION_NOT_MODIFIED || conditional->is_get_or_head);
	if (conditional->if_match.count == 0 && !conditional->if_unmodified_since.data &&
	    conditional->is_get_or_head)
		must(with != HTTP_PRECONDITION_FAILED);
	if (conditional->if_none_match.count == 0 && !conditional->if_modified_since.data)
		must(with != HTTP_PRECONDITION_NOT_MODIFIED);
	validators.etag = (struct slice){ NULL, 0 };
	validators.has_last_modified = false;
	(void)http_conditional_evaluate(conditional, &validators, NOW);
}

static void
try_head(struct slice fields)
{
	char room[8192];
	struct text text = text_over(room, sizeof(room));
	struct http_head *head = http_head_new(&head_limits);
	struct http_conditional conditional;

	must(head);
	text_put_string(&text,
	    fields.len % 3 ? "GET / HTTP/1.1\r\nHost: a\r\n" : "POST / HTTP/1.1\r\nHost: a\r\n");
	text_put(&text, fields);
	text_put_string(&text, "\r\n\r\n");
	if (http_head_feed(head, room, text.len) == HTTP_HEAD_DONE &&
	    http_head_settle(head, room) == HTTP_HEAD_DONE) {
		http_conditional_read(head, &conditional);
		check_preconditions(&conditional);
		try_range(http_head_value(head, HTTP_FIELD_RANGE), NOW);
	}
	http_head_free(head);
}

/* A date that is read is the one that is written. */
static void
try_date(struct slice value)
{
	char written[HTTP_DATE_LEN];
	int64_t seconds;
	int64_t again;

	if (http_date_parse(value, NOW, &seconds) != 0)
		return;
	http_date_format(seconds, written);
	must(http_date_parse((struct slice){ written, HTTP_DATE_LEN }, NOW, &again) == 0);
	must(again == seconds);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = { (const char *)data, size < 7000 ? size : 7000 };
	struct slice size_line = fuzz_take_line(&input);
	struct slice range = fuzz_take_line(&input);
	uint64_t bytes = 0;

	if (slice_to_u64(size_line, &bytes) != 0 || bytes > INT64_MAX)
		bytes = 1000;
	try_range(range, (int64_t)bytes);
	try_range(range, 0);
	try_date(range);
	try_head(input);
	return 0;
}
