/* SPDX-License-Identifier: MIT
 *
 * usherctl_hostile: nobody there, and what answers on the socket is no usherd, or one
 * that is not well: usherctl says so, soon, and with the exit status for it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/bytes.h"
#include "harness/ctl.h"
#include "harness/fake_admin.h"
#include "harness/wire.h"
#include "usherctl_status.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

/* --- Nobody ---------------------------------------------------------------------- */

static const char *const verbs[] = { "status", "listeners", "connections", "drain", "reload",
	"stop", "top", "doctor" };

START_TEST(without_a_daemon_each_verb_says_where_it_looked_and_what_to_do)
{
	struct ctl *ctl = ctl_start(ARGS("-s", "unix:@dir@/none.sock", verbs[_i]));

	ctl_expect_exit(ctl, 3);
	ctl_expect_complaint(ctl, "usherctl: no usherd at unix:/");
	ctl_expect_complaint(ctl, "/none.sock: No such file or directory\n");
	ctl_expect_complaint(ctl, "usherd does not run, or its configuration has no such `admin`");
	ctl_expect_complaint(ctl, "-s ADDRESS or $USHER_ADMIN");
	ck_assert_str_eq(ctl_output(ctl), "");
}
END_TEST

START_TEST(the_address_may_come_from_the_environment)
{
	struct ctl *ctl;

	ck_assert_int_eq(setenv("USHER_ADMIN", "unix:/nonexistent/usher.sock", 1), 0);
	ctl = ctl_start(ARGS("status"));
	ctl_expect_exit(ctl, 3);
	ctl_expect_complaint(ctl, "no usherd at unix:/nonexistent/usher.sock:");
	ck_assert_int_eq(setenv("USHER_ADMIN", "", 1), 0);
	ctl = ctl_start(ARGS("status", "--timeout=2"));
	ctl_expect_complaint((ctl_expect_exit(ctl, 3), ctl), "unix:/run/usher/admin.sock");
}
END_TEST

/* A port that nobody has: bound, and never listened on. */
START_TEST(a_port_on_which_nobody_listens_is_refused)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct bytes where = { 0 };
	struct ctl *ctl;

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	bytes_put_format(&where, "localhost:%u", ntohs(address.sin_port));
	ctl = ctl_start(ARGS("-s", where.data, "status"));
	ctl_expect_exit(ctl, 3);
	ctl_expect_complaint(ctl, ": Connection refused\n");
	ctl_expect_complaint(ctl, "Nobody listens there");
	bytes_free(&where);
	(void)close(fd);
}
END_TEST

START_TEST(a_socket_whose_daemon_was_killed_is_told_from_one_that_never_was)
{
	struct fake_admin *admin = fake_admin_new();
	struct ctl *ctl;

	/* The file stays, as after a crash. */
	fake_admin_abandon(admin);
	ctl = ctl_start(ARGS("-s", fake_admin_address(admin), "status"));
	ctl_expect_exit(ctl, 3);
	ctl_expect_complaint(ctl, ": Connection refused\n");
}
END_TEST

START_TEST(a_queue_that_nobody_empties_is_waited_for_in_vain)
{
	struct fake_admin *admin = fake_admin_new();
	struct ctl *ctl;

	fake_admin_fill(admin);
	ctl = ctl_start(ARGS("-s", fake_admin_address(admin), "status", "--timeout", "300ms"));
	ctl_expect_exit(ctl, 3);
	ctl_expect_complaint(ctl, "It takes no connections");
}
END_TEST

/* --- Somebody else ------------------------------------------------------------------ */

