/* SPDX-License-Identifier: MIT
 *
 * Tests of config/build: a configuration that a program makes.
 */
#include "config/build.h"

#include "rig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct rig
make_new(void)
{
	struct rig rig = { 0 };

	config_errors_init(&rig.errors);
	rig.result = config_new(&rig.config);
	ck_assert_int_eq(rig.result, 0);
	return rig;
}

static char problem_room[256];

/* Sets a key; the problem stands in problem_room. */
static int
set(struct rig *rig, const char *key, const char *value)
{
	struct text problem = text_over(problem_room, sizeof(problem_room));
	int result = config_set(rig->config, key, value, &problem);

	(void)text_string(&problem);
	return result;
}

static void
add_listener(struct rig *rig, const char *address, const char *service)
{
	struct config_listener *listener;

	ck_assert_int_eq(
	    config_add_listener(rig->config, address, service, &listener, &rig->errors), 0);
}

/* As a file would say it, without the lines that tell where it stands. */
static char *
print_of(const struct config *config)
{
	char *print = rig_print(config);

	ck_assert_ptr_nonnull(print);
	return print;
}

START_TEST(what_is_not_set_is_as_in_a_file_that_says_nothing)
{
	struct rig made = make_new();
	struct rig loaded = rig_load_text("listener \"web\" { address = \"127.0.0.1\" port = 8080 "
					  "service = {\"web\"} }\nservice \"web\" { route \"/\" { "
					  "respond = 200 } }\n");
	struct config_service *service;
	struct config_route *route;
	struct text problem = text_over(problem_room, sizeof(problem_room));
	char *expected, *got;

	ck_assert_int_eq(loaded.result, 0);
	ck_assert_int_eq(config_add_service(made.config, "web", CONFIG_HTTP, &service), 0);
	ck_assert_int_eq(config_add_route(service, "/", CONFIG_ROUTE_RESPOND, &route), 0);
	ck_assert_int_eq(config_set_route(route, "respond", "200", &problem), 0);
	add_listener(&made, "127.0.0.1:8080", "web");
	expected = print_of(loaded.config);
	got = print_of(made.config);
	ck_assert_str_eq(got, expected);
	rig_check(&made);
	ck_assert_int_eq(made.result, 0);
	ck_assert_str_eq(rig_lines(&made), "");
	free(expected);
	free(got);
	rig_done(&made);
	rig_done(&loaded);
}
END_TEST

START_TEST(keys_of_the_top_and_of_sections_without_title_are_set)
{
	struct rig rig = make_new();

	ck_assert_int_eq(set(&rig, "loops", "3"), 0);
	ck_assert_int_eq(set(&rig, "timeouts.idle", "90s"), 0);
	ck_assert_int_eq(set(&rig, "limits.body_bytes", "2m"), 0);
	ck_assert_int_eq(set(&rig, "log.level", "debug"), 0);
	ck_assert_int_eq(set(&rig, "timeouts.idle", "91s"), 0);
	ck_assert_int_eq(rig.config->loops, 3);
	ck_assert_int_eq(rig.config->timeouts.idle_us, 91000000);
	ck_assert_int_eq(rig.config->limits.body_bytes, 2 << 20);
	ck_assert_int_eq(rig.config->log.level, LOG_LEVEL_DEBUG);
	rig_done(&rig);
}
END_TEST

static const struct {
	const char *key, *value;
	int result;
	const char *problem; /* a part of it */
} mistakes[] = {
	{ "lops", "1", -ENOENT, "there is no such key; did you mean loops?" },
	{ "timeouts.idel", "1s", -ENOENT, "did you mean idle?" },
	{ "timouts.idle", "1s", -ENOENT, "no section timouts" },
	{ "listener.mode", "0600", -ENOENT, "no section listener" },
	{ ".idle", "1s", -ENOENT, "no section" },
	{ "a-section-whose-name-is-longer-than-any-that-there-is-of-usher-at-all.idle", "1s",
	    -ENOENT, "no section" },
	{ "timeouts.", "1s", -ENOENT, "there is no such key" },
	{ "timeouts.idle", "soon", -EINVAL, "" },
	{ "timeouts.idle", "", -EINVAL, "" },
	{ "timeouts.idle", "-1s", -EINVAL, "" },
	{ "limits.output_bytes", "1", -EINVAL, "" },
	{ "log.level", "loud", -EINVAL, "" },
	{ "landlock", "perhaps", -EINVAL, "" },
};

START_TEST(a_key_that_is_wrong_is_told_and_changes_nothing)
{
	struct rig rig = make_new();
	char *before = print_of(rig.config);
	char *after;

	ck_assert_int_eq(set(&rig, mistakes[_i].key, mistakes[_i].value), mistakes[_i].result);
	ck_assert_msg(strlen(problem_room) > 0 && strstr(problem_room, mistakes[_i].problem),
	    "%s: is told by \"%s\"", mistakes[_i].key, problem_room);
	after = print_of(rig.config);
	ck_assert_str_eq(after, before);
	free(before);
	free(after);
	rig_done(&rig);
}
END_TEST

