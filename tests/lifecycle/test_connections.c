/* SPDX-License-Identifier: MIT
 *
 * connections: the log of connections: one valid JSON line for each, with the right
 * cause, who sent the first FIN, and the right counts.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "scene.h"

#define HELLO "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
#define HELLO_CLOSE "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

/* What a client does, and what the log says of it. */
enum leaving { LEAVES_BY_FIN, LEAVES_BY_RESET, AWAITS_FIN };

struct row {
	const char *request;
	int answers; /* how many come, whatever their status */
	enum leaving leaving;
	const char *cause;
	const char *first_fin;
	bool is_fault;
	bool is_reset; /* by the client */
	unsigned requests;
};

static const struct row rows[] = {
	{ "", 0, LEAVES_BY_FIN, "client_closed", "peer", false, false, 0 },
	{ HELLO, 1, LEAVES_BY_FIN, "client_closed", "peer", false, false, 1 },
	{ HELLO HELLO HELLO, 3, LEAVES_BY_FIN, "client_closed", "peer", false, false, 3 },
	{ HELLO_CLOSE, 1, AWAITS_FIN, "response_close", "ours", false, false, 1 },
	{ "GET /hello HTTP/1.0\r\n\r\n", 1, AWAITS_FIN, "response_close", "ours", false, false, 1 },
	{ HELLO HELLO HELLO HELLO HELLO, 4, AWAITS_FIN, "request_limit", "ours", false, false, 4 },
	{ HELLO, 1, AWAITS_FIN, "idle_timeout", "ours", false, false, 1 },
	{ "GET /hello HTTP/1.1\r\nHo", 1, AWAITS_FIN, "head_timeout", "ours", true, false, 1 },
	{ "POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", 1, AWAITS_FIN,
	    "body_timeout", "ours", true, false, 1 },
	{ "GET / HTTP/1.1\r\n\r\n", 1, AWAITS_FIN, "bad_request", "ours", true, false, 1 },
	{ "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n", 1, AWAITS_FIN,
	    "too_large", "ours", true, false, 1 },
	{ "GET /hello HTTP/1.1\r\nHo", 0, LEAVES_BY_FIN, "peer_left", "peer", true, false, 1 },
	{ HELLO, 1, LEAVES_BY_RESET, "reset_by_peer", "none", true, true, 1 },
	{ "GET /hello HTTP/1.1\r\nHo", 0, LEAVES_BY_RESET, "reset_by_peer", "none", true, true, 1 },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

#define LIMITED                                                            \
	"timeouts { idle = \"1s\"  head = \"500ms\"  body = \"500ms\" }\n" \
	"limits { requests_per_connection = 4 }\n"                         \
	"drain { idle_grace = \"0\" }\n"

/* As whom, and with which numbers, each client should have been seen. */
struct sums {
	char peer[64];
	uint64_t sent;
	uint64_t received;
};

static void
put_peer(const struct client *client, struct sums *sums)
{
	struct sockaddr_in own;
	socklen_t len = sizeof(own);

	ck_assert_int_eq(getsockname(client_fd(client), (struct sockaddr *)&own, &len), 0);
	(void)snprintf(sums->peer, sizeof(sums->peer), "\"127.0.0.1:%u\"", ntohs(own.sin_port));
}

static struct sums
act(struct client *client, const struct row *row)
{
	struct sums sums = { .sent = strlen(row->request) };

	put_peer(client, &sums);
	send_text(client, row->request);
	for (int i = 0; i < row->answers; i++) {
		const struct response *response = last_response(client);

		(void)read_response(client);
		sums.received += response->head.len + response->body.len;
	}
	if (row->leaving == AWAITS_FIN)
		expect_fin(client);
	if (row->leaving == LEAVES_BY_RESET)
		client_reset(client);
	else
		client_close(client);
	return sums;
}

/* The only line about that peer. */
static struct slice
line_of(const struct life_lines *lines, const char *peer)
{
	struct slice found = { NULL, 0 };

	for (size_t i = 0; i < lines->count; i++) {
		struct slice line = life_line(lines, i);

		if (!slice_equals(json_find(line, "peer"), slice_of(peer)))
			continue;
		ck_assert_msg(!found.data, "%s has two lines", peer);
		found = line;
	}
	ck_assert_msg(found.data, "%s has no line", peer);
	return found;
}

static void
expect_flag(struct slice line, const char *name, bool is_set)
{
	if (is_set)
		json_expect_true(line, name);
	else
		json_expect_false(line, name);
}

static void
expect_line(struct slice line, const struct row *row, const struct sums *sums)
{
	json_expect_string(line, "cause", row->cause);
	json_expect_string(line, "first_fin", row->first_fin);
	expect_flag(line, "fault", row->is_fault);
	expect_flag(line, "reset_received", row->is_reset);
	json_expect_false(line, "reset_sent");
	json_expect_number(line, "requests", row->requests);
	json_expect_number(line, "bytes_in", sums->sent);
	json_expect_number(line, "bytes_out", sums->received);
	json_expect_number(line, "bytes_unsent", 0);
	json_expect_string(line, "listener", "web");
	json_expect_string(line, "protocol", "http");
}

START_TEST(each_connection_has_a_line_with_its_cause)
{
	struct scene scene = scene_open(&grounds[_i], LIMITED, 1);
	struct sums sums[ROWS];
	struct life_lines lines;

	for (size_t i = 0; i < ROWS; i++) {
		wire_about(rows[i].cause);
		sums[i] = act(wire_connect(scene.usherd, "web"), &rows[i]);
	}
	usherd_stop(scene.usherd);
	lines = life_connections();
	ck_assert_uint_eq(lines.count, ROWS);
	for (size_t i = 0; i < ROWS; i++) {
		wire_about(rows[i].cause);
		expect_line(line_of(&lines, sums[i].peer), &rows[i], &sums[i]);
	}
	bytes_free(&lines.text);
}
END_TEST

START_TEST(a_drain_is_a_cause)
{
	struct scene scene = scene_open(&grounds[_i], LIMITED, 1);
	struct client *client = wire_connect(scene.usherd, "web");
	struct life_lines lines;

	send_get(client, "/hello");
	expect_response(client, 200);
	usherd_signal(scene.usherd, SIGTERM);
	expect_fin(client);
	client_close(client);
	life_expect_whole_end(scene.usherd);
	lines = life_connections();
	ck_assert_uint_eq(lines.count, 1);
	json_expect_string(life_line(&lines, 0), "cause", "drained");
	json_expect_string(life_line(&lines, 0), "first_fin", "ours");
	json_expect_false(life_line(&lines, 0), "fault");
	bytes_free(&lines.text);
}
END_TEST

/* How long it waited to be accepted is told where the kernel knows. */
START_TEST(the_time_in_the_queue_is_told)
{
	struct usherd *usherd =
	    life_start(WEB "service \"site\" {\n" ROUTES "}\n"
			   "log { level = debug  connections = \"@dir@/connections.log\"  "
			   "access_format = off }\n");
	struct client *client;
	struct life_lines lines;

	life_freeze(usherd);
	client = wire_connect(usherd, "web");
	ck_assert(!client_has_input(client, 200));
	life_thaw(usherd);
	/* A word of the client's before that would hide how long it has waited. */
	usherd_expect_log(usherd, "new -> busy");
	send_get(client, "/hello");
	expect_response(client, 200);
	client_close(client);
	usherd_stop(usherd);
	lines = life_connections();
	ck_assert_uint_ge(json_number(life_line(&lines, 0), "queued_ms"), 150);
	ck_assert_uint_gt(json_number(life_line(&lines, 0), "rtt_us"), 0);
	ck_assert_uint_lt(json_number(life_line(&lines, 0), "age_us"), 20000000);
	bytes_free(&lines.text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("connections");
	TCase *lines = life_case(suite, "lines", 60);

	tcase_add_loop_test(lines, each_connection_has_a_line_with_its_cause, 0, 1);
	tcase_add_loop_test(lines, each_connection_has_a_line_with_its_cause, 2, 3);
	tcase_add_loop_test(lines, a_drain_is_a_cause, 0, ground_count);
	tcase_add_test(lines, the_time_in_the_queue_is_told);
	return life_run(suite);
}
