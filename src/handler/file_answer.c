/* SPDX-License-Identifier: MIT */
#include "handler/file_answer.h"

#include <sys/random.h>

#include "base/panic.h"
#include "handler/file_entry.h"
#include "http/conditional.h"
#include "http/range.h"
#include "http/response.h"
#include "protocol/http_handler.h"

/* Copying fewer bytes costs less than counting a reference to them, and than sendmsg(2). */
#define COPY_MAX 12288
/* 128 random bits, in hexadecimal. */
#define BOUNDARY_LEN 32

static void
on_body_sent(const void *data, size_t len, void *owner)
{
	(void)data;
	(void)len;
	file_entry_unref(checked_cast(owner, struct file_entry, FILE_ENTRY_MAGIC));
}

static void
send_piece(struct http_request *request, struct file_entry *entry, int64_t offset, int64_t length)
{
	struct slice piece;

	if (length == 0)
		return;
	if (entry->segment) {
		http_answer_file(request, entry->segment, offset, length);
		return;
	}
	piece = (struct slice){ entry->body + offset, (size_t)length };
	if (length <= COPY_MAX)
		http_answer_copy(request, piece);
	else
		http_answer_reference(request, piece, on_body_sent, file_entry_ref(entry));
}

static void
answer_whole(struct http_request *request, struct file_entry *entry)
{
	if (entry->segment && request->method == HTTP_METHOD_GET)
		entry->answers++;
	if (!entry->segment && entry->size <= COPY_MAX) {
		http_answer_whole(request, 200, entry->fields,
		    (struct slice){ entry->body, (size_t)entry->size });
		return;
	}
	http_answer_begin(request, &(struct http_answer){ 200, entry->fields, entry->size });
	send_piece(request, entry, 0, entry->size);
	http_answer_end(request);
}

static void
answer_not_modified(struct http_request *request, const struct file_entry *entry)
{
	http_answer_begin(request, &(struct http_answer){ 304, entry->shared_fields, 0 });
	http_answer_end(request);
}

/* Room for an entry's fields and the one or two lines that a 206 adds. */
#define RANGE_FIELDS_MAX (4096 + 256)

static void
answer_range(struct http_request *request, struct file_entry *entry, struct http_range range)
{
	char bytes[RANGE_FIELDS_MAX];
	struct text fields = text_over(bytes, sizeof(bytes));

	text_put(&fields, entry->fields);
	text_put(&fields, SLICE("Content-Range: "));
	http_range_put(&fields, range, entry->size);
	text_put(&fields, SLICE("\r\n"));
	must(!fields.is_truncated);
	http_answer_begin(
	    request, &(struct http_answer){ 206, text_slice(&fields), http_range_length(range) });
	send_piece(request, entry, range.first, http_range_length(range));
	http_answer_end(request);
}

/* A boundary that nobody can have put into the file. False without random bytes. */
static bool
make_boundary(char boundary[BOUNDARY_LEN])
{
	unsigned char random[BOUNDARY_LEN / 2];

	if (getrandom(random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		return false;
	for (size_t i = 0; i < BOUNDARY_LEN; i++)
		boundary[i] = "0123456789abcdef"[random[i / 2] >> (i % 2 * 4) & 0xf];
	return true;
}

static void
begin_ranges(struct http_request *request, const struct file_entry *entry,
    const struct http_multipart *multipart, const struct http_ranges *ranges)
{
	char bytes[RANGE_FIELDS_MAX];
	struct text fields = text_over(bytes, sizeof(bytes));

	text_put(&fields, entry->bare_fields);
	text_put(&fields, SLICE("Content-Type: "));
	http_multipart_put_type(&fields, multipart);
	text_put(&fields, SLICE("\r\n"));
	must(!fields.is_truncated);
	http_answer_begin(request,
	    &(struct http_answer){
		206, text_slice(&fields), http_multipart_length(multipart, ranges) });
}

static void
send_part(struct http_request *request, struct file_entry *entry,
    const struct http_multipart *multipart, struct http_range range)
{
	char bytes[RANGE_FIELDS_MAX];
	struct text head = text_over(bytes, sizeof(bytes));

	http_multipart_put_part(&head, multipart, range);
	must(!head.is_truncated);
	http_answer_copy(request, text_slice(&head));
	send_piece(request, entry, range.first, http_range_length(range));
}

static void
answer_ranges(
    struct http_request *request, struct file_entry *entry, const struct http_ranges *ranges)
{
	char boundary[BOUNDARY_LEN];
	char bytes[BOUNDARY_LEN + 16];
	struct text end = text_over(bytes, sizeof(bytes));
	struct http_multipart multipart = {
		.boundary = { boundary, sizeof(boundary) },
		.type = entry->type,
		.size = entry->size,
	};

	if (!make_boundary(boundary)) {
		answer_whole(request, entry);
		return;
	}
	begin_ranges(request, entry, &multipart, ranges);
	for (unsigned i = 0; i < ranges->count; i++)
		send_part(request, entry, &multipart, ranges->items[i]);
	http_multipart_put_end(&end, &multipart);
	must(!end.is_truncated);
	http_answer_copy(request, text_slice(&end));
	http_answer_end(request);
}

static void
answer_unsatisfiable(struct http_request *request, const struct file_entry *entry)
{
	char bytes[64];
	struct text fields = text_over(bytes, sizeof(bytes));

	text_put(&fields, SLICE("Content-Range: "));
	http_range_put_unsatisfied(&fields, entry->size);
	text_put(&fields, SLICE("\r\n"));
	http_answer_error(request, 416, text_slice(&fields));
}

/* The value of Range, or the absent slice where it does not count. */
static struct slice
range_value(const struct http_request *request)
{
	if (request->method != HTTP_METHOD_GET ||
	    http_head_field_count_of(request->head, HTTP_FIELD_RANGE) != 1)
		return (struct slice){ 0 };
	return http_head_value(request->head, HTTP_FIELD_RANGE);
}

static void
answer_found(struct http_request *request, struct file_entry *entry,
    const struct http_conditional *conditional)
{
	struct slice range = range_value(request);
	struct http_ranges ranges;

	if (!range.data ||
	    !http_conditional_allows_range(
		conditional, &entry->validators, http_request_now(request))) {
		answer_whole(request, entry);
		return;
	}
	switch (http_range_parse(range, entry->size, &ranges)) {
	case HTTP_RANGE_IGNORE:
		answer_whole(request, entry);
		return;
	case HTTP_RANGE_UNSATISFIABLE:
		answer_unsatisfiable(request, entry);
		return;
	case HTTP_RANGE_OK:
		if (ranges.count == 1)
			answer_range(request, entry, ranges.items[0]);
		else
			answer_ranges(request, entry, &ranges);
	}
}

void
file_answer(struct http_request *request, struct file_entry *entry)
{
	struct http_conditional conditional;

	must(entry->kind == FILE_ENTRY_FILE);
	if (!http_head_has_conditions(request->head)) {
		answer_whole(request, entry);
		return;
	}
	http_conditional_read(request->head, &conditional);
	switch (http_conditional_evaluate(
	    &conditional, &entry->validators, http_request_now(request))) {
	case HTTP_PRECONDITION_NOT_MODIFIED:
		answer_not_modified(request, entry);
		return;
	case HTTP_PRECONDITION_FAILED:
		http_answer_error(request, 412, (struct slice){ 0 });
		return;
	case HTTP_PRECONDITION_PROCEED:
		answer_found(request, entry, &conditional);
	}
}
