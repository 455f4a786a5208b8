/* SPDX-License-Identifier: MIT
 *
 * method: the request methods that usher tells apart (RFC 9110 9, RFC 5789).
 *
 * Owns their names and the sets made of them. Which methods a resource answers
 * is the handler's to say.
 *
 * Thread: any.
 */
#pragma once

#include "base/text.h"

/* Identifier and name. Names are case-sensitive. The last stands for every
 * registered method of which usher knows no more than the name. */
#define HTTP_METHODS(X)       \
	X(GET, "GET")         \
	X(HEAD, "HEAD")       \
	X(POST, "POST")       \
	X(PUT, "PUT")         \
	X(DELETE, "DELETE")   \
	X(OPTIONS, "OPTIONS") \
	X(PATCH, "PATCH")     \
	X(TRACE, "TRACE")     \
	X(CONNECT, "CONNECT") \
	X(OTHER, "OTHER")

enum http_method {
#define X(identifier, name) HTTP_METHOD_##identifier,
	HTTP_METHODS(X)
#undef X
};

/* A set of methods is an `unsigned` of these. */
#define HTTP_METHOD_BIT(method) (1u << (method))

/* The method of that exact name. False, and `ret_method` untouched, for a name
 * that is in no registry known here: the answer to it is 501. */
bool http_method_parse(struct slice name, enum http_method *ret_method)
    __attribute__((warn_unused_result));

/* "GET" for HTTP_METHOD_GET, and "OTHER" for HTTP_METHOD_OTHER. */
const char *http_method_name(enum http_method);

/* The value of Allow for a set: "GET, HEAD" (RFC 9110 10.2.1). The bit of
 * HTTP_METHOD_OTHER is left out. */
void http_method_put_allow(struct text *, unsigned methods);
