/* SPDX-License-Identifier: MIT
 *
 * Tests of config/check: services, routes and error pages.
 */
#include "config/check.h"

#include "rig.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The listener is on line 1, the service's content begins on line 2. */
static struct rig
check_service(const char *content)
{
	char file[4096];
	struct rig rig;

	rig_make_directory("www");
	rig_write("page.html", "<p>");
	(void)snprintf(
	    file, sizeof(file), "listener l { service = s } service s {\n%s\n}", content);
	rig = rig_load_text(file);
	rig_check(&rig);
	return rig;
}

#define FIELD "is sent as a field: it has only visible ASCII characters, and blanks within\n"
#define REFERENCE                                                                             \
	"is sent as a reference: it has only visible ASCII characters and no blanks; others " \
	"are percent-encoded\n"

static const struct {
	const char *content;
	const char *lines;
} cases[] = {
	{ "route / { files = www } error_page 404 { file = page.html } mime_types = page.html",
	    "" },
	{ "route / { files = www autoindex = html }", "" },
	{ "",
	    "warning: usher.conf:1: [service s] has no route: every request is answered with "
	    "404\n" },
	{ "route x { echo = on }",
	    "usher.conf:2: [service s, route x] its PREFIX does not begin with \"/\"\n" },
	{ "route / { files = nowhere }",
	    "usher.conf:2: [service s, route /] files: the directory nowhere cannot be used: No "
	    "such "
	    "file or directory\n" },
	{ "route / {\nfiles = page.html }",
	    "usher.conf:3: [service s, route /] files: page.html is not a directory\n" },
	{ "route / { redirect = /a status = 301 }", "" },
	{ "route / { redirect = \"https://example.org/a?b#c\" }", "" },
	{ "route / { redirect = /a status = 304 }",
	    "usher.conf:2: [service s, route /] status: 304 is no redirect: use 301, 302, 303, 307 "
	    "or "
	    "308\n" },
	{ "route / { redirect = /a status = 306 }",
	    "usher.conf:2: [service s, route /] status: 306 is no redirect: use 301, 302, 303, 307 "
	    "or "
	    "308\n" },
	{ "route / { redirect = \"/a b\" }",
	    "usher.conf:2: [service s, route /] redirect: " REFERENCE },
	{ "route / { redirect = \"/caf\xc3\xa9\" }",
	    "usher.conf:2: [service s, route /] redirect: " REFERENCE },
	{ "route / { echo = on cache_control = \"no-store, max-age=0\" }", "" },
	{ "route / { echo = on cache_control = \" no-store\" }",
	    "usher.conf:2: [service s, route /] cache_control: " FIELD },
	{ "route / { echo = on cache_control = \"caf\xc3\xa9\" }",
	    "usher.conf:2: [service s, route /] cache_control: " FIELD },
	{ "route / { respond = 200 type = text }",
	    "usher.conf:2: [service s, route /] type: \"text\" is no media type, such as "
	    "text/plain\n" },
	{ "route / { echo = on } error_page 404 { file = nowhere }",
	    "usher.conf:2: [service s, error_page 404] file: the file nowhere cannot be used: No "
	    "such "
	    "file or directory\n" },
	{ "route / { echo = on } error_page 404 { file = www }",
	    "usher.conf:2: [service s, error_page 404] file: www is not a regular file\n" },
	{ "route / { echo = on } error_page 404 { }",
	    "usher.conf:2: [service s, error_page 404] has no file: file = \"/path\"\n" },
	{ "route / { echo = on }\nerror_page 404 { file = page.html }\n"
	  "error_page 0404 { file = page.html }",
	    "usher.conf:4: [service s, error_page 404] the service has another page for that "
	    "status\n" },
	{ "route / { echo = on } mime_types = nowhere",
	    "usher.conf:2: [service s] mime_types: the file nowhere cannot be used: No such file "
	    "or "
	    "directory\n" },
	{ "route / { echo = on } host = {example.org, \"*.example.org\", \"[::1]\", a_b-c.d}", "" },
	{ "route / { echo = on } host = {example.org:80}",
	    "usher.conf:2: [service s] host: \"example.org:80\" is no host name, as example.org or "
	    "*.example.org, without port\n" },
	{ "route / { echo = on } host = {\"a.*\"}",
	    "usher.conf:2: [service s] host: \"a.*\" is no host name, as example.org or "
	    "*.example.org, "
	    "without port\n" },
	{ "route / { echo = on } host = {\"*.\"}",
	    "usher.conf:2: [service s] host: \"*.\" is no host name, as example.org or "
	    "*.example.org, "
	    "without port\n" },
	{ "protocol = echo", "" },
	{ "protocol = echo route / { echo = on }",
	    "usher.conf:2: [service s] protocol: routes need protocol = http\n" },
	{ "protocol = discard error_page 404 { file = page.html }",
	    "usher.conf:2: [service s] protocol: error pages need protocol = http\n" },
	{ "protocol = discard host = a",
	    "usher.conf:2: [service s] protocol: hosts need protocol = http\n" },
};

