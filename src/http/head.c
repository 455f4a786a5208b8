/* SPDX-License-Identifier: MIT
 *
 * head: hands the bytes to the request line, then to the field lines, and keeps
 * the limit; then asks what target and fields mean. A head that is that of the request
 * before, or has the same fields, keeps what these meant.
 */
#include "http/head.h"

#include <stdlib.h>

#include "base/panic.h"
#include "http/field_lines.h"
#include "http/head_memo.h"
#include "http/refusal.h"
#include "http/request_line.h"

/* How much of this head is that of the one before. */
enum likeness { LIKE_NOTHING, LIKE_FIELDS, LIKE_ALL };

struct http_head {
	struct http_head_limits limits;
	struct http_request_line line;
	struct http_field_lines *lines; /* owned */
	uint32_t bytes;                 /* fed and taken so far */
	bool is_complete;
	bool has_fields; /* a field section has begun */
	enum likeness likeness;
	enum http_refusal refusal;
	/* from here on: after settle */
	const char *base; /* borrowed from the caller of settle or move */
	enum http_method method;
	struct http_target target; /* its authority is that of Host where it has none */
	struct http_meaning meaning;
	struct http_head_memo memo; /* of what the members above and the lines say */
};

struct http_head *
http_head_new(const struct http_head_limits *limits)
{
	struct http_head *head = calloc(1, sizeof(*head));

	if (!head)
		return NULL;
	head->lines = http_field_lines_new(limits->fields);
	if (!head->lines) {
		free(head);
		return NULL;
	}
	head->limits = *limits;
	head->line.target_bytes = limits->target_bytes;
	return head;
}

void
http_head_free(struct http_head *head)
{
	if (!head)
		return;
	http_field_lines_free(head->lines);
	free(head);
}

void
http_head_reset(struct http_head *head)
{
	http_request_line_reset(&head->line);
	head->bytes = 0;
	head->is_complete = false;
	head->has_fields = false;
	head->likeness = LIKE_NOTHING;
	head->refusal = HTTP_REFUSAL_NONE;
}

static void
take_all_alike(struct http_head *head)
{
	head->line = head->memo.line;
	head->bytes = head->memo.bytes;
	head->likeness = LIKE_ALL;
	head->is_complete = true;
}

/* The first bytes of the field section: it may be the one that the lines hold. */
static bool
take_fields_alike(struct http_head *head, const char *data, size_t len)
{
	uint32_t bytes;

	if (!http_head_memo_is_section(&head->memo, data, len, &bytes))
		return false;
	head->bytes += bytes;
	head->likeness = LIKE_FIELDS;
	head->is_complete = true;
	return true;
}

static enum http_refusal
feed_fields(struct http_head *head, const char *data, size_t len)
{
	enum http_refusal refusal;
	size_t taken = 0;

	if (!head->has_fields) {
		if (take_fields_alike(head, data, len))
			return HTTP_REFUSAL_NONE;
		http_head_memo_forget(&head->memo);
		http_field_lines_reset(head->lines);
		head->has_fields = true;
	}
	refusal =
	    http_field_lines_feed(head->lines, head->bytes, data, len, &taken, &head->is_complete);
	head->bytes += (uint32_t)taken;
	return refusal;
}

static enum http_refusal
feed_within_limit(struct http_head *head, const char *data, size_t len)
{
	size_t in_line;

	if (head->bytes == 0 && http_head_memo_is_head(&head->memo, data, len)) {
		take_all_alike(head);
		return HTTP_REFUSAL_NONE;
	}
	in_line = http_request_line_feed(&head->line, data, len);
	head->bytes += (uint32_t)in_line;
	if (head->line.refusal != HTTP_REFUSAL_NONE || in_line == len)
		return head->line.refusal;
	return feed_fields(head, data + in_line, len - in_line);
}

enum http_head_verdict
http_head_feed(struct http_head *head, const char *data, size_t len)
{
	size_t room = head->limits.head_bytes - head->bytes;

	must(!head->is_complete && head->refusal == HTTP_REFUSAL_NONE);
	head->refusal = feed_within_limit(head, data, len < room ? len : room);
	if (head->refusal == HTTP_REFUSAL_NONE && !head->is_complete && len >= room)
		head->refusal = HTTP_REFUSAL_HEAD_TOO_LARGE;
	if (head->refusal != HTTP_REFUSAL_NONE)
		return HTTP_HEAD_REFUSED;
	return head->is_complete ? HTTP_HEAD_DONE : HTTP_HEAD_MORE;
}

