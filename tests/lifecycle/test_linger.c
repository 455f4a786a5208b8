/* SPDX-License-Identifier: MIT
 *
 * linger: an error is answered while the request still comes, and the answer
 * arrives whole: closing with unread input would reset it away (RFC 9112 9.6).
 * What a hostile client can hold by that is bounded in time, bytes and number.
 */
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "scene.h"

#define FORTY 40

#define LIMITS                                                                                 \
	"limits { head_bytes = 4k  target_bytes = 1k  body_bytes = 64k  linger_bytes = 1m }\n" \
	"timeouts { head = \"300ms\"  body = \"300ms\" }\n"                                    \
	"drain { idle_grace = \"0\" }\n"

/* An erring request: its head, how much of it is sent before the answer comes, and
 * how much in all. */
#define ERRING(what, code, text, before, in_all)                                               \
	{                                                                                      \
		.name = what,                                                                  \
		.requests = &(const struct load_request){ .head = (text),                      \
			.filler_len = (in_all),                                                \
			.wanted = { .status = (code), .is_any_body = true } },                 \
		.request_count = 1, .then = LOAD_THEN_LEAVES, .hold = LOAD_HOLDS_UNTIL_ANSWER, \
		.hold_sent = sizeof(text) - 1 + (before),                                      \
	}
#define POST(path, field) "POST " path " HTTP/1.1\r\nHost: a\r\n" field "\r\n\r\n"

static const struct load_role erring[] = {
	ERRING("413, announced", 413, POST("/echo", "Content-Length: 1000000"), 0, 500000),
	ERRING("413, in a chunk", 413, POST("/hello", "Transfer-Encoding: chunked") "fffff\r\n",
	    100, 500000),
	ERRING("400", 400, POST("/echo", "Content-Length : 500000"), 0, 500000),
	ERRING(
	    "400, a chunk", 400, POST("/hello", "Transfer-Encoding: chunked") "no\r\n", 0, 500000),
	ERRING("431", 431, "GET /hello HTTP/1.1\r\nHost: a\r\nX: ", 5000, 500000),
	ERRING("414", 414, "GET /", 2000, 500000),
	ERRING("408, the head", 408, "POST /hello HTTP/1.1\r\nHost: ", 10, 500000),
	ERRING("408, the body", 408, POST("/hello", "Content-Length: 60000"), 10, 60000),
};
#define KINDS ((int)(sizeof(erring) / sizeof(erring[0])))

/* The same, all at once as fast as it goes: who is answered before stops, as curl
 * does, and who is not reads the answer afterwards. */
static struct load_role
hasty(const struct load_role *role)
{
	struct load_role hasty = *role;

	hasty.hold = LOAD_HOLDS_NOT;
	return hasty;
}

static bool
needs_silence(const struct load_role *role)
{
	return role->requests[0].wanted.status == 408;
}

static void
expect_all_forty(const struct load_group *group)
{
	ck_assert_msg(group->counts[LOAD_WHOLE] == FORTY, "%s: %u of 40", group->role->name,
	    (unsigned)group->counts[LOAD_WHOLE]);
}

static void
expect_no_reset_logged(void)
{
	struct life_lines lines = life_connections();

	for (size_t i = 0; i < lines.count; i++)
		json_expect_false(life_line(&lines, i), "reset_sent");
	bytes_free(&lines.text);
}

START_TEST(errors_arrive_whole_while_the_request_still_comes)
{
	static struct load_role in_haste[KINDS];
	struct scene scene = scene_open(&grounds[_i], LIMITS, 1);
	struct load_group *patient[KINDS], *hurried[KINDS] = { NULL };

	for (int i = 0; i < KINDS; i++) {
		patient[i] = load_add(scene.load, &erring[i], FORTY);
		in_haste[i] = hasty(&erring[i]);
		if (!needs_silence(&erring[i]))
			hurried[i] = load_add(scene.load, &in_haste[i], FORTY);
	}
	scene_run_to_end(&scene);
	for (int i = 0; i < KINDS; i++) {
		expect_all_forty(patient[i]);
		if (hurried[i])
			expect_all_forty(hurried[i]);
	}
	load_expect_nothing_lost(scene.load);
	usherd_stop(scene.usherd);
	expect_no_reset_logged();
	expect_counters(&scene.before, 0);
}
END_TEST

/* --- Bounds ------------------------------------------------------------------------ */

