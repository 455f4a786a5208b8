/* SPDX-License-Identifier: MIT
 *
 * failure: the place of the call is the only thing kept here.
 */
#include "failure.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "usherd.h"

#define MESSAGE_MAX 4000

static struct {
	const char *file;
	int line;
	const char *about;
} place = { __FILE__, __LINE__, NULL };

void
wire_mark(const char *file, int line)
{
	place.file = file;
	place.line = line;
}

void
wire_about(const char *what)
{
	place.about = what;
}

_Noreturn void
wire_fail(const char *format, ...)
{
	char message[MESSAGE_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	usherd_show_logs();
	_ck_assert_failed(place.file, place.line, "Failed", "%s%s%s",
	    place.about ? place.about : "", place.about ? ": " : "", message);
}

/* Check calls the function of a test by its name and "_fn". */
static size_t
name_len(const char *function)
{
	size_t len = strlen(function);

	return len > 3 && strcmp(function + len - 3, "_fn") == 0 ? len - 3 : len;
}

void
wire_skip(const char *function, const char *reason)
{
	printf("SKIP %.*s%s%s: %s\n", (int)name_len(function), function, place.about ? " of " : "",
	    place.about ? place.about : "", reason);
	(void)fflush(stdout);
}

_Bool
wire_is_sanitized(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return 1;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
	return 1;
#else
	return 0;
#endif
#else
	return 0;
#endif
}
