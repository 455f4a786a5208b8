/* SPDX-License-Identifier: MIT
 *
 * Tests of net/conn_rate: whose client is too slow, and how rounds are shared out.
 */
#include <event2/event.h>
#include <sys/socket.h>

#include "net/conn_private.h"
#include "rig.h"

#define WINDOW_US (CLOCK_SECOND_US / 5)
#define LARGE ((size_t)2 << 20)
#define MANY 300 /* more than a turn looks at, less than three turns do */

static struct rig rig;

static void
start(const struct conn_limits *limits)
{
	rig_init(&rig,
	    &(struct rig_options){ .pair = { WIRE_TCP, true },
		.limits = *limits,
		.deadline_us = { [DEADLINE_HEAD] = 60 * CLOCK_SECOND_US,
		    [DEADLINE_WRITE] = 60 * CLOCK_SECOND_US } });
}

static void
tear_down(void)
{
	rig_done(&rig);
}

/* --- Who is too slow --------------------------------------------------------- */

static void
look_for(unsigned windows)
{
	while (windows-- > 0 && rig.conn) {
		rig_pass(&rig, WINDOW_US + 10000);
		conn_set_rate(&rig.conns);
	}
}

static const struct conn_limits rated = { .min_rate = 1000, .rate_window_us = WINDOW_US };

START_TEST(an_answer_that_nobody_reads_is_too_slow)
{
	start(&rated);
	rig_open(&rig);
	ck_assert_int_eq(conn_write(rig.conn, pattern(LARGE)), 0);
	conn_flush(rig.conn);
	conn_wait(rig.conn, DEADLINE_WRITE);
	conn_set_rate(&rig.conns);
	ck_assert_ptr_nonnull(rig.conn);
	look_for(4);
	rig_run_until(&rig, rig.conn == NULL);
	ck_assert_str_eq(ending_label(rig.seen.ending.cause), "too_slow");
}
END_TEST

/* The kernel has room for more, and takes it, while the client takes nothing. */
START_TEST(what_the_kernel_takes_is_not_what_the_client_takes)
{
	const int more = 256 * 1024;
	uint64_t before;

	start(&rated);
	rig_open(&rig);
	ck_assert_int_eq(conn_write(rig.conn, pattern(LARGE)), 0);
	conn_flush(rig.conn);
	conn_wait(rig.conn, DEADLINE_WRITE);
	rig_pass(&rig, 2 * WINDOW_US); /* the client's kernel is full, too */
	conn_set_rate(&rig.conns);
	before = conn_bytes_out(rig.conn);
	ck_assert_int_eq(setsockopt(rig.conn->fd, SOL_SOCKET, SO_SNDBUF, &more, sizeof(more)), 0);
	rig_run_until(&rig, conn_bytes_out(rig.conn) > before + 10000);
	look_for(1);
	rig_run_until(&rig, rig.conn == NULL);
	ck_assert_str_eq(ending_label(rig.seen.ending.cause), "too_slow");
}
END_TEST

START_TEST(the_first_window_is_for_gathering_speed)
{
	start(&rated);
	rig_open(&rig);
	conn_wait(rig.conn, DEADLINE_HEAD);
	look_for(1);
	rig_settle(&rig);
	ck_assert_ptr_nonnull(rig.conn);
	look_for(2);
	rig_run_until(&rig, rig.conn == NULL);
	ck_assert_str_eq(ending_label(rig.seen.ending.cause), "too_slow");
}
END_TEST

START_TEST(who_is_not_waited_for_or_fast_enough_is_left_in_peace)
{
	start(&rated);
	rig_open(&rig);
	look_for(3);
	ck_assert_ptr_nonnull(rig.conn);
	conn_wait(rig.conn, DEADLINE_HEAD);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(send(rig.client, pattern(LARGE).data, 4000, 0), 4000);
		look_for(1);
		ck_assert_ptr_nonnull(rig.conn);
	}
}
END_TEST

/* --- Rounds ------------------------------------------------------------------ */

static int clients[MANY];

static void
open_many(void)
{
	for (int i = 0; i < MANY; i++) {
		rig_open(&rig);
		conn_wait(rig.conn, DEADLINE_HEAD);
		clients[i] = rig.client;
		rig.client = -1;
	}
}

static void
close_many(void)
{
	(void)conn_set_abort_all(&rig.conns, NULL, ENDING_STOPPED);
	rig_settle(&rig);
	for (int i = 0; i < MANY; i++)
		client_close(&clients[i]);
}

