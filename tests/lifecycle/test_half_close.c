/* SPDX-License-Identifier: MIT
 *
 * half_close: a client that ends its side right after its request still gets its
 * answer (RFC 9112 9.6); one that leaves in the midst of a request is let go; and
 * with `on_peer_fin = abort` a FIN means that nobody listens any more.
 */
#include <signal.h>
#include <stdlib.h>

#include "harness/loader.h"
#include "scene.h"

#define BIG SCENE_BIG_LEN

struct half {
	const char *name;
	const char *request;
	size_t bytes;       /* of the pattern, in all bodies */
	int answers;        /* all 200 */
	int receive_buffer; /* so that much of it is not sent yet at the FIN */
};

static const struct half halves[] = {
	{ "a small answer", "GET /page HTTP/1.1\r\nHost: a\r\n\r\n", SCENE_PAGE_LEN, 1, 0 },
	{ "a large answer", "GET /big HTTP/1.1\r\nHost: a\r\n\r\n", BIG, 1, 0 },
	{ "a large answer, read slowly", "GET /big HTTP/1.1\r\nHost: a\r\n\r\n", BIG, 1, 4096 },
	{ "several large answers",
	    "GET /big HTTP/1.1\r\nHost: a\r\n\r\nGET /big HTTP/1.1\r\nHost: a\r\n\r\n"
	    "GET /page HTTP/1.1\r\nHost: a\r\n\r\n",
	    2 * (size_t)BIG + SCENE_PAGE_LEN, 3, 16384 },
	{ "HTTP/1.0", "GET /big HTTP/1.0\r\n\r\n", BIG, 1, 16384 },
	{ "a client that says close", "GET /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	    BIG, 1, 16384 },
};
#define HALVES ((int)(sizeof(halves) / sizeof(halves[0])))

/* Each body is the pattern from its start. How many bytes there were. */
static size_t
read_answers(struct client *client, int count)
{
	size_t bytes = 0;

	for (int i = 0; i < count; i++) {
		size_t length;

		expect_response_head(client, 200);
		length =
		    strtoull(response_field(last_response(client), "Content-Length"), NULL, 10);
		expect_pattern(client, length, 0);
		bytes += length;
	}
	return bytes;
}

static void
half_close_on(const struct ground *ground, const struct half *half)
{
	struct scene scene = scene_open(ground, "", 1);
	struct client *client = wire_connect_narrow(scene.usherd, "web", half->receive_buffer);
	struct life_lines lines;

	wire_about(half->name);
	/* So that no answer, and no FIN of usherd's, comes in between. */
	life_freeze(scene.usherd);
	send_text(client, half->request);
	half_close(client);
	life_thaw(scene.usherd);
	ck_assert_uint_eq(read_answers(client, half->answers), half->bytes);
	expect_fin(client);
	expect_no_reset(client);
	client_close(client);
	usherd_stop(scene.usherd);
	lines = life_connections();
	ck_assert_uint_eq(lines.count, 1);
	json_expect_string(life_line(&lines, 0), "first_fin", "peer");
	json_expect_false(life_line(&lines, 0), "fault");
	json_expect_number(life_line(&lines, 0), "bytes_unsent", 0);
	expect_counters(&scene.before, 0);
	bytes_free(&lines.text);
}

START_TEST(a_fin_after_the_request_does_not_cost_the_answer)
{
	half_close_on(&grounds[0], &halves[_i]);
}
END_TEST

START_TEST(on_a_unix_socket_it_is_the_same)
{
	half_close_on(&grounds[5], &halves[_i]);
}
END_TEST

/* --- In the midst of a request ---------------------------------------------------- */

static const char *const beginnings[] = {
	"GET /hello HT",
	"GET /hello HTTP/1.1\r\nHost: a\r\n",
	"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfirst",
	"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\na\r\nfirst",
	"POST /page HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfirst",
};
#define BEGINNINGS ((int)(sizeof(beginnings) / sizeof(beginnings[0])))

START_TEST(who_leaves_within_a_request_is_let_go)
{
	struct scene scene = scene_open(&grounds[0], "", 1);
	struct client *client = wire_connect(scene.usherd, "web");
	struct life_lines lines;

	wire_about(beginnings[_i]);
	send_text(client, beginnings[_i]);
	half_close(client);
	(void)expect_fin_after_anything(client);
	expect_no_reset(client);
	client_close(client);
	usherd_stop(scene.usherd);
	lines = life_connections();
	json_expect_string(life_line(&lines, 0), "cause", "peer_left");
	json_expect_string(life_line(&lines, 0), "first_fin", "peer");
	expect_counters(&scene.before, 0);
	bytes_free(&lines.text);
}
END_TEST

/* --- on_peer_fin = abort ----------------------------------------------------------- */

static const struct ground aborting = { .name = "on_peer_fin = abort",
	.listener = "address = \"127.0.0.1\" port = 0 on_peer_fin = abort send_buffer = 64k",
	.loops = 1,
	.is_tcp = true };

START_TEST(with_abort_a_fin_ends_the_answer)
{
	struct scene scene = scene_open(&aborting, "", 1);
	struct client *client = wire_connect_narrow(scene.usherd, "web", 4096);
	struct life_lines lines;

	send_text(client, halves[1].request);
	expect_response_head(client, 200);
	half_close(client);
	ck_assert_uint_lt(expect_fin_after_anything(client), BIG);
	client_close(client);
	usherd_stop(scene.usherd);
	lines = life_connections();
	json_expect_string(life_line(&lines, 0), "cause", "peer_left");
	json_expect_string(life_line(&lines, 0), "first_fin", "peer");
	json_expect_true(life_line(&lines, 0), "fault");
	ck_assert_uint_gt(json_number(life_line(&lines, 0), "bytes_unsent"), 0);
	expect_counters(&scene.before, 0);
	bytes_free(&lines.text);
}
END_TEST

/* Who asks one thing after the other and then leaves has had his answers. */
START_TEST(with_abort_an_idle_client_may_leave)
{
	struct scene scene = scene_open(&aborting, "", 1);
	const uint16_t port = ntohs(usherd_endpoint(scene.usherd, "web").address.in.sin_port);
	struct loader *loader;

	put_file("hello", "hello\n");
	loader = loader_run(ARGS("-c", "20", "-n", "200", "--expect-body", "@@dir@/hello",
				"--expect-no-loss", loader_url(port, "/hello")),
	    0);

	loader_expect_count(loader, "answered", 200);
	loader_expect_no_other(loader, ARGS("answered", "connections_closed"));
	usherd_signal(scene.usherd, SIGTERM);
	scene_close(&scene);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("half_close");
	TCase *finish = life_case(suite, "finish", 30);
	TCase *abort = life_case(suite, "abort", 30);

	tcase_add_loop_test(finish, a_fin_after_the_request_does_not_cost_the_answer, 0, HALVES);
	tcase_add_loop_test(finish, on_a_unix_socket_it_is_the_same, 0, HALVES);
	tcase_add_loop_test(finish, who_leaves_within_a_request_is_let_go, 0, BEGINNINGS);
	tcase_add_test(abort, with_abort_a_fin_ends_the_answer);
	tcase_add_test(abort, with_abort_an_idle_client_may_leave);
	return life_run(suite);
}
