/* SPDX-License-Identifier: MIT
 *
 * target: the request target and the authority in it or in Host (RFC 9112 3.2,
 * RFC 3986 3.2).
 *
 * Owns the four forms and host[:port]. Percent escapes and dot segments of the
 * path are http/path's. Keeps nothing: the slices point into what is given.
 *
 * Thread: any.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"
#include "http/method.h"
#include "http/refusal.h"

enum http_target_form {
	HTTP_TARGET_ORIGIN,    /* /path?query */
	HTTP_TARGET_ABSOLUTE,  /* http://authority/path?query */
	HTTP_TARGET_AUTHORITY, /* host:port, of CONNECT alone */
	HTTP_TARGET_ASTERISK   /* *, of OPTIONS alone */
};

struct http_authority {
	struct slice whole; /* as received; empty if there is none */
	struct slice host;  /* without the port; an IPv6 address keeps its brackets */
	uint16_t port;      /* 0: none given */
};

struct http_target {
	enum http_target_form form;
	struct http_authority authority; /* of absolute and authority form */
	struct slice path;               /* see http_head_path() */
	struct slice query;              /* without '?'; absent if there is none */
};

/* TARGET_FORM where `target` has no form that `method` allows, HOST_SYNTAX where
 * its authority is malformed. */
enum http_refusal http_target_parse(struct slice target, enum http_method method,
    struct http_target *ret_target) __attribute__((warn_unused_result));

/* host[:port], or nothing at all. HOST_SYNTAX. */
enum http_refusal http_authority_parse(struct slice authority, struct http_authority *ret_authority)
    __attribute__((warn_unused_result));
