/* SPDX-License-Identifier: MIT
 *
 * Tests of net/conn_limits: addresses and memory.
 */
#include <string.h>
#include <sys/socket.h>

#include "net/conn_private.h"
#include "net/passport.h"
#include "rig.h"

#define LARGE ((size_t)2 << 20)

static struct rig rig;
static struct address_table *table;

static void
start(const struct conn_limits *limits)
{
	rig_init(&rig,
	    &(struct rig_options){ .pair = { WIRE_TCP, true },
		.limits = *limits,
		.deadline_us = { [DEADLINE_HEAD] = 60 * CLOCK_SECOND_US,
		    [DEADLINE_WRITE] = 60 * CLOCK_SECOND_US } });
	table = address_table_new();
	ck_assert_ptr_nonnull(table);
	rig.conns.addresses = table;
}

static void
tear_down(void)
{
	rig_done(&rig);
	address_table_free(table);
}

/* --- Addresses --------------------------------------------------------------- */

START_TEST(a_connection_above_the_limit_of_its_address_is_counted_and_closed)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	int server;
	int client;

	start(&(struct conn_limits){ .addresses = { .connections = 1, .prefix_v6 = 64 } });
	rig_open(&rig);
	pair_open(&rig.pair, &server, &client);
	ck_assert_int_eq(getpeername(server, (struct sockaddr *)&address, &len), 0);
	ck_assert_int_eq(
	    conn_open(&rig.conns, &rig.origin, server, (struct sockaddr *)&address, len), -EDQUOT);
	ck_assert_uint_eq(rig.conns.tally.by_cause[ENDING_ADDRESS_LIMIT], 1);
	ck_assert_uint_eq(rig.conns.open, 1);
	ck_assert_uint_eq(rig.seen.open, 1);
	client_close(&client);
	conn_abort(rig.conn, ENDING_STOPPED);
	rig_run_until(&rig, rig.conn == NULL);
	ck_assert_uint_eq(address_table_count(table), 0);
}
END_TEST

/* As in an upgrade: it leaves one process and comes to another. */
START_TEST(a_connection_that_is_handed_over_counts_once_for_its_address)
{
	struct passport passport;
	struct conn *conn;

	start(&(struct conn_limits){ .addresses = { .connections = 2, .prefix_v6 = 64 },
	    .park_us = 60 * CLOCK_SECOND_US,
	    .unparked = 1000 });
	rig_open(&rig);
	conn_set_idle(rig.conn);
	ck_assert_int_eq(conn_emigrate(rig.conn, &passport), 0);
	ck_assert_uint_eq(address_table_count(table), 0);
	ck_assert_int_eq(conn_immigrate(&rig.conns, &rig.origin, &passport), 0);
	ck_assert_uint_eq(address_table_count(table), 1);
	conn = list_entry(list_first(&rig.conns.lists[CONN_PARKED]), struct conn, link);
	conn_abort(conn, ENDING_STOPPED);
	ck_assert_uint_eq(address_table_count(table), 0);
}
END_TEST

START_TEST(requests_of_an_address_have_a_rate)
{
	uint64_t wait_s = 0;

	start(&(struct conn_limits){
	    .addresses = {
		.requests_per_second = 1, .burst = 2, .prefix_v6 = 64, .remembered = 1 } });
	rig_open(&rig);
	ck_assert_int_eq(conn_admit_request(rig.conn, &wait_s), CONN_ADMITTED);
	ck_assert_int_eq(conn_admit_request(rig.conn, &wait_s), CONN_ADMITTED);
	ck_assert_int_eq(conn_admit_request(rig.conn, &wait_s), CONN_TOO_MANY_REQUESTS);
	ck_assert_uint_eq(wait_s, 1);
	ck_assert_uint_eq(rig.conns.refusals.requests_rate, 1);
	rig.conns.sheds_requests = true;
	ck_assert_int_eq(conn_admit_request(rig.conn, &wait_s), CONN_OVERLOADED);
}
END_TEST

