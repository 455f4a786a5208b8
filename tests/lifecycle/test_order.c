/* SPDX-License-Identifier: MIT
 *
 * order: how a connection ends on the wire (RFC 9112 9.6, RFC 9293 3.6): after the
 * answer that says close usherd's FIN follows the last byte, the client's FIN is
 * awaited, and no RST follows, whatever the client still sends.
 */
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "capture.h"
#include "harness/seen.h"
#include "scene.h"

#define BIG_LEN (2u << 20)

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
	uint64_t bytes[2];
	size_t last_data_at[2];
	bool was_reset;
	bool was_fin_acknowledged; /* the client's */
};

static void
tell_segment(struct story *story, const struct captured *segment, size_t at)
{
	const int who = segment->is_from_server;

	story->was_reset |= (segment->flags & TH_RST) != 0;
	if (segment->flags & TH_SYN) {
		story->first_seq[who] = segment->seq + 1;
		return;
	}
	if (segment->len > 0) {
		story->bytes[who] = segment->seq + segment->len - story->first_seq[who];
		story->last_data_at[who] = at;
	}
	if ((segment->flags & TH_FIN) && story->fin_at[who] == 0) {
		story->fin_at[who] = at;
		story->fin_seq[who] = segment->seq + (uint32_t)segment->len;
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

/* The whole answer, to the byte, then FIN. How many bytes came. */
static uint64_t
read_answer(struct client *client, const struct end *end)
{
	uint64_t bytes;

	expect_response_head(client, end->status);
	expect_field(client, "Connection", "close");
	bytes = strlen("HTTP/1.1 200 OK\r\n"); /* at least */
	bytes += strtoull(response_field(last_response(client), "Content-Length"), NULL, 10);
	ck_assert_uint_ge(bytes, expect_fin_after_anything(client));
	expect_no_reset(client);
	return bytes;
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
await_drain(struct usherd *usherd, struct client *client)
{
	usherd_signal(usherd, SIGTERM);
	usherd_expect_log(usherd, "SIGTERM: draining");
	/* Answers are as ever until the queue is empty, which shows from outside. */
	while (wire_has_listener(usherd, "web"))
		expect_nothing_yet(client);
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
		await_drain(scene.usherd, client);
	send_text(client, end->request);
	bytes = read_answer(client, end);
	send_text(client, end->rest);
	if (!end->is_last)
		expect_peer(client, PEER_AWAITS_FIN);
	client_close(client);
	if (!end->is_drain)
		usherd_signal(scene.usherd, SIGTERM);
	life_expect_whole_end(scene.usherd);
	capture_take(&capture);
	story = tell(&capture);
	expect_story(&story, bytes);
	expect_counters(&scene.before, 0);
	capture_close(&capture);
}
