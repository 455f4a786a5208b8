/* SPDX-License-Identifier: MIT
 *
 * Tests of config/check: listeners, limits and the log.
 */
#include "config/check.h"

#include "rig.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* A file with `text`, and the services that it may name: "site" speaks http,
 * "raw" echo. */
static struct rig
check_text(const char *text)
{
	char file[4096];
	struct rig rig;

	(void)snprintf(file, sizeof(file),
	    "%s\nlistener used { address = unix:@used transport = seqpacket service = raw }\n"
	    "listener web2 { address = 192.0.2.99 port = 9999 service = site }\n"
	    "service site { route / { respond = 200 } }\nservice raw { protocol = echo }\n",
	    text);
	rig = rig_load_text(file);
	rig_check(&rig);
	return rig;
}

#define PRIVILEGE                                                                     \
	" is below 1024, which needs a privilege: use a higher port, or give usherd " \
	"CAP_NET_BIND_SERVICE (AmbientCapabilities=, setcap)\n"

/* Listeners `x`, alone. */
static const struct {
	const char *text;
	const char *lines;
} one_cases[] = {
	{ "service = site", "" },
	{ "service = site address = \"*\" port = 1024", "" },
	{ "service = site address = localhost", "" },
	{ "service = site address = \"::1\"", "" },
	{ "service = site address = \"fe80::1%lo\"", "" },
	{ "service = site address = unix:./x.sock transport = tcp",
	    "usher.conf:1: [listener x] address: the path of a Unix socket begins with \"/\", or "
	    "with "
	    "\"@\" without a file\n" },
	{ "service = raw address = unix:@x transport = seqpacket", "" },
	{ "service = site address = unix:@x transport = unix", "" },
	{ "service = site owner = root group = root", "" },
	{ "service = site owner = 4711 group = 4711", "" },
	{ "",
	    "usher.conf:1: [listener x] has no service: name one of the configuration, as in "
	    "service = \"site\"\n" },
	{ "service = sita",
	    "usher.conf:1: [listener x] service: there is no service \"sita\"; did "
	    "you mean \"site\"?\n" },
	{ "service = xyzzy",
	    "usher.conf:1: [listener x] service: there is no service \"xyzzy\"\n" },
	{ "service = {site, site}", "usher.conf:1: [listener x] service: names \"site\" twice\n" },
	{ "service = {site, raw}",
	    "usher.conf:1: [listener x] service: \"site\" and \"raw\" cannot share a listener: "
	    "only "
	    "services with protocol = http are told apart, by their hosts\n" },
	{ "\nservice = site\nport = 80", "usher.conf:3: [listener x] port: 80" PRIVILEGE },
	{ "service = site transport = unix",
	    "usher.conf:1: [listener x] transport: unix needs an address of the form unix:/path, "
	    "not "
	    "\"127.0.0.1\"\n" },
	{ "service = site transport = mptcp address = unix:@x",
	    "usher.conf:1: [listener x] transport: mptcp does not go with a unix: address: leave "
	    "it "
	    "out, or use unix or seqpacket\n" },
	{ "service = site transport = seqpacket address = unix:@x",
	    "usher.conf:1: [listener x] transport: seqpacket keeps messages apart and http needs a "
	    "stream: use unix for the service \"site\"\n" },
	{ "service = site address = unix:/nowhere/x",
	    "usher.conf:1: [listener x] address: the directory /nowhere cannot be used: No such "
	    "file "
	    "or directory\n" },
	{ "service = site address = unix:/dev/null",
	    "usher.conf:1: [listener x] address: /dev/null exists and is not a socket\n" },
	{ "service = site address = unix:/dev/null/x",
	    "usher.conf:1: [listener x] address: /dev/null is not a directory\n" },
	{ "service = site address = unix:",
	    "usher.conf:1: [listener x] address: \"unix:\" names no socket: it is written "
	    "unix:/path, or unix:@name\n" },
	{ "service = site address = 127.0.0.1:80",
	    "usher.conf:1: [listener x] address: \"127.0.0.1:80\" cannot be listened on: the port "
	    "is "
	    "given apart, as in port = 8080\n" },
	{ "service = site address = 256.1.1.1",
	    "usher.conf:1: [listener x] address: \"256.1.1.1\" cannot be listened on: it is no "
	    "IPv4 "
	    "address\n" },
	{ "service = site address = [::1]",
	    "usher.conf:1: [listener x] address: \"[::1]\" cannot be listened on: an IPv6 address "
	    "stands here without brackets\n" },
	{ "service = site address = ::1::2",
	    "usher.conf:1: [listener x] address: \"::1::2\" cannot be listened on: it is no IPv6 "
	    "address\n" },
	{ "service = site address = \"a b\"",
	    "usher.conf:1: [listener x] address: \"a b\" cannot be listened on: it is neither an "
	    "address nor a host name\n" },
	{ "service = site owner = no_such_user group = no_such_group",
	    "usher.conf:1: [listener x] owner: there is no user \"no_such_user\"\n"
	    "usher.conf:1: [listener x] group: there is no group \"no_such_group\"\n" },
};

