/* SPDX-License-Identifier: MIT
 *
 * Tests of config/print: what it writes is read back as the same.
 */
#include "config/print.h"

#include "rig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const files[] = {
	"",
	"listener a { service = s } service s { route / { echo = on } }",
	"listener a { address = \"*\" port = 0 transport = mptcp backlog = 1 service = {s, t}\n"
	"on_peer_fin = abort nodelay = off keepalive_idle = 90s user_timeout = 1500ms mode = 0\n"
	"send_buffer = 1025 owner = \"o\" group = 0 v6only = on }\n"
	"listener 'q\"uote' { service = s address = unix:/tmp/x }\n"
	"service \"it's\" { protocol = echo } service t { host = {} server_header = no }\n"
	"service s { host = {a, \"*.b\"} mime_types = /etc/mime.types\n"
	"route / { files = \"/srv/\\\"w\\\\w\\$\" index = {} autoindex = json try = /x dotfiles = "
	"on }\n"
	"route /f { files = / index = {a, b} cache_control = \"no-store\" }\n"
	"route /r { redirect = /x/ status = 302 }\n"
	"route /b { respond = 404 body = \"a\\n\\r\\t\\x01\\x7f\\\"\\\\\\${x}'\\xff\\303\\251\" "
	"type = a/b }\n"
	"route /h { health = ready }\n"
	"error_page 404 { file = /x } error_page 0500 { file = /y } }\n",
	"loops = 0 timeouts { idle = 1ms head = 61s body = 2h write = 1500ms linger = 3600s }\n"
	"limits { connections = 7 head_bytes = 1025 body_bytes = 1024g }\n"
	"drain { notice = 1s idle_grace = 0 deadline = 90s }\n"
	"log { level = error access = \"/var/log/a b\" access_format = off connections = c }\n",
};

static void
expect_round_trip(const struct config *config)
{
	char *first = rig_print(config), *second;
	struct rig again = rig_load_text(first);

	ck_assert_str_eq(rig_lines(&again), "");
	second = rig_print(again.config);
	ck_assert_str_eq(first, second);
	rig_done(&again);
	free(first);
	free(second);
}

START_TEST(what_is_printed_is_read_back_as_the_same)
{
	struct rig rig = rig_load_text(files[_i]);

	ck_assert_str_eq(rig_lines(&rig), "");
	expect_round_trip(rig.config);
	rig_done(&rig);
}
END_TEST

/* Not only the text: the members, too. */
START_TEST(strings_survive_byte_for_byte)
{
	struct rig rig = rig_load_text(files[2]), again;
	char *text = rig_print(rig.config);

	again = rig_load_text(text);
	ck_assert_str_eq(rig_route(&rig, "s", "/b")->body, "a\n\r\t\x01\x7f\"\\${x}'\xff\303\251");
	ck_assert_str_eq(rig_route(&again, "s", "/b")->body, rig_route(&rig, "s", "/b")->body);
	ck_assert_str_eq(rig_route(&again, "s", "/")->files, "/srv/\"w\\w$");
	ck_assert_uint_eq(rig_route(&again, "s", "/")->index.count, 0);
	ck_assert_str_eq(rig_listener(&again, "q\"uote")->address, "unix:/tmp/x");
	ck_assert_int_eq(rig_service(&again, "s")->error_pages[1].status, 500);
	free(text);
	rig_done(&again);
	rig_done(&rig);
}
END_TEST

START_TEST(a_configuration_without_file_is_printed_too)
{
	static const char *const addresses[] = { ":8080", "unix:/tmp/x", "127.0.0.1:0",
		"127.0.0.1:0" };
	struct rig rig = { 0 };

	config_errors_init(&rig.errors);
	ck_assert_int_eq(config_default(_i == 0 ? NULL : "/tmp", &rig.config), 0);
	expect_round_trip(rig.config);
	ck_assert_int_eq(config_listen_on(rig.config, addresses, 4, &rig.errors), 0);
	expect_round_trip(rig.config);
	rig_done(&rig);
}
END_TEST

START_TEST(every_key_that_means_something_is_printed)
{
	struct rig rig = rig_load_text(files[1]);
	char *text = rig_print(rig.config);

	ck_assert_ptr_nonnull(strstr(text, "loops = 1\n"));
	ck_assert_ptr_nonnull(strstr(text, "listener \"a\" {\n\taddress = \"127.0.0.1\"\n"));
	ck_assert_ptr_nonnull(strstr(text, "\tservice = {\"s\"}\n"));
	ck_assert_ptr_nonnull(
	    strstr(text, "\troute \"/\" {\n\t\techo = true\n\t\tcache_control = \"\"\n\t}\n"));
	ck_assert_ptr_nonnull(strstr(text, "\tidle = \"1m\"\n"));
	ck_assert_ptr_nonnull(strstr(text, "\tlevel = info\n"));
	ck_assert_ptr_nonnull(strstr(text, "\tmode = \"0666\"\n"));
	free(text);
	rig_done(&rig);
}
END_TEST

START_TEST(a_write_that_fails_is_reported)
{
	FILE *full = fopen("/dev/full", "w");
	struct rig rig = rig_load_text("");

	ck_assert_ptr_nonnull(full);
	ck_assert_int_eq(config_print(rig.config, full), -ENOSPC);
	(void)fclose(full);
	rig_done(&rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config/print");
	TCase *tcase = rig_case("print");

	tcase_add_loop_test(tcase, what_is_printed_is_read_back_as_the_same, 0, COUNT(files));
	tcase_add_test(tcase, strings_survive_byte_for_byte);
	tcase_add_loop_test(tcase, a_configuration_without_file_is_printed_too, 0, 2);
	tcase_add_test(tcase, every_key_that_means_something_is_printed);
	tcase_add_test(tcase, a_write_that_fails_is_reported);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
