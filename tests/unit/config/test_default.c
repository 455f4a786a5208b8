/* SPDX-License-Identifier: MIT
 *
 * Tests of config/default and config/listen_on: the configuration without a
 * file, and addresses of the command line.
 */
#include "config/load.h"

#include "rig.h"

#include <errno.h>
#include <string.h>

static struct rig
make_default(const char *directory)
{
	struct rig rig = { 0 };

	config_errors_init(&rig.errors);
	rig.result = config_default(directory, &rig.config);
	ck_assert_int_eq(rig.result, 0);
	return rig;
}

START_TEST(without_a_file_there_is_a_page_of_welcome_on_loopback)
{
	struct rig rig = make_default(NULL);
	const struct config_route *root = &rig.config->services[0].routes[0];

	ck_assert_uint_eq(rig.config->listener_count, 1);
	ck_assert_str_eq(rig.config->listeners[0].address, "127.0.0.1");
	ck_assert_int_eq(rig.config->listeners[0].port, 8080);
	ck_assert_str_eq(rig.config->origin, "(built in)");
	ck_assert_int_eq(root->kind, CONFIG_ROUTE_RESPOND);
	ck_assert_int_eq(root->respond, 200);
	ck_assert_str_eq(root->type, "text/html; charset=utf-8");
	ck_assert_ptr_nonnull(strstr(root->body, "Welcome to usher"));
	rig_check(&rig);
	ck_assert_str_eq(rig_lines(&rig), "");
	rig_done(&rig);
}
END_TEST

START_TEST(a_directory_is_served_instead)
{
	struct rig rig = make_default(".");
	const struct config_route *root = &rig.config->services[0].routes[0];

	ck_assert_int_eq(root->kind, CONFIG_ROUTE_FILES);
	ck_assert_str_eq(root->files, ".");
	ck_assert_str_eq(root->prefix, "/");
	ck_assert_str_eq(root->index.items[0], "index.html");
	rig_check(&rig);
	ck_assert_str_eq(rig_lines(&rig), "");
	rig_done(&rig);
}
END_TEST

START_TEST(a_missing_directory_is_an_error_without_a_file)
{
	struct rig rig = make_default("nowhere");

	rig_check(&rig);
	ck_assert_str_eq(rig_lines(&rig),
	    "[service files, route /] files: the directory nowhere cannot be used: No such file or "
	    "directory\n");
	rig_done(&rig);
}
END_TEST

static const struct {
	const char *given;
	const char *address;
	int64_t port;
} addresses[] = {
	{ ":8081", "*", 8081 },
	{ "127.0.0.1:0", "127.0.0.1", 0 },
	{ "[::1]:8080", "::1", 8080 },
	{ "localhost:8080", "localhost", 8080 },
	{ "unix:/tmp/usher-test", "unix:/tmp/usher-test", 0 },
	{ "*:80", "*", 80 },
};

START_TEST(an_address_makes_a_listener)
{
	struct rig rig = make_default(NULL);
	const struct config_listener *listener;

	ck_assert_int_eq(config_listen_on(rig.config, &addresses[_i].given, 1, &rig.errors), 0);
	ck_assert_uint_eq(rig.config->listener_count, 1);
	listener = rig_listener(&rig, addresses[_i].given);
	ck_assert_str_eq(listener->address, addresses[_i].address);
	ck_assert_int_eq(listener->port, addresses[_i].port);
	ck_assert_str_eq(listener->services.items[0], "welcome");
	ck_assert_int_eq(listener->backlog, 4096);
	rig_done(&rig);
}
END_TEST

START_TEST(new_listeners_serve_what_the_first_did)
{
	static const char *const given[] = { "127.0.0.1:0", ":8081", "127.0.0.1:0" };
	struct rig rig = rig_load_text("listener a { service = {x, y} backlog = 5 }\n"
				       "listener b { service = z port = 1 }\n"
				       "service z { } service x { host = h } service y { }\n");

	ck_assert_int_eq(config_listen_on(rig.config, given, 3, &rig.errors), 0);
	ck_assert_uint_eq(rig.config->listener_count, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct config_listener *listener = &rig.config->listeners[i];

		ck_assert_uint_eq(listener->services.count, 2);
		ck_assert_str_eq(listener->services.items[1], "y");
		ck_assert_int_eq(listener->backlog, 4096);
	}
	ck_assert_str_eq(rig.config->listeners[2].name, "127.0.0.1:0 (2)");
	rig_done(&rig);
}
END_TEST

START_TEST(without_listeners_the_first_service_is_served)
{
	static const char *const given[] = { ":8081" };
	struct rig rig = rig_load_text("service z { } service x { }");

	ck_assert_int_eq(config_listen_on(rig.config, given, 1, &rig.errors), 0);
	ck_assert_str_eq(rig.config->listeners[0].services.items[0], "z");
	rig_done(&rig);
}
END_TEST

START_TEST(no_addresses_change_nothing)
{
	struct rig rig = make_default(NULL);

	ck_assert_int_eq(config_listen_on(rig.config, NULL, 0, &rig.errors), 0);
	ck_assert_str_eq(rig.config->listeners[0].name, "default");
	rig_done(&rig);
}
END_TEST

START_TEST(wrong_addresses_are_all_named_and_change_nothing)
{
	static const char *const given[] = { "8080", ":1", "a:b", "unix:/a$b", "\"x\":80", "" };
	struct rig rig = make_default(NULL);

	ck_assert_int_eq(config_listen_on(rig.config, given, 6, &rig.errors), -EINVAL);
	ck_assert_uint_eq(rig.errors.count, 5);
	ck_assert_str_eq(rig.errors.items[0].text,
	    "8080: is no address to listen on, such as :8080, 127.0.0.1:0, [::1]:8080 or "
	    "unix:/path");
	ck_assert_str_eq(rig.config->listeners[0].name, "default");
	rig_done(&rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config/default");
	TCase *tcase = rig_case("default");

	tcase_add_test(tcase, without_a_file_there_is_a_page_of_welcome_on_loopback);
	tcase_add_test(tcase, a_directory_is_served_instead);
	tcase_add_test(tcase, a_missing_directory_is_an_error_without_a_file);
	tcase_add_loop_test(tcase, an_address_makes_a_listener, 0, COUNT(addresses));
	tcase_add_test(tcase, new_listeners_serve_what_the_first_did);
	tcase_add_test(tcase, without_listeners_the_first_service_is_served);
	tcase_add_test(tcase, no_addresses_change_nothing);
	tcase_add_test(tcase, wrong_addresses_are_all_named_and_change_nothing);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