START_TEST(a_service_is_checked)
{
	struct rig rig = check_service(cases[_i].content);
	bool is_warning = strncmp(cases[_i].lines, "warning", 7) == 0;

	ck_assert_str_eq(rig_lines(&rig), cases[_i].lines);
	ck_assert_int_eq(rig.result, *cases[_i].lines && !is_warning ? -EINVAL : 0);
	rig_done(&rig);
}
END_TEST

START_TEST(rights_are_those_of_the_effective_user)
{
	struct rig rig;

	rig_make_directory("closed");
	rig_make_directory("unlisted");
	rig_write("secret", "x");
	ck_assert_int_eq(chmod("closed", 0), 0);
	ck_assert_int_eq(chmod("unlisted", 0111), 0);
	ck_assert_int_eq(chmod("secret", 0), 0);
	ck_assert_int_eq(chmod(".", 0755), 0);
	rig = rig_load_text("listener l { service = s }\n"
			    "service s { route /a { files = closed }\n"
			    "route /b { files = unlisted autoindex = html }\n"
			    "route /c { files = unlisted }\n"
			    "mime_types = secret }\n");
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	rig_check(&rig);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_str_eq(rig_lines(&rig),
	    "usher.conf:2: [service s, route /a] files: the directory closed may not be entered: "
	    "give "
	    "the user of usherd the right to search it (x)\n"
	    "usher.conf:3: [service s, route /b] files: the directory unlisted may not be listed: "
	    "give "
	    "the user of usherd the right to read it (r)\n"
	    "usher.conf:5: [service s] mime_types: the file secret may not be read\n");
	rig_done(&rig);
}
END_TEST

START_TEST(a_service_that_nobody_names_is_warned_of)
{
	struct rig rig = rig_load_text("listener l { service = a } service a { protocol = echo }\n"
				       "service b { protocol = echo }");

	rig_check(&rig);
	ck_assert_int_eq(rig.result, 0);
	ck_assert_str_eq(rig_lines(&rig),
	    "warning: usher.conf:2: [service b] is not used: no listener names it\n");
	rig_done(&rig);
}
END_TEST

/* Keys of the services a, b and c of one listener. */
static const struct {
	const char *a, *b, *c;
	const char *lines;
} sharing_cases[] = {
	{ "host = x", "host = y", "", "" },
	{ "host = {x, y}", "host = {z, \"*.x\"}", "host = w", "" },
	{ "host = x", "", "",
	    "usher.conf:1: [listener l] service: neither \"b\" nor \"c\" has a host: nothing tells "
	    "them apart\n" },
	{ "host = x", "host = {y, X}", "",
	    "usher.conf:1: [listener l] service: the services \"a\" and \"b\" both have the host "
	    "x\n" },
};

START_TEST(services_that_share_a_listener_differ_in_host)
{
	char text[512];
	struct rig rig;

	(void)snprintf(text, sizeof(text),
	    "listener l { service = {a, b, c} }\n"
	    "service a { %s route / { echo = on } }\n"
	    "service b { %s route / { echo = on } }\n"
	    "service c { %s route / { echo = on } }\n",
	    sharing_cases[_i].a, sharing_cases[_i].b, sharing_cases[_i].c);
	rig = rig_load_text(text);
	rig_check(&rig);
	ck_assert_str_eq(rig_lines(&rig), sharing_cases[_i].lines);
	rig_done(&rig);
}
END_TEST

START_TEST(a_mistake_in_an_included_file_is_told_of_that_file)
{
	struct rig rig;

	rig_write("routes.conf", "\nroute /x {\nfiles = nowhere\n}\n");
	rig = rig_load_text("listener l { service = s }\nservice s { include(routes.conf) }\n");
	rig_check(&rig);
	ck_assert_str_eq(rig_lines(&rig),
	    "routes.conf:3: [service s, route /x] files: the directory nowhere cannot be used: No "
	    "such file or directory\n");
	rig_done(&rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config/check (services)");
	TCase *tcase = rig_case("services");

	tcase_add_loop_test(tcase, a_service_is_checked, 0, COUNT(cases));
	tcase_add_test(tcase, rights_are_those_of_the_effective_user);
	tcase_add_test(tcase, a_service_that_nobody_names_is_warned_of);
	tcase_add_loop_test(
	    tcase, services_that_share_a_listener_differ_in_host, 0, COUNT(sharing_cases));
	tcase_add_test(tcase, a_mistake_in_an_included_file_is_told_of_that_file);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
