/* SPDX-License-Identifier: MIT
 *
 * file_answer: a file that was found becomes an answer: 200, 206, 304, 412 or 416.
 *
 * Owns the order in which RFC 9110 13.2.2 wants the questions asked: preconditions, then
 * If-Range, then Range. Range counts for GET alone (14.2), and a request with two Range
 * fields has none.
 *
 * A body of up to 4 KiB is copied into the answer, a larger one in memory is lent to it,
 * one that is not in memory is sent from its segment.
 *
 * Thread: the loop's.
 */
#pragma once

struct file_entry;
struct http_request;

/* Answers `request`, a GET or HEAD, with `entry`, of kind FILE. The entry is only
 * borrowed: what the answer still needs afterwards it holds by itself. The request may
 * be gone when this returns. */
void file_answer(struct http_request *request, struct file_entry *entry);
