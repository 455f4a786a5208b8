/* SPDX-License-Identifier: MIT
 *
 * escape: what a client sent, made safe for one line of a log.
 *
 * JSON and HTML have their own in base/text.
 *
 * Thread: any.
 */
#pragma once

#include "base/text.h"

/* Appends `value` with every byte but the visible ASCII and space, and the
 * double quote and the backslash, as \xHH (upper case): it cannot end a line
 * or a quoted field, nor move a terminal's cursor, and reads back exactly. */
void http_escape_log(struct text *, struct slice value);
