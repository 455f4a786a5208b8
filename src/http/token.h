/* SPDX-License-Identifier: MIT
 *
 * token: the word of HTTP's grammar (RFC 9110 5.6.2).
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>

#include "base/text.h"

/* True when `word` is one or more tchar: good as the name of a field, as half of
 * a media type, as a coding. */
bool http_token_is_valid(struct slice word);
