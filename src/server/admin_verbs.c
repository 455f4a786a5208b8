/* SPDX-License-Identifier: MIT
 *
 * admin_verbs: what the operator asks the server to do. The log says who did.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "handler/query.h"
#include "net/peer.h"
#include "server/admin_private.h"
#include "server/reload_verdict.h"

#define VERDICT_MAX ((size_t)4 << 20)

void
admin_log_verb(const struct http_request *request, const char *what)
{
	char room[PEER_TEXT_MAX];
	struct text peer = text_over(room, sizeof(room));

	peer_put(&peer, http_request_peer(request));
	log_info("admin: %s, asked for by %s", what, text_string(&peer));
}

/* --- Drain and stop ------------------------------------------------------------------ */

static void
answer_verb(struct http_request *request, int result, const char *conflict)
{
	if (result == 0)
		admin_answer_json(request, 202, SLICE("{\"ok\":true}\n"));
	else if (result == -EBUSY)
		admin_answer_error(request, 409, conflict);
	else
		admin_answer_error(request, 503, "the server cannot do that now");
}

void
admin_drain_answer(const void *self, struct http_request *request)
{
	struct admin *admin = admin_of(self);

	admin_log_verb(request, "drain");
	answer_verb(request, admin->ops->drain(admin->arg), "the server drains already");
}

void
admin_stop_answer(const void *self, struct http_request *request)
{
	struct admin *admin = admin_of(self);

	admin_log_verb(request, "stop");
	answer_verb(request, admin->ops->stop(admin->arg), "the server stops already");
}

/* --- The log's level ------------------------------------------------------------------ */

/* 0 to 3, or -1. */
static int
level_of(struct slice query)
{
	char word[16];
	struct text text = text_over(word, sizeof(word));
	struct slice name;
	struct slice value;

	while (query_next(&query, &name, &value))
		if (slice_equals(name, SLICE("level"))) {
			text_put(&text, value);
			return log_level_from_name(text_string(&text));
		}
	return -1;
}

static void
log_level_change(const struct http_request *request, enum log_level from, enum log_level to)
{
	char room[64];
	struct text what = text_over(room, sizeof(room));

	text_put_format(&what, "log level %s, was %s", log_level_name(to), log_level_name(from));
	admin_log_verb(request, text_string(&what));
}

void
admin_log_level_answer(const void *self, struct http_request *request)
{
	const enum log_level from = log_get_level();
	const int level = level_of(request->query);
	char room[128];
	struct text text = text_over(room, sizeof(room));
	struct json json = json_over(&text);

	(void)self;
	if (level < 0) {
		admin_answer_error(request, 400, "level is one of error, warning, info, debug");
		return;
	}
	log_level_change(request, from, (enum log_level)level);
	log_set_level((enum log_level)level);
	json_begin(&json, NULL);
	json_flag(&json, "ok", true);
	json_string(&json, "from", slice_of(log_level_name(from)));
	json_string(&json, "to", slice_of(log_level_name((enum log_level)level)));
	json_end(&json);
	text_put_char(&text, '\n');
	admin_answer_json(request, 200, text_slice(&text));
}

/* --- Reload ---------------------------------------------------------------------------- */

/* A request that waits for its verdict. */
struct waiting {
	struct list_link link;
	struct http_request *request; /* borrowed */
};

static bool
begin_reload(const struct admin *admin, struct http_request *request)
{
	int result = admin->ops->reload(admin->arg);

	if (result == -EBUSY)
		admin_answer_error(request, 409, "another reload, or a drain, is under way");
	else if (result != 0)
		admin_answer_error(request, 503, "there is no thread for a reload now");
	return result == 0;
}

void
admin_reload_answer(const void *self, struct http_request *request)
{
	struct admin *admin = admin_of(self);
	struct waiting *waiting = calloc(1, sizeof(*waiting));

	if (!waiting) {
		admin_answer_error(request, 503, "there is no memory for a reload now");
		return;
	}
	admin_log_verb(request, "reload");
	if (!begin_reload(admin, request)) {
		free(waiting);
		return;
	}
	waiting->request = request;
	request->state = waiting;
	list_append(&admin->reloads, &waiting->link);
}

void
admin_reload_gone(const void *self, struct http_request *request)
{
	struct waiting *waiting = request->state;

	(void)self;
	list_remove(&waiting->link);
	free(waiting);
}

static void
record(struct admin *admin, const struct reload_verdict *verdict)
{
	struct admin_reload *last = &admin->last_reload;
	struct text error = text_over(last->error, sizeof(last->error));

	last->is_ok = verdict->is_ok;
	last->seconds = clock_wall_us() / CLOCK_SECOND_US;
	if (verdict->is_ok)
		admin->loaded_seconds = last->seconds;
	else if (verdict->errors.count > 0)
		text_put_string(&error, verdict->errors.items[0]);
	(void)text_string(&error);
}

void
admin_note_reload(struct admin *admin, const struct reload_verdict *verdict)
{
	struct list_link told;
	struct list_link *first;

	record(admin, verdict);
	/* With its answer a connection may ask for the next reload, whose verdict comes
	 * later: only those are told who wait now. */
	list_init(&told);
	while ((first = list_first(&admin->reloads)) != NULL) {
		list_remove(first);
		list_append(&told, first);
	}
	while ((first = list_first(&told)) != NULL) {
		struct waiting *waiting = list_entry(first, struct waiting, link);
		struct text body = text_growing(VERDICT_MAX);

		list_remove(first);
		admin->conns.now_us = clock_monotonic_us();
		reload_verdict_put(&body, verdict);
		/* With its answer the request goes, and frees what waited for it. */
		admin_answer_text(admin, waiting->request, reload_verdict_status(verdict),
		    SLICE("application/json"), &body);
	}
}
