/* SPDX-License-Identifier: MIT
 *
 * print: a configuration as a file that says the same.
 *
 * Every key is written, given or not, in the order of the table of keys; of a
 * route, those that its kind knows. Loading what was written gives the same
 * configuration, and printing that the same text. Comments, includes and the
 * layout of the file it came from are gone. Services and routes of a program that
 * embeds the server are comments: the program adds them again.
 *
 * Thread: any, as far as the stream is the caller's alone.
 */
#pragma once

#include <stdio.h>

#include "config/config.h"

/* Writes to `stream` and flushes it. 0, or the negative errno of the write. */
int config_print(const struct config *config, FILE *stream) __attribute__((warn_unused_result));
