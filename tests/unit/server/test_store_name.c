/* SPDX-License-Identifier: MIT
 *
 * Tests of server/store_name: names are written so that the manager takes them, and read as
 * they were written; what else stands in a store is told apart.
 */
#include "server/store_name.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static char room[STORE_NAME_MAX];
static struct store_name name;

START_TEST(a_name_is_read_as_it_was_written)
{
	static const struct {
		enum store_kind kind;
		uint64_t number;
		const char *listener;
		const char *written;
	} rows[] = {
		{ STORE_LISTENER, 0x1a2b, "", "~l1a2b" },
		{ STORE_LISTENER, UINT64_MAX, "", "~lffffffffffffffff" },
		{ STORE_LISTENER, 0, "web", "~l0~web" },
		{ STORE_LISTENER, 7, "a:b ~\xc3\xa4%", "~l7~a%3ab%20%7e%c3%a4%25" },
		{ STORE_CARRIER, 0, "", "~c0" },
		{ STORE_CARRIER, 0xffff, "", "~cffff" },
		{ STORE_PROBE, 0, "", "~p" },
	};

	ck_assert(store_name_put(rows[_i].kind, rows[_i].number, rows[_i].listener, room));
	ck_assert_str_eq(room, rows[_i].written);
	store_name_parse(room, &name);
	ck_assert_int_eq(name.kind, rows[_i].kind);
	ck_assert_uint_eq(name.number, rows[_i].number);
	ck_assert_str_eq(name.listener, rows[_i].listener);
}
END_TEST

START_TEST(every_byte_of_a_listeners_name_is_one_that_the_manager_takes)
{
	const char listener[] = { (char)(_i + 1), '\0' };

	ck_assert(store_name_put(STORE_LISTENER, 1, listener, room));
	for (const char *at = room; *at; at++)
		ck_assert(*at > ' ' && *at < 127 && *at != ':');
	store_name_parse(room, &name);
	ck_assert_int_eq(name.kind, STORE_LISTENER);
	ck_assert_str_eq(name.listener, listener);
}
END_TEST

START_TEST(a_name_that_does_not_fit_is_not_written)
{
	char listener[STORE_NAME_MAX];

	memset(listener, 'a', sizeof(listener) - 1);
	listener[sizeof(listener) - 1] = '\0';
	(void)snprintf(room, sizeof(room), "before");
	ck_assert(!store_name_put(STORE_LISTENER, 1, listener, room));
	ck_assert_str_eq(room, "before");
	listener[STORE_NAME_MAX - 1 - strlen("~l1~")] = '\0';
	ck_assert(store_name_put(STORE_LISTENER, 1, listener, room));
	ck_assert_uint_eq(strlen(room), STORE_NAME_MAX - 1);
	store_name_parse(room, &name);
	ck_assert_str_eq(name.listener, listener);
}
END_TEST

START_TEST(what_nobody_wrote_is_strange)
{
	static const char *const rows[] = { "stored", "~", "~x", "~l", "~l~web", "~l1~", "~lG",
		"~l01", "~l1 ", "~l1~a b", "~l1~%", "~l1~%4", "~l1~%41", "~l1~%00", "~l1~%GG",
		"~l1~%3A", "~l12345678901234567", "~c", "~c1~web", "~c-1", "~m", "~pp", "~p0",
		"~L1" };

	store_name_parse(rows[_i], &name);
	ck_assert_msg(name.kind == STORE_STRANGE, "%s", rows[_i]);
	ck_assert_str_eq(name.listener, "");
}
END_TEST

START_TEST(a_socket_units_name_is_foreign)
{
	static const char *const rows[] = { "", "web", "unknown", "l1a2b", "usher.socket", "a~l1" };

	store_name_parse(rows[_i], &name);
	ck_assert_msg(name.kind == STORE_FOREIGN, "%s", rows[_i]);
}
END_TEST

START_TEST(a_name_that_is_too_long_is_strange)
{
	char longer[4 * STORE_NAME_MAX];

	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	memcpy(longer, "~l1~", 4);
	store_name_parse(longer, &name);
	ck_assert_int_eq(name.kind, STORE_STRANGE);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("server/store_name");
	TCase *names = tcase_create("names");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(names, a_name_is_read_as_it_was_written, 0, 7);
	tcase_add_loop_test(
	    names, every_byte_of_a_listeners_name_is_one_that_the_manager_takes, 0, 255);
	tcase_add_test(names, a_name_that_does_not_fit_is_not_written);
	tcase_add_loop_test(names, what_nobody_wrote_is_strange, 0, 24);
	tcase_add_loop_test(names, a_socket_units_name_is_foreign, 0, 6);
	tcase_add_test(names, a_name_that_is_too_long_is_strange);
	suite_add_tcase(suite, names);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