START_TEST(numbers_are_set_in_the_unit_of_their_member)
{
	struct rig rig = make_new();
	struct text problem = text_over(problem_room, sizeof(problem_room));

	ck_assert_int_eq(
	    config_default_number(KEYS_LIMITS, "output_bytes"), rig.config->limits.output_bytes);
	ck_assert_int_eq(
	    config_default_number(KEYS_TIMEOUTS, "idle"), rig.config->timeouts.idle_us);
	ck_assert_int_eq(
	    config_set_number(rig.config, KEYS_TIMEOUTS, "idle", 1500000, &problem), 0);
	ck_assert_int_eq(rig.config->timeouts.idle_us, 1500000);
	ck_assert_int_eq(
	    config_set_number(rig.config, KEYS_LIMITS, "output_bytes", 4096, &problem), 0);
	ck_assert_int_eq(rig.config->limits.output_bytes, 4096);
	ck_assert_int_eq(
	    config_set_number(rig.config, KEYS_LIMITS, "output_bytes", 1, &problem), -EINVAL);
	ck_assert_int_eq(
	    config_set_number(rig.config, KEYS_LIMITS, "output_bytes", -1, &problem), -EINVAL);
	ck_assert_int_eq(
	    config_set_number(rig.config, KEYS_LIMITS, "output_bytes", INT64_MAX, &problem),
	    -EINVAL);
	ck_assert_int_eq(rig.config->limits.output_bytes, 4096);
	rig_done(&rig);
}
END_TEST

START_TEST(listeners_are_named_after_their_service)
{
	struct rig rig = make_new();

	add_listener(&rig, "127.0.0.1:0", "a");
	add_listener(&rig, "unix:/tmp/a", "a");
	add_listener(&rig, ":8080", "b");
	add_listener(&rig, "[::1]:8080", "a");
	ck_assert_uint_eq(rig.config->listener_count, 4);
	ck_assert_str_eq(rig.config->listeners[0].name, "a");
	ck_assert_str_eq(rig.config->listeners[1].name, "a-2");
	ck_assert_str_eq(rig.config->listeners[2].name, "b");
	ck_assert_str_eq(rig.config->listeners[3].name, "a-3");
	ck_assert_str_eq(rig.config->listeners[1].address, "unix:/tmp/a");
	ck_assert_str_eq(rig.config->listeners[3].address, "::1");
	ck_assert_int_eq(rig.config->listeners[3].port, 8080);
	rig_done(&rig);
}
END_TEST

START_TEST(an_address_that_is_none_adds_no_listener)
{
	static const char *const wrong[] = { "", "nonsense", "127.0.0.1", "127.0.0.1:x",
		"127.0.0.1:65536", "[::1:80" };
	struct rig rig = make_new();
	struct config_listener *listener;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		ck_assert_msg(config_add_listener(
				  rig.config, wrong[i], "a", &listener, &rig.errors) == -EINVAL,
		    "%s is an address", wrong[i]);
		ck_assert_uint_eq(rig.errors.count, i + 1);
	}
	ck_assert_uint_eq(rig.config->listener_count, 0);
	rig_done(&rig);
}
END_TEST

START_TEST(keys_of_a_listener_are_set)
{
	struct rig rig = make_new();
	struct text problem = text_over(problem_room, sizeof(problem_room));
	struct config_listener *listener;

	add_listener(&rig, "unix:/tmp/a", "a");
	listener = &rig.config->listeners[0];
	ck_assert_int_eq(config_set_listener(listener, "transport", "seqpacket", &problem), 0);
	ck_assert_str_eq(listener->transport, "seqpacket");
	ck_assert_int_eq(config_set_listener(listener, "mode", "0600", &problem), 0);
	ck_assert_int_eq(config_set_listener(listener, "mood", "good", &problem), -ENOENT);
	ck_assert_int_eq(config_set_listener(listener, "mode", "rw", &problem), -EINVAL);
	rig_done(&rig);
}
END_TEST

START_TEST(services_and_routes_have_names_of_their_own)
{
	struct rig rig = make_new();
	struct config_service *service;
	struct config_route *route;

	ck_assert_ptr_null(config_find_service(rig.config, "a"));
	for (char name[] = "a"; *name < 'k'; ++*name) {
		ck_assert_int_eq(config_add_service(rig.config, name, CONFIG_HTTP, &service), 0);
		ck_assert_int_eq(config_add_route(service, "/", CONFIG_ROUTE_ECHO, &route), 0);
		ck_assert_int_eq(config_add_route(service, "/x", CONFIG_ROUTE_ECHO, &route), 0);
		ck_assert_str_eq(route->prefix, "/x");
		ck_assert_int_eq(
		    config_add_route(service, "/x", CONFIG_ROUTE_FILES, &route), -EEXIST);
	}
	ck_assert_int_eq(config_add_service(rig.config, "a", CONFIG_ECHO, &service), -EEXIST);
	ck_assert_uint_eq(rig.config->service_count, 10);
	service = config_find_service(rig.config, "j");
	ck_assert_ptr_nonnull(service);
	ck_assert_uint_eq(service->route_count, 2);
	rig_done(&rig);
}
END_TEST

START_TEST(what_is_made_is_checked_as_a_file_is)
{
	struct rig rig = make_new();

	add_listener(&rig, "127.0.0.1:0", "missing");
	rig_check(&rig);
	ck_assert_int_ne(rig.result, 0);
	ck_assert_ptr_nonnull(strstr(rig_lines(&rig), "missing"));
	rig_done(&rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config/build");
	TCase *tcase = rig_case("all");

	tcase_add_test(tcase, what_is_not_set_is_as_in_a_file_that_says_nothing);
	tcase_add_test(tcase, keys_of_the_top_and_of_sections_without_title_are_set);
	tcase_add_loop_test(
	    tcase, a_key_that_is_wrong_is_told_and_changes_nothing, 0, COUNT(mistakes));
	tcase_add_test(tcase, numbers_are_set_in_the_unit_of_their_member);
	tcase_add_test(tcase, listeners_are_named_after_their_service);
	tcase_add_test(tcase, an_address_that_is_none_adds_no_listener);
	tcase_add_test(tcase, keys_of_a_listener_are_set);
	tcase_add_test(tcase, services_and_routes_have_names_of_their_own);
	tcase_add_test(tcase, what_is_made_is_checked_as_a_file_is);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
