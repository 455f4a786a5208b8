/* SPDX-License-Identifier: MIT
 *
 * Tests of net/deadline.
 */
#include "net/deadline.h"

#include <event2/event.h>

#include "memory.h"
#include "rig.h"

#define WAITS 4
#define LENGTH_US 20000

static struct event_base *base;
static struct deadlines deadlines;
static struct deadline waits[WAITS];
static int expired[32];
static int expired_count;
static void (*on_each)(struct deadline *); /* what a test does when one expires */

static int
number_of(const struct deadline *deadline)
{
	return (int)(deadline - waits);
}

static void
on_expired(struct deadline *deadline, void *arg)
{
	ck_assert_ptr_eq(arg, &deadlines);
	ck_assert(!deadline_is_armed(deadline));
	ck_assert_int_ge(clock_monotonic_us(), deadline->at_us);
	ck_assert_int_lt(expired_count, COUNT(expired));
	expired[expired_count++] = number_of(deadline);
	if (on_each)
		on_each(deadline);
}

static void
set_up(void)
{
	static const int64_t lengths[DEADLINE_KINDS] = { [DEADLINE_IDLE] = LENGTH_US,
		[DEADLINE_HEAD] = 3 * LENGTH_US,
		[DEADLINE_BODY] = LENGTH_US / 20,
		[DEADLINE_WRITE] = 3600 * CLOCK_SECOND_US,
		[DEADLINE_LINGER] = 0 };

	memory_take_over();
	base = event_base_new();
	ck_assert_int_eq(deadlines_init(&deadlines, base, lengths, on_expired, &deadlines), 0);
	for (int i = 0; i < WAITS; i++)
		deadline_init(&waits[i]);
}

static void
tear_down(void)
{
	for (int i = 0; i < WAITS; i++)
		deadline_disarm(&waits[i]);
	deadlines_done(&deadlines);
	event_base_free(base);
}

static void
arm(int number, enum deadline_kind kind)
{
	deadline_arm(&deadlines, &waits[number], kind, clock_monotonic_us());
}

/* Turns the loop until `count` have expired; no event may be left otherwise. */
static void
run_until(int count)
{
	while (expired_count < count)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
}

/* Turns the loop for as long as its timer has something to wait for. */
static void
run_dry(void)
{
	ck_assert_int_eq(event_base_dispatch(base), 1);
}

START_TEST(a_new_deadline_is_not_armed)
{
	ck_assert(!deadline_is_armed(&waits[0]));
	deadline_disarm(&waits[0]);
	ck_assert(!deadline_is_armed(&waits[0]));
}
END_TEST

START_TEST(those_of_one_kind_expire_in_the_order_of_arming)
{
	arm(2, DEADLINE_IDLE);
	arm(0, DEADLINE_IDLE);
	arm(1, DEADLINE_IDLE);
	run_until(3);
	ck_assert_int_eq(expired[0], 2);
	ck_assert_int_eq(expired[1], 0);
	ck_assert_int_eq(expired[2], 1);
}
END_TEST

START_TEST(a_shorter_kind_expires_before_a_longer_one)
{
	arm(0, DEADLINE_HEAD);
	arm(1, DEADLINE_IDLE);
	arm(2, DEADLINE_BODY);
	run_until(3);
	ck_assert_int_eq(expired[0], 2);
	ck_assert_int_eq(expired[1], 1);
	ck_assert_int_eq(expired[2], 0);
}
END_TEST

START_TEST(arming_again_forgets_what_was_armed)
{
	arm(0, DEADLINE_BODY);
	arm(0, DEADLINE_HEAD);
	ck_assert_int_eq(waits[0].kind, DEADLINE_HEAD);
	arm(1, DEADLINE_IDLE);
	run_dry();
	ck_assert_int_eq(expired_count, 2);
	ck_assert_int_eq(expired[0], 1);
	ck_assert_int_eq(expired[1], 0);
}
END_TEST

START_TEST(arming_again_puts_it_behind_the_others)
{
	arm(0, DEADLINE_IDLE);
	arm(1, DEADLINE_IDLE);
	arm(0, DEADLINE_IDLE);
	run_until(2);
	ck_assert_int_eq(expired[0], 1);
	ck_assert_int_eq(expired[1], 0);
}
END_TEST

