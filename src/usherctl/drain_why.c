/* SPDX-License-Identifier: MIT
 *
 * drain_why: the states of a connection in the words of somebody who waits for it to
 * end.
 */
#include "usherctl/drain_why.h"

#include <string.h>

#include "usherctl/connections.h"
#include "usherctl/figures.h"
#include "usherctl/object.h"
#include "usherctl/table.h"
#include "usherctl/verbs.h"

static const struct table_column columns[] = {
	{ "ID", true },
	{ "PEER", false },
	{ "LISTENER", false },
	{ "STATE", false },
	{ "AGE", true },
	{ "IDLE", true },
	{ "WHY", false },
};

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

/* `state` and `waits_for`, NULL for any. */
static const struct {
	const char *state, *waits_for, *why;
} reasons[] = {
	{ "busy", "head", "the client has begun a request and not sent all of its head" },
	{ "busy", "body", "the client has not sent all of a request's body" },
	{ "busy", "write", "the client does not take its answer" },
	{ "busy", NULL, "a request is being answered" },
	{ "idle", NULL, "the client may send one more request (drain.idle_grace)" },
	{ "parked", NULL, "the client may send one more request (drain.idle_grace)" },
	{ "flushing", NULL, "the end of the last answer is on its way" },
	{ "lingering", NULL, "our FIN is sent; the client's is waited for (timeouts.linger)" },
};

static bool
fits(const char *pattern, const char *word)
{
	return !pattern || strcmp(pattern, word) == 0;
}

static void
put_bytes(struct text *text, uint64_t bytes, const char *what)
{
	if (bytes == 0)
		return;
	text_put_string(text, ", ");
	figure_put_bytes(text, bytes);
	text_put_string(text, what);
}

void
drain_why_put(struct text *text, const char *state, const char *waits_for, uint64_t unsent,
    uint64_t unacknowledged)
{
	const char *why = "it is in a state that this usherctl does not know";

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (!fits(reasons[i].state, state) || !fits(reasons[i].waits_for, waits_for))
			continue;
		why = reasons[i].why;
		break;
	}
	text_put_string(text, why);
	put_bytes(text, unsent, " not yet sent");
	put_bytes(text, unacknowledged, " not yet acknowledged");
}

static void
add_connection(struct table *table, const json_t *connection)
{
	char room[256];
	struct text why = text_over(room, sizeof(room));

	table_add_count(table, object_count(connection, "id"));
	table_add_string(table, object_string(connection, "peer"));
	table_add_string(table, object_string(connection, "listener"));
	table_add_string(table, object_string(connection, "state"));
	table_add_time(table, object_number(connection, "age_s"));
	table_add_time(table, object_number(connection, "idle_s"));
	drain_why_put(&why, object_string(connection, "state"),
	    object_string(connection, "waits_for"), object_count(connection, "unsent"),
	    object_count(connection, "unacknowledged"));
	table_add_text(table, &why);
}

static int
print_table(const struct command *command, const json_t *array)
{
	struct table table;
	int error;

	table_init(&table, columns, COLUMN_COUNT);
	for (size_t i = 0; i < json_array_size(array); i++)
		add_connection(&table, json_array_get(array, i));
	error = table_print(&table, &command->look, stdout);
	table_done(&table);
	return error == 0 ? CTL_OK : CTL_FAILED;
}

static int
print_reasons(const struct command *command, const struct snapshot *now, const struct reply *reply)
{
	const json_t *array = object_at(reply->object, "connections");
	char room[FIGURE_MAX];
	struct text since = text_over(room, sizeof(room));
	int status = CTL_OK;

	if (command->wants_json) {
		verbs_print_json(reply);
		return CTL_OK;
	}
	figure_put_time(&since, now->drain.since_s);
	(void)printf("%zu connection%s the drain, under way for %s:\n", json_array_size(array),
	    json_array_size(array) == 1 ? " holds" : "s hold", text_string(&since));
	if (json_array_size(array) > 0)
		status = print_table(command, array);
	connections_print_left_out(reply);
	return status;
}

int
drain_why(const struct command *command)
{
	struct snapshot now;
	struct reply of_status, of_connections;
	int status = (int)verbs_ask_status(command, &of_status, &now);

	if (status != CTL_OK)
		return status;
	if (!snapshot_is_draining(&now)) {
		verbs_complain(
		    command, SLICE("no drain is under way\n`usherctl drain` begins one."));
		status = CTL_FAILED;
	} else {
		status =
		    (int)connections_ask(command, NULL, "age", command->limit, &of_connections);
		if (status == CTL_OK)
			status = print_reasons(command, &now, &of_connections);
		reply_done(&of_connections);
	}
	snapshot_done(&now);
	reply_done(&of_status);
	return status;
}
