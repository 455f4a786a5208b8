/* SPDX-License-Identifier: MIT
 *
 * file_body: an open file that many answers send from, by sendfile(2).
 *
 * Counted: each answer in flight holds the segment, so the descriptor closes
 * when the last of them is through and its maker has released it.
 *
 * Thread: the loop's; a segment never crosses loops.
 */
#pragma once

#include <stdint.h>

struct evbuffer_file_segment;

/* Takes `fd`, of which `size` bytes from its start will be sent. NULL when
 * there is no memory; `fd` is then closed. */
struct evbuffer_file_segment *file_body_new(int fd, int64_t size);

/* Gives back the maker's hold. NULL is allowed. */
void file_body_release(struct evbuffer_file_segment *);
