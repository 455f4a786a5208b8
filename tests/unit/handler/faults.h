/* SPDX-License-Identifier: MIT
 *
 * faults: makes the n-th allocation or system call fail.
 *
 * The program is linked with --wrap for each function of FAULTS in meson.build; what is
 * not armed goes through untouched.
 *
 * Thread: one.
 */
#pragma once

#include <stdbool.h>

/* The `nth` call (from 1) of a wrapped function from now on fails, once. */
void faults_arm(int nth);
/* No further call fails. Returns whether one did. */
bool faults_disarm(void);
