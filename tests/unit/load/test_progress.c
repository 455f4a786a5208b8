/* SPDX-License-Identifier: MIT
 *
 * Tests of usher-load/progress and usher-load/live, on a pseudo-terminal (pty(7)).
 */
#include "usher-load/progress.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "rig.h"

#define BEGAN_NS INT64_C(1000000000)

static struct live_counts counts;
static const struct progress_goal thirty_seconds = { .duration_ns = 30 * RIG_SECOND_NS };
static int terminal, screen; /* what is written to the one is read from the other */

static void
set_up(void)
{
	char *name;

	counts = (struct live_counts){ .ended = 1000, .in_flight = 64 };
	counts.latency.buckets[histogram_bucket(812000)] = 980;
	counts.latency.buckets[histogram_bucket(2310000)] = 20;
	screen = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(screen, 0);
	ck_assert_int_eq(grantpt(screen), 0);
	ck_assert_int_eq(unlockpt(screen), 0);
	name = ptsname(screen);
	ck_assert_ptr_nonnull(name);
	terminal = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(terminal, 0);
	ck_assert_int_eq(fcntl(screen, F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(setenv("TERM", "xterm", 1), 0);
}

static void
tear_down(void)
{
	close(terminal);
	close(screen);
}

/* What stands on the screen that was not read yet; empty when nothing does. */
static const char *
seen(void)
{
	static char room[4096];
	ssize_t len = read(screen, room, sizeof(room) - 1);

	room[len > 0 ? len : 0] = '\0';
	return room;
}

static void
show_after(struct progress *progress, int64_t ms)
{
	progress_show(progress, &counts, &thirty_seconds, ms * 1000000, BEGAN_NS + ms * 1000000);
}

static const char *
line(const struct progress_goal *goal)
{
	static char room[PROGRESS_LINE_MAX];
	struct text text = text_over(room, sizeof(room));

	progress_put_line(&text, &counts, 73122, goal, 12 * RIG_SECOND_NS + 1);
	ck_assert(!text.is_truncated);
	return text_string(&text);
}

START_TEST(the_line_says_how_it_goes)
{
	ck_assert_str_eq(line(&thirty_seconds),
	    "12 s of 30.0 s   73,122/s   64 in flight   0 lost"
	    "   p50 815 us   p99 2.31 ms");
}
END_TEST

START_TEST(the_line_says_what_is_still_to_do)
{
	const struct progress_goal goal = { .requests = 5000 };

	ck_assert_ptr_nonnull(strstr(line(&goal), "12 s   1,000 of 5,000   73,122/s"));
}
END_TEST

START_TEST(the_line_says_what_went_wrong)
{
	counts.losses = 3;
	counts.own_faults = 2;
	counts.phase = PHASE_DURING;
	ck_assert_ptr_nonnull(strstr(line(&thirty_seconds), "3 lost   2 failed here"));
	ck_assert_ptr_nonnull(strstr(line(&thirty_seconds), "(the command)"));
}
END_TEST

START_TEST(the_longest_line_fits)
{
	const struct progress_goal goal = { .duration_ns = INT64_MAX, .requests = UINT64_MAX };

	counts = (struct live_counts){ .ended = UINT64_MAX,
		.in_flight = UINT64_MAX,
		.losses = UINT64_MAX,
		.own_faults = UINT64_MAX,
		.phase = PHASE_DURING };
	ck_assert_uint_lt(strlen(line(&goal)), PROGRESS_LINE_MAX);
}
END_TEST

START_TEST(on_a_terminal_the_line_is_drawn_over_itself)
{
	struct progress progress;

	progress_init(&progress, terminal, false, BEGAN_NS);
	show_after(&progress, 500);
	ck_assert_str_eq(seen(),
	    "\r0 s of 30.0 s   2,000/s   64 in flight   0 lost"
	    "   p50 815 us   p99 2.31 ms\x1b[K");
	counts.ended += 50;
	show_after(&progress, 1000);
	ck_assert_ptr_nonnull(strstr(seen(), "   100/s   "));
	progress_clear(&progress);
	ck_assert_str_eq(seen(), "\r\x1b[K");
}
END_TEST

START_TEST(the_line_is_not_drawn_more_often_than_people_read)
{
	struct progress progress;

	progress_init(&progress, terminal, false, BEGAN_NS);
	show_after(&progress, 300);
	ck_assert_str_ne(seen(), "");
	show_after(&progress, 301);
	ck_assert_str_eq(seen(), "");
}
END_TEST

START_TEST(a_narrow_terminal_gets_the_beginning)
{
	const struct winsize narrow = { .ws_col = 20, .ws_row = 5 };
	struct progress progress;

	ck_assert_int_eq(ioctl(terminal, TIOCSWINSZ, &narrow), 0);
	progress_init(&progress, terminal, false, BEGAN_NS);
	show_after(&progress, 500);
	ck_assert_str_eq(seen(), "\r0 s of 30.0 s   2,0\x1b[K");
}
END_TEST

START_TEST(who_asked_for_quiet_sees_nothing)
{
	struct progress progress;

	progress_init(&progress, terminal, true, BEGAN_NS);
	show_after(&progress, 500);
	progress_clear(&progress);
	ck_assert_str_eq(seen(), "");
}
END_TEST

START_TEST(a_terminal_that_cannot_move_its_cursor_sees_nothing)
{
	struct progress progress;

	ck_assert_int_eq(setenv("TERM", "dumb", 1), 0);
	progress_init(&progress, terminal, false, BEGAN_NS);
	show_after(&progress, 500);
	ck_assert_str_eq(seen(), "");
}
END_TEST

START_TEST(a_pipe_sees_nothing)
{
	struct progress progress;
	int ends[2];
	char byte;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	progress_init(&progress, ends[1], false, BEGAN_NS);
	show_after(&progress, 500);
	progress_clear(&progress);
	ck_assert_int_eq(read(ends[0], &byte, 1), -1);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

/* --- live ------------------------------------------------------------------ */

static void
fill(struct result *result, unsigned answers)
{
	const struct request_times times = { RIG_BEGAN_NS, RIG_BEGAN_NS, RIG_BEGAN_NS + 5,
		RIG_BEGAN_NS + 1000 };

	ck_assert_int_eq(result_init(result, RIG_BEGAN_NS, RIG_SECOND_NS, false), 0);
	for (unsigned i = 0; i < answers; i++)
		result_count_answer(result, OUTCOME_ANSWERED, &times, 200);
	result_count_request(result, OUTCOME_TIMEOUT, RIG_BEGAN_NS, RIG_BEGAN_NS);
	result_count_connect(result, RIG_BEGAN_NS, RIG_BEGAN_NS);
	result_count_connection(result, OUTCOME_NO_PORTS, false, RIG_BEGAN_NS);
}

START_TEST(what_two_threads_publish_is_added)
{
	struct live lives[2];
	struct result results[2];
	struct live_counts sum = { .ended = 0 };

	for (unsigned i = 0; i < 2; i++) {
		live_init(&lives[i]);
		fill(&results[i], 10);
		live_publish(&lives[i], &results[i], 7);
	}
	result_enter_phase(&results[1], PHASE_DURING, RIG_BEGAN_NS + 1);
	live_publish(&lives[1], &results[1], 8);
	for (unsigned i = 0; i < 2; i++)
		live_collect(&lives[i], &sum);
	ck_assert_uint_eq(sum.ended, 22);
	ck_assert_uint_eq(sum.answered, 20);
	ck_assert_uint_eq(sum.losses, 2);
	ck_assert_uint_eq(sum.own_faults, 2);
	ck_assert_uint_eq(sum.in_flight, 15);
	ck_assert_uint_eq(sum.connections, 2);
	ck_assert_int_eq(sum.phase, PHASE_DURING);
	ck_assert_uint_eq(sum.latency.buckets[histogram_bucket(1000)], 20);
	for (unsigned i = 0; i < 2; i++) {
		result_done(&results[i]);
		live_done(&lives[i]);
	}
}
END_TEST

/* A second that has only begun would else have no latency. */
START_TEST(the_latency_is_that_of_the_last_second_and_of_the_one_before)
{
	struct live live;
	struct result result;
	struct live_counts sum = { .ended = 0 };

	live_init(&live);
	fill(&result, 5);
	(void)timeline_at(&result.timeline, RIG_BEGAN_NS + RIG_SECOND_NS);
	live_publish(&live, &result, 0);
	live_collect(&live, &sum);
	ck_assert_uint_eq(sum.latency.buckets[histogram_bucket(1000)], 5);
	(void)timeline_at(&result.timeline, RIG_BEGAN_NS + 2 * RIG_SECOND_NS);
	live_publish(&live, &result, 0);
	sum = (struct live_counts){ .ended = 0 };
	live_collect(&live, &sum);
	ck_assert_uint_eq(sum.latency.buckets[histogram_bucket(1000)], 0);
	result_done(&result);
	live_done(&live);
}
END_TEST

static void *
publish_often(void *argument)
{
	struct live *live = argument;
	struct result result;

	fill(&result, 3);
	for (uint64_t i = 0; i < 2000; i++)
		live_publish(live, &result, i);
	result_done(&result);
	return NULL;
}

/* A sum is of one moment: never half of one and half of the next (and TSan watches). */
START_TEST(a_thread_may_publish_while_another_collects)
{
	struct live live;
	pthread_t thread;

	live_init(&live);
	ck_assert_int_eq(pthread_create(&thread, NULL, publish_often, &live), 0);
	for (int i = 0; i < 2000; i++) {
		struct live_counts sum = { .ended = 0 };

		live_collect(&live, &sum);
		ck_assert(sum.ended == 0 || sum.ended == 4);
		ck_assert_uint_le(sum.in_flight, 1999);
	}
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	live_done(&live);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("load/progress");
	TCase *progress = tcase_create("progress");
	TCase *live = tcase_create("live");

	tcase_add_checked_fixture(progress, set_up, tear_down);
	tcase_add_test(progress, the_line_says_how_it_goes);
	tcase_add_test(progress, the_line_says_what_is_still_to_do);
	tcase_add_test(progress, the_line_says_what_went_wrong);
	tcase_add_test(progress, the_longest_line_fits);
	tcase_add_test(progress, on_a_terminal_the_line_is_drawn_over_itself);
	tcase_add_test(progress, the_line_is_not_drawn_more_often_than_people_read);
	tcase_add_test(progress, a_narrow_terminal_gets_the_beginning);
	tcase_add_test(progress, who_asked_for_quiet_sees_nothing);
	tcase_add_test(progress, a_terminal_that_cannot_move_its_cursor_sees_nothing);
	tcase_add_test(progress, a_pipe_sees_nothing);
	suite_add_tcase(suite, progress);
	tcase_add_test(live, what_two_threads_publish_is_added);
	tcase_add_test(live, the_latency_is_that_of_the_last_second_and_of_the_one_before);
	tcase_add_test(live, a_thread_may_publish_while_another_collects);
	suite_add_tcase(suite, live);
	return run_suite(suite);
}
