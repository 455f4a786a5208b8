/* SPDX-License-Identifier: MIT
 *
 * usherctl_top: the live view on a terminal of the test's own: what it shows, what it
 * writes, and that the terminal is given back however it ends.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "harness/ctl.h"
#include "harness/fake_admin.h"
#include "harness/terminal.h"
#include "harness/wire.h"
#include "usherctl_status.h"

static struct fake_admin *admin;

/* Starts the view, and answers what it asks first. */
static struct terminal *
start(unsigned columns, unsigned rows)
{
	struct terminal *terminal;

	admin = fake_admin_new();
	terminal = terminal_start("USHERCTL",
	    ARGS("-s", fake_admin_address(admin), "top", "--interval", "100ms", "--timeout", "60"),
	    columns, rows);
	fake_admin_expect(admin, "GET /status");
	fake_admin_answer(admin, 200, SERVING);
	return terminal;
}

static void
answer(const char *json)
{
	fake_admin_expect(admin, "GET /status");
	fake_admin_answer(admin, 200, json);
}

START_TEST(the_view_shows_rates_of_the_last_interval)
{
	struct terminal *terminal = start(80, 24);

	answer(STATUS_OF("serving", "12.0", "1500", "none", "96"));
	terminal_expect(terminal, "per second 250");
	terminal_expect(terminal, "usherd 0.1.0  pid 4194305  serving");
	terminal_expect(terminal, "96/64/128");
	ck_assert(terminal_had_colours(terminal));
	terminal_type(terminal, "q");
	terminal_expect_given_back(terminal, 0);
}
END_TEST

static const struct {
	unsigned columns, rows;
} sizes[] = { { 79, 24 }, { 40, 10 }, { 132, 50 }, { 20, 4 }, { 1, 1 } };

START_TEST(any_size_will_do_and_may_change)
{
	struct terminal *terminal = start(80, 24);

	terminal_expect(terminal, "client_closed");
	terminal_resize(terminal, sizes[_i].columns, sizes[_i].rows);
	terminal_expect(terminal, sizes[_i].columns > 10 ? "usherd 0.1.0" : "u");
	if (sizes[_i].columns == 40)
		terminal_expect(terminal, "32/64/128");
	terminal_type(terminal, "q");
	terminal_expect_given_back(terminal, 0);
}
END_TEST

/* A frame that says the same costs nothing; one that changes costs its rows. */
START_TEST(only_rows_that_changed_are_written)
{
	struct terminal *terminal = start(80, 24);
	unsigned long first, second;

	/* Two answers before the figures stand: rates need both. */
	answer(SERVING);
	terminal_expect(terminal, "client_closed");
	answer(SERVING);
	answer(SERVING);
	terminal_read(terminal);
	first = terminal_bytes(terminal);
	answer(SERVING);
	answer(SERVING);
	terminal_read(terminal);
	ck_assert_uint_eq(terminal_bytes(terminal), first);
	answer(STATUS_OF("serving", "10.0", "1000", "none", "77"));
	terminal_expect(terminal, "77/64/128");
	second = terminal_bytes(terminal);
	ck_assert_uint_le(second - first, 400);
	terminal_type(terminal, "q");
	terminal_expect_given_back(terminal, 0);
}
END_TEST

static const char *const keys[] = { "q", "Q", "\004", "\003", "xyz\033[Aq" };

START_TEST(a_key_ends_it_and_gives_the_terminal_back)
{
	struct terminal *terminal = start(80, 24);

	terminal_expect(terminal, "client_closed");
	terminal_type(terminal, keys[_i]);
	terminal_expect_given_back(terminal, 0);
}
END_TEST

static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };

START_TEST(a_signal_ends_it_and_gives_the_terminal_back)
{
	struct terminal *terminal = start(80, 24);

	terminal_expect(terminal, "client_closed");
	terminal_signal(terminal, signals[_i]);
	terminal_expect_given_back(terminal, 0);
}
END_TEST

static const int crashes[] = { SIGABRT, SIGSEGV, SIGBUS };

