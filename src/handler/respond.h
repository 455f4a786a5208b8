/* SPDX-License-Identifier: MIT
 *
 * respond: a route that answers the same each time: status, body, type.
 *
 * Answers GET, HEAD and POST (for endpoints that only acknowledge); what a POST carries is
 * read and discarded. A status from 400 on without a body of its own has the service's page
 * for it. The handler is `respond_kind` (handler.h).
 *
 * Thread: the loop's.
 */
#pragma once

#include "handler/handler.h"
