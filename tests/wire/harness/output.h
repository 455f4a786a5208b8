/* SPDX-License-Identifier: MIT
 *
 * output: what a program writes into a file, read while it is written.
 *
 * The program never waits for its reader, and the reader is woken by inotify(7)
 * when there is more.
 *
 * Thread: a test is one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output;

/* Watches the file at `path` below the test's directory, made here. The path is
 * copied. Freed by output_free. */
struct output *output_new(const char *path) __attribute__((warn_unused_result));
void output_free(struct output *); /* NULL is fine */

/* A descriptor to write to, at the end of the file. The caller closes it. */
int output_open_for_writing(const struct output *) __attribute__((warn_unused_result));

/* All that was written so far; valid until the next call. */
const char *output_text(struct output *);

/* Waits until `is_there` says yes to the text, until the descriptor `gone`
 * (a pidfd, or -1) is readable and all was read, or `deadline_us` of
 * clock_monotonic_us is over. What `is_there` said last. */
bool output_wait(struct output *, bool (*is_there)(const char *text, const void *what),
    const void *what, int gone, int64_t deadline_us);
