/* SPDX-License-Identifier: MIT
 *
 * health: a route for probes: is the server alive, and should it get requests?
 *
 * `live` and `ready` ask the server (handler_health) and answer 200 "ok\n" or 503 with
 * Retry-After; `ready` is 503 while the server drains. Never to be stored: Cache-Control is
 * always no-store. GET and HEAD. The handler is `health_kind` (handler.h).
 *
 * Thread: the loop's.
 */
#pragma once

#include "handler/handler.h"
