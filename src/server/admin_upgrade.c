/* SPDX-License-Identifier: MIT
 *
 * admin_upgrade: the verb, and what becomes of the admin service itself: its sockets go to
 * the successor, so that its address is never absent, while who asked for the upgrade has
 * his answer from here.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "handler/query.h"
#include "server/admin_private.h"
#include "server/handover_wire.h"
#include "server/upgrade.h"

#define PROGRAM_MAX 4096
#define VERDICT_MAX ((size_t)64 * 1024)

/* --- The verb ------------------------------------------------------------------------ */

/* A request that waits for its verdict. */
struct waiting {
	struct list_link link;
	struct http_request *request; /* borrowed */
};

/* False: what is given is no path. */
static bool
read_program(struct slice query, struct text *program)
{
	struct slice name;
	struct slice value;

	while (query_next(&query, &name, &value)) {
		if (!slice_equals(name, SLICE("exec")))
			continue;
		if (!slice_starts_with(value, SLICE("/")) || value.len >= PROGRAM_MAX)
			return false;
		program->len = 0;
		text_put(program, value);
	}
	(void)text_string(program);
	return true;
}

static bool
begin(const struct admin *admin, struct http_request *request, const char *program)
{
	char room[1024];
	struct text error = text_over(room, sizeof(room));
	int result = admin->ops->upgrade(*program ? program : NULL, &error, admin->arg);

	if (result == -EBUSY)
		admin_answer_error(request, 409, "an upgrade, a reload or a drain is under way");
	else if (result != 0)
		admin_answer_error(request, 422, text_string(&error));
	return result == 0;
}

void
admin_upgrade_answer(const void *self, struct http_request *request)
{
	struct admin *admin = admin_of(self);
	char room[PROGRAM_MAX];
	struct text program = text_over(room, sizeof(room));
	struct waiting *waiting;

	if (!read_program(request->query, &program)) {
		admin_answer_error(request, 400, "exec is the absolute path of a program");
		return;
	}
	waiting = calloc(1, sizeof(*waiting));
	if (!waiting) {
		admin_answer_error(request, 503, "there is no memory for an upgrade now");
		return;
	}
	admin_log_verb(request, "upgrade");
	if (!begin(admin, request, room)) {
		free(waiting);
		return;
	}
	waiting->request = request;
	request->state = waiting;
	list_append(&admin->upgrades, &waiting->link);
}

void
admin_upgrade_gone(const void *self, struct http_request *request)
{
	struct waiting *waiting = request->state;

	(void)self;
	list_remove(&waiting->link);
	free(waiting);
}

static void
put_verdict(struct text *body, const struct upgrade_verdict *verdict)
{
	struct json json = json_over(body);

	json_begin(&json, NULL);
	json_flag(&json, "ok", verdict->is_ok);
	json_u64(&json, "pid", (uint64_t)verdict->pid);
	json_u64(&json, "sockets", verdict->sockets);
	json_u64(&json, "sockets_left", verdict->left);
	if (verdict->error)
		json_string(&json, "error", slice_of(verdict->error));
	if (verdict->words.len > 0)
		json_string(&json, "words", verdict->words);
	json_end(&json);
	text_put_char(body, '\n');
}

void
admin_note_upgrade(struct admin *admin, const struct upgrade_verdict *verdict)
{
	struct list_link *first;

	while ((first = list_first(&admin->upgrades)) != NULL) {
		struct waiting *waiting = list_entry(first, struct waiting, link);
		struct text body = text_growing(VERDICT_MAX);

		list_remove(first);
		admin->conns.now_us = clock_monotonic_us();
		put_verdict(&body, verdict);
		admin_answer_text(admin, waiting->request, verdict->is_ok ? 200 : 422,
		    SLICE("application/json"), &body);
	}
}

/* --- The sockets --------------------------------------------------------------------- */

static size_t
offer_door(const struct admin_door *door, struct handover_offer *offers)
{
	for (size_t i = 0; i < door->listener_count; i++) {
		const struct listen_socket *socket = &door->listeners[i]->socket;
		struct handover_socket *said = &offers[i].socket;

		offers[i] = (struct handover_offer){ .fd = socket->fd };
		said->kind = door->is_read_only ? HANDOVER_ADMIN_READONLY : HANDOVER_ADMIN;
		(void)snprintf(said->name, sizeof(said->name), "%s", door->name);
		(void)snprintf(
		    said->transport, sizeof(said->transport), "%s", socket->transport->name);
		said->asked = socket->asked;
		said->bound = socket->address;
		said->device = (uint64_t)socket->device;
		said->inode = (uint64_t)socket->inode;
	}
	return door->listener_count;
}

size_t
admin_offer(const struct admin *admin, struct handover_offer *ret_offers)
{
	const size_t count = offer_door(&admin->control, ret_offers);

	return count + offer_door(&admin->reading, ret_offers + count);
}

static size_t
hand_over_door(struct admin_door *door, const bool *taken)
{
	for (size_t i = 0; i < door->listener_count; i++)
		if (taken[i])
			listener_pause(door->listeners[i], LISTENER_PAUSE_HANDED);
	return door->listener_count;
}

void
admin_hand_over(struct admin *admin, const bool *taken)
{
	(void)hand_over_door(&admin->reading, taken + hand_over_door(&admin->control, taken));
}

static void
each_handed(struct admin *admin, void (*apply)(struct listener *))
{
	struct admin_door *const doors[] = { &admin->control, &admin->reading };

	for (size_t i = 0; i < sizeof(doors) / sizeof(doors[0]); i++)
		for (size_t j = 0; j < doors[i]->listener_count; j++)
			if (doors[i]->listeners[j]->pause & LISTENER_PAUSE_HANDED)
				apply(doors[i]->listeners[j]);
}

static void
accept_again(struct listener *listener)
{
	listener_resume(listener, LISTENER_PAUSE_HANDED);
}

void
admin_take_back(struct admin *admin)
{
	admin->is_draining = false;
	each_handed(admin, accept_again);
}

void
admin_abandon(struct admin *admin)
{
	each_handed(admin, listener_abandon);
}
