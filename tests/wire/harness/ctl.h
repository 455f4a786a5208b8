/* SPDX-License-Identifier: MIT
 *
 * ctl: usherctl under test: started with arguments, and waited for. The program is the
 * one that the environment variable USHERCTL names.
 *
 * Thread: a test is one thread.
 */
#pragma once

#include "failure.h"

struct ctl;

/* Starts it with `args`, a list that ends in NULL (ARGS of usherd.h). Owned by the
 * test's end. */
struct ctl *ctl_start(const char *const *args);
/* Waits for its end, which has to be an exit with `status`. */
void ctl_expect_exit(struct ctl *, int status);
/* Waits until its standard output holds `text`. */
void ctl_expect_output(struct ctl *, const char *text);
/* What it has written, so far: valid until the next call. */
const char *ctl_output(struct ctl *);
const char *ctl_error(struct ctl *);
/* Output, or error, holds `text`. */
void ctl_expect_said(struct ctl *, const char *text);
void ctl_expect_complaint(struct ctl *, const char *text);
/* Readable once it has ended. */
int ctl_pidfd(const struct ctl *);
void ctl_end_all(void);

#ifndef WIRE_HARNESS
#define ctl_start(...) (WIRE_HERE(), (ctl_start)(__VA_ARGS__))
#define ctl_expect_exit(...) (WIRE_HERE(), (ctl_expect_exit)(__VA_ARGS__))
#define ctl_expect_output(...) (WIRE_HERE(), (ctl_expect_output)(__VA_ARGS__))
#define ctl_expect_said(...) (WIRE_HERE(), (ctl_expect_said)(__VA_ARGS__))
#define ctl_expect_complaint(...) (WIRE_HERE(), (ctl_expect_complaint)(__VA_ARGS__))
#endif