START_TEST(a_disarmed_one_does_not_expire)
{
	arm(0, DEADLINE_IDLE);
	arm(1, DEADLINE_IDLE);
	deadline_disarm(&waits[0]);
	ck_assert(!deadline_is_armed(&waits[0]));
	run_dry();
	ck_assert_int_eq(expired_count, 1);
	ck_assert_int_eq(expired[0], 1);
}
END_TEST

START_TEST(a_kind_of_length_0_never_expires)
{
	arm(0, DEADLINE_LINGER);
	ck_assert(!deadline_is_armed(&waits[0]));
	run_dry();
	ck_assert_int_eq(expired_count, 0);
}
END_TEST

START_TEST(arming_a_kind_of_length_0_disarms)
{
	arm(0, DEADLINE_IDLE);
	arm(0, DEADLINE_LINGER);
	ck_assert(!deadline_is_armed(&waits[0]));
	run_dry();
	ck_assert_int_eq(expired_count, 0);
}
END_TEST

START_TEST(the_timer_is_not_moved_by_a_later_deadline)
{
	int64_t fires_at_us;

	arm(0, DEADLINE_IDLE);
	fires_at_us = deadlines.timer_at_us;
	ck_assert_int_eq(fires_at_us, waits[0].at_us);
	arm(1, DEADLINE_HEAD);
	arm(0, DEADLINE_WRITE);
	ck_assert_int_eq(deadlines.timer_at_us, fires_at_us);
}
END_TEST

START_TEST(the_timer_is_moved_by_an_earlier_deadline)
{
	arm(0, DEADLINE_WRITE);
	arm(1, DEADLINE_BODY);
	ck_assert_int_eq(deadlines.timer_at_us, waits[1].at_us);
	run_until(1);
	ck_assert_int_eq(expired[0], 1);
	ck_assert_int_eq(deadlines.timer_at_us, waits[0].at_us);
}
END_TEST

START_TEST(a_timer_that_finds_nothing_due_sleeps_again_until_the_next)
{
	arm(0, DEADLINE_BODY);
	arm(0, DEADLINE_WRITE);
	while (deadlines.timer_at_us != waits[0].at_us)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(expired_count, 0);
}
END_TEST

START_TEST(a_timer_without_deadlines_is_not_armed)
{
	arm(0, DEADLINE_IDLE);
	run_dry();
	ck_assert_int_eq(deadlines.timer_at_us, INT64_MAX);
}
END_TEST

static void
arm_once_more(struct deadline *deadline)
{
	if (expired_count < 3)
		arm(number_of(deadline), DEADLINE_IDLE);
}

START_TEST(one_that_expires_may_be_armed_again)
{
	on_each = arm_once_more;
	arm(0, DEADLINE_IDLE);
	run_dry();
	ck_assert_int_eq(expired_count, 3);
}
END_TEST

static void
disarm_the_others(struct deadline *deadline)
{
	for (int i = 0; i < WAITS; i++)
		if (&waits[i] != deadline)
			deadline_disarm(&waits[i]);
}

START_TEST(one_that_expires_may_disarm_the_others)
{
	on_each = disarm_the_others;
	for (int i = 0; i < WAITS; i++)
		arm(i, i % 2 ? DEADLINE_IDLE : DEADLINE_BODY);
	run_dry();
	ck_assert_int_eq(expired_count, 1);
	ck_assert_int_eq(expired[0], 0);
}
END_TEST

static void
move_the_next(struct deadline *deadline)
{
	int next = number_of(deadline) + 1;

	if (next < WAITS && deadline_is_armed(&waits[next]))
		arm(next, DEADLINE_HEAD);
}

START_TEST(one_that_expires_may_arm_another)
{
	on_each = move_the_next;
	for (int i = 0; i < WAITS; i++)
		arm(i, DEADLINE_IDLE);
	run_dry();
	ck_assert_int_eq(expired_count, WAITS);
	ck_assert_int_eq(expired[0], 0);
	ck_assert_int_eq(expired[1], 2);
}
END_TEST

START_TEST(one_that_is_overdue_expires_in_the_next_turn)
{
	deadline_arm(&deadlines, &waits[0], DEADLINE_IDLE, clock_monotonic_us() - CLOCK_SECOND_US);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(expired_count, 1);
}
END_TEST

