/* SPDX-License-Identifier: MIT
 *
 * process_one: what is left of a server that was process 1, of a container say, once a
 * successor serves. All others would end with it, so it stays: it passes signals on, buries
 * who has ended, and ends with the last one, whose exit status is its own.
 *
 * Thread: the only one.
 */
#pragma once

/* With the signals that steer a server blocked, so that none is lost before. The exit status
 * of the process that ended last; of one that a signal ended, 128 and its number. */
int process_one_stay(void) __attribute__((warn_unused_result));
