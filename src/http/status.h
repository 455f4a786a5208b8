/* SPDX-License-Identifier: MIT
 *
 * status: the status codes of HTTP and what they imply for framing.
 *
 * Owns the table of codes and reason phrases: RFC 9110 15 and the other codes
 * of IANA's HTTP Status Code Registry. Which status answers what is decided
 * elsewhere.
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>

#include "base/text.h"

/* The whole range of three digits, RFC 9110 15. */
#define HTTP_STATUS_MIN 100
#define HTTP_STATUS_MAX 999

/* The reason phrase of `status`, static; empty (never absent) for a code that
 * the registry does not know. Any int is fine. */
struct slice http_status_reason(int status);

/* The status line "HTTP/1.1 404 Not Found\r\n" of a registered `status`,
 * static; absent for any other. */
struct slice http_status_line(int status);

/* False for 1xx, 204 and 304: their answers end with the head, whatever
 * fields it has (RFC 9112 6.3). The answer to HEAD is the caller's business. */
bool http_status_has_body(int status);
