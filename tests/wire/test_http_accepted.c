/* SPDX-License-Identifier: MIT
 *
 * http_accepted: each request of tests/corpus/accept is understood, wherever it is
 * cut, and the connection goes on with the next request unless it was to end.
 */
#include <string.h>

#include "harness/corpus.h"
#include "harness/wire.h"

/* Requests for one daemon. */
#define BATCH 8

/* Above this size not every byte is a place to cut, but every 97th. */
#define SMALL 1500

#define EVERYTHING \
	WEB "service \"site\" { route \"/\" { respond = 200 body = \"taken\" } }\n" TRACED

static struct corpus corpus;

static const struct corpus_item *
item_of_batch(int batch, size_t index)
{
	size_t at = (size_t)batch * BATCH + index;

	return index < BATCH && at < corpus.count ? &corpus.items[at] : NULL;
}

/* CONNECT, and methods that no route has, are understood and turned down; so is a
 * target whose head is in order but whose path has a '%' or '\\' that names nothing. */
static bool
is_fair(const struct corpus_item *item, int status)
{
	if (strcmp(item->name, "get-printable-target.http") == 0)
		return status == 400;
	return status == 200 || status == 204 || status == 405 || status == 501;
}

/* Reads the answer to `item`; true when the connection goes on. */
static bool
expect_taken(struct client *client, const struct corpus_item *item)
{
	int status = read_response_head(client);

	if (!corpus_has_method(item, "HEAD"))
		response_read_body(last_response(client), client);
	if (!is_fair(item, status))
		wire_fail("status %d", status);
	if (response_has_token(last_response(client), "Connection", "close")) {
		expect_fin(client);
		expect_no_reset(client);
		return false;
	}
	return true;
}

static void
expect_it_goes_on(struct client *client)
{
	send_get(client, "/hello");
	expect_response(client, 200);
	expect_body(client, "taken");
}

START_TEST(each_is_taken)
{
	struct usherd *usherd = usherd_start(EVERYTHING);
	const struct corpus_item *item;

	for (size_t i = 0; (item = item_of_batch(_i, i)); i++) {
		struct client *client = wire_connect(usherd, "web");

		wire_about(item->name);
		send_bytes(client, item->request.data, item->request.len);
		if (expect_taken(client, item))
			expect_it_goes_on(client);
		client_close(client);
	}
}
END_TEST

static void
cut_everywhere(struct usherd *usherd, const struct corpus_item *item)
{
	const struct bytes *request = &item->request;
	struct client *client = wire_connect(usherd, "web");

	for (size_t cut = 1; cut < request->len; cut += request->len < SMALL ? 1 : 97) {
		send_cut_at(client, request->data, request->len, cut);
		if (expect_taken(client, item))
			continue;
		client_close(client);
		client = wire_connect(usherd, "web");
	}
	client_close(client);
}

START_TEST(each_is_taken_wherever_it_is_cut)
{
	struct usherd *usherd = usherd_start(EVERYTHING);
	const struct corpus_item *item;

	for (size_t i = 0; (item = item_of_batch(_i, i)); i++) {
		wire_about(item->name);
		cut_everywhere(usherd, item);
	}
}
END_TEST

START_TEST(each_is_taken_in_small_pieces)
{
	struct usherd *usherd = usherd_start(EVERYTHING);
	const struct corpus_item *item;

	for (size_t i = 0; (item = item_of_batch(_i, i)); i++) {
		struct client *client = wire_connect(usherd, "web");

		wire_about(item->name);
		send_pieces(client, item->request.data, item->request.len,
		    item->request.len < SMALL ? 1 : 97);
		if (expect_taken(client, item))
			expect_it_goes_on(client);
		client_close(client);
	}
}
END_TEST

START_TEST(each_is_taken_in_one_write_with_the_next)
{
	struct usherd *usherd = usherd_start(EVERYTHING);
	const struct corpus_item *item;

	for (size_t i = 0; (item = item_of_batch(_i, i)); i++) {
		struct client *client = wire_connect(usherd, "web");
		struct bytes both = { 0 };

		wire_about(item->name);
		bytes_put(&both, item->request.data, item->request.len);
		bytes_put_string(&both, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
		send_bytes(client, both.data, both.len);
		bytes_free(&both);
		if (expect_taken(client, item)) {
			expect_response(client, 200);
			expect_body(client, "taken");
		}
		client_close(client);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http_accepted");
	TCase *accepted = wire_case(suite, "accepted", 120);
	int batches;
	int status;

	corpus = corpus_load("accept");
	batches = (int)((corpus.count + BATCH - 1) / BATCH);
	tcase_add_loop_test(accepted, each_is_taken, 0, batches);
	tcase_add_loop_test(accepted, each_is_taken_wherever_it_is_cut, 0, batches);
	tcase_add_loop_test(accepted, each_is_taken_in_small_pieces, 0, batches);
	tcase_add_loop_test(accepted, each_is_taken_in_one_write_with_the_next, 0, batches);
	status = wire_run(suite);
	corpus_free(&corpus);
	return status;
}
