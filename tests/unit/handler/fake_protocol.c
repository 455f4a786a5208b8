/* SPDX-License-Identifier: MIT
 *
 * fake_protocol: what runs while a handler answers checks with must(), since Check's own
 * assertions allocate and write, which some tests forbid or make fail.
 */
#include "fake_protocol.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/panic.h"
#include "http/path.h"
#include "http/status.h"
#include "net/file_body.h"

struct fake_file {
	struct file_body body; /* the first: one is taken for the other */
	int64_t size;
};

struct file_body *
file_body_new(int fd, int64_t size)
{
	struct fake_file *file = malloc(sizeof(*file));

	if (!file) {
		close(fd);
		return NULL;
	}
	*file = (struct fake_file){ { .references = 1, .fd = fd }, size };
	return &file->body;
}

struct file_body *
file_body_ref(struct file_body *segment)
{
	segment->references++;
	return segment;
}

void
file_body_release(struct file_body *segment)
{
	if (!segment || --segment->references > 0)
		return;
	close(segment->fd);
	free(segment);
}

static struct fake *
fake_of(const struct http_request *request)
{
	return (struct fake *)request->http1;
}

int64_t
http_request_now(const struct http_request *request)
{
	return fake_of(request)->now;
}

/* A field that would break the framing or the head may not get this far. */
static void
check_fields(struct slice fields)
{
	bool is_value = false;

	for (size_t i = 0; i < fields.len; i++) {
		char c = fields.data[i];

		must(c != '\0');
		if (c == '\r')
			must(i + 1 < fields.len && fields.data[i + 1] == '\n');
		if (c == '\n') {
			must(i > 0 && fields.data[i - 1] == '\r');
			must(is_value);
		}
		is_value = c == '\n' ? false : is_value || c == ':';
	}
	must(fields.len == 0 || fields.data[fields.len - 1] == '\n');
}

/* The bytes in memory of their own, with a NUL after them. Not malloc, which a test may have
 * made fail for the handler. */
static char *
keep(struct slice bytes)
{
	char *kept = aligned_alloc(1, bytes.len + 1);

	must(kept);
	if (bytes.len > 0)
		memcpy(kept, bytes.data, bytes.len);
	kept[bytes.len] = '\0';
	return kept;
}

void
http_answer_begin(struct http_request *request, const struct http_answer *answer)
{
	struct fake *fake = fake_of(request);

	must(!fake->has_begun);
	check_fields(answer->fields);
	fake->has_begun = true;
	fake->status = answer->status;
	fake->content_length = answer->content_length;
	fake->fields = keep(answer->fields);
}

static struct fake_piece *
add_piece(struct fake *fake)
{
	must(fake->has_begun && !fake->has_ended);
	must(fake->piece_count < FAKE_PIECES_MAX);
	return &fake->pieces[fake->piece_count++];
}

static bool
is_mute(const struct fake *fake)
{
	return fake->request.method == HTTP_METHOD_HEAD || !http_status_has_body(fake->status);
}

void
http_answer_copy(struct http_request *request, struct slice body)
{
	struct fake *fake = fake_of(request);
	struct fake_piece *piece;

	if (is_mute(fake) || body.len == 0)
		return;
	piece = add_piece(fake);
	piece->copy = keep(body);
	piece->length = (int64_t)body.len;
}

void
http_answer_reference(struct http_request *request, struct slice body,
    void (*release)(const void *data, size_t len, void *owner), void *owner)
{
	struct fake *fake = fake_of(request);
	struct fake_piece *piece;

	if (is_mute(fake)) {
		release(body.data, body.len, owner);
		return;
	}
	piece = add_piece(fake);
	piece->lent = body;
	piece->release = release;
	piece->owner = owner;
	piece->length = (int64_t)body.len;
}

void
http_answer_file(
    struct http_request *request, struct file_body *segment, int64_t offset, int64_t length)
{
	struct fake *fake = fake_of(request);
	struct fake_piece *piece;

	if (is_mute(fake))
		return;
	must(offset >= 0 && length > 0 && offset + length <= ((struct fake_file *)segment)->size);
	piece = add_piece(fake);
	segment->references++;
	piece->segment = segment;
	piece->offset = offset;
	piece->length = length;
}

void
http_answer_end(struct http_request *request)
{
	struct fake *fake = fake_of(request);

	must(fake->has_begun && !fake->has_ended);
	fake->has_ended = true;
}

void
http_answer_whole(struct http_request *request, int status, struct slice fields, struct slice body)
{
	http_answer_begin(request, &(struct http_answer){ status, fields, (int64_t)body.len });
	http_answer_copy(request, body);
	http_answer_end(request);
}

void
http_answer_text(struct http_request *request, int status, struct slice type, struct slice fields,
    struct slice body)
{
	char bytes[512]; /* as much as the protocol takes */
	struct text all = text_over(bytes, sizeof(bytes));

	if (type.len > 0) {
		text_put(&all, SLICE("Content-Type: "));
		text_put(&all, type);
		text_put(&all, SLICE("\r\n"));
	}
	text_put(&all, fields);
	must(!all.is_truncated);
	http_answer_whole(request, status, text_slice(&all), body);
}

void
http_answer_error(struct http_request *request, int status, struct slice fields)
{
	struct slice body, type;

	request->service->error_page(request->service, status, &body, &type);
	http_answer_text(request, status, type, fields, body);
}

