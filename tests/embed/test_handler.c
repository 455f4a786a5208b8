/* SPDX-License-Identifier: MIT
 *
 * handler: each call of usher/http.h as a client sees it: answers in their three forms and
 * who releases what, answers that come late or never, loops. Bodies are in test_bodies.c.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stage_client.h"

#define MUCH "16000000"
#define MUCH_BYTES ((size_t)16000000)

/* --- Answers in pieces --------------------------------------------------------------------- */

static const struct {
	const char *target;
	const char *end;
} forms[] = {
	{ "/copy?" MUCH, "copy ends: " },
	{ "/reference?" MUCH, "reference ends: " },
	{ "/file?" MUCH, "file ends: " },
};

START_TEST(an_answer_waits_for_its_client_and_is_whole)
{
	struct usherd *stage = start_stage();
	struct client *client = enter_deaf(stage);

	send_get(client, forms[_i].target);
	usherd_expect_output(stage, "answer full");
	expect_response_head(client, 200);
	expect_pattern(client, MUCH_BYTES, 0);
	usherd_expect_output(stage, forms[_i].end);
	send_get(client, "/loop");
	expect_response(client, 200);
	client_close(client);
	usherd_signal(stage, SIGTERM);
	usherd_expect_output(stage, "loop 0 ends with 0 held and 0 files");
	usherd_expect_clean_end(stage);
}
END_TEST

START_TEST(whoever_leaves_an_answer_is_told_of_and_all_is_given_back)
{
	struct usherd *stage = start_stage();
	struct client *client = enter_deaf(stage);
	char end[64];

	send_get(client, forms[_i].target);
	usherd_expect_output(stage, "answer full");
	client_reset(client);
	(void)snprintf(end, sizeof(end), "%sreset_by_peer", forms[_i].end);
	usherd_expect_output(stage, end);
	usherd_signal(stage, SIGTERM);
	usherd_expect_output(stage, "loop 0 ends with 0 held and 0 files");
	usherd_expect_clean_end(stage);
}
END_TEST

START_TEST(an_answer_in_progress_is_whole_in_a_drain)
{
	struct usherd *stage = start_stage();
	struct client *client = enter_deaf(stage);

	send_get(client, forms[_i].target);
	usherd_expect_output(stage, "answer full");
	usherd_signal(stage, SIGTERM);
	usherd_expect_log(stage, "draining");
	expect_response_head(client, 200);
	expect_pattern(client, MUCH_BYTES, 0);
	expect_fin(client);
	client_close(client);
	usherd_expect_clean_end(stage);
}
END_TEST

START_TEST(an_answer_that_a_drain_cuts_is_told_and_given_back)
{
	struct usherd *stage = usherd_start_with(ARGS("output=20000", "drain=300", "127.0.0.1:0"));
	struct client *client = enter_deaf(stage);
	char end[64];

	send_get(client, forms[_i].target);
	usherd_expect_output(stage, "answer full");
	usherd_signal(stage, SIGTERM);
	(void)snprintf(end, sizeof(end), "%sdrain_deadline", forms[_i].end);
	usherd_expect_output(stage, end);
	usherd_expect_output(stage, "loop 0 ends with 0 held and 0 files");
	usherd_expect_exit(stage, 1);
}
END_TEST

START_TEST(an_answer_to_head_has_no_body_and_gives_all_back)
{
	struct usherd *stage = start_stage();
	struct client *client = enter(stage);

	send_request(client, "HEAD", "/reference?30000", "");
	expect_response_to_head(client, 200);
	expect_field(client, "Content-Length", "30000");
	send_request(client, "HEAD", "/file?30000", "");
	expect_response_to_head(client, 200);
	send_get(client, "/loop");
	expect_response(client, 200);
	usherd_expect_output(stage, "file ends: complete");
	client_close(client);
	usherd_signal(stage, SIGTERM);
	usherd_expect_output(stage, "loop 0 ends with 0 held and 0 files");
}
END_TEST

