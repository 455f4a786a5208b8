/* SPDX-License-Identifier: MIT
 *
 * Tests of server/bell.
 */
#include "server/bell.h"

#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define RINGERS 4
#define RINGS 5000

static struct event_base *base;
static struct bell bell;
static unsigned heard; /* bits of all calls */
static unsigned calls;

static void
on_heard(unsigned bits, void *arg)
{
	ck_assert_ptr_eq(arg, &calls);
	ck_assert_uint_ne(bits, 0);
	heard |= bits;
	calls++;
}

static void
set_up(void)
{
	base = event_base_new();
	ck_assert_int_eq(bell_init(&bell, base, on_heard, &calls), 0);
}

static void
tear_down(void)
{
	bell_done(&bell);
	bell_done(&bell);
	event_base_free(base);
}

static void
turn(void)
{
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 0);
}

START_TEST(a_bell_that_nobody_rings_is_not_heard)
{
	turn();
	ck_assert_uint_eq(calls, 0);
}
END_TEST

START_TEST(it_is_heard_on_the_loop_and_not_before)
{
	bell_ring(&bell, 4);
	ck_assert_uint_eq(calls, 0);
	turn();
	ck_assert_uint_eq(calls, 1);
	ck_assert_uint_eq(heard, 4);
	turn();
	ck_assert_uint_eq(calls, 1);
}
END_TEST

START_TEST(rings_that_were_not_heard_yet_are_heard_as_one)
{
	bell_ring(&bell, 1);
	bell_ring(&bell, 2);
	bell_ring(&bell, 2);
	turn();
	ck_assert_uint_eq(calls, 1);
	ck_assert_uint_eq(heard, 3);
}
END_TEST

START_TEST(it_is_heard_again_when_it_is_rung_again)
{
	for (unsigned i = 1; i <= 3; i++) {
		bell_ring(&bell, i);
		turn();
		ck_assert_uint_eq(calls, i);
	}
}
END_TEST

/* The place has been used before: nothing of it may be taken for a bell's. */
START_TEST(without_descriptors_there_is_no_bell)
{
	struct rlimit none = { 0, 0 };
	struct rlimit before;
	struct bell another;

	memset(&another, 0xa5, sizeof(another));
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none.rlim_max = before.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert_int_eq(bell_init(&another, base, on_heard, &calls), -EMFILE);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	bell_done(&another);
}
END_TEST

static void *
ring_often(void *arg)
{
	const unsigned *bit = arg;

	for (int i = 0; i < RINGS; i++)
		bell_ring(&bell, *bit);
	return NULL;
}

START_TEST(it_may_be_rung_by_many_threads)
{
	static const unsigned bits[RINGERS] = { 1, 2, 4, 8 };
	pthread_t threads[RINGERS];

	for (int i = 0; i < RINGERS; i++)
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, ring_often, (void *)(uintptr_t)&bits[i]), 0);
	while (heard != 15)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	for (int i = 0; i < RINGERS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	turn();
	/* The last ring is not lost. */
	heard = 0;
	bell_ring(&bell, 16);
	turn();
	ck_assert_uint_eq(heard, 16);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("server/bell");
	TCase *ringing = tcase_create("ringing");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(ringing, set_up, tear_down);
	tcase_add_test(ringing, a_bell_that_nobody_rings_is_not_heard);
	tcase_add_test(ringing, it_is_heard_on_the_loop_and_not_before);
	tcase_add_test(ringing, rings_that_were_not_heard_yet_are_heard_as_one);
	tcase_add_test(ringing, it_is_heard_again_when_it_is_rung_again);
	tcase_add_test(ringing, without_descriptors_there_is_no_bell);
	tcase_add_test(ringing, it_may_be_rung_by_many_threads);
	suite_add_tcase(suite, ringing);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
