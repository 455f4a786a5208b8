/* SPDX-License-Identifier: MIT
 *
 * autoindex: the listing of a directory as an answer, HTML for people or JSON.
 *
 * Names are whatever bytes somebody gave a file. In HTML the five special characters
 * become references, controls and bytes that are no UTF-8 become U+FFFD, and links are
 * percent-encoded byte by byte behind "./", so that no name can be read as markup, as a
 * scheme or as another host. Times are UTC.
 *
 * JSON is an array of {"name", "type": "file" or "directory", "size" (files only), "mtime"}.
 * A listing that was cut (listing.h) says so: HTML in a sentence below the table, JSON,
 * whose array has no room for it, in the field "Listing-Truncated: ?1", which both have.
 *
 * Sent in pieces, without Content-Length: it may be long.
 *
 * Thread: the loop's.
 */
#pragma once

#include "base/text.h"
#include "config/config.h"

struct http_request;
struct listing;

/* What `request` wants of a directory with this setting (not off): JSON where the setting
 * says so, or the query has format=json, or Accept prefers it to HTML and the query does
 * not have format=html. */
enum config_autoindex autoindex_format(const struct http_request *, enum config_autoindex);

/* Answers `request`, a GET or HEAD, with `listing`. `fields` are further field lines.
 * `format` HTML or JSON; `has_parent`: link to the directory above. The request may be gone
 * when this returns. */
void autoindex_answer(struct http_request *, const struct listing *, enum config_autoindex format,
    bool has_parent, struct slice fields);
