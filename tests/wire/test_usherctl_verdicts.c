/* SPDX-License-Identifier: MIT
 *
 * usherctl_verdicts: check and doctor, which judge: of a file, and of a machine.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/ctl.h"
#include "harness/fake_admin.h"
#include "harness/wire.h"
#include "usherctl_status.h"

static struct ctl *
run(const char *const *args, int status)
{
	struct ctl *ctl = ctl_start(args);

	ctl_expect_exit(ctl, status);
	return ctl;
}

/* --- Checking and judging --------------------------------------------------------- */

static const char *const configs[] = {
	"service \"s\" { route \"/\" { respond = 200 } }\n",
	"listener \"web\" { backlog = 70000 service = \"s\" }\nservice \"s\" {}\n",
	"\nlistener \"web\" {\n\tbacklg = 70 service = \"s\" }\nservice \"s\" {}\n",
	"timeouts { idle = \"x\" }\nlimits { fields = 0 }\nloops = -1\n",
	"include(\"missing.conf\")\n",
	"listener \"web\" {\n",
};

START_TEST(a_file_is_checked_as_the_daemon_checks_it)
{
	struct outcome outcome;
	struct ctl *ctl;

	put_file("usher.conf", configs[_i]);
	outcome = usherd_run(ARGS("-t", "-c", "@dir@/usher.conf"));
	ctl = run(ARGS("check", "@dir@/usher.conf"), outcome.status);
	ck_assert_str_eq(ctl_error(ctl), outcome.err);
	ctl = run(ARGS("check", "--json", "@dir@/usher.conf"), outcome.status);
	ctl_expect_said(ctl, outcome.status == 0 ? "\"ok\": true" : "\"ok\": false");
	ck_assert_str_eq(ctl_error(ctl), "");
}
END_TEST

START_TEST(the_doctor_judges_the_daemon_and_the_machine)
{
	struct fake_admin *admin = fake_admin_new();
	struct ctl *ctl;

	put_file("proc/sys/net/core/somaxconn", "64\n");
	put_file("proc/sys/net/ipv4/tcp_abort_on_overflow", "1\n");
	ctl = ctl_start(ARGS("-s", fake_admin_address(admin), "doctor", "--proc", "@dir@/proc"));
	fake_admin_expect(admin, "GET /status");
	fake_admin_answer(admin, 200, STATUS_OF("serving", "9.0", "10", "none", "0"));
	fake_admin_expect(admin, "GET /config");
	fake_admin_send_text(admin,
	    "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
	    "limits { connections = 100 }\n");
	fake_admin_close(admin);
	ctl_expect_exit(ctl, 1);
	ctl_expect_said(ctl,
	    "warning  net.core.somaxconn = 64 clamps the longest backlog, 128\n"
	    "         -> sysctl -w net.core.somaxconn=128");
	ctl_expect_said(ctl, "warning  a client that finds a queue full is reset");
	ctl_expect_said(ctl, "ok       listener web: at most 64 waited in a queue of 128\n");
}
END_TEST

START_TEST(the_doctor_has_nothing_to_say_of_what_is_well)
{
	struct fake_admin *admin = fake_admin_new();
	struct ctl *ctl;

	put_file("proc/sys/net/core/somaxconn", "4096\n");
	ctl = ctl_start(
	    ARGS("-s", fake_admin_address(admin), "doctor", "--json", "--proc", "@dir@/proc"));
	fake_admin_expect(admin, "GET /status");
	fake_admin_answer(admin, 200, STATUS_OF("serving", "9.0", "10", "none", "0"));
	fake_admin_expect(admin, "GET /config");
	fake_admin_answer(admin, 404, "{\"error\":\"no\"}");
	ctl_expect_exit(ctl, 0);
	ctl_expect_said(ctl, "{\"severity\": \"ok\", \"check\": \"queue\"");
	ctl_expect_said(ctl, "\"warnings\": 0");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("usherctl_verdicts");
	TCase *tcase = wire_case(suite, "verdicts", 30);

	tcase_add_loop_test(tcase, a_file_is_checked_as_the_daemon_checks_it, 0,
	    (int)(sizeof(configs) / sizeof(configs[0])));
	tcase_add_test(tcase, the_doctor_judges_the_daemon_and_the_machine);
	tcase_add_test(tcase, the_doctor_has_nothing_to_say_of_what_is_well);
	return wire_run(suite);
}
