/* SPDX-License-Identifier: MIT
 *
 * loader: usher-load under test: started with arguments, waited for, and asked
 * how often each outcome was.
 *
 * The program is the one that the environment variable USHER_LOAD names. Counts are
 * the sums of the columns of its --csv, which is added to the arguments.
 *
 * Thread: a test is one thread.
 */
#pragma once

#include <stdint.h>

#include "failure.h"
#include "usherd.h"

struct loader;

/* Starts it with `args`, a list that ends in NULL; in each, @dir@ is replaced. */
struct loader *loader_start(const char *const *args);
/* The same through "sh -c": `command` ends in "$USHER_LOAD" and its arguments. */
struct loader *loader_start_shell(const char *command);
void loader_signal(struct loader *, int signal_number);
/* Waits for its end, which has to be an exit with `status`. */
void loader_expect_exit(struct loader *, int status);
/* All three. */
struct loader *loader_run(const char *const *args, int status);

/* The sum of that column of the time line. */
uint64_t loader_count(struct loader *, const char *column);
void loader_expect_count(struct loader *, const char *column, uint64_t count);
/* Of its --json on standard output: the first number called `name` behind `part`, in what
 * is said of the whole run. */
double loader_json_number(struct loader *, const char *part, const char *name);
/* All outcomes but those of `columns`, a list that ends in NULL, are 0. */
void loader_expect_no_other(struct loader *, const char *const *columns);
/* What it printed: valid until the next call. */
const char *loader_output(struct loader *);
const char *loader_errors(struct loader *);
void loader_expect_output(struct loader *, const char *text);
void loader_expect_errors(struct loader *, const char *text);
/* After a test. */
void loader_end_all(void);

/* "http://127.0.0.1:PORT" and `path`. Valid until the fourth call after it. */
const char *loader_url(uint16_t port, const char *path);

#ifndef WIRE_HARNESS
#define loader_start(...) (WIRE_HERE(), (loader_start)(__VA_ARGS__))
#define loader_start_shell(...) (WIRE_HERE(), (loader_start_shell)(__VA_ARGS__))
#define loader_expect_exit(...) (WIRE_HERE(), (loader_expect_exit)(__VA_ARGS__))
#define loader_run(...) (WIRE_HERE(), (loader_run)(__VA_ARGS__))
#define loader_count(...) (WIRE_HERE(), (loader_count)(__VA_ARGS__))
#define loader_expect_count(...) (WIRE_HERE(), (loader_expect_count)(__VA_ARGS__))
#define loader_json_number(...) (WIRE_HERE(), (loader_json_number)(__VA_ARGS__))
#define loader_expect_no_other(...) (WIRE_HERE(), (loader_expect_no_other)(__VA_ARGS__))
#define loader_expect_output(...) (WIRE_HERE(), (loader_expect_output)(__VA_ARGS__))
#define loader_expect_errors(...) (WIRE_HERE(), (loader_expect_errors)(__VA_ARGS__))
#endif
