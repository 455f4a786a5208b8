/* SPDX-License-Identifier: MIT
 *
 * connections: `usherctl connections`: a row for each that is open. The daemon
 * selects and sorts.
 */
#include "usherctl/connections.h"

#include "usherctl/figures.h"
#include "usherctl/object.h"
#include "usherctl/table.h"

static const struct table_column columns[] = {
	{ "ID", true },
	{ "PEER", false },
	{ "LISTENER", false },
	{ "PROTOCOL", false },
	{ "STATE", false },
	{ "WAITS FOR", false },
	{ "AGE", true },
	{ "IDLE", true },
	{ "REQUESTS", true },
	{ "IN", true },
	{ "OUT", true },
	{ "UNSENT", true },
	{ "UNACKED", true },
	{ "RTT", true },
};

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

enum ctl_status
connections_ask(const struct command *command, const char *state, const char *sort, uint64_t limit,
    struct reply *ret_reply)
{
	char room[256];
	struct text target = text_over(room, sizeof(room));
	enum ctl_status status;

	text_put_format(&target, "/connections?limit=%llu", (unsigned long long)limit);
	if (state)
		text_put_format(&target, "&state=%s", state);
	if (sort)
		text_put_format(&target, "&sort=%s", sort);
	status = verbs_ask(command, "GET", text_string(&target), ret_reply);
	if (status != CTL_OK || json_is_array(object_at(ret_reply->object, "connections")))
		return status;
	reply_done(ret_reply);
	return verbs_refuse_answer(command, "/connections");
}

void
connections_print_left_out(const struct reply *reply)
{
	uint64_t left_out = object_count(reply->object, "left_out");

	if (left_out > 0)
		(void)printf("%llu more are not listed: --limit\n", (unsigned long long)left_out);
}

static void
add_connection(struct table *table, const json_t *connection)
{
	const char *waits_for = object_string(connection, "waits_for");

	table_add_count(table, object_count(connection, "id"));
	table_add_string(table, object_string(connection, "peer"));
	table_add_string(table, object_string(connection, "listener"));
	table_add_string(table, object_string(connection, "protocol"));
	table_add_string(table, object_string(connection, "state"));
	table_add_string(table, *waits_for ? waits_for : "-");
	table_add_time(table, object_number(connection, "age_s"));
	table_add_time(table, object_number(connection, "idle_s"));
	table_add_count(table, object_count(connection, "requests"));
	table_add_bytes(table, object_count(connection, "bytes_in"));
	table_add_bytes(table, object_count(connection, "bytes_out"));
	table_add_bytes(table, object_count(connection, "unsent"));
	table_add_bytes(table, object_count(connection, "unacknowledged"));
	table_add_time(table, (double)object_count(connection, "rtt_us") / 1e6);
}

static int
print_connections(const struct command *command, const struct reply *reply)
{
	const json_t *array = object_at(reply->object, "connections");
	struct table table;
	int error;

	table_init(&table, columns, COLUMN_COUNT);
	for (size_t i = 0; i < json_array_size(array); i++)
		add_connection(&table, json_array_get(array, i));
	error = table_print(&table, &command->look, stdout);
	table_done(&table);
	connections_print_left_out(reply);
	return error;
}

int
verb_connections(const struct command *command)
{
	struct reply reply;
	enum ctl_status status =
	    connections_ask(command, command->state, command->sort, command->limit, &reply);

	if (status == CTL_OK && command->wants_json)
		verbs_print_json(&reply);
	else if (status == CTL_OK && print_connections(command, &reply) != 0)
		status = CTL_FAILED;
	reply_done(&reply);
	return (int)status;
}
