/* SPDX-License-Identifier: MIT
 *
 * help: what `usher-load --help` prints, made from the table of options.
 *
 * Owns nothing. Thread: main.
 */
#pragma once

/* To standard output. An exit status. */
int help_print(void);
