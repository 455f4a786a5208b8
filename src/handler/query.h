/* SPDX-License-Identifier: MIT
 *
 * query: the parameters of a query string, "name=value&name", one after the other.
 * The admin service's names and values are plain words, so nothing is decoded: what
 * is written with percent signs is simply none of them.
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>

#include "base/text.h"

/* Takes the next parameter off `query`; without "=" its value is the absent slice. Empty
 * parameters are passed over. False when there is none left. */
bool query_next(struct slice *query, struct slice *ret_name, struct slice *ret_value);
