/* SPDX-License-Identifier: MIT
 *
 * stream: each call of usher/stream.h as a client sees it: what is sent in its three
 * forms, who releases it in every ending, the pace of both directions, and the end.
 */
#include <signal.h>
#include <string.h>

#include "stage_client.h"

/* More than the kernel takes for a client that does not read. */
#define MUCH "16000000"
#define MUCH_BYTES ((size_t)16000000)

/* --- What is sent ------------------------------------------------------------------------ */

START_TEST(what_is_sent_arrives_in_its_order_in_every_form)
{
	struct client *client = enter(start_stage());

	send_text(client, "say a\nreference 7000\nsay b\nfile 8000\nsay c\ncopy 50000\n");
	expect_text(client, "a\n");
	expect_pattern(client, 7000, 0);
	expect_text(client, "b\n");
	expect_pattern(client, 8000, 0);
	expect_text(client, "c\n");
	expect_pattern(client, 50000, 0);
	send_text(client, "file 3000000\n");
	expect_pattern(client, 3000000, 0);
	expect_nothing_yet(client);
}
END_TEST

START_TEST(of_nothing_nothing_is_sent_and_what_was_taken_is_given_back)
{
	struct usherd *stage = start_stage();
	struct client *client = enter(stage);

	send_text(client, "reference 0\nfile 0\nfiles\n");
	expect_text(client, "0 files\n");
	usherd_expect_output(stage, "released 1");
}
END_TEST

START_TEST(who_is_told_full_is_told_when_it_is_drained)
{
	struct usherd *stage = start_stage();
	struct client *client = enter_deaf(stage);

	send_text(client, "copy " MUCH "\nsay after\n");
	usherd_expect_output(stage, "full with some waiting");
	expect_pattern(client, MUCH_BYTES, 0);
	usherd_expect_output(stage, "drained with 0 waiting");
	expect_text(client, "after\n");
}
END_TEST

START_TEST(while_the_output_is_full_nothing_is_read)
{
	struct usherd *stage = start_stage();
	struct client *client = enter_deaf(stage);
	static char lines[16 << 20];

	send_text(client, "copy " MUCH "\n");
	usherd_expect_output(stage, "full with some waiting");
	memset(lines, '\n', sizeof(lines));
	ck_assert_uint_lt(send_some(client, lines, sizeof(lines)), sizeof(lines));
	expect_pattern(client, MUCH_BYTES, 0);
	send_text(client, "\nsay after\n");
	expect_text(client, "after\n");
}
END_TEST

/* --- Who releases it ----------------------------------------------------------------------- */

static const struct {
	const char *about;
	const char *lines;
	bool is_read;
	bool is_reset;
	const char *close;
} endings[] = {
	{ "all is sent", "reference " MUCH "\n", true, false, NULL },
	{ "sent, then finished", "reference " MUCH "\nfinish\n", true, false,
	    "close program_closed by us unsent 0" },
	{ "the client is gone", "reference " MUCH "\n", false, true, "close reset_by_peer" },
	{ "the client goes while it finishes", "reference " MUCH "\nfinish\n", false, true,
	    "close reset_by_peer" },
	{ "it is aborted in the same call", "reference " MUCH "\nabort\n", false, false,
	    "close program_aborted" },
	{ "it is aborted later", "abort 200\nreference " MUCH "\n", false, false,
	    "close program_aborted" },
	{ "a file, all is sent", "file " MUCH "\n", true, false, NULL },
	{ "a file, sent, then finished", "file " MUCH "\nfinish\n", true, false,
	    "close program_closed by us unsent 0" },
	{ "a file, the client is gone", "file " MUCH "\n", false, true, "close reset_by_peer" },
	{ "a file, aborted in the same call", "file " MUCH "\nabort\n", false, false,
	    "close program_aborted" },
	{ "a file, aborted later", "abort 200\nfile " MUCH "\n", false, false,
	    "close program_aborted" },
	{ "a file that is too short", "short " MUCH "\n", true, false, "close cut_short" },
	{ "both, the client is gone", "reference " MUCH "\nfile " MUCH "\n", false, true,
	    "close reset_by_peer" },
};