bool
http_head_is_untouched(const struct http_head *head)
{
	return head->line.method_len == 0;
}

static struct slice
slice_at(const struct http_head *head, uint32_t at, uint32_t len)
{
	return (struct slice){ head->base + at, len };
}

/* RFC 9112 3.2: Host is checked even where the target overrides it. */
static enum http_refusal
check_host(const struct http_head *head, struct http_authority *ret_authority)
{
	size_t count = http_head_field_count_of(head, HTTP_FIELD_HOST);

	if (count > 1)
		return HTTP_REFUSAL_HOST_REPEATED;
	if (count == 0 && http_head_version_minor(head) > 0)
		return HTTP_REFUSAL_HOST_MISSING;
	return http_authority_parse(
	    count > 0 ? http_head_value(head, HTTP_FIELD_HOST) : SLICE(""), ret_authority);
}

static enum http_refusal
derive_target(struct http_head *head)
{
	struct http_authority host;
	enum http_refusal refusal;

	refusal = http_target_parse(http_head_target(head), head->method, &head->target);
	if (refusal == HTTP_REFUSAL_NONE)
		refusal = check_host(head, &host);
	if (refusal == HTTP_REFUSAL_NONE && head->target.authority.whole.len == 0)
		/* cppcheck-suppress uninitStructMember ; it was set, as it is not refused */
		head->target.authority = host;
	return refusal;
}

/* Where `slice` stood in the head, it stands now; elsewhere are constants. */
static void
move_slice(struct slice *slice, uintptr_t from, uint32_t bytes, const char *base)
{
	uintptr_t offset = (uintptr_t)slice->data - from;

	if (slice->data && offset <= bytes)
		slice->data = base + offset;
}

static void
move_target(struct http_head *head, uintptr_t from)
{
	struct http_target *target = &head->target;

	move_slice(&target->authority.whole, from, head->bytes, head->base);
	move_slice(&target->authority.host, from, head->bytes, head->base);
	move_slice(&target->path, from, head->bytes, head->base);
	move_slice(&target->query, from, head->bytes, head->base);
}

static enum http_refusal
settle_fields(struct http_head *head)
{
	if (head->likeness == LIKE_FIELDS) {
		http_field_lines_shift(head->lines, head->line.bytes - head->memo.line.bytes);
		return HTTP_REFUSAL_NONE;
	}
	return http_field_lines_settle(head->lines, head->base, head->line.bytes, head->bytes);
}

static enum http_refusal
settle_meaning(struct http_head *head)
{
	if (head->likeness == LIKE_FIELDS &&
	    head->line.version_minor == head->memo.line.version_minor)
		return HTTP_REFUSAL_NONE;
	return http_meaning_derive(head, &head->meaning);
}

static enum http_refusal
settle(struct http_head *head)
{
	enum http_refusal refusal = settle_fields(head);

	if (refusal != HTTP_REFUSAL_NONE)
		return refusal;
	if (!http_method_parse(http_head_method_name(head), &head->method))
		return HTTP_REFUSAL_METHOD_UNKNOWN;
	refusal = derive_target(head);
	if (refusal != HTTP_REFUSAL_NONE)
		return refusal;
	return settle_meaning(head);
}

enum http_head_verdict
http_head_settle(struct http_head *head, const char *base)
{
	const uintptr_t before = (uintptr_t)head->base;

	must(head->is_complete && head->refusal == HTTP_REFUSAL_NONE);
	head->base = base;
	if (head->likeness == LIKE_ALL) {
		if ((uintptr_t)base != before)
			move_target(head, before);
		return HTTP_HEAD_DONE;
	}
	head->refusal = settle(head);
	if (head->refusal != HTTP_REFUSAL_NONE) {
		http_head_memo_forget(&head->memo);
		return HTTP_HEAD_REFUSED;
	}
	http_head_memo_keep(&head->memo, &head->line, base, head->bytes);
	return HTTP_HEAD_DONE;
}