START_TEST(who_is_turned_away_sees_our_fin_and_is_not_served)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	int server;

	start(&(struct conn_limits){ .lingering = 10 });
	rig.conns.is_overloaded = true;
	pair_open(&rig.pair, &server, &rig.client);
	ck_assert_int_eq(getpeername(server, (struct sockaddr *)&address, &len), 0);
	ck_assert_int_eq(
	    conn_open(&rig.conns, &rig.origin, server, (struct sockaddr *)&address, len), 0);
	ck_assert_uint_eq(rig.conns.turned_away, 1);
	ck_assert_int_eq(rig_run_until_client_sees_end(&rig, &(size_t){ 0 }), SEES_FIN);
	client_close(&rig.client);
	rig_run_until(&rig, rig.conns.open == 0);
	ck_assert_uint_eq(rig.conns.turned_away, 0);
	ck_assert_uint_eq(rig.conns.tally.by_cause[ENDING_OVERLOADED], 1);
	ck_assert_uint_eq(rig.seen.open, 0);
}
END_TEST

/* --- Memory ------------------------------------------------------------------ */

START_TEST(output_that_is_left_over_is_counted_until_it_is_gone)
{
	size_t bytes = 0;

	start(&(struct conn_limits){ .lingering = 10 });
	rig_open(&rig);
	ck_assert_uint_eq(rig.conns.held_bytes, 0);
	ck_assert_int_eq(conn_write(rig.conn, pattern(LARGE)), 0);
	conn_flush(rig.conn);
	ck_assert_uint_ge(rig.conns.held_bytes, conn_output_length(rig.conn));
	ck_assert_uint_gt(rig.conns.held_bytes, 0);
	conn_finish(rig.conn, ENDING_RESPONSE_CLOSE);
	ck_assert_int_eq(rig_run_until_client_sees_end(&rig, &bytes), SEES_FIN);
	client_close(&rig.client);
	rig_run_until(&rig, rig.conn == NULL);
	ck_assert_uint_eq(rig.conns.held_bytes, 0);
}
END_TEST

/* libevent drains it, and tells nobody before it is empty. */
START_TEST(what_the_client_takes_is_counted_no_more)
{
	static char taken[LARGE / 4];
	size_t bytes = 0;
	size_t before;

	start(&(struct conn_limits){ .lingering = 10 });
	rig_open(&rig);
	ck_assert_int_eq(conn_write(rig.conn, pattern(LARGE)), 0);
	conn_flush(rig.conn);
	before = rig.conns.held_bytes;
	ck_assert_uint_gt(before, LARGE / 4);
	while (bytes < sizeof(taken)) {
		ssize_t got = recv(rig.client, taken, sizeof(taken) - bytes, MSG_DONTWAIT);

		bytes += got > 0 ? (size_t)got : 0;
		rig_settle(&rig);
	}
	rig_run_until(&rig, rig.conns.held_bytes < before);
	ck_assert_uint_gt(conn_output_length(rig.conn), 0);
	ck_assert_uint_le(rig.conns.held_bytes, conn_output_length(rig.conn) + 4096);
}
END_TEST

static void
forget(const void *data, size_t len, void *owner)
{
	(void)data;
	(void)len;
	(void)owner;
}

START_TEST(what_is_only_referred_to_is_not_counted)
{
	start(&(struct conn_limits){ .lingering = 10 });
	rig_open(&rig);
	ck_assert_int_eq(conn_write_reference(rig.conn, pattern(LARGE), forget, NULL), 0);
	conn_flush(rig.conn);
	ck_assert_uint_gt(conn_output_length(rig.conn), 0);
	ck_assert_uint_le(rig.conns.held_bytes, 4096);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net/conn_limits");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, NULL, tear_down);
	tcase_set_timeout(cases, 60);
	tcase_add_test(cases, a_connection_that_is_handed_over_counts_once_for_its_address);
	tcase_add_test(cases, a_connection_above_the_limit_of_its_address_is_counted_and_closed);
	tcase_add_test(cases, requests_of_an_address_have_a_rate);
	tcase_add_test(cases, who_is_turned_away_sees_our_fin_and_is_not_served);
	tcase_add_test(cases, output_that_is_left_over_is_counted_until_it_is_gone);
	tcase_add_test(cases, what_the_client_takes_is_counted_no_more);
	tcase_add_test(cases, what_is_only_referred_to_is_not_counted);
	suite_add_tcase(suite, cases);
	return run_suite(suite);
}