START_TEST(a_listener_is_checked)
{
	char text[1024];
	struct rig rig;

	(void)snprintf(text, sizeof(text), "listener x { %s }", one_cases[_i].text);
	rig = check_text(text);
	ck_assert_str_eq(rig_lines(&rig), one_cases[_i].lines);
	ck_assert_int_eq(rig.result, *one_cases[_i].lines ? -EINVAL : 0);
	rig_done(&rig);
}
END_TEST

START_TEST(the_path_of_a_unix_socket_is_short)
{
	char text[256];
	struct text out = text_over(text, sizeof(text));
	struct rig rig;

	text_put_string(&out, "listener x { service = site address = \"unix:/");
	for (int i = 0; i < 107; i++)
		text_put_char(&out, 'x');
	text_put_string(&out, "\" }");
	rig = check_text(text_string(&out));
	ck_assert_ptr_nonnull(strstr(
	    rig_lines(&rig), "is too long: the path of a Unix socket has at most 107 bytes\n"));
	rig_done(&rig);
}
END_TEST

/* Keys of two listeners, and whether the kernel would refuse the second. */
static const struct {
	const char *first;
	const char *second;
	bool overlaps;
} pairs[] = {
	{ "address = 127.0.0.1", "address = 127.0.0.1", true },
	{ "address = 127.0.0.1", "address = 127.0.0.2", false },
	{ "port = 0", "port = 0", false },
	{ "port = 8000", "port = 8001", false },
	{ "address = 0.0.0.0", "address = 127.0.0.1", true },
	{ "address = 127.0.0.1", "address = 0.0.0.0", true },
	{ "address = 0.0.0.0", "address = ::1", false },
	{ "address = ::", "address = ::1", true },
	{ "address = ::", "address = 127.0.0.1", true },
	{ "address = :: v6only = true", "address = 127.0.0.1", false },
	{ "address = :: v6only = true", "address = 0.0.0.0", false },
	{ "address = ::", "address = 0.0.0.0", true },
	{ "address = \"*\"", "address = \"*\"", true },
	{ "address = \"*\"", "address = 127.0.0.1", true },
	{ "address = ::1", "address = \"*\"", true },
	{ "address = \"*\"", "address = localhost", true },
	{ "address = \"*\" v6only = true", "address = 127.0.0.1", false },
	{ "address = localhost", "address = LOCALHOST", true },
	{ "address = localhost", "address = example.org", false },
	{ "address = 0.0.0.0", "address = localhost", false },
	{ "address = ::1", "address = 0:0::1", true },
	{ "reuse_port = true", "reuse_port = true", true },
	{ "transport = mptcp", "transport = tcp", true },
	{ "transport = sctp", "transport = tcp", false },
	{ "transport = sctp", "transport = sctp", true },
	{ "address = unix:@a", "address = unix:@a transport = unix", true },
	{ "address = unix:@a", "address = unix:@b", false },
	{ "address = unix:@a", "address = \"*\"", false },
};

START_TEST(two_listeners_on_one_address_are_seen)
{
	char text[512];
	struct rig rig;

	(void)snprintf(text, sizeof(text),
	    "listener a { service = site %s }\nlistener b { service = site\n%s }", pairs[_i].first,
	    pairs[_i].second);
	rig = check_text(text);
	ck_assert_int_eq(rig.result, pairs[_i].overlaps ? -EINVAL : 0);
	if (pairs[_i].overlaps)
		ck_assert_ptr_nonnull(strstr(
		    rig_lines(&rig), "the address is taken by listener \"a\", at usher.conf:1\n"));
	rig_done(&rig);
}
END_TEST

