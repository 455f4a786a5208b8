/* SPDX-License-Identifier: MIT
 *
 * load_verdict: the exit status of a run that came to its end, and the sentence
 * beside it: a run that proves nothing is no success.
 */
#include <stdlib.h>
#include <unistd.h>

#include "harness/loader.h"
#include "harness/rogue.h"
#include "harness/wire.h"

static const char *
url_of(struct usherd *usherd, const char *path)
{
	return loader_url(ntohs(usherd_endpoint(usherd, "web").address.in.sin_port), path);
}

/* --- Answers ----------------------------------------------------------------- */

START_TEST(a_status_that_was_not_expected_is_exit_1)
{
	struct usherd *usherd = usherd_start(SITE);
	struct loader *loader =
	    loader_run(ARGS("-n", "10", "--expect-status", "404", url_of(usherd, "/hello")), 1);

	loader_expect_count(loader, "wrong_status", 10);
	(void)loader_run(ARGS("-n", "10", "--expect-status", "404", url_of(usherd, "/none")), 0);
}
END_TEST

START_TEST(answers_that_are_all_wrong_are_told_from_none)
{
	struct loader *loader =
	    loader_run(ARGS("-n", "10", url_of(usherd_start(SITE), "/none")), 3);

	loader_expect_count(loader, "wrong_status", 10);
	loader_expect_errors(loader, "not one request was answered as expected\n");
	loader = loader_run(ARGS("-d", "100ms", loader_url(rogue_closed_port(), "/")), 3);
	loader_expect_errors(loader, "not one request was answered\n");
}
END_TEST

/* --- The client's own failures ------------------------------------------------ */

/* With 24 descriptors at most, of 40 connections. */
static struct loader *
run_short_of_descriptors(const char *option, int status)
{
	struct bytes command = { 0 };
	struct loader *loader;

	bytes_put_format(&command, "ulimit -n 24; exec \"$USHER_LOAD\" -c 40 -d 500ms %s %s",
	    option, loader_url(rogue_start(NULL, NULL), "/"));
	loader = loader_start_shell(command.data);
	bytes_free(&command);
	loader_expect_exit(loader, status);
	ck_assert_uint_ge(loader_count(loader, "connections_no_descriptors"), 1);
	ck_assert_uint_ge(loader_count(loader, "answered"), 1);
	return loader;
}

/* What the clients that were not there would have lost is not known. */
START_TEST(without_enough_clients_no_loss_is_not_proven)
{
	struct loader *loader = run_short_of_descriptors("--expect-no-loss", 3);

	loader_expect_errors(loader, "it is not proven that nothing was lost: ");
}
END_TEST

START_TEST(without_enough_clients_a_run_without_expectations_is_still_one)
{
	(void)run_short_of_descriptors("", 0);
}
END_TEST

/* --- The command of --during ---------------------------------------------------- */

START_TEST(a_command_that_fails_is_exit_4)
{
	struct usherd *usherd = usherd_start(SITE);

	(void)loader_run(
	    ARGS("-d", "300ms", "--settle", "0", "--during", "exit 3", url_of(usherd, "/hello")),
	    4);
}
END_TEST

/* The requests are over long before a third of the duration is. */
START_TEST(a_command_that_never_began_is_exit_4)
{
	struct loader *loader =
	    loader_run(ARGS("-n", "10", "-d", "60s", "--expect-no-loss", "--during",
			   "touch @dir@/ran", url_of(usherd_start(SITE), "/hello")),
		4);
	char *path = place_expand("@dir@/ran");

	loader_expect_errors(loader, "the run ended before the command of --during began");
	ck_assert_int_ne(access(path, F_OK), 0);
	free(path);
}
END_TEST

START_TEST(a_command_that_has_not_ended_is_exit_4)
{
	struct loader *loader =
	    loader_run(ARGS("-c", "1", "-n", "4", "--think", "200ms", "-d", "60s",
			   "--expect-no-loss", "--during", "exec sleep 60", "--during-at", "10ms",
			   url_of(usherd_start(SITE), "/hello")),
		4);

	loader_expect_errors(loader, "the run ended before the command of --during did");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("load_verdict");
	TCase *answers = wire_case(suite, "answers", 60);
	TCase *own = wire_case(suite, "own_failures", 60);
	TCase *during = wire_case(suite, "during", 60);

	tcase_add_test(answers, a_status_that_was_not_expected_is_exit_1);
	tcase_add_test(answers, answers_that_are_all_wrong_are_told_from_none);
	tcase_add_test(own, without_enough_clients_no_loss_is_not_proven);
	tcase_add_test(own, without_enough_clients_a_run_without_expectations_is_still_one);
	tcase_add_test(during, a_command_that_fails_is_exit_4);
	tcase_add_test(during, a_command_that_never_began_is_exit_4);
	tcase_add_test(during, a_command_that_has_not_ended_is_exit_4);
	return wire_run(suite);
}
