/* SPDX-License-Identifier: MIT
 *
 * terminal: a program on a pseudo terminal (pty(7)), and what a person would see of
 * it: rows of characters, an alternate screen, a cursor.
 *
 * Knows the sequences that usherctl sends and fails the test at any other, since a
 * terminal of another make would show that.
 *
 * Thread: a test is one thread.
 */
#pragma once

#include <stdbool.h>

#include "failure.h"

#define TERMINAL_ROWS_MAX 60
#define TERMINAL_COLUMNS_MAX 200

struct terminal;

/* Starts the program that the environment variable `program` names on a terminal of
 * that size, with TERM=xterm and the locale C. Owned by the test's end. */
struct terminal *
terminal_start(const char *program, const char *const *args, unsigned columns, unsigned rows);
void terminal_end_all(void);

/* Takes what the program writes until `text` stands in a row of the screen. */
void terminal_expect(struct terminal *, const char *text);
/* Types. */
void terminal_type(struct terminal *, const char *keys);
/* Another size, of which the program hears by SIGWINCH. */
void terminal_resize(struct terminal *, unsigned columns, unsigned rows);
void terminal_signal(struct terminal *, int number);
/* Waits for the end, which has to be an exit with `status`; the terminal must then be
 * as it was: main screen, cursor, echo, lines. */
void terminal_expect_given_back(struct terminal *, int status);
/* The same where signal `number` ended it. */
void terminal_expect_killed(struct terminal *, int number);
/* Waits until it has stopped by a signal, gives it back meanwhile, and lets it go on. */
void terminal_expect_stopped(struct terminal *);
void terminal_continue(struct terminal *);

/* Readable when the program has written or ended. */
int terminal_fd(const struct terminal *);
/* Takes what is there. */
void terminal_read(struct terminal *);
/* A row as it stands there; bytes that the program wrote in all. */
const char *terminal_row(const struct terminal *, unsigned row);
unsigned long terminal_bytes(const struct terminal *);
bool terminal_had_colours(const struct terminal *);

#ifndef WIRE_HARNESS
#define terminal_start(...) (WIRE_HERE(), (terminal_start)(__VA_ARGS__))
#define terminal_expect(...) (WIRE_HERE(), (terminal_expect)(__VA_ARGS__))
#define terminal_expect_given_back(...) (WIRE_HERE(), (terminal_expect_given_back)(__VA_ARGS__))
#define terminal_expect_killed(...) (WIRE_HERE(), (terminal_expect_killed)(__VA_ARGS__))
#define terminal_expect_stopped(...) (WIRE_HERE(), (terminal_expect_stopped)(__VA_ARGS__))
#endif
