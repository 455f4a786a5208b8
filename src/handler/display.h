/* SPDX-License-Identifier: MIT
 *
 * display: names and sizes as a person reads them on a page.
 *
 * Thread: any; no state.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"

/* `name` as HTML text in UTF-8: special characters become references; a control
 * character, and each byte that is part of no UTF-8 sequence (RFC 3629), becomes U+FFFD. At most
 * six bytes for each of its bytes. */
void display_put_html(struct text *, struct slice name);

/* "17 B", "1.5 KiB", "2.0 GiB": one decimal, rounded down. */
void display_put_size(struct text *, int64_t bytes);