static void
fake_error_page(
    const struct http_service *service, int status, struct slice *ret_body, struct slice *ret_type)
{
	static char page[32];

	(void)service;
	snprintf(page, sizeof(page), "page %d\n", status);
	*ret_body = slice_of(page);
	*ret_type = SLICE("text/plain; charset=utf-8");
}

const struct http_service fake_service = {
	.name = "fake",
	.error_page = fake_error_page,
};

static void
parse_head(struct fake *fake, const char *head)
{
	static const struct http_head_limits limits = { FAKE_HEAD_MAX, FAKE_HEAD_MAX, 100 };
	int len = snprintf(fake->head_bytes, sizeof(fake->head_bytes), "%s\r\n", head);

	ck_assert_int_lt(len, (int)sizeof(fake->head_bytes));
	fake->head = http_head_new(&limits);
	ck_assert_ptr_nonnull(fake->head);
	ck_assert_msg(http_head_feed(fake->head, fake->head_bytes, (size_t)len) == HTTP_HEAD_DONE &&
		http_head_settle(fake->head, fake->head_bytes) == HTTP_HEAD_DONE,
	    "not a request: %s", fake->head_bytes);
}

struct fake *
fake_new(const char *head, int64_t now)
{
	struct fake *fake = calloc(1, sizeof(*fake));
	struct http_request *request = &fake->request;

	ck_assert_ptr_nonnull(fake);
	parse_head(fake, head);
	fake->now = now;
	request->http1 = (struct http1 *)fake;
	request->head = fake->head;
	request->method = http_head_method(fake->head);
	request->version_minor = http_head_version_minor(fake->head);
	request->host = http_head_host(fake->head);
	request->target = http_head_target(fake->head);
	request->query = http_head_query(fake->head);
	ck_assert_int_eq(http_path_normalize(http_head_path(fake->head), fake->path,
			     sizeof(fake->path), &request->path),
	    HTTP_PATH_OK);
	return fake;
}

struct fake *
fake_get(const char *target, const char *fields, int64_t now)
{
	static char head[FAKE_HEAD_MAX];

	snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nHost: example.org\r\n%s", target,
	    fields ? fields : "");
	return fake_new(head, now);
}

bool
fake_path_is_acceptable(const char *path)
{
	char buffer[FAKE_HEAD_MAX];
	struct slice ignored;

	return http_path_normalize(slice_of(path), buffer, sizeof(buffer), &ignored) ==
	    HTTP_PATH_OK;
}

static void
piece_done(struct fake_piece *piece)
{
	free(piece->copy);
	if (piece->release)
		piece->release(piece->lent.data, piece->lent.len, piece->owner);
	file_body_release(piece->segment);
}

void
fake_done(struct fake *fake)
{
	for (size_t i = 0; i < fake->piece_count; i++)
		piece_done(&fake->pieces[i]);
	http_head_free(fake->head);
	free(fake->fields);
	free(fake->body);
	free(fake);
}

void
fake_answer_with(struct fake *fake, const struct http_service *service,
    const struct http_handler_ops *ops, const void *self, size_t prefix_len)
{
	struct http_request *request = &fake->request;

	must(prefix_len <= request->path.len);
	request->service = service;
	request->rest =
	    (struct slice){ request->path.data + prefix_len, request->path.len - prefix_len };
	must(ops->methods & HTTP_METHOD_BIT(request->method));
	ops->answer(self, request);
}

static size_t
piece_read(const struct fake_piece *piece, char *to)
{
	ssize_t got;

	if (piece->copy)
		memcpy(to, piece->copy, (size_t)piece->length);
	if (piece->release)
		memcpy(to, piece->lent.data, piece->lent.len);
	if (!piece->segment)
		return (size_t)piece->length;
	got = pread(piece->segment->fd, to, (size_t)piece->length, piece->offset);
	ck_assert_int_ge(got, 0);
	return (size_t)got;
}

const char *
fake_body(struct fake *fake, size_t *ret_len)
{
	size_t cap = 1;
	size_t len = 0;

	for (size_t i = 0; i < fake->piece_count; i++)
		cap += (size_t)fake->pieces[i].length;
	free(fake->body);
	fake->body = malloc(cap);
	ck_assert_ptr_nonnull(fake->body);
	for (size_t i = 0; i < fake->piece_count; i++)
		len += piece_read(&fake->pieces[i], fake->body + len);
	fake->body[len] = '\0';
	if (ret_len)
		*ret_len = len;
	return fake->body;
}

/* The value of the line at `line`, if it is the field `name`. */
static const char *
value_in_line(const char *line, const char *name)
{
	size_t name_len = strlen(name);

	if (strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
		return NULL;
	return line + name_len + 1 + strspn(line + name_len + 1, " ");
}

const char *
fake_field(const struct fake *fake, const char *name)
{
	static char value[FAKE_HEAD_MAX];
	const char *line = fake->fields;
	const char *found = NULL;

	ck_assert_ptr_nonnull(line);
	while (*line) {
		const char *here = value_in_line(line, name);

		ck_assert_msg(!here || !found, "%s stands twice in: %s", name, fake->fields);
		found = here ? here : found;
		line = strchr(line, '\n') + 1;
	}
	if (!found)
		return NULL;
	snprintf(value, sizeof(value), "%.*s", (int)strcspn(found, "\r"), found);
	return value;
}