/* How many of a kind the program was told to send. */
static bool
sends_reference(const char *lines)
{
	return strstr(lines, "reference") != NULL;
}

START_TEST(what_was_taken_is_given_back_once_however_it_ends)
{
	struct usherd *stage = start_stage();
	struct client *client = enter_deaf(stage);
	struct client *other;

	wire_about(endings[_i].about);
	send_text(client, endings[_i].lines);
	usherd_expect_output(stage, sends_reference(endings[_i].lines) ? "reference: " : "file: ");
	if (endings[_i].is_read)
		expect_pattern(
		    client, MUCH_BYTES - (strstr(endings[_i].lines, "short") ? 1 : 0), 0);
	if (endings[_i].is_reset)
		client_reset(client);
	else if (endings[_i].is_read && strstr(endings[_i].lines, "finish")) {
		expect_fin(client);
		client_close(client);
		client = NULL;
	}
	if (endings[_i].close)
		usherd_expect_output(stage, endings[_i].close);
	if (sends_reference(endings[_i].lines))
		usherd_expect_output(stage, "released 1");
	other = enter(stage);
	send_text(other, "files\n");
	expect_text(other, "0 files\n");
	if (client && !endings[_i].is_reset)
		client_close(client);
	client_close(other);
	usherd_signal(stage, SIGTERM);
	usherd_expect_output(stage, "loop 0 ends with 0 held and 0 files");
	usherd_expect_exit(stage, 0);
}
END_TEST

START_TEST(what_a_drain_cuts_is_given_back_too)
{
	struct usherd *stage = usherd_start_with(ARGS("output=20000", "drain=300", "127.0.0.1:0"));
	struct client *client = enter_deaf(stage);
	struct client *other = enter_deaf(stage);

	send_text(client, "reference " MUCH "\n");
	send_text(other, "file " MUCH "\n");
	usherd_expect_output(stage, "reference: no error");
	usherd_expect_output(stage, "file: no error");
	usherd_signal(stage, SIGTERM);
	usherd_expect_output(stage, "drain, draining");
	usherd_expect_output(stage, "close drain_deadline");
	usherd_expect_output(stage, "released 1");
	usherd_expect_output(stage, "loop 0 ends with 0 held and 0 files");
	usherd_expect_exit(stage, 1);
}
END_TEST

/* --- Pace, timers, the client's FIN ----------------------------------------------------------- */

START_TEST(a_pause_holds_back_what_has_come_and_what_comes)
{
	struct usherd *stage = start_stage();
	struct client *client = enter(stage);

	send_text(client, "pause 300\nsay one\n");
	usherd_expect_output(stage, "open ");
	send_text(client, "say two\n");
	expect_text(client, "one\ntwo\n");
	usherd_expect_output(stage, "resumes after 1 calls");
}
END_TEST

START_TEST(a_timer_comes_once_and_the_last_setting_counts)
{
	struct client *client = enter(start_stage());

	send_text(client, "timer 3600000\ntimer 20\n");
	expect_text(client, "timer\n");
	send_text(client, "timer 20\ntimer 0\nsay set\n");
	expect_text(client, "set\n");
	expect_nothing_yet(client);
}
END_TEST

START_TEST(a_timer_that_is_set_does_not_keep_a_connection)
{
	struct usherd *stage = start_stage();
	struct client *client = enter(stage);

	send_text(client, "timer 3600000\nfinish\n");
	expect_fin(client);
	usherd_expect_output(stage, "after it: the connection has ended");
	client_close(client);
	usherd_expect_output(stage, "close program_closed by us");
}
END_TEST

START_TEST(who_has_ended_his_side_can_be_answered)
{
	struct usherd *stage = start_stage();
	struct client *client = enter(stage);

	send_text(client, "half\nsay one\n");
	half_close(client);
	expect_text(client, "one\nyou have ended\n");
	expect_fin(client);
	usherd_expect_output(stage, "close client_closed by peer unsent 0");
}
END_TEST

START_TEST(where_a_fin_is_a_farewell_the_connection_ends_though_it_is_paused)
{
	struct usherd *stage = usherd_start_with(ARGS("peer_fin=abort", "127.0.0.1:0"));
	struct client *client = enter(stage);

	send_text(client, "pause 3600000\n");
	expect_nothing_yet(client);
	half_close(client);
	usherd_expect_output(stage, "close peer_left by peer");
}
END_TEST