START_TEST(a_crash_gives_the_terminal_back)
{
	struct terminal *terminal;

	if (wire_is_sanitized()) {
		WIRE_SKIP("the sanitizer has its own opinion of crashes");
		return;
	}
	terminal = start(80, 24);
	terminal_expect(terminal, "client_closed");
	terminal_signal(terminal, crashes[_i]);
	terminal_expect_killed(terminal, crashes[_i]);
}
END_TEST

START_TEST(it_can_be_suspended_and_goes_on)
{
	struct terminal *terminal = start(80, 24);

	terminal_expect(terminal, "client_closed");
	terminal_type(terminal, "\032");
	terminal_expect_stopped(terminal);
	terminal_continue(terminal);
	terminal_expect(terminal, "client_closed");
	terminal_type(terminal, "q");
	terminal_expect_given_back(terminal, 0);
}
END_TEST

/* The daemon took the question and says nothing: a key is heard all the same. */
START_TEST(a_daemon_that_hangs_does_not_keep_it_from_quitting)
{
	struct terminal *terminal = start(80, 24);

	terminal_expect(terminal, "client_closed");
	fake_admin_expect(admin, "GET /status");
	terminal_type(terminal, "q");
	terminal_expect_given_back(terminal, 0);
}
END_TEST

START_TEST(a_daemon_that_is_gone_is_told_and_waited_for)
{
	struct terminal *terminal = start(80, 24);

	terminal_expect(terminal, "client_closed");
	fake_admin_leave(admin);
	terminal_expect(terminal, "no usherd at unix:");
	terminal_expect(terminal, "client_closed");
	terminal_type(terminal, "q");
	terminal_expect_given_back(terminal, 0);
}
END_TEST

START_TEST(without_colours_there_are_none)
{
	struct terminal *terminal;

	ck_assert_int_eq(setenv("NO_COLOR", "1", 1), 0);
	terminal = start(80, 24);
	terminal_expect(terminal, "client_closed");
	ck_assert(!terminal_had_colours(terminal));
	terminal_type(terminal, "q");
	terminal_expect_given_back(terminal, 0);
}
END_TEST

START_TEST(where_there_is_no_terminal_it_is_one_frame_of_text)
{
	struct ctl *ctl;

	admin = fake_admin_new();
	ctl = ctl_start(ARGS("-s", fake_admin_address(admin), "top", "--interval", "100ms"));
	answer(SERVING);
	answer(STATUS_OF("serving", "12.0", "1500", "none", "96"));
	ctl_expect_exit(ctl, 0);
	ctl_expect_said(ctl, "per second 250");
	ck_assert_ptr_null(strchr(ctl_output(ctl), '\033'));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("usherctl_top");
	TCase *tcase = wire_case(suite, "top", 30);

	tcase_add_test(tcase, the_view_shows_rates_of_the_last_interval);
	tcase_add_loop_test(
	    tcase, any_size_will_do_and_may_change, 0, (int)(sizeof(sizes) / sizeof(sizes[0])));
	tcase_add_test(tcase, only_rows_that_changed_are_written);
	tcase_add_loop_test(tcase, a_key_ends_it_and_gives_the_terminal_back, 0,
	    (int)(sizeof(keys) / sizeof(keys[0])));
	tcase_add_loop_test(tcase, a_signal_ends_it_and_gives_the_terminal_back, 0,
	    (int)(sizeof(signals) / sizeof(signals[0])));
	tcase_add_loop_test(
	    tcase, a_crash_gives_the_terminal_back, 0, (int)(sizeof(crashes) / sizeof(crashes[0])));
	tcase_add_test(tcase, it_can_be_suspended_and_goes_on);
	tcase_add_test(tcase, a_daemon_that_hangs_does_not_keep_it_from_quitting);
	tcase_add_test(tcase, a_daemon_that_is_gone_is_told_and_waited_for);
	tcase_add_test(tcase, without_colours_there_are_none);
	tcase_add_test(tcase, where_there_is_no_terminal_it_is_one_frame_of_text);
	return wire_run(suite);
}
