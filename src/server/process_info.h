/* SPDX-License-Identifier: MIT
 *
 * process_info: what the kernel says of this process: proc(5), getrusage(2).
 *
 * Owns nothing. Thread: the main one; it reads directories of /proc, which with many
 * open files takes milliseconds.
 */
#pragma once

#include "handler/snapshot.h"

/* What cannot be read is 0. */
void process_info_read(struct snapshot_process *ret_process);
