/* SPDX-License-Identifier: MIT
 *
 * Tests of config/ where memory runs out: each allocation of ours fails once in
 * turn (the linker puts the functions below in the place of malloc and its kin).
 * What is left behind then, a sanitizer tells.
 */
#include "config/load.h"

#include "rig.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Allocations that still succeed; below 0: all do. */
static long allowance = -1;

static bool
must_fail(void)
{
	if (allowance < 0)
		return false;
	return allowance-- == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *string);
char *__real_strndup(const char *string, size_t len);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *string);
char *__wrap_strndup(const char *string, size_t len);
int
__wrap_asprintf(char **ret_string, const char *format, ...) __attribute__((format(printf, 2, 3)));

void *
__wrap_malloc(size_t size)
{
	return must_fail() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return must_fail() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *memory, size_t size)
{
	return must_fail() ? NULL : __real_realloc(memory, size);
}

char *
__wrap_strdup(const char *string)
{
	return must_fail() ? NULL : __real_strdup(string);
}

char *
__wrap_strndup(const char *string, size_t len)
{
	return must_fail() ? NULL : __real_strndup(string, len);
}

int
__wrap_asprintf(char **ret_string, const char *format, ...)
{
	va_list arguments;
	int len;

	if (must_fail())
		return -1;
	va_start(arguments, format);
	len = vasprintf(ret_string, format, arguments);
	va_end(arguments);
	return len;
}

static const char right_file[] =
    "include(more.conf)\n"
    "listener a { service = {s, t} owner = root address = \"::1\" }\n"
    "service s { host = {a, b} mime_types = x\n"
    "route / { files = / index = {a, b} } route /b { respond = 200 body = x }\n"
    "error_page 404 { file = x } }\n"
    "log { access = x } limits { fields = 3 }\n";

/* What is tried. Check allocates, too: only `act` runs while memory fails. */
struct trial {
	void (*prepare)(struct rig *); /* or NULL */
	int (*act)(struct rig *);
	void (*verify)(const struct rig *, bool has_failed);
};

/* Runs the trial with one allocation after the other failing, until none does.
 * Returns how many there were. */
static long
fail_each(const struct trial *trial)
{
	for (long i = 0; i < 10000; i++) {
		struct rig rig = { 0 };
		bool has_failed;

		config_errors_init(&rig.errors);
		if (trial->prepare)
			trial->prepare(&rig);
		allowance = i;
		rig.result = trial->act(&rig);
		has_failed = allowance < 0;
		allowance = -1;
		trial->verify(&rig, has_failed);
		rig_done(&rig);
		if (!has_failed)
			return i;
	}
	ck_abort_msg("there is no end of allocations");
}

static int
load(struct rig *rig)
{
	return config_load("usher.conf", &rig->config, &rig->errors);
}

static void
expect_no_config(const struct rig *rig, bool has_failed)
{
	ck_assert_int_eq(rig->result, has_failed ? -ENOMEM : 0);
	ck_assert_int_eq(rig->config != NULL, !has_failed);
}

START_TEST(a_right_file_fails_for_lack_of_memory_alone)
{
	static const struct trial trial = { NULL, load, expect_no_config };

	rig_write("usher.conf", right_file);
	rig_write("more.conf", "service t { protocol = echo }");
	ck_assert_int_gt(fail_each(&trial), 60);
}
END_TEST

/* A line may be lost, the fact that there was one is not. */
static void
expect_refusal(const struct rig *rig, bool has_failed)
{
	ck_assert(rig->result == -EINVAL || (has_failed && rig->result == -ENOMEM));
	ck_assert(rig->result == -ENOMEM || rig->errors.fault_count > 0);
	ck_assert_ptr_null(rig->config);
}

START_TEST(a_wrong_file_does_not_become_right)
{
	static const struct trial trial = { NULL, load, expect_refusal };

	rig_write("usher.conf",
	    "loops = x\nlistener a { prt = 1 service = s service = t }\nlistener a { }\n"
	    "include(nowhere)\nservice s { route / { } error_page x { } }\nlog {");
	ck_assert_int_gt(fail_each(&trial), 30);
}
END_TEST

static int
make_default(struct rig *rig)
{
	return config_default("/srv", &rig->config);
}

START_TEST(the_built_in_configuration_needs_memory_too)
{
	static const struct trial trial = { NULL, make_default, expect_no_config };

	ck_assert_int_gt(fail_each(&trial), 10);
}
END_TEST

static void
have_default(struct rig *rig)
{
	ck_assert_int_eq(config_default(NULL, &rig->config), 0);
}

static int
listen_on(struct rig *rig)
{
	static const char *const addresses[] = { ":8080", "unix:/tmp/x" };

	return config_listen_on(rig->config, addresses, 2, &rig->errors);
}

static void
expect_old_or_new_listeners(const struct rig *rig, bool has_failed)
{
	ck_assert_int_eq(rig->result, has_failed ? -ENOMEM : 0);
	ck_assert_uint_eq(rig->config->listener_count, has_failed ? 1 : 2);
	ck_assert_str_eq(rig->config->listeners[0].name, has_failed ? "default" : ":8080");
}

START_TEST(listeners_stay_where_there_is_no_memory_for_others)
{
	static const struct trial trial = { have_default, listen_on, expect_old_or_new_listeners };

	ck_assert_int_gt(fail_each(&trial), 5);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config/memory");
	TCase *tcase = rig_case("memory");

	tcase_add_test(tcase, a_right_file_fails_for_lack_of_memory_alone);
	tcase_add_test(tcase, a_wrong_file_does_not_become_right);
	tcase_add_test(tcase, the_built_in_configuration_needs_memory_too);
	tcase_add_test(tcase, listeners_stay_where_there_is_no_memory_for_others);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
