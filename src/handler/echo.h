/* SPDX-License-Identifier: MIT
 *
 * echo: a route that sends each request's body back as it comes.
 *
 * Answers POST and PUT; any other method gets 405, since it has nothing to echo. The answer
 * has the request's Content-Type (application/octet-stream where there is none, or a very
 * long one), and its length if that is known. Memory does not grow with the body: the
 * protocol hands over no more of it while the client does not read. The handler is
 * `echo_kind` (handler.h).
 *
 * Thread: the loop's.
 */
#pragma once

#include "handler/handler.h"
