/* SPDX-License-Identifier: MIT
 *
 * Tests of base/panic: that it aborts, and what it says before.
 */
#include "base/panic.h"

#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUCKET_MAGIC UINT32_C(0xb0c4e700)

struct bucket {
	uint32_t magic;
	int drops;
};

static size_t words_len; /* of the last words, with what stands behind a NUL */

/* Runs `doomed` in a child, which must abort, and returns what it wrote to
 * standard error, in a static buffer. */
static const char *
last_words(void (*doomed)(void))
{
	static char words[8192];
	size_t len = 0;
	ssize_t got;
	int fds[2], status;
	pid_t child;

	ck_assert_int_eq(pipe(fds), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		dup2(fds[1], STDERR_FILENO);
		doomed();
		_exit(0);
	}
	close(fds[1]);
	while ((got = read(fds[0], words + len, sizeof(words) - 1 - len)) > 0)
		len += (size_t)got;
	words[len] = '\0';
	words_len = len;
	close(fds[0]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	return words;
}

START_TEST(what_is_true_goes_on)
{
	int evaluated = 0;

	must(++evaluated == 1);
	ck_assert_int_eq(evaluated, 1);
}
END_TEST

static void
break_an_invariant(void)
{
	must(1 + 1 == 3);
}

START_TEST(a_broken_invariant_names_its_place)
{
	const char *words = last_words(break_an_invariant);

	ck_assert_ptr_nonnull(strstr(words, "usher: panic: "));
	ck_assert_ptr_nonnull(strstr(words, "test_panic.c:"));
	ck_assert_ptr_nonnull(strstr(words, "1 + 1 == 3\n"));
}
END_TEST

static void
say_too_much(void)
{
	char what[4096];

	memset(what, 'x', sizeof(what));
	what[sizeof(what) - 1] = '\0';
	panic_at("long.c", 1, what);
}

START_TEST(a_long_message_is_cut)
{
	const char *words = last_words(say_too_much);

	ck_assert_uint_eq(words_len, 511);
	ck_assert_ptr_nonnull(strstr(words, "long.c:1:"));
}
END_TEST

START_TEST(the_right_object_is_cast)
{
	struct bucket bucket = { BUCKET_MAGIC, 7 };
	void *object = &bucket;

	ck_assert_int_eq(checked_cast(object, struct bucket, BUCKET_MAGIC)->drops, 7);
}
END_TEST

static void
cast_a_freed_object(void)
{
	struct bucket bucket = { 0, 7 };

	(void)checked_cast(&bucket, struct bucket, BUCKET_MAGIC);
}

static void
cast_nothing(void)
{
	(void)checked_cast(NULL, struct bucket, BUCKET_MAGIC);
}

START_TEST(the_wrong_object_is_named_with_its_type)
{
	const char *words = last_words(_i == 0 ? cast_a_freed_object : cast_nothing);

	ck_assert_ptr_nonnull(strstr(words, "test_panic.c:"));
	ck_assert_ptr_nonnull(strstr(words, "a struct bucket\n"));
}
END_TEST

static Suite *
panic_suite(void)
{
	Suite *suite = suite_create("panic");
	TCase *tcase = tcase_create("panic");

	tcase_add_test(tcase, what_is_true_goes_on);
	tcase_add_test(tcase, a_broken_invariant_names_its_place);
	tcase_add_test(tcase, a_long_message_is_cut);
	tcase_add_test(tcase, the_right_object_is_cast);
	tcase_add_loop_test(tcase, the_wrong_object_is_named_with_its_type, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(panic_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
