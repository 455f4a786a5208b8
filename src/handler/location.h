/* SPDX-License-Identifier: MIT
 *
 * location: answers that lead elsewhere, by the field Location (RFC 9110 10.2.2).
 *
 * Owns how a decoded path becomes a reference again: percent-encoded, so that nothing
 * in a request can end the line or lead to another host than the redirection says.
 *
 * Thread: the loop's.
 */
#pragma once

#include "base/text.h"

struct http_request;

/* The parts of the reference, in the order written. Some may be empty, not all. */
struct location {
	struct slice base;   /* as it stands */
	struct slice path;   /* decoded; written percent-encoded */
	struct slice suffix; /* as it stands */
	struct slice query;  /* as received, without '?'; absent: none, not even the '?' */
};

/* Answers `request` with `status`, Location, the further field lines `fields`, and the text
 * that the service has for the status. Where there is no memory the answer is 503, where a part
 * holds what no field may hold 400. The request may be gone when this returns. */
void location_answer(
    struct http_request *request, int status, const struct location *, struct slice fields);
