/* SPDX-License-Identifier: MIT
 *
 * http_refused: each request of tests/corpus/reject gets the status that its name
 * begins with, then FIN, and never a reset: however it arrives, and however much
 * its client goes on to send.
 */
#include <stdlib.h>

#include "harness/corpus.h"
#include "harness/wire.h"

/* Requests for one daemon. */
#define BATCH 16

/* Below this size a request is sent byte by byte, above it in larger pieces. */
#define SMALL 1000

#define MORE ((size_t)1 << 20)

/* A route for everything, so that no 404 stands in for a refusal; and room for
 * those who do not stop sending. */
#define EVERYTHING                                                                         \
	WEB "service \"site\" { route \"/\" { respond = 200 body = \"taken\" } }\n" TRACED \
	    "limits { linger_bytes = \"4m\" }\n"

static struct corpus corpus;

static const struct corpus_item *
item_of_batch(int batch, size_t index)
{
	size_t at = (size_t)batch * BATCH + index;

	return index < BATCH && at < corpus.count ? &corpus.items[at] : NULL;
}

static void
expect_refusal(struct client *client, const struct corpus_item *item)
{
	expect_response(client, corpus_status(item));
	expect_field(client, "Connection", "close");
	expect_fin(client);
	expect_no_reset(client);
	client_close(client);
}

START_TEST(each_is_refused)
{
	struct usherd *usherd = usherd_start(EVERYTHING);
	const struct corpus_item *item;

	for (size_t i = 0; (item = item_of_batch(_i, i)); i++) {
		struct client *client = wire_connect(usherd, "web");

		wire_about(item->name);
		send_bytes(client, item->request.data, item->request.len);
		expect_refusal(client, item);
	}
}
END_TEST

START_TEST(each_is_refused_in_small_pieces)
{
	struct usherd *usherd = usherd_start(EVERYTHING);
	const struct corpus_item *item;

	for (size_t i = 0; (item = item_of_batch(_i, i)); i++) {
		struct client *client = wire_connect(usherd, "web");

		wire_about(item->name);
		send_pieces(client, item->request.data, item->request.len,
		    item->request.len < SMALL ? 1 : 97);
		expect_refusal(client, item);
	}
}
END_TEST

START_TEST(each_is_refused_while_its_client_keeps_sending)
{
	struct usherd *usherd = usherd_start(EVERYTHING);
	const struct corpus_item *item;
	char *more = calloc(1, MORE);

	for (size_t i = 0; (item = item_of_batch(_i, i)); i++) {
		struct client *client = wire_connect(usherd, "web");

		wire_about(item->name);
		send_bytes(client, item->request.data, item->request.len);
		send_bytes(client, more, MORE);
		expect_refusal(client, item);
	}
	free(more);
}
END_TEST

START_TEST(each_is_refused_though_its_client_sends_no_more)
{
	struct usherd *usherd = usherd_start(EVERYTHING);
	const struct corpus_item *item;

	for (size_t i = 0; (item = item_of_batch(_i, i)); i++) {
		struct client *client = wire_connect(usherd, "web");

		wire_about(item->name);
		send_bytes(client, item->request.data, item->request.len);
		half_close(client);
		expect_refusal(client, item);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http_refused");
	TCase *refused = wire_case(suite, "refused", 120);
	int batches;
	int status;

	corpus = corpus_load("reject");
	batches = (int)((corpus.count + BATCH - 1) / BATCH);
	tcase_add_loop_test(refused, each_is_refused, 0, batches);
	tcase_add_loop_test(refused, each_is_refused_in_small_pieces, 0, batches);
	tcase_add_loop_test(refused, each_is_refused_while_its_client_keeps_sending, 0, batches);
	tcase_add_loop_test(refused, each_is_refused_though_its_client_sends_no_more, 0, batches);
	status = wire_run(suite);
	corpus_free(&corpus);
	return status;
}