START_TEST(an_overlap_is_told_where_the_port_or_path_is_given)
{
	struct rig rig = check_text("listener a { service = site }\n"
				    "listener b { service = site\n port = 8080 }\n"
				    "listener c { service = site address = unix:@a }\n"
				    "listener d { service = site\n address = unix:@a }\n");

	ck_assert_str_eq(rig_lines(&rig),
	    "usher.conf:3: [listener b] port: the address is taken by listener \"a\", at "
	    "usher.conf:1\n"
	    "usher.conf:6: [listener d] address: the address is taken by listener \"c\", at "
	    "usher.conf:4\n");
	rig_done(&rig);
}
END_TEST

START_TEST(a_privilege_depends_on_the_host)
{
	static const struct {
		struct config_host host;
		int result;
	} cases[] = {
		{ { 1024, false, 20000 }, -EINVAL },
		{ { 1024, true, 20000 }, 0 },
		{ { 443, false, 20000 }, 0 },
		{ { 444, false, 20000 }, -EINVAL },
		{ { 0, false, 20000 }, 0 },
	};
	struct rig rig =
	    rig_load_text("listener a { service = s port = 443 } service s { protocol = echo }");

	rig_check_on(&rig, &cases[_i].host);
	ck_assert_int_eq(rig.result, cases[_i].result);
	rig_done(&rig);
}
END_TEST

START_TEST(connections_fit_into_the_open_files)
{
	struct config_host host = { 1024, false, 1320 };
	struct rig rig = rig_load_within("limits", "connections = 1000");

	rig_check_on(&rig, &host);
	ck_assert_int_eq(rig.result, 0);
	host.open_files_limit = 1319;
	rig_check_on(&rig, &host);
	ck_assert_str_eq(rig_lines(&rig),
	    "usher.conf:2: [limits] connections: 1000 need 1320 open files, and this process may "
	    "have "
	    "1319: lower it, or raise the limit (ulimit -Hn, LimitNOFILE=)\n");
	rig_done(&rig);
}
END_TEST

START_TEST(a_drain_outlasts_the_grace)
{
	struct rig rig = rig_load_within("drain", "idle_grace = \"10s\" deadline = \"10s\"");

	rig_check(&rig);
	ck_assert_str_eq(rig_lines(&rig),
	    "usher.conf:2: [drain] deadline: is not longer than idle_grace: every idle connection "
	    "would be cut\n");
	rig_done(&rig);
}
END_TEST

START_TEST(the_host_is_asked)
{
	struct rlimit limit = { 100, 200 };
	struct config_host host;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	config_host_read(&host);
	ck_assert_uint_eq(host.open_files_limit, 200);
	ck_assert_int_ge(host.first_free_port, 0);
	ck_assert_int_le(host.first_free_port, 65536);
	/* Root has every capability; whoever is not has none by default. */
	if (geteuid() == 0 && setuid(65534) == 0) {
		config_host_read(&host);
		ck_assert(!host.may_bind_privileged);
	}
}
END_TEST

static const struct {
	const char *section;
	const char *text;
	const char *lines;
} rest_cases[] = {
	{ "limits", "head_bytes = 1k",
	    "usher.conf:1: [limits] target_bytes: is more than head_bytes: the target is a part of "
	    "the "
	    "head\n" },
	{ "limits", "head_bytes = 1k target_bytes = 1k", "" },
	{ "log", "access = /nowhere/a",
	    "usher.conf:2: [log] access: the directory /nowhere cannot be used: No such file or "
	    "directory\n" },
	{ "log", "access = /tmp", "usher.conf:2: [log] access: /tmp is a directory, not a file\n" },
	{ "log", "access = /nowhere/a access_format = off", "" },
	{ "log", "access = a", "" },
	{ "log", "access = -", "" },
	{ "log", "connections = /nowhere/c",
	    "usher.conf:2: [log] connections: the directory /nowhere cannot be used: No such file "
	    "or "
	    "directory\n" },
};

