/* SPDX-License-Identifier: MIT */
#include "usher/log.h"

#include <stdarg.h>

#include "base/log.h"

_Static_assert((int)USHER_LOG_ERROR == LOG_LEVEL_ERROR &&
	(int)USHER_LOG_WARNING == LOG_LEVEL_WARNING && (int)USHER_LOG_INFO == LOG_LEVEL_INFO &&
	(int)USHER_LOG_DEBUG == LOG_LEVEL_DEBUG,
    "the levels are numbered alike");

void
usher_log(enum usher_log_level level, const char *format, ...)
{
	va_list arguments;

	if (!format)
		return;
	va_start(arguments, format);
	log_at_v(
	    level <= USHER_LOG_DEBUG ? (enum log_level)level : LOG_LEVEL_DEBUG, format, arguments);
	va_end(arguments);
}
