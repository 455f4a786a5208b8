/* SPDX-License-Identifier: MIT
 *
 * Tests of usher-load/timeline. The linker puts the calloc below in the place of
 * the C library's for timeline.c.
 */
#include "usher-load/timeline.h"

#include <errno.h>

#include "rig.h"

#define WIDTH_NS RIG_SECOND_NS

static struct timeline timeline;
static bool memory_is_out;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *
__wrap_calloc(size_t count, size_t size)
{
	return memory_is_out ? NULL : __real_calloc(count, size);
}

static void
set_up(void)
{
	ck_assert_int_eq(timeline_init(&timeline, RIG_BEGAN_NS, WIDTH_NS), 0);
}

static void
tear_down(void)
{
	timeline_done(&timeline);
}

static int64_t
at(double seconds)
{
	return RIG_BEGAN_NS + (int64_t)(seconds * 1e9);
}

static void
answer_at(struct timeline *where, double seconds)
{
	timeline_at(where, at(seconds))->requests[OUTCOME_ANSWERED]++;
}

static uint64_t
all_answers(const struct timeline *where)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < where->count; i++)
		sum += where->slots[i]->requests[OUTCOME_ANSWERED];
	return sum;
}

START_TEST(an_event_counts_in_the_second_in_which_it_happened)
{
	answer_at(&timeline, 0);
	answer_at(&timeline, 0.999999999);
	answer_at(&timeline, 1);
	answer_at(&timeline, 3.5);
	ck_assert_uint_eq(timeline.count, 4);
	ck_assert_uint_eq(timeline.slots[0]->requests[OUTCOME_ANSWERED], 2);
	ck_assert_uint_eq(timeline.slots[1]->requests[OUTCOME_ANSWERED], 1);
	ck_assert_uint_eq(timeline.slots[2]->requests[OUTCOME_ANSWERED], 0);
	ck_assert_uint_eq(timeline.slots[3]->requests[OUTCOME_ANSWERED], 1);
}
END_TEST

START_TEST(time_that_seems_to_go_back_stays_in_the_slot)
{
	answer_at(&timeline, 2.5);
	answer_at(&timeline, 1.9);
	ck_assert_uint_eq(timeline.slots[2]->requests[OUTCOME_ANSWERED], 2);
}
END_TEST

START_TEST(open_connections_are_told_in_seconds_without_events)
{
	timeline_change_open(&timeline, at(0.1), 1);
	timeline_change_open(&timeline, at(0.2), 1);
	timeline_change_open(&timeline, at(3.2), -1);
	ck_assert_uint_eq(timeline.slots[0]->connections_open, 2);
	ck_assert_uint_eq(timeline.slots[2]->connections_open, 2);
	ck_assert_uint_eq(timeline.slots[3]->connections_open, 1);
}
END_TEST

START_TEST(a_run_longer_than_the_row_widens_the_slots_and_loses_nothing)
{
	const int seconds = 3 * TIMELINE_SLOTS_MAX;

	for (int i = 0; i < seconds; i++)
		answer_at(&timeline, i + 0.5);
	ck_assert_int_eq(timeline.width_ns, 4 * WIDTH_NS);
	ck_assert_uint_eq(timeline.count, seconds / 4);
	for (unsigned i = 0; i < timeline.count; i++)
		ck_assert_uint_eq(timeline.slots[i]->requests[OUTCOME_ANSWERED], 4);
}
END_TEST

START_TEST(a_widened_slot_has_the_open_connections_of_its_end)
{
	timeline_change_open(&timeline, at(0.5), 1);
	timeline_change_open(&timeline, at(1.5), 1);
	answer_at(&timeline, TIMELINE_SLOTS_MAX);
	ck_assert_int_eq(timeline.width_ns, 2 * WIDTH_NS);
	ck_assert_uint_eq(timeline.slots[0]->connections_open, 2);
}
END_TEST

START_TEST(a_leap_of_a_week_is_taken_in_bounded_memory)
{
	answer_at(&timeline, 0.5);
	answer_at(&timeline, 7.0 * 24 * 3600);
	ck_assert_uint_le(timeline.count, TIMELINE_SLOTS_MAX);
	ck_assert_uint_eq(all_answers(&timeline), 2);
}
END_TEST

/* --- Adding ---------------------------------------------------------------- */