/* With more behind it, so that usherd cannot be sure of having read all. */
#define SAYS_CLOSE                                                    \
	"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" \
	"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"

/* A client who was answered, has seen usherd's FIN, and keeps his own. */
static struct client *
be_answered_and_stay(struct usherd *usherd)
{
	struct client *client = wire_connect(usherd, "web");

	send_text(client, SAYS_CLOSE);
	expect_response(client, 200);
	expect_fin(client);
	return client;
}

static void
expect_cause(const struct life_lines *lines, size_t at, const char *cause, bool is_reset)
{
	json_expect_string(life_line(lines, at), "cause", cause);
	json_expect_string(life_line(lines, at), "first_fin", "ours");
	if (is_reset)
		json_expect_true(life_line(lines, at), "reset_sent");
	else
		json_expect_false(life_line(lines, at), "reset_sent");
}

#define LOGGED \
	"log { level = debug  connections = \"@dir@/connections.log\"  access_format = off }\n"
#define LINGERS(more) WEB "service \"site\" {\n" ROUTES "}\n" LOGGED more

START_TEST(lingering_ends_in_time)
{
	struct counters before = counters_read();
	struct usherd *usherd = life_start(LINGERS("timeouts { linger = \"200ms\" }\n"));
	struct client *client = be_answered_and_stay(usherd);
	struct life_lines lines;

	usherd_expect_log(usherd, "lingering -> closed (linger_expired)");
	expect_no_reset(client);
	client_close(client);
	usherd_stop(usherd);
	lines = life_connections();
	expect_cause(&lines, 0, "linger_expired", false);
	expect_counters(&before, 0);
	bytes_free(&lines.text);
}
END_TEST

START_TEST(lingering_ends_when_too_much_is_sent)
{
	struct counters before = counters_read();
	struct usherd *usherd = life_start(LINGERS("limits { linger_bytes = 100k }\n"));
	struct client *client = be_answered_and_stay(usherd);
	static char block[1 << 20];
	struct life_lines lines;

	(void)send(client_fd(client), block, sizeof(block), MSG_NOSIGNAL);
	usherd_expect_log(usherd, "lingering -> closed (linger_overflow)");
	client_close(client);
	usherd_signal(usherd, SIGTERM);
	usherd_expect_exit(usherd, 0);
	lines = life_connections();
	expect_cause(&lines, 0, "linger_overflow", true);
	/* One of usherd's, told above, and none of the client's. */
	ck_assert_uint_ge(counter_growth(&before, COUNTER_OUT_RESETS), 1);
	bytes_free(&lines.text);
}
END_TEST

START_TEST(not_more_than_the_limit_linger_at_once)
{
	struct counters before = counters_read();
	struct usherd *usherd = life_start(LINGERS("limits { lingering = 2 }\n"));
	struct client *clients[4];
	struct life_lines lines;

	for (int i = 0; i < 4; i++)
		clients[i] = be_answered_and_stay(usherd);
	/* The first two have made room for the last two. */
	usherd_expect_log_times(usherd, "lingering -> closed (linger_overflow)", 2);
	for (int i = 0; i < 4; i++)
		client_close(clients[i]);
	usherd_stop(usherd);
	lines = life_connections();
	ck_assert_uint_eq(lines.count, 4);
	for (size_t i = 0; i < 4; i++)
		expect_cause(&lines, i, i < 2 ? "linger_overflow" : "response_close", false);
	for (size_t i = 0; i < 2; i++)
		json_expect_number(life_line(&lines, i), "connection", i + 1);
	expect_counters(&before, 0);
	bytes_free(&lines.text);
}
END_TEST

int
main(void)
{
	static const int on[] = { 0, 3, 5 };
	Suite *suite = suite_create("linger");
	TCase *errors = life_case(suite, "errors", 60);
	TCase *bounds = life_case(suite, "bounds", 30);

	for (size_t i = 0; i < sizeof(on) / sizeof(on[0]); i++)
		tcase_add_loop_test(
		    errors, errors_arrive_whole_while_the_request_still_comes, on[i], on[i] + 1);
	tcase_add_test(bounds, lingering_ends_in_time);
	tcase_add_test(bounds, lingering_ends_when_too_much_is_sent);
	tcase_add_test(bounds, not_more_than_the_limit_linger_at_once);
	return life_run(suite);
}
