/* SPDX-License-Identifier: MIT
 *
 * error_pages: the bodies of a service's error answers.
 *
 * Owns the operator's pages, read into memory at the start, and for every other status of
 * the registry a line of text, "404 Not Found\n". Nothing of a request is ever in one.
 *
 * Thread: immutable once made.
 */
#pragma once

#include "base/text.h"
#include "config/config.h"

struct error_pages;
struct http_mime_table;

/* The largest page. */
#define ERROR_PAGE_MAX (1024 * 1024)

/* The pages of `service`; the type of each goes by its file's name, from `mime` (NULL: the
 * built-in table), which is borrowed. NULL where a page cannot be read, is too large, or there is
 * no memory: `ret_error` then says which. */
struct error_pages *error_pages_new(const struct config_service *service,
    const struct http_mime_table *mime, struct text *ret_error) __attribute__((warn_unused_result));
void error_pages_free(struct error_pages *); /* NULL is allowed */

/* Body and media type for an answer of `status`, any number; valid as long as the pages. */
void error_pages_find(
    const struct error_pages *, int status, struct slice *ret_body, struct slice *ret_type);
