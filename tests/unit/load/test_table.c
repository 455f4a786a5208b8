/* SPDX-License-Identifier: MIT
 *
 * Tests of usher-load/table: what people read at the end of a run.
 */
#include "usher-load/table.h"

#include <errno.h>
#include <string.h>

#include "rig.h"
#include "usher-load/csv.h"
#include "usher-load/json_report.h"
#include "usher-load/plot.h"

static struct rig rig;
static char *page;

static const struct rig_run plain = { .threads = 2, .seconds = 6, .per_second = 9000 };
static const struct rig_run command = {
	.threads = 2, .seconds = 6, .per_second = 9000, .has_schedule = true, .has_command = true
};

static void
print(const struct rig_run *run)
{
	rig_init(&rig, run);
	page = rig_output(table_write, &rig.report);
}

static void
print_again(void)
{
	free(page);
	page = rig_output(table_write, &rig.report);
}

static void
tear_down(void)
{
	free(page);
	rig_done(&rig);
}

static void
expect(const char *part)
{
	ck_assert_msg(strstr(page, part) != NULL, "there is no '%s' in:\n%s", part, page);
}

static void
expect_not(const char *part)
{
	ck_assert_msg(strstr(page, part) == NULL, "there is '%s' in:\n%s", part, page);
}

START_TEST(the_page_begins_with_what_was_run)
{
	print(&plain);
	ck_assert_ptr_eq(strstr(page,
			     "http://127.0.0.1:8080/index.html\n"
			     "  6.00 s, 2 threads, 64 connections, closed loop\n"),
	    page);
}
END_TEST

START_TEST(what_is_unusual_of_a_run_is_told)
{
	print(&command);
	rig.report.idle_connections = 15000;
	rig.report.pipeline = 1024;
	rig.report.is_close = true;
	rig.report.threads = 1;
	print_again();
	expect("6.00 s, 1 thread, 64 connections (and 15,000 idle), 1,024 in flight on each,"
	       " a connection for each request, 18,000/s constant\n");
}
END_TEST

START_TEST(rates_and_bytes_have_units)
{
	print(&plain);
	expect("  answered  ");
	expect("/s\n  received  ");
	expect("MiB/s\n");
	expect("  status    200: ");
}
END_TEST

START_TEST(each_latency_has_its_column_and_each_quantile_its_row)
{
	print(&command);
	expect("  latency        connect  first byte       total   corrected\n");
	expect("\n  mean ");
	expect("\n  p99.99 ");
	expect("(corrected: from the moment at which the request was due)");
}
END_TEST

/* 64 handshakes say nothing of their hundredth part. */
START_TEST(a_quantile_of_too_few_is_not_made_up)
{
	print(&plain);
	expect("\n  p99                  -  ");
}
END_TEST

START_TEST(a_loss_is_marked_and_summed_up)
{
	print(&command);
	expect("\n! request sent, then FIN before any answer");
	expect("\n! LOST: ");
	expect(" requests (0.");
	expect_not("Nothing was lost");
}
END_TEST

/* They are tried again and again: 900 of them are not 900 requests. */
START_TEST(requests_and_connections_that_were_lost_are_told_apart)
{
	print(&plain);
	rig.whole->outcomes.connections[OUTCOME_REFUSED] = 900;
	print_again();
	expect("\n! LOST: 900 connections that could not be made or used.\n");
	rig.whole->outcomes.requests[OUTCOME_RESET_BEFORE_ANSWER] = 1;
	rig.whole->outcomes.requests[OUTCOME_ANSWERED] = 99;
	print_again();
	expect("\n! LOST: 1 request (1.0 %), 900 connections that could not be made or used.\n");
}
END_TEST

START_TEST(a_handful_of_losses_is_a_count)
{
	print(&command);
	rig.result.phases[PHASE_DURING].outcomes =
	    (struct outcome_tally){ .requests[OUTCOME_TIMEOUT] = 2 };
	print_again();
	expect(
	    "\n  lost                                                 0           2           0\n");
}
END_TEST

START_TEST(a_phase_without_an_answer_has_no_latency)
{
	print(&command);
	rig.result.phases[PHASE_AFTER].corrected.count = 0;
	rig.result.phases[PHASE_AFTER].corrected.max_ns = 0;
	print_again();
	expect(" ms           -\n  longest latency ");
}
END_TEST

START_TEST(a_run_without_a_loss_says_so)
{
	print(&plain);
	expect("\n  Nothing was lost.\n");
	expect_not("!");
}
END_TEST

/* Bytes that nobody asked for, after a whole answer: the connection is at its end, but
 * no request went without its answer. */
START_TEST(a_connection_that_ended_badly_without_a_request_is_not_marked)
{
	print(&plain);
	rig.whole->outcomes.connections[OUTCOME_MALFORMED] = 3;
	print_again();
	expect("\n  an answer that breaks the protocol                   -           3\n");
	expect("Nothing was lost");
}
END_TEST