static const struct {
	const char *answer, *complaint;
} strange[] = {
	{ "", "it ended the connection before its answer was complete" },
	{ "220 mail.example.org ESMTP\r\n", "does not speak HTTP" },
	{ "\x16\x03\x01\x02", "does not speak HTTP" },
	{ "HTTP/1.1 200 OK\r\n", "before its answer was complete" },
	{ OK_HEAD "Content-Length: 100\r\n\r\n{\"pid\":1", "before its answer was complete" },
	{ OK_HEAD "Content-Length: 99999999999\r\n\r\n", "longer than usherctl takes" },
	{ OK_HEAD "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "does not speak HTTP" },
	{ OK_HEAD "Content-Length: 2\r\n\r\n{}{}", "does not speak HTTP" },
	{ OK_HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "does not speak HTTP" },
	{ OK_HEAD "\r\n[1,2,3]", "is no object of JSON: is it usherd" },
	{ OK_HEAD "\r\n{\"pid\":", "is no object of JSON" },
	{ OK_HEAD "\r\n{\"pid\":1,\"pid\":2}", "is no object of JSON" },
	{ OK_HEAD "\r\n{\"a\":\"\x80\"}", "is no object of JSON" },
	{ "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{}", "is no object of JSON" },
	{ OK_HEAD "\r\n{}", "the answer to GET /status is none of usherd's" },
	{ OK_HEAD "\r\n{\"pid\":1,\"state\":\"serving\",\"connections\":[],\"listeners\":[]}",
	    "is none of usherd's" },
};

START_TEST(what_is_no_usherd_is_told_from_one)
{
	struct fake_admin *admin = fake_admin_new();
	struct ctl *ctl = ctl_start(ARGS("-s", fake_admin_address(admin), "status"));

	fake_admin_expect(admin, "GET /status");
	fake_admin_send_text(admin, strange[_i].answer);
	fake_admin_close(admin);
	ctl_expect_exit(ctl, 4);
	ctl_expect_complaint(ctl, strange[_i].complaint);
	ck_assert_str_eq(ctl_output(ctl), "");
}
END_TEST

/* --- Hanging -------------------------------------------------------------------------- */

static const char *const beginnings[] = { "", "HTTP/1.1 200 OK\r\n",
	OK_HEAD "Content-Length: 10\r\n\r\n{", OK_HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\n{" };

START_TEST(a_daemon_that_hangs_does_not_hang_usherctl)
{
	struct fake_admin *admin = fake_admin_new();
	struct ctl *ctl =
	    ctl_start(ARGS("-s", fake_admin_address(admin), "--timeout", "300ms", "status"));

	fake_admin_expect(admin, "GET /status");
	fake_admin_send_text(admin, beginnings[_i]);
	ctl_expect_exit(ctl, 4);
	ctl_expect_complaint(ctl, "no answer within 300ms");
}
END_TEST

/* A byte now and then must not move the deadline. */
START_TEST(a_daemon_that_drips_does_not_hang_usherctl)
{
	struct fake_admin *admin = fake_admin_new();
	struct ctl *ctl =
	    ctl_start(ARGS("-s", fake_admin_address(admin), "--timeout", "500ms", "status"));

	fake_admin_expect(admin, "GET /status");
	fake_admin_send_text(admin, OK_HEAD "\r\n");
	fake_admin_drip(admin, ctl_pidfd(ctl), 50);
	ctl_expect_exit(ctl, 4);
	ctl_expect_complaint(ctl, "no answer within 500ms");
}
END_TEST

START_TEST(an_answer_without_end_is_cut)
{
	static char zeros[1 << 20];
	struct fake_admin *admin = fake_admin_new();
	struct ctl *ctl =
	    ctl_start(ARGS("-s", fake_admin_address(admin), "--timeout", "60", "status"));

	memset(zeros, ' ', sizeof(zeros));
	fake_admin_expect(admin, "GET /status");
	fake_admin_send_text(admin, OK_HEAD "\r\n");
	for (int i = 0; i < 70; i++)
		fake_admin_send(admin, zeros, sizeof(zeros));
	ctl_expect_exit(ctl, 4);
	ctl_expect_complaint(ctl, "longer than usherctl takes");
}
END_TEST

START_TEST(what_a_daemon_sends_steers_no_terminal)
{
	struct fake_admin *admin = fake_admin_new();
	struct ctl *ctl = ctl_start(ARGS("-s", fake_admin_address(admin), "listeners"));

	fake_admin_expect(admin, "GET /listeners");
	fake_admin_answer(admin, 200,
	    "{\"listeners\":[{\"name\":\"\\u001b]0;pwned\\u0007\",\"state\":\"\\u009b31m\"}]}");
	ctl_expect_exit(ctl, 0);
	ctl_expect_said(ctl, "?]0;pwned?");
	ck_assert_ptr_null(strchr(ctl_output(ctl), '\033'));
	ck_assert_ptr_null(strstr(ctl_output(ctl), "\xc2\x9b"));
}
END_TEST

START_TEST(an_error_that_steers_is_shown_tame)
{
	struct fake_admin *admin = fake_admin_new();
	struct ctl *ctl = ctl_start(ARGS("-s", fake_admin_address(admin), "reload"));

	fake_admin_expect(admin, "POST /reload");
	fake_admin_answer(
	    admin, 422, "{\"ok\":false,\"errors\":[\"a:1: \\u001b[2J\\nb\"],\"warnings\":[]}");
	ctl_expect_exit(ctl, 1);
	ctl_expect_complaint(ctl, "a:1: ?[2J?b\n");
}
END_TEST

START_TEST(an_output_that_is_full_is_a_failure)
{
	ck_assert_int_eq(WEXITSTATUS(system("\"$USHERCTL\" --help > /dev/full")), 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("usherctl_hostile");
	TCase *tcase = wire_case(suite, "hostile", 60);

	tcase_add_loop_test(tcase, without_a_daemon_each_verb_says_where_it_looked_and_what_to_do,
	    0, (int)(sizeof(verbs) / sizeof(verbs[0])));
	tcase_add_test(tcase, the_address_may_come_from_the_environment);
	tcase_add_test(tcase, a_port_on_which_nobody_listens_is_refused);
	tcase_add_test(tcase, a_socket_whose_daemon_was_killed_is_told_from_one_that_never_was);
	tcase_add_test(tcase, a_queue_that_nobody_empties_is_waited_for_in_vain);
	tcase_add_loop_test(tcase, what_is_no_usherd_is_told_from_one, 0,
	    (int)(sizeof(strange) / sizeof(strange[0])));
	tcase_add_loop_test(tcase, a_daemon_that_hangs_does_not_hang_usherctl, 0,
	    (int)(sizeof(beginnings) / sizeof(beginnings[0])));
	tcase_add_test(tcase, a_daemon_that_drips_does_not_hang_usherctl);
	tcase_add_test(tcase, an_answer_without_end_is_cut);
	tcase_add_test(tcase, what_a_daemon_sends_steers_no_terminal);
	tcase_add_test(tcase, an_error_that_steers_is_shown_tame);
	tcase_add_test(tcase, an_output_that_is_full_is_a_failure);
	return wire_run(suite);
}