START_TEST(an_answer_that_is_shorter_than_announced_cannot_be_taken_for_whole)
{
	struct usherd *stage = start_stage();
	struct client *client = enter(stage);

	send_get(client, "/promise?10");
	expect_response_head(client, 200);
	expect_text(client, "xxxxxxxxx");
	expect_fin(client);
	usherd_expect_output(stage, "promise ends: cut_short");
	client_close(client);
	client = enter(stage);
	send_request(client, "HEAD", "/promise?10", "");
	expect_response_to_head(client, 200);
	usherd_expect_output(stage, "promise ends: complete");
}
END_TEST

static const struct {
	int len;
	char letter;
} types[] = {
	{ 1, 'a' },
	{ 10, 'b' },
	{ 10, 'c' },
	{ 10, 'c' },
	{ 63, 'd' },
	{ 64, 'd' },
	{ 63, 'd' },
	{ 65, 'e' },
	{ 70, 'e' },
	{ 200, 'f' },
	{ 1, 'f' },
};

START_TEST(each_answer_has_its_own_media_type)
{
	struct client *client = enter(start_stage());

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		char target[256] = "/type?";
		const size_t at = strlen(target);

		memset(target + at, types[i].letter, (size_t)types[i].len);
		send_get(client, target);
		expect_response(client, 200);
		expect_field(client, "Content-Type", target + at);
	}
	send_get(client, "/type");
	expect_response(client, 200);
	expect_no_field(client, "Content-Type");
}
END_TEST

/* --- Late, and never ------------------------------------------------------------------------- */

START_TEST(a_handler_that_never_answers_is_ended_by_its_deadline_and_told)
{
	struct usherd *stage = usherd_start_with(ARGS("answer=300", "127.0.0.1:0"));
	struct client *client = enter(stage);

	send_get(client, "/never");
	expect_response(client, 503);
	usherd_expect_output(stage, "never ends: answer_timeout");
	usherd_expect_log(stage, "a request was not answered in time");
	send_get(client, "/half");
	expect_response_head(client, 200);
	expect_text(client, "half:");
	expect_fin(client);
	usherd_expect_output(stage, "half ends: answer_timeout");
}
END_TEST

START_TEST(an_answer_that_another_thread_posts_comes)
{
	struct usherd *stage = start_stage();
	struct client *client = enter(stage);

	send_get(client, "/held");
	usherd_expect_output(stage, "held");
	tell(stage, "/answer");
	expect_response(client, 200);
	expect_body(client, "late\n");
	usherd_expect_output(stage, "held ends: complete");
	ck_assert_ptr_null(strstr(usherd_output(stage), "on another thread was taken"));
}
END_TEST

START_TEST(an_answer_that_begins_late_is_seen_to_begin)
{
	struct usherd *stage = start_stage();
	struct client *client = enter(stage);

	send_get(client, "/held");
	usherd_expect_output(stage, "held");
	tell(stage, "/begin");
	expect_response_head(client, 200);
	expect_nothing_yet(client);
	tell(stage, "/end");
	expect_text(client, "0\r\n\r\n");
	usherd_expect_output(stage, "held ends: complete");
}
END_TEST

/* How a client leaves, and what the program hears. */
static const struct {
	const char *about;
	const char *on_peer_fin;
	bool resets;
	const char *end;
} farewells[] = {
	{ "it resets", "peer_fin=abort", true, "held ends: reset_by_peer" },
	{ "it ends its side", "peer_fin=abort", false, "held ends: peer_left" },
};

START_TEST(whoever_leaves_before_the_answer_is_told_of_with_the_cause)
{
	struct usherd *stage = usherd_start_with(ARGS(farewells[_i].on_peer_fin, "127.0.0.1:0"));
	struct client *client = enter(stage);

	wire_about(farewells[_i].about);
	send_get(client, "/held");
	usherd_expect_output(stage, "held");
	if (farewells[_i].resets)
		client_reset(client);
	else
		client_close(client);
	usherd_expect_output(stage, farewells[_i].end);
	tell(stage, "/answer");
	usherd_expect_output(stage, "answer: the connection has ended");
	usherd_signal(stage, SIGTERM);
	usherd_expect_output(stage, "loop 0 ends with 0 held and 0 files");
	usherd_expect_clean_end(stage);
}
END_TEST