START_TEST(a_run_of_nothing_does_not_boast)
{
	rig_init_empty(&rig);
	page = rig_output(table_write, &rig.report);
	expect("No request was made.");
	expect_not("Nothing was lost");
	expect_not("latency");
	expect_not("outcome");
}
END_TEST

START_TEST(before_during_and_after_stand_side_by_side)
{
	print(&command);
	expect("  During: systemctl reload usherd (2.00 s, exit status 0)\n");
	expect("      before      during       after\n");
	expect(
	    "\n  duration                                        2.00 s      2.00 s      2.00 s\n");
	expect("\n  latency p99 ");
	expect("\n  lost                                                 0  ");
}
END_TEST

START_TEST(a_phase_that_never_came_is_left_empty)
{
	print(&command);
	rig.result.phase_began_ns[PHASE_AFTER] = 0;
	rig.report.command.ended_ns = 0;
	print_again();
	expect("  During: systemctl reload usherd\n");
	expect(
	    "\n  duration                                        2.00 s      2.00 s            \n");
	expect("Note: The run ended before the command did.");
}
END_TEST

START_TEST(no_line_but_the_first_two_and_the_statuses_is_wider_than_a_terminal)
{
	char *line, *rest;

	print(&command);
	rig.report.was_interrupted = true;
	rig.result.due = rig.result.never_sent = 123456789;
	rig.whole->outcomes.connections[OUTCOME_NO_PORTS] = 12345;
	for (int i = 0; i < OUTCOME_COUNT; i++)
		rig.whole->outcomes.requests[i] += 1;
	print_again();
	for (line = strtok_r(page, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		ck_assert_msg(strlen(line) <= 80, "wider than 80: %s", line);
}
END_TEST

/* What the user typed may come from elsewhere, and may hold an escape sequence. */
START_TEST(control_characters_of_a_target_do_not_reach_the_terminal)
{
	print(&command);
	rig.report.target = "http://\x1b[2Jx/\r";
	rig.report.command.line = "printf '\\033'\n\x07";
	print_again();
	expect("http://?[2Jx/?\n");
	expect("During: printf '\\033'??");
}
END_TEST

START_TEST(notes_come_last_and_are_wrapped_between_words)
{
	print(&plain);
	rig.result.due = 10;
	rig.result.never_sent = 10;
	print_again();
	expect(
	    "\n\n  Note: 10 of 10 requests were due and never sent: no connection was free. Their"
	    "\n  wait is in no figure.\n");
}
END_TEST

START_TEST(a_stream_that_takes_nothing_is_an_error_of_every_output)
{
	int (*const outputs[])(FILE *, const struct report *) = { table_write, json_report_write,
		csv_write, plot_write };
	FILE *full = fopen("/dev/full", "w");

	print(&plain);
	ck_assert_ptr_nonnull(full);
	ck_assert_int_eq(outputs[_i](full, &rig.report), -EIO);
	(void)fclose(full);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("load/table");
	TCase *tcase = tcase_create("table");

	tcase_add_checked_fixture(tcase, NULL, tear_down);
	tcase_add_test(tcase, the_page_begins_with_what_was_run);
	tcase_add_test(tcase, what_is_unusual_of_a_run_is_told);
	tcase_add_test(tcase, rates_and_bytes_have_units);
	tcase_add_test(tcase, each_latency_has_its_column_and_each_quantile_its_row);
	tcase_add_test(tcase, a_quantile_of_too_few_is_not_made_up);
	tcase_add_test(tcase, a_loss_is_marked_and_summed_up);
	tcase_add_test(tcase, requests_and_connections_that_were_lost_are_told_apart);
	tcase_add_test(tcase, a_handful_of_losses_is_a_count);
	tcase_add_test(tcase, a_phase_without_an_answer_has_no_latency);
	tcase_add_test(tcase, a_run_without_a_loss_says_so);
	tcase_add_test(tcase, a_connection_that_ended_badly_without_a_request_is_not_marked);
	tcase_add_test(tcase, a_run_of_nothing_does_not_boast);
	tcase_add_test(tcase, before_during_and_after_stand_side_by_side);
	tcase_add_test(tcase, a_phase_that_never_came_is_left_empty);
	tcase_add_test(tcase, no_line_but_the_first_two_and_the_statuses_is_wider_than_a_terminal);
	tcase_add_test(tcase, control_characters_of_a_target_do_not_reach_the_terminal);
	tcase_add_test(tcase, notes_come_last_and_are_wrapped_between_words);
	tcase_add_loop_test(tcase, a_stream_that_takes_nothing_is_an_error_of_every_output, 0, 4);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
