/* SPDX-License-Identifier: MIT
 *
 * failure: how a verb of the wire tests says that it was disappointed, and where
 * the test called it.
 *
 * For tests, each verb is a function wrapped by a macro of the same name, which
 * notes the place of the call first: a failure then points at the line of the
 * dialogue, not into the harness (which is built with WIRE_HARNESS and calls the
 * functions).
 *
 * Thread: a test is one thread.
 */
#pragma once

/* Notes the place that the next failure is reported for. */
void wire_mark(const char *file, int line);
#define WIRE_HERE() wire_mark(__FILE__, __LINE__)

/* What the next failures are about: a row of a table, the name of a file. Valid
 * until the next call, NULL: nothing in particular. The text is borrowed. */
void wire_about(const char *what);

/* Fails the running test at the place noted last. What the daemons of the test
 * logged is written to standard error before. Does not return. */
_Noreturn void wire_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says aloud that the running test was skipped, and why. Return from the test
 * after it. `function` is __func__ of the test. */
void wire_skip(const char *function, const char *reason);
#define WIRE_SKIP(reason) wire_skip(__func__, (reason))

/* True when this program was built with a sanitizer: it is slow then, and its
 * memory says nothing. */
_Bool wire_is_sanitized(void);