/* libevent keeps its timers in a heap, which grows. */
START_TEST(without_memory_the_next_arming_tries_again)
{
	memory_fail_after(0);
	arm(0, DEADLINE_BODY);
	memory_heal();
	ck_assert(deadline_is_armed(&waits[0]));
	arm(1, DEADLINE_IDLE);
	run_until(2);
}
END_TEST

START_TEST(without_memory_there_are_no_deadlines)
{
	static const int64_t lengths[DEADLINE_KINDS] = { 0 };
	struct deadlines others;

	memory_fail_after(0);
	ck_assert_int_eq(deadlines_init(&others, base, lengths, on_expired, NULL), -ENOMEM);
	memory_heal();
}
END_TEST

START_TEST(waits_end_earlier_when_their_length_shrinks)
{
	arm(0, DEADLINE_WRITE);
	arm(1, DEADLINE_WRITE);
	deadlines_set_length(&deadlines, DEADLINE_WRITE, LENGTH_US / 20, clock_monotonic_us());
	arm(2, DEADLINE_WRITE);
	run_until(3);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(expired[i], i);
}
END_TEST

START_TEST(waits_end_later_when_their_length_grows)
{
	const int64_t began_us = clock_monotonic_us();

	arm(0, DEADLINE_BODY);
	deadlines_set_length(&deadlines, DEADLINE_BODY, 2 * LENGTH_US, began_us);
	run_until(1);
	ck_assert_int_ge(clock_monotonic_us() - began_us, 2 * LENGTH_US);
}
END_TEST

START_TEST(waits_without_end_are_forgotten_and_begin_anew)
{
	arm(0, DEADLINE_IDLE);
	deadlines_set_length(&deadlines, DEADLINE_IDLE, 0, clock_monotonic_us());
	ck_assert(!deadline_is_armed(&waits[0]));
	deadlines_set_length(&deadlines, DEADLINE_IDLE, LENGTH_US / 20, clock_monotonic_us());
	arm(0, DEADLINE_IDLE);
	run_until(1);
}
END_TEST

static void
add_queues(Suite *suite)
{
	TCase *queues = tcase_create("queues");

	tcase_add_checked_fixture(queues, set_up, tear_down);
	tcase_add_test(queues, a_new_deadline_is_not_armed);
	tcase_add_test(queues, those_of_one_kind_expire_in_the_order_of_arming);
	tcase_add_test(queues, a_shorter_kind_expires_before_a_longer_one);
	tcase_add_test(queues, arming_again_forgets_what_was_armed);
	tcase_add_test(queues, arming_again_puts_it_behind_the_others);
	tcase_add_test(queues, a_disarmed_one_does_not_expire);
	tcase_add_test(queues, a_kind_of_length_0_never_expires);
	tcase_add_test(queues, arming_a_kind_of_length_0_disarms);
	suite_add_tcase(suite, queues);
}

static void
add_timer(Suite *suite)
{
	TCase *timer = tcase_create("timer");

	tcase_add_checked_fixture(timer, set_up, tear_down);
	tcase_add_test(timer, the_timer_is_not_moved_by_a_later_deadline);
	tcase_add_test(timer, the_timer_is_moved_by_an_earlier_deadline);
	tcase_add_test(timer, a_timer_that_finds_nothing_due_sleeps_again_until_the_next);
	tcase_add_test(timer, a_timer_without_deadlines_is_not_armed);
	tcase_add_test(timer, one_that_is_overdue_expires_in_the_next_turn);
	tcase_add_test(timer, without_memory_the_next_arming_tries_again);
	tcase_add_test(timer, without_memory_there_are_no_deadlines);
	suite_add_tcase(suite, timer);
}

static void
add_callback(Suite *suite)
{
	TCase *callback = tcase_create("callback");

	tcase_add_checked_fixture(callback, set_up, tear_down);
	tcase_add_test(callback, one_that_expires_may_be_armed_again);
	tcase_add_test(callback, one_that_expires_may_disarm_the_others);
	tcase_add_test(callback, one_that_expires_may_arm_another);
	tcase_add_test(callback, waits_end_earlier_when_their_length_shrinks);
	tcase_add_test(callback, waits_end_later_when_their_length_grows);
	tcase_add_test(callback, waits_without_end_are_forgotten_and_begin_anew);
	suite_add_tcase(suite, callback);
}

int
main(void)
{
	Suite *suite = suite_create("net/deadline");

	add_queues(suite);
	add_timer(suite);
	add_callback(suite);
	return run_suite(suite);
}