bool
http_head_is_repeated(const struct http_head *head)
{
	return head->likeness == LIKE_ALL;
}

void
http_head_move(struct http_head *head, const char *base)
{
	const uintptr_t before = (uintptr_t)head->base;

	head->base = base;
	move_target(head, before);
}

size_t
http_head_bytes(const struct http_head *head)
{
	return head->bytes;
}

int
http_head_status(const struct http_head *head)
{
	return http_refusal_status(head->refusal);
}

const char *
http_head_reason(const struct http_head *head)
{
	return http_refusal_reason(head->refusal);
}

enum http_method
http_head_method(const struct http_head *head)
{
	return head->method;
}

struct slice
http_head_method_name(const struct http_head *head)
{
	return slice_at(head, head->line.method_at, head->line.method_len);
}

int
http_head_version_minor(const struct http_head *head)
{
	return head->line.version_minor;
}

enum http_target_form
http_head_target_form(const struct http_head *head)
{
	return head->target.form;
}

struct slice
http_head_target(const struct http_head *head)
{
	return slice_at(head, head->line.target_at, head->line.target_len);
}

struct slice
http_head_path(const struct http_head *head)
{
	return head->target.path;
}

struct slice
http_head_query(const struct http_head *head)
{
	return head->target.query;
}

struct slice
http_head_authority(const struct http_head *head)
{
	return head->target.authority.whole;
}

struct slice
http_head_host(const struct http_head *head)
{
	return head->target.authority.host;
}

uint16_t
http_head_port(const struct http_head *head)
{
	return head->target.authority.port;
}

bool
http_head_keep_alive(const struct http_head *head)
{
	return head->meaning.keep_alive;
}

bool
http_head_client_said_close(const struct http_head *head)
{
	return head->meaning.client_said_close;
}

bool
http_head_expects_continue(const struct http_head *head)
{
	return head->meaning.expects_continue;
}

bool
http_head_has_conditions(const struct http_head *head)
{
	return head->meaning.has_conditions;
}

enum http_framing
http_head_framing(const struct http_head *head)
{
	return head->meaning.framing;
}

uint64_t
http_head_content_length(const struct http_head *head)
{
	return head->meaning.content_length;
}

size_t
http_head_field_count(const struct http_head *head)
{
	return http_field_lines_count(head->lines);
}

struct http_head_field
http_head_field_at(const struct http_head *head, size_t index)
{
	const struct http_field_line *line = http_field_lines_at(head->lines, index);

	return (struct http_head_field){
		.id = (enum http_field)line->id,
		.name = slice_at(head, line->name_at, line->name_len),
		.value = slice_at(head, line->value_at, line->value_len),
	};
}

size_t
http_head_field_count_of(const struct http_head *head, enum http_field id)
{
	size_t count = 0, cursor = 0;
	struct slice value;

	while (http_head_next_value(head, id, &cursor, &value))
		count++;
	return count;
}

struct slice
http_head_value(const struct http_head *head, enum http_field id)
{
	struct slice value = { NULL, 0 };
	size_t cursor = 0;

	(void)http_head_next_value(head, id, &cursor, &value);
	return value;
}

/* `*cursor` is one more than the index of the line handed out last. */
bool
http_head_next_value(
    const struct http_head *head, enum http_field id, size_t *cursor, struct slice *ret_value)
{
	const struct http_field_line *line;
	uint16_t index;

	if (*cursor == 0)
		index = http_field_lines_first(head->lines, id);
	else
		index = http_field_lines_at(head->lines, *cursor - 1)->next;
	if (index == HTTP_FIELD_LINE_NONE)
		return false;
	line = http_field_lines_at(head->lines, index);
	*ret_value = slice_at(head, line->value_at, line->value_len);
	*cursor = (size_t)index + 1;
	return true;
}

bool
http_head_has_token(const struct http_head *head, enum http_field id, struct slice token)
{
	size_t cursor = 0;
	struct slice list, element;

	while (http_head_next_value(head, id, &cursor, &list)) {
		while (slice_next_element(&list, &element)) {
			if (slice_equals_nocase(element, token))
				return true;
		}
	}
	return false;
}
