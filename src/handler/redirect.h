/* SPDX-License-Identifier: MIT
 *
 * redirect: a route that sends clients elsewhere (RFC 9110 15.4).
 *
 * A target that ends in '/' (and has no query or fragment) gets what follows the route's
 * prefix, percent-encoded, and the query: with route "/old/" and redirect "/new/", "/old/a?b"
 * leads to "/new/a?b". Any other target is sent exactly as it stands.
 *
 * Answers every registered method but OPTIONS, TRACE and CONNECT: 307 and 308 exist for the
 * others than GET. The handler is `redirect_kind` (handler.h).
 *
 * Thread: the loop's.
 */
#pragma once

#include "handler/handler.h"