/* The same events, once in one time line and once in two that are then added. */
static void
scatter(double seconds, struct timeline *other)
{
	struct timeline one;
	uint64_t random = 5;

	ck_assert_int_eq(timeline_init(&one, RIG_BEGAN_NS, WIDTH_NS), 0);
	ck_assert_int_eq(timeline_init(other, RIG_BEGAN_NS, WIDTH_NS), 0);
	for (double now = 0; now < seconds; now += seconds / 4000) {
		struct timeline *chosen = rig_random(&random) % 2 ? &timeline : other;
		enum outcome outcome = (enum outcome)(rig_random(&random) % OUTCOME_COUNT);
		unsigned bucket = (unsigned)(rig_random(&random) % HISTOGRAM_BUCKETS);
		struct timeline *both[] = { &one, chosen };

		for (int i = 0; i < 2; i++) {
			struct timeline_slot *slot = timeline_at(both[i], at(now));

			slot->requests[outcome]++;
			slot->connections[outcome] += 2;
			slot->bytes_in += bucket;
			slot->bytes_out += 7;
			slot->connects += 3;
			slot->latency.buckets[bucket]++;
			timeline_change_open(both[i], at(now), 1);
		}
	}
	ck_assert_int_eq(timeline_add(&timeline, other), 0);
	ck_assert_uint_eq(timeline.count, one.count);
	ck_assert_int_eq(timeline.width_ns, one.width_ns);
	for (unsigned i = 0; i < one.count; i++)
		ck_assert_mem_eq(timeline.slots[i], one.slots[i], sizeof(*one.slots[i]));
	timeline_done(&one);
}

START_TEST(the_sum_of_two_is_as_if_one_had_seen_all)
{
	struct timeline other;

	scatter(60, &other);
	timeline_done(&other);
}
END_TEST

START_TEST(the_sum_of_two_is_so_after_they_were_widened_too)
{
	struct timeline other;

	scatter(5000, &other);
	timeline_done(&other);
}
END_TEST

START_TEST(a_long_and_a_short_one_are_added_either_way)
{
	struct timeline other;

	ck_assert_int_eq(timeline_init(&other, RIG_BEGAN_NS, WIDTH_NS), 0);
	for (int i = 0; i < 2 * TIMELINE_SLOTS_MAX; i++)
		answer_at(_i ? &other : &timeline, i);
	timeline_change_open(_i ? &timeline : &other, at(0.5), 1);
	timeline_change_open(_i ? &other : &timeline, at(2 * TIMELINE_SLOTS_MAX), 1);
	ck_assert_int_eq(timeline_add(&timeline, &other), 0);
	ck_assert_uint_eq(all_answers(&timeline), 2 * TIMELINE_SLOTS_MAX);
	ck_assert_uint_eq(timeline.slots[0]->connections_open, 1);
	ck_assert_uint_eq(timeline.slots[timeline.count / 2]->connections_open, 1);
	ck_assert_uint_eq(timeline.slots[timeline.count - 1]->connections_open, 2);
	timeline_done(&other);
}
END_TEST

/* A thread that has ended early closed its connections before. */
START_TEST(what_a_short_one_closed_is_not_open_in_the_sum)
{
	struct timeline other;

	ck_assert_int_eq(timeline_init(&other, RIG_BEGAN_NS, WIDTH_NS), 0);
	timeline_change_open(&other, at(0.5), 1);
	timeline_change_open(&other, at(1.5), -1);
	answer_at(&timeline, 5.5);
	ck_assert_int_eq(timeline_add(&timeline, &other), 0);
	ck_assert_uint_eq(timeline.slots[0]->connections_open, 1);
	ck_assert_uint_eq(timeline.slots[1]->connections_open, 0);
	ck_assert_uint_eq(timeline.slots[5]->connections_open, 0);
	timeline_done(&other);
}
END_TEST

/* --- The end --------------------------------------------------------------- */

START_TEST(the_last_slot_ends_with_the_run)
{
	answer_at(&timeline, 2.7);
	timeline_finish(&timeline, at(2.75));
	ck_assert_uint_eq(timeline.count, 3);
	ck_assert_int_eq(timeline_slot_from_ns(&timeline, 2), 2 * WIDTH_NS);
	ck_assert_int_eq(timeline_slot_until_ns(&timeline, 2), at(2.75) - RIG_BEGAN_NS);
	ck_assert_int_eq(timeline_slot_until_ns(&timeline, 1), 2 * WIDTH_NS);
}
END_TEST

/* A run of 10 s ends at 10.0003 s, with a handful of answers in the eleventh second. */
START_TEST(a_sliver_at_the_end_is_taken_into_the_slot_before_it)
{
	answer_at(&timeline, 0.5);
	answer_at(&timeline, 1.0001);
	timeline_change_open(&timeline, at(1.0002), 1);
	timeline_finish(&timeline, at(1.0003));
	ck_assert_uint_eq(timeline.count, 1);
	ck_assert_uint_eq(timeline.slots[0]->requests[OUTCOME_ANSWERED], 2);
	ck_assert_uint_eq(timeline.slots[0]->connections_open, 1);
	ck_assert_int_eq(timeline_slot_until_ns(&timeline, 0), at(1.0003) - RIG_BEGAN_NS);
}
END_TEST

