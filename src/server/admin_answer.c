/* SPDX-License-Identifier: MIT
 *
 * admin_answer: how the admin service answers: bodies that were made in memory go without
 * a copy, and their memory is bounded over all answers.
 */
#include <stdlib.h>

#include "base/json.h"
#include "base/panic.h"
#include "server/admin_private.h"

/* All answers that are not sent yet hold at most so much. */
#define ANSWERS_MAX ((size_t)64 << 20)

/* A body on its way, which goes by reference. */
struct held {
	struct admin *admin; /* borrowed */
	size_t bytes;
	char *data; /* owned */
};

static void
release(const void *data, size_t len, void *owner)
{
	struct held *held = owner;

	(void)data;
	(void)len;
	held->admin->held_bytes -= held->bytes;
	free(held->data);
	free(held);
}

static struct held *
hold(struct admin *admin, struct text *body)
{
	struct held *held;

	if (body->is_truncated || admin->held_bytes + body->cap > ANSWERS_MAX)
		return NULL;
	held = malloc(sizeof(*held));
	if (!held)
		return NULL;
	*held = (struct held){ admin, body->cap, body->data };
	admin->held_bytes += body->cap;
	return held;
}

void
admin_answer_text(struct admin *admin, struct http_request *request, int status, struct slice type,
    struct text *body)
{
	char room[768];
	struct text fields = text_over(room, sizeof(room));
	struct held *held = hold(admin, body);

	if (!held) {
		text_free(body);
		admin_answer_error(request, 503, "there is no memory for the answer now");
		return;
	}
	text_put_format(&fields, "Content-Type: %.*s\r\n", (int)type.len, type.data);
	text_put(&fields, ADMIN_FIELDS);
	must(!fields.is_truncated);
	http_answer_begin(
	    request, &(struct http_answer){ status, text_slice(&fields), (int64_t)body->len });
	http_answer_reference(request, text_slice(body), release, held);
	http_answer_end(request);
}

void
admin_answer_json(struct http_request *request, int status, struct slice body)
{
	http_answer_text(request, status, SLICE("application/json"), ADMIN_FIELDS, body);
}

void
admin_answer_error(struct http_request *request, int status, const char *sentence)
{
	char room[1024];
	struct text text = text_over(room, sizeof(room));
	struct json json = json_over(&text);

	json_begin(&json, NULL);
	json_string(&json, "error", slice_of(sentence));
	json_end(&json);
	text_put_char(&text, '\n');
	must(!text.is_truncated);
	admin_answer_json(request, status, text_slice(&text));
}