START_TEST(the_rest_is_checked)
{
	struct rig rig = rig_load_within(rest_cases[_i].section, rest_cases[_i].text);

	rig_check(&rig);
	ck_assert_str_eq(rig_lines(&rig), rest_cases[_i].lines);
	rig_done(&rig);
}
END_TEST

START_TEST(without_a_listener_there_is_nothing_to_do)
{
	struct rig rig = rig_load_text("");

	rig_check(&rig);
	ck_assert_str_eq(rig_lines(&rig),
	    "usher.conf: there is no listener: add one, as in listener "
	    "\"web\" { service = \"site\" }\n");
	rig_done(&rig);
}
END_TEST

START_TEST(a_check_changes_nothing)
{
	struct rig rig;
	char here[256], text[1024];

	ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
	(void)snprintf(text, sizeof(text),
	    "listener a { service = s address = \"unix:%s/sock\" }\n"
	    "service s { protocol = echo }\nlog { access = \"%s/access\" connections = conns }\n",
	    here, here);
	rig = rig_load_text(text);
	rig_check(&rig);
	ck_assert_str_eq(rig_lines(&rig), "");
	ck_assert_int_ne(access("sock", F_OK), 0);
	ck_assert_int_ne(access("access", F_OK), 0);
	ck_assert_int_ne(access("conns", F_OK), 0);
	rig_done(&rig);
}
END_TEST

#define SITE                                              \
	"\nlistener web { port = 9999 service = site }\n" \
	"service site { route / { respond = 200 } }\n"

/* Where the admin service is to listen. */
static const struct {
	const char *text;
	const char *lines;
} admin_cases[] = {
	{ "admin = unix:@x admin_readonly = \"127.0.0.1:9400\"" SITE, "" },
	{ "admin_readonly = \":9400\"" SITE, "" },
	{ "admin_readonly = \"[::1]:0\"" SITE, "" },
	{ "admin = \"127.0.0.1:9400\"" SITE,
	    "usher.conf:1: admin: \"127.0.0.1:9400\" is not of the form unix:/path: the admin "
	    "service steers the server, so it is not for the network; for figures alone there is "
	    "admin_readonly\n" },
	{ "admin = \"unix:run/x\"" SITE,
	    "usher.conf:1: admin: the path of a Unix socket begins with \"/\", or with \"@\" "
	    "without a file\n" },
	{ "admin = \"unix:/dev/null\"" SITE,
	    "usher.conf:1: admin: /dev/null exists and is not a socket\n" },
	{ "\nadmin_readonly = 9400" SITE,
	    "usher.conf:2: admin_readonly: \"9400\" is not of the form ADDRESS:PORT, such as "
	    "127.0.0.1:9400\n" },
	{ "admin_readonly = unix:@x" SITE,
	    "usher.conf:1: admin_readonly: \"unix:@x\" is not of the form ADDRESS:PORT, such as "
	    "127.0.0.1:9400\n" },
};

START_TEST(the_admin_service_is_checked)
{
	struct rig rig = rig_load_text(admin_cases[_i].text);

	rig_check(&rig);
	ck_assert_str_eq(rig_lines(&rig), admin_cases[_i].lines);
	rig_done(&rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config/check (listeners)");
	TCase *tcase = rig_case("listeners");

	tcase_add_loop_test(tcase, a_listener_is_checked, 0, COUNT(one_cases));
	tcase_add_test(tcase, the_path_of_a_unix_socket_is_short);
	tcase_add_loop_test(tcase, two_listeners_on_one_address_are_seen, 0, COUNT(pairs));
	tcase_add_test(tcase, an_overlap_is_told_where_the_port_or_path_is_given);
	tcase_add_loop_test(tcase, a_privilege_depends_on_the_host, 0, 5);
	tcase_add_test(tcase, connections_fit_into_the_open_files);
	tcase_add_test(tcase, a_drain_outlasts_the_grace);
	tcase_add_test(tcase, the_host_is_asked);
	tcase_add_loop_test(tcase, the_rest_is_checked, 0, COUNT(rest_cases));
	tcase_add_test(tcase, without_a_listener_there_is_nothing_to_do);
	tcase_add_loop_test(tcase, the_admin_service_is_checked, 0, COUNT(admin_cases));
	tcase_add_test(tcase, a_check_changes_nothing);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
