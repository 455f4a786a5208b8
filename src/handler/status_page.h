/* SPDX-License-Identifier: MIT
 *
 * status_page: the figures as a page for people: tables, and plots of the last minutes
 * drawn as SVG within the page. It needs no script, asks for nothing else, reloads itself,
 * and follows the reader's choice of light or dark.
 *
 * Pure. Thread: any.
 */
#pragma once

#include "base/text.h"
#include "handler/history.h"
#include "handler/snapshot.h"

void status_page_put(struct text *, const struct snapshot *, const struct history *);

/* Its Content-Security-Policy: nothing but the style sheet that stands in it, named by its
 * hash. */
struct slice status_page_policy(void);
