/* SPDX-License-Identifier: MIT
 *
 * listeners: `usherctl listeners`: a row for each.
 */
#include <stdlib.h>
#include <string.h>

#include "usherctl/object.h"
#include "usherctl/snapshot.h"
#include "usherctl/table.h"
#include "usherctl/verbs.h"

static const struct table_column columns[] = {
	{ "NAME", false },
	{ "ADDRESS", false },
	{ "TRANSPORT", false },
	{ "STATE", false },
	{ "BACKLOG", true },
	{ "QUEUE", true },
	{ "PEAK", true },
	{ "LIMIT", true },
	{ "FULL", true },
	{ "DROPS", true },
	{ "ACCEPTED", true },
	{ "REFUSED", true },
	{ "OPEN", true },
};

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

/* "paused (connections, descriptors)" */
static void
add_state(struct table *table, const struct snapshot_listener *listener)
{
	char room[256];
	struct text text = text_over(room, sizeof(room));
	size_t count = json_array_size(listener->paused);
	bool is_accepting = strcmp(listener->state, "accepting") == 0;

	text_put_string(&text, listener->state);
	for (size_t i = 0; i < count; i++) {
		const char *reason = json_string_value(json_array_get(listener->paused, i));

		text_put_format(&text, "%s%s", i == 0 ? " (" : ", ", reason ? reason : "?");
	}
	if (count > 0)
		text_put_char(&text, ')');
	table_add(table, is_accepting ? COLOUR_GOOD : COLOUR_WARN, text_slice(&text));
}

/* A number, in `colour` where it is not 0; "-" where the transport cannot tell. */
static void
add_of_queue(struct table *table, const struct snapshot_listener *listener, uint64_t count,
    enum colour colour)
{
	char room[24];
	struct text text = text_over(room, sizeof(room));

	if (listener->has_queue)
		text_put_u64(&text, count);
	else
		text_put_char(&text, '-');
	table_add(table, count > 0 ? colour : COLOUR_NONE, text_slice(&text));
}

static void
add_listener(struct table *table, const struct snapshot_listener *listener)
{
	bool was_high = listener->queue_peak * 5 >= listener->queue_limit * 4;

	table_add_string(table, listener->name);
	table_add_string(table, listener->address);
	table_add_string(table, listener->transport);
	add_state(table, listener);
	table_add_count(table, listener->backlog);
	add_of_queue(table, listener, listener->queue_length, COLOUR_NONE);
	add_of_queue(table, listener, listener->queue_peak, was_high ? COLOUR_BAD : COLOUR_NONE);
	add_of_queue(table, listener, listener->queue_limit, COLOUR_NONE);
	add_of_queue(table, listener, listener->queue_full, COLOUR_BAD);
	add_of_queue(table, listener, listener->queue_drops, COLOUR_BAD);
	table_add_count(table, listener->accepted);
	table_add_count(table, listener->refused);
	table_add_count(table, listener->open);
}

static int
print_listeners(const struct command *command, const json_t *array)
{
	struct snapshot_listener *listeners;
	struct table table;
	size_t count;
	int error = snapshot_read_listeners(array, &listeners, &count);

	if (error != 0)
		return error;
	table_init(&table, columns, COLUMN_COUNT);
	for (size_t i = 0; i < count; i++)
		add_listener(&table, &listeners[i]);
	error = table_print(&table, &command->look, stdout);
	table_done(&table);
	free(listeners);
	return error;
}

int
verb_listeners(const struct command *command)
{
	struct reply reply;
	enum ctl_status status = verbs_ask(command, "GET", "/listeners", &reply);
	const json_t *array = object_at(reply.object, "listeners");

	if (status == CTL_OK && !json_is_array(array))
		status = verbs_refuse_answer(command, "/listeners");
	else if (status == CTL_OK && command->wants_json)
		verbs_print_json(&reply);
	else if (status == CTL_OK && print_listeners(command, array) != 0)
		status = CTL_FAILED;
	reply_done(&reply);
	return (int)status;
}
