/* SPDX-License-Identifier: MIT
 *
 * qvalue: the weights of proactive negotiation (RFC 9110 12.4.2).
 *
 * What is weighed, and what follows from it, is http/encoding's and
 * http/accept's.
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>

#include "base/text.h"

#define HTTP_QVALUE_MAX 1000u /* q=1, in thousandths */

/* Takes the next element off a list such as "text/html;level=1;q=0.5, *" and
 * gives its first part ("text/html"; other parameters are dropped) and its
 * weight in thousandths: HTTP_QVALUE_MAX where none is given, 0 where it is
 * malformed, since the client did not clearly ask for it. False when there is
 * none left. */
bool http_qvalue_next(struct slice *list, struct slice *ret_item, unsigned *ret_weight);