START_TEST(who_has_ended_his_side_gets_his_answer_still)
{
	struct usherd *stage = start_stage();
	struct client *client = enter(stage);

	send_get(client, "/held");
	half_close(client);
	usherd_expect_output(stage, "held");
	tell(stage, "/answer");
	expect_response(client, 200);
	expect_fin(client);
}
END_TEST

/* --- Loops, figures ----------------------------------------------------------------------------
 */

START_TEST(each_loop_has_its_own_and_all_are_used)
{
	struct usherd *stage = usherd_start_with(ARGS("loops=3", "127.0.0.1:0"));
	unsigned seen = 0;

	for (int i = 0; i < 1000 && seen != 7; i++) {
		struct client *client = enter(stage);

		for (int j = 0; j < 3; j++) {
			const char *body;

			send_get(client, "/loop");
			expect_response(client, 200);
			body = bytes_string(&last_response(client)->body);
			seen |= 1u << strtoul(body + strlen("loop "), NULL, 10);
		}
		client_close(client);
	}
	ck_assert_uint_eq(seen, 7);
	usherd_signal(stage, SIGTERM);
	for (unsigned i = 0; i < 3; i++) {
		char line[64];

		(void)snprintf(line, sizeof(line), "loop %u ends with 0 held and 0 files", i);
		usherd_expect_output(stage, line);
	}
	usherd_expect_clean_end(stage);
}
END_TEST

START_TEST(the_figures_count_what_is_open)
{
	struct usherd *stage = start_stage();
	struct client *client = enter(stage);
	struct client *idle = enter(stage);
	struct client *busy = enter(stage);
	int tries = 0;

	send_get(idle, "/loop");
	expect_response(idle, 200);
	send_get(busy, "/held");
	do {
		send_get(client, "/figures");
		expect_response(client, 200);
	} while (strcmp(bytes_string(&last_response(client)->body),
		     "3 open, 1 busy, 2 idle, 0 ending") != 0 &&
	    !client_has_input(idle, 100) && ++tries < 100);
	expect_body(client, "3 open, 1 busy, 2 idle, 0 ending");
	tell(stage, "/answer");
	expect_response(busy, 200);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("handler");
	TCase *answers = wire_case(suite, "answers", 60);
	TCase *later = wire_case(suite, "later", 60);

	tcase_add_loop_test(answers, an_answer_waits_for_its_client_and_is_whole, 0, 3);
	tcase_add_loop_test(
	    answers, whoever_leaves_an_answer_is_told_of_and_all_is_given_back, 0, 3);
	tcase_add_loop_test(answers, an_answer_in_progress_is_whole_in_a_drain, 0, 3);
	tcase_add_loop_test(answers, an_answer_that_a_drain_cuts_is_told_and_given_back, 0, 3);
	tcase_add_test(answers, each_answer_has_its_own_media_type);
	tcase_add_test(answers, an_answer_to_head_has_no_body_and_gives_all_back);
	tcase_add_test(answers, an_answer_that_is_shorter_than_announced_cannot_be_taken_for_whole);
	tcase_add_test(later, a_handler_that_never_answers_is_ended_by_its_deadline_and_told);
	tcase_add_test(later, an_answer_that_another_thread_posts_comes);
	tcase_add_test(later, an_answer_that_begins_late_is_seen_to_begin);
	tcase_add_loop_test(
	    later, whoever_leaves_before_the_answer_is_told_of_with_the_cause, 0, 2);
	tcase_add_test(later, who_has_ended_his_side_gets_his_answer_still);
	tcase_add_test(later, each_loop_has_its_own_and_all_are_used);
	tcase_add_test(later, the_figures_count_what_is_open);
	return wire_run(suite);
}
