/* SPDX-License-Identifier: MIT
 *
 * field: the header fields that usher reads, recognised by name.
 *
 * Owns the table of names and nothing else; what a field means stands where it
 * is used (http/head for framing and the connection, http/conditional, …).
 *
 * Thread: any.
 */
#pragma once

#include "base/text.h"

/* Identifier and name, in lower case. In the order of length: field.c relies on
 * it. The last stands for every other name. */
#define HTTP_FIELDS(X)                                \
	X(TE, "te")                                   \
	X(HOST, "host")                               \
	X(RANGE, "range")                             \
	X(ACCEPT, "accept")                           \
	X(COOKIE, "cookie")                           \
	X(EXPECT, "expect")                           \
	X(ORIGIN, "origin")                           \
	X(REFERER, "referer")                         \
	X(TRAILER, "trailer")                         \
	X(UPGRADE, "upgrade")                         \
	X(IF_MATCH, "if-match")                       \
	X(IF_RANGE, "if-range")                       \
	X(FORWARDED, "forwarded")                     \
	X(CONNECTION, "connection")                   \
	X(USER_AGENT, "user-agent")                   \
	X(CONTENT_TYPE, "content-type")               \
	X(X_REQUEST_ID, "x-request-id")               \
	X(AUTHORIZATION, "authorization")             \
	X(CACHE_CONTROL, "cache-control")             \
	X(IF_NONE_MATCH, "if-none-match")             \
	X(CONTENT_LENGTH, "content-length")           \
	X(ACCEPT_ENCODING, "accept-encoding")         \
	X(ACCEPT_LANGUAGE, "accept-language")         \
	X(X_FORWARDED_FOR, "x-forwarded-for")         \
	X(CONTENT_ENCODING, "content-encoding")       \
	X(IF_MODIFIED_SINCE, "if-modified-since")     \
	X(TRANSFER_ENCODING, "transfer-encoding")     \
	X(IF_UNMODIFIED_SINCE, "if-unmodified-since") \
	X(OTHER, "")

enum http_field {
#define X(identifier, name) HTTP_FIELD_##identifier,
	HTTP_FIELDS(X)
#undef X
};

#define HTTP_FIELD_COUNT (HTTP_FIELD_OTHER + 1)

/* The field of that name (a token, RFC 9110 5.1), whatever its case;
 * HTTP_FIELD_OTHER for the rest. */
enum http_field http_field_of(struct slice name);

/* The name in lower case; "" for HTTP_FIELD_OTHER. */
const char *http_field_name(enum http_field);
