/* SPDX-License-Identifier: MIT
 *
 * files: a route that answers GET and HEAD from a directory.
 *
 *   /a/b        the file, or a precompressed sibling the client would rather have
 *   /a          where a is a directory: 301 to "/a/", the query kept
 *   /a/         its first index file; else its listing (autoindex); else 403
 *   not there   404, or with `try` the file of that name beneath the root, as 200; likewise
 *               for a directory that has neither an index file nor a listing
 *
 * The name of a file is what follows the route's prefix. Names that begin with a dot are
 * not there unless `dotfiles` is set, but for /.well-known (RFC 8615).
 *
 * Errors have the service's pages; 503 (no descriptors or memory left) has Retry-After.
 *
 * The handler is `files_kind` (handler.h). Owns the root directory and the field lines that
 * are the same in each answer; looking up, answering and listing are file_lookup's,
 * file_answer's and autoindex's.
 *
 * Thread: the loop's.
 */
#pragma once

#include "handler/handler.h"
