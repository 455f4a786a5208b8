/* SPDX-License-Identifier: MIT
 *
 * suite: what ends the main function of a test program.
 *
 * Thread: the program's.
 */
#pragma once

#include <check.h>
#include <stdlib.h>

/* Runs `suite` and frees it, prints Check's summary, and gives main's exit status. */
static inline int
run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
