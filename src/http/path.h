/* SPDX-License-Identifier: MIT
 *
 * path: from the path of a request target to the one name of a resource.
 *
 * Owns percent escapes and dot segments (RFC 3986 2.1, 5.2.4). The router and
 * the file system both read the result, so there must be nothing in it that
 * they could read differently: what is ambiguous is refused. Queries and the
 * forms of a target are http/head's; whether a file exists is the handler's.
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum http_path_verdict {
	HTTP_PATH_OK,
	HTTP_PATH_REFUSED, /* answer 400 */
	HTTP_PATH_TOO_LONG /* the buffer is too small: answer 414 */
};

/* Decodes and normalizes `raw`, the path of a target as received, into the
 * `cap` bytes at `buffer`; any `cap` above raw.len is enough. On OK `*ret_path` lies in
 * the buffer, is followed by a NUL, starts with '/', and has neither empty nor
 * dot segments. It ends in '/' exactly where `raw` names a directory: by a
 * slash, "." or ".." at its end.
 *
 * Escapes are decoded once, before anything else is looked at, so "%2e%2e" is
 * "..". Repeated slashes count as one, as they do in a file system. Refused:
 * anything that does not start with '/'; a '%' without two hex digits; a
 * control character (NUL, DEL), bare or escaped; a bare space, '?', '#' or
 * byte above 127, none of which a URI can hold there; ".." above the root; and
 * an escaped slash or a backslash, bare or escaped: one component would be a
 * plain name to the router and two to whoever splits it. */
enum http_path_verdict
http_path_normalize(struct slice raw, char *buffer, size_t cap, struct slice *ret_path);

/* True when a segment of the normalized `path` starts with '.': what Unix
 * hides. The first segment may be ".well-known" (RFC 8615). */
bool http_path_is_hidden(struct slice path);

/* Appends `path` with everything escaped that RFC 3986 3.3 does not let stand in
 * a path: all but unreserved, sub-delims, ':', '@' and '/'. Good for Location and,
 * with "./" before it (a colon in the first segment would read as a scheme,
 * 4.2), for the links of a listing. */
void http_path_put_encoded(struct text *, struct slice path);
