/* SPDX-License-Identifier: MIT */
/**
 * @file
 *
 * log: a program's own lines in the log of the library, which is the process's: standard
 * error, or where the key log.target says (usher.conf(5)).
 *
 * Nobody waits for a log: a line that cannot be written at once is lost and counted.
 *
 * Thread: any; not in signal handlers.
 */
#pragma once

#include <usher/api.h>

/** How much a line matters. */
enum usher_log_level {
	USHER_LOG_ERROR,   /**< something failed */
	USHER_LOG_WARNING, /**< it will fail, or loses something, unless somebody acts */
	USHER_LOG_INFO,    /**< the life of the server */
	USHER_LOG_DEBUG    /**< the life of each connection */
};

/**
 * Writes a line, unless its level is beyond log.level.
 *
 * Control characters in it are shown as '?'. A line that comes again at once is counted.
 *
 * @param level  one of the four; any other is as USHER_LOG_DEBUG
 * @param format as of printf(3), without a newline; NULL: nothing is written
 */
USHER_API void usher_log(enum usher_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