START_TEST(calls_that_cannot_be_are_refused_and_the_connection_goes_on)
{
	struct usherd *stage = start_stage();
	struct client *client = enter(stage);

	send_text(client, "wrong\nsay after\n");
	expect_text(client, "refused\nafter\n");
	usherd_expect_log(stage,
	    "usher_conn_send_file: an argument is not one that the call may "
	    "have: that is no part of a file");
}
END_TEST

START_TEST(another_thread_reaches_a_connection_by_its_loop_alone)
{
	struct usherd *stage = start_stage();
	struct client *client = enter(stage);

	send_text(client, "turn\n");
	expect_text(client, "turn\n");
	usherd_expect_log(stage, "usher_conn_finish: it was called on another thread");
	ck_assert_ptr_null(strstr(usherd_output(stage), "on another thread was taken"));
}
END_TEST

/* --- Other transports
 * ----------------------------------------------------------------------------- */

START_TEST(over_a_unix_socket_it_is_the_same)
{
	static const char *const lines[] = { "say a\nreference 700000\n", "say a\nfile 700000\n",
		"say a\ncopy 700000\n" };
	struct usherd *stage = usherd_start_with(ARGS("output=20000", "unix:@dir@/stage"));
	struct client *client = enter(stage);

	for (int i = 0; i < 3; i++) {
		send_text(client, lines[i]);
		expect_text(client, "a\n");
		expect_pattern(client, 700000, 0);
	}
	usherd_expect_output(stage, "open unix:pid=");
	send_text(client, "finish\n");
	expect_fin(client);
}
END_TEST

START_TEST(of_packets_each_stays_one)
{
	struct usherd *stage = usherd_start_with(ARGS("seqpacket:unix:@dir@/stage"));
	struct client *client = enter(stage);

	send_text(client, "say one\nsay two, longer\n");
	ck_assert_int_eq(receive_packet(client), 4);
	ck_assert_int_eq(receive_packet(client), 12);
	send_text(client, "reference 5000\n");
	send_text(client, "reference 100000\n");
	send_text(client, "say three\n");
	ck_assert_int_eq(receive_packet(client), 5000);
	ck_assert_int_eq(receive_packet(client), 100000);
	ck_assert_int_eq(receive_packet(client), 6);
	send_text(client, "copy 1000000\n");
	usherd_expect_output(stage, "full with some waiting");
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(receive_packet(client), 10000);
	send_text(client, "finish\n");
	expect_fin(client);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("stream");
	TCase *sent = wire_case(suite, "sent", 60);
	TCase *ended = wire_case(suite, "ended", 60);
	TCase *pace = wire_case(suite, "pace", 60);

	tcase_add_test(sent, what_is_sent_arrives_in_its_order_in_every_form);
	tcase_add_test(sent, of_nothing_nothing_is_sent_and_what_was_taken_is_given_back);
	tcase_add_test(sent, who_is_told_full_is_told_when_it_is_drained);
	tcase_add_test(sent, while_the_output_is_full_nothing_is_read);
	tcase_add_loop_test(ended, what_was_taken_is_given_back_once_however_it_ends, 0,
	    (int)(sizeof(endings) / sizeof(endings[0])));
	tcase_add_test(ended, what_a_drain_cuts_is_given_back_too);
	tcase_add_test(pace, a_pause_holds_back_what_has_come_and_what_comes);
	tcase_add_test(pace, a_timer_comes_once_and_the_last_setting_counts);
	tcase_add_test(pace, a_timer_that_is_set_does_not_keep_a_connection);
	tcase_add_test(pace, who_has_ended_his_side_can_be_answered);
	tcase_add_test(pace, where_a_fin_is_a_farewell_the_connection_ends_though_it_is_paused);
	tcase_add_test(pace, calls_that_cannot_be_are_refused_and_the_connection_goes_on);
	tcase_add_test(pace, another_thread_reaches_a_connection_by_its_loop_alone);
	tcase_add_test(pace, over_a_unix_socket_it_is_the_same);
	tcase_add_test(pace, of_packets_each_stays_one);
	return wire_run(suite);
}
