/* SPDX-License-Identifier: MIT
 *
 * order: how a connection ends on the wire (RFC 9112 9.6, RFC 9293 3.6): after the
 * answer that says close usherd's FIN follows the last byte, the client's FIN is
 * awaited, and no RST follows, whatever the client still sends.
 */
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "capture.h"
#include "harness/seen.h"
#include "scene.h"

/* What makes usherd end the connection. */
struct end {
	const char *name;
	const char *request;
	const char *rest; /* sent after the answer has come, and before our FIN */
	int status;
	bool is_drain; /* SIGTERM comes before the request */
	bool is_last;  /* the client has said that it sends no more */
};

static const struct end ends[] = {
	{ "a client that says close", "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	    "", 200, false, true },
	{ "a large answer", "GET /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "", 200,
	    false, true },
	{ "HTTP/1.0", "GET /page HTTP/1.0\r\n\r\n", "", 200, false, true },
	{ "a request after the one that said close",
	    "GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
	    "GET /page HTTP/1.1\r\nHost: a\r\n\r\n",
	    "GET /page HTTP/1.1\r\nHost: a\r\n\r\n", 200, false, false },
	{ "a bad request", "GET /hello HTTP/1.1\r\nHost : a\r\n\r\n",
	    "GET /page HTTP/1.1\r\nHost: a\r\n\r\n", 400, false, false },
	{ "a body too large", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n",
	    "the body comes all the same", 413, false, false },
	{ "a drain", "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n",
	    "GET /page HTTP/1.1\r\nHost: a\r\n\r\n", 200, true, false },
	{ "a drain and a large answer", "GET /big HTTP/1.1\r\nHost: a\r\n\r\n",
	    "GET /page HTTP/1.1\r\nHost: a\r\n\r\n", 200, true, false },
};
#define ENDS ((int)(sizeof(ends) / sizeof(ends[0])))

/* What the segments of one connection were, put together. */
struct story {
	uint32_t first_seq[2]; /* of the data: [is_from_server] */
	uint32_t fin_seq[2];
	size_t fin_at[2]; /* index of the segment; 0: none */
	uint32_t bytes[2];
	size_t last_data_at[2];
	bool was_reset;
	bool was_fin_acknowledged; /* the client's */
};

static void
tell_segment(struct story *story, const struct captured *segment, size_t at)
{
	const int who = segment->is_from_server;
	const uint32_t end = segment->seq + (uint32_t)segment->len;

	story->was_reset |= (segment->flags & TH_RST) != 0;
	if (segment->flags & TH_SYN) {
		story->first_seq[who] = segment->seq + 1;
		return;
	}
	/* What is sent once more tells nothing new. */
	if (segment->len > 0 && end - story->first_seq[who] > story->bytes[who]) {
		story->bytes[who] = end - story->first_seq[who];
		story->last_data_at[who] = at;
	}
	if ((segment->flags & TH_FIN) && story->fin_at[who] == 0) {
		story->fin_at[who] = at;
		story->fin_seq[who] = end;
	}
	if (who == 1 && story->fin_at[0] > 0 && segment->ack == story->fin_seq[0] + 1)
		story->was_fin_acknowledged = true;
}

static struct story
tell(const struct capture *capture)
{
	struct story story = { 0 };

	for (size_t i = 0; i < capture->count; i++)
		tell_segment(&story, &capture->segments[i], i);
	return story;
}

/* Asks until the answer says close: in a drain that is not the first one, since
 * answers are as ever until the queue is empty. How many bytes of bodies came. */
static uint64_t
ask(struct client *client, const struct end *end, struct capture *capture)
{
	uint64_t bytes = 0;
	uint64_t length;
	bool is_last;

	do {
		send_text(client, end->request);
		expect_response_head(client, end->status);
		is_last = response_has_token(last_response(client), "Connection", "close");
		length =
		    strtoull(response_field(last_response(client), "Content-Length"), NULL, 10);
		bytes += length;
		if (!is_last)
			discard(client, length);
		capture_take(capture);
	} while (!is_last && end->is_drain);
	ck_assert(is_last);
	ck_assert_uint_eq(expect_fin_after_anything(client), length);
	expect_no_reset(client);
	return bytes;
}

/* After usherd's FIN: it awaits ours, or, told that nothing can come any more, has
 * left its socket to the kernel, which for a moment shows it in neither table. */
static void
expect_peer(const struct client *client, bool awaits_fin)
{
	int64_t give_up_us = clock_monotonic_us() + WIRE_DEADLINE_US;
	struct peer_view view;

	do
		view = peer_view(client_fd(client));
	while ((view.state != TCP_FIN_WAIT2 || view.is_held != awaits_fin) &&
	    clock_monotonic_us() < give_up_us);
	ck_assert_int_eq(view.state, TCP_FIN_WAIT2);
	ck_assert_int_eq(view.is_held, awaits_fin);
}

static void
expect_story(const struct story *story, uint64_t least_bytes)
{
	ck_assert(!story->was_reset);
	ck_assert_uint_ge(story->bytes[1], least_bytes);
	/* usherd's FIN stands right behind its last byte, and nothing follows. */
	ck_assert_uint_gt(story->fin_at[1], 0);
	ck_assert_uint_eq(story->fin_seq[1] - story->first_seq[1], story->bytes[1]);
	ck_assert_uint_ge(story->fin_at[1], story->last_data_at[1]);
	/* The client's comes after it, and is acknowledged. */
	ck_assert_uint_gt(story->fin_at[0], story->fin_at[1]);
	ck_assert(story->was_fin_acknowledged);
}

static void
terminate(struct usherd *usherd)
{
	usherd_signal(usherd, SIGTERM);
	usherd_expect_log(usherd, "SIGTERM: draining");
}

static void
end_on_the_wire(const struct end *end, const struct ground *ground)
{
	struct scene scene = scene_open(ground, "drain { idle_grace = \"10s\" }\n", 1);
	struct endpoint endpoint = usherd_endpoint(scene.usherd, "web");
	struct capture capture = capture_open(&endpoint.address);
	struct client *client = wire_connect(scene.usherd, "web");
	struct story story;
	uint64_t bytes;

	wire_about(end->name);
	if (end->is_drain)
		terminate(scene.usherd);
	bytes = ask(client, end, &capture);
	if (!end->is_last)
		send_text(client, end->rest);
	expect_peer(client, !end->is_last);
	client_close(client);
	if (!end->is_drain)
		terminate(scene.usherd);
	usherd_expect_clean_end(scene.usherd);
	capture_take(&capture);
	story = tell(&capture);
	expect_story(&story, bytes);
	expect_counters(&scene.before, 0);
	capture_close(&capture);
}

START_TEST(the_fin_follows_the_last_byte_and_the_clients_is_awaited)
{
	end_on_the_wire(&ends[_i], &grounds[0]);
}
END_TEST

START_TEST(over_ipv6_it_is_the_same)
{
	end_on_the_wire(&ends[_i], &grounds[3]);
}
END_TEST

/* An idle client gets the FIN of the drain, and what it sends then is lost, as any
 * request that crosses a FIN; but it is not reset. */
START_TEST(who_sends_after_the_fin_of_a_drain_is_not_reset)
{
	struct scene scene = scene_open(&grounds[0], "drain { idle_grace = \"50ms\" }\n", 1);
	struct client *client = wire_connect(scene.usherd, "web");

	terminate(scene.usherd);
	expect_fin(client);
	expect_peer(client, true);
	send_get(client, "/page");
	expect_peer(client, true);
	expect_no_reset(client);
	client_close(client);
	life_expect_whole_end(scene.usherd);
	expect_counters(&scene.before, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("order");
	TCase *order = life_case(suite, "order", 30);

	tcase_add_loop_test(
	    order, the_fin_follows_the_last_byte_and_the_clients_is_awaited, 0, ENDS);
	tcase_add_loop_test(order, over_ipv6_it_is_the_same, 0, ENDS);
	tcase_add_test(order, who_sends_after_the_fin_of_a_drain_is_not_reset);
	return life_run(suite);
}