START_TEST(a_run_of_an_instant_keeps_its_only_slot)
{
	answer_at(&timeline, 0.0001);
	timeline_finish(&timeline, at(0.0001));
	ck_assert_uint_eq(timeline.count, 1);
	ck_assert_uint_eq(all_answers(&timeline), 1);
}
END_TEST

START_TEST(an_event_later_than_the_end_makes_no_slot_of_negative_length)
{
	answer_at(&timeline, 2.1);
	timeline_finish(&timeline, at(1.99));
	for (unsigned i = 0; i < timeline.count; i++)
		ck_assert_int_le(
		    timeline_slot_from_ns(&timeline, i), timeline_slot_until_ns(&timeline, i));
	ck_assert_uint_eq(all_answers(&timeline), 1);
}
END_TEST

START_TEST(losses_of_a_slot_are_counted_as_in_the_matrix)
{
	struct timeline_slot *slot = timeline_at(&timeline, at(0));

	slot->requests[OUTCOME_ANSWERED] = 10;
	slot->requests[OUTCOME_FIN_BEFORE_ANSWER] = 2;
	slot->connections[OUTCOME_FIN_BEFORE_ANSWER] = 1;
	slot->connections[OUTCOME_REFUSED] = 3;
	slot->connections[OUTCOME_FIN_IDLE] = 5;
	ck_assert_uint_eq(timeline_slot_losses(slot), 5);
	ck_assert_uint_eq(timeline_slot_requests(slot), 12);
}
END_TEST

/* --- Without memory -------------------------------------------------------- */

START_TEST(without_memory_events_go_to_the_slot_before_and_it_is_said)
{
	answer_at(&timeline, 0.5);
	memory_is_out = true;
	answer_at(&timeline, 1.5);
	answer_at(&timeline, 2.6);
	memory_is_out = false;
	ck_assert(timeline.is_truncated);
	ck_assert_uint_eq(timeline.slots[0]->requests[OUTCOME_ANSWERED], 3);
	answer_at(&timeline, 9.5);
	ck_assert_uint_eq(timeline.slots[9]->requests[OUTCOME_ANSWERED], 1);
}
END_TEST

START_TEST(without_memory_nothing_is_begun_or_added)
{
	struct timeline other;

	memory_is_out = true;
	ck_assert_int_eq(timeline_init(&other, RIG_BEGAN_NS, WIDTH_NS), -ENOMEM);
	timeline_done(&other);
	memory_is_out = false;
	ck_assert_int_eq(timeline_init(&other, RIG_BEGAN_NS, WIDTH_NS), 0);
	answer_at(&other, 5);
	memory_is_out = true;
	ck_assert_int_eq(timeline_add(&timeline, &other), -ENOMEM);
	memory_is_out = false;
	ck_assert(timeline.is_truncated);
	ck_assert_uint_eq(all_answers(&timeline), 0);
	timeline_done(&other);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("load/timeline");
	TCase *tcase = tcase_create("timeline");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, an_event_counts_in_the_second_in_which_it_happened);
	tcase_add_test(tcase, time_that_seems_to_go_back_stays_in_the_slot);
	tcase_add_test(tcase, open_connections_are_told_in_seconds_without_events);
	tcase_add_test(tcase, a_run_longer_than_the_row_widens_the_slots_and_loses_nothing);
	tcase_add_test(tcase, a_widened_slot_has_the_open_connections_of_its_end);
	tcase_add_test(tcase, a_leap_of_a_week_is_taken_in_bounded_memory);
	tcase_add_test(tcase, the_sum_of_two_is_as_if_one_had_seen_all);
	tcase_add_test(tcase, the_sum_of_two_is_so_after_they_were_widened_too);
	tcase_add_loop_test(tcase, a_long_and_a_short_one_are_added_either_way, 0, 2);
	tcase_add_test(tcase, what_a_short_one_closed_is_not_open_in_the_sum);
	tcase_add_test(tcase, the_last_slot_ends_with_the_run);
	tcase_add_test(tcase, a_sliver_at_the_end_is_taken_into_the_slot_before_it);
	tcase_add_test(tcase, a_run_of_an_instant_keeps_its_only_slot);
	tcase_add_test(tcase, an_event_later_than_the_end_makes_no_slot_of_negative_length);
	tcase_add_test(tcase, losses_of_a_slot_are_counted_as_in_the_matrix);
	tcase_add_test(tcase, without_memory_events_go_to_the_slot_before_and_it_is_said);
	tcase_add_test(tcase, without_memory_nothing_is_begun_or_added);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