static size_t
count_rated(void)
{
	struct list_link *link;
	size_t count = 0;

	list_foreach (link, &rig.conns.lists[CONN_BUSY])
		count += list_entry(link, struct conn, link)->is_rated;
	return count;
}

/* So long that nobody is judged. */
static const struct conn_limits patient = { .min_rate = 1000,
	.rate_window_us = 3600 * CLOCK_SECOND_US };

START_TEST(a_round_takes_some_in_a_turn_and_all_in_the_end)
{
	start(&patient);
	open_many();
	conn_set_rate(&rig.conns);
	ck_assert_uint_gt(count_rated(), 0);
	ck_assert_uint_lt(count_rated(), MANY / 2);
	rig_run_until(&rig, count_rated() == MANY);
	rig_run_until(&rig, !rig.conns.rating.next);
	ck_assert(!evtimer_pending(rig.conns.rating.timer, NULL));
	close_many();
}
END_TEST

/* Whoever stands where the round goes on leaves, by an end or to another list. */
START_TEST(a_round_goes_on_behind_who_leaves)
{
	struct conn *conn;

	start(&patient);
	open_many();
	conn_set_rate(&rig.conns);
	for (int i = 0; i < 20; i++) {
		conn = list_entry(rig.conns.rating.next, struct conn, link);
		ck_assert(!conn->is_rated);
		if (i % 2 == 0)
			conn_abort(conn, ENDING_STOPPED);
		else
			conn_set_idle(conn);
	}
	rig_run_until(&rig, count_rated() == MANY - 20);
	rig_run_until(&rig, !rig.conns.rating.next);
	close_many();
}
END_TEST

START_TEST(a_round_ends_when_all_it_had_to_see_are_gone)
{
	start(&patient);
	open_many();
	conn_set_rate(&rig.conns);
	(void)conn_set_abort_all(&rig.conns, NULL, ENDING_STOPPED);
	rig_run_until(&rig, !rig.conns.rating.next);
	close_many();
}
END_TEST

/* Whoever was looked at goes to the end of the list, as after a request. */
static void
requeue_those_before(const struct list_link *end)
{
	struct list_link *first;

	while ((first = list_first(&rig.conns.lists[CONN_BUSY])) != end) {
		struct conn *conn = list_entry(first, struct conn, link);

		conn_set_idle(conn);
		conn_set_busy(conn);
	}
}

START_TEST(who_comes_and_goes_does_not_keep_a_round_from_its_end)
{
	start(&patient);
	open_many();
	conn_set_rate(&rig.conns);
	for (int turns = 0; rig.conns.rating.next; turns++) {
		ck_assert_int_lt(turns, 1000);
		requeue_those_before(rig.conns.rating.next);
		rig_turn(&rig);
	}
	close_many();
}
END_TEST

START_TEST(without_the_limit_nobody_is_looked_at)
{
	start(&(struct conn_limits){ .rate_window_us = WINDOW_US });
	rig_open(&rig);
	conn_wait(rig.conn, DEADLINE_HEAD);
	conn_set_rate(&rig.conns);
	ck_assert_ptr_null(rig.conns.rating.next);
	ck_assert(!rig.conn->is_rated);
	ck_assert(!evtimer_pending(rig.conns.rating.timer, NULL));
}
END_TEST

START_TEST(a_limit_that_goes_ends_the_round)
{
	start(&patient);
	open_many();
	conn_set_rate(&rig.conns);
	rig.conns.limits.min_rate = 0;
	rig_run_until(&rig, !rig.conns.rating.next);
	ck_assert_uint_lt(count_rated(), MANY / 2);
	close_many();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net/conn_rate");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, NULL, tear_down);
	tcase_set_timeout(cases, 60);
	tcase_add_test(cases, an_answer_that_nobody_reads_is_too_slow);
	tcase_add_test(cases, what_the_kernel_takes_is_not_what_the_client_takes);
	tcase_add_test(cases, the_first_window_is_for_gathering_speed);
	tcase_add_test(cases, who_is_not_waited_for_or_fast_enough_is_left_in_peace);
	tcase_add_test(cases, a_round_takes_some_in_a_turn_and_all_in_the_end);
	tcase_add_test(cases, a_round_goes_on_behind_who_leaves);
	tcase_add_test(cases, a_round_ends_when_all_it_had_to_see_are_gone);
	tcase_add_test(cases, who_comes_and_goes_does_not_keep_a_round_from_its_end);
	tcase_add_test(cases, without_the_limit_nobody_is_looked_at);
	tcase_add_test(cases, a_limit_that_goes_ends_the_round);
	suite_add_tcase(suite, cases);
	return run_suite(suite);
}
