/* SPDX-License-Identifier: MIT
 *
 * panic: says where an invariant broke, and aborts so that a core is left.
 * Writes with write(2) alone: the state of stdio is not to be trusted here.
 */
#include "base/panic.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static _Noreturn void
say_and_abort(const char *line, int length)
{
	if (length > 0 && write(STDERR_FILENO, line, (size_t)length) < 0)
		abort();
	abort();
}

void
panic_at(const char *file, int line, const char *what)
{
	char text[512];
	int length;

	length = snprintf(text, sizeof(text),
	    "usher: panic: %s:%d: this must be true and is not: %s\n", file, line, what);
	say_and_abort(text, length < (int)sizeof(text) ? length : (int)sizeof(text) - 1);
}

void
panic_magic(const void *object, const char *file, int line, const char *type)
{
	char text[512];
	int length;

	length = snprintf(text, sizeof(text),
	    "usher: panic: %s:%d: %p is not (or no longer) a %s\n", file, line, object, type);
	say_and_abort(text, length < (int)sizeof(text) ? length : (int)sizeof(text) - 1);
}
