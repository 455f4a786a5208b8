/* SPDX-License-Identifier: MIT
 *
 * response: a strict reader of HTTP/1.1 responses (RFC 9112): what it takes is
 * well formed to the byte, or the test fails.
 *
 * Beyond the grammar it demands: one Date, in the preferred form and of now; at
 * most one Content-Length; never both framings; none on 1xx and 204; no body on
 * 1xx, 204 and 304; a body that ends with the connection only where that was
 * announced.
 *
 * Thread: a test is one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"

struct client;

#define RESPONSE_MAX_FIELDS 64

struct response {
	int status;
	struct bytes head; /* owned: as received, then cut into strings */
	struct {
		const char *name; /* in `head` */
		const char *value;
	} fields[RESPONSE_MAX_FIELDS];
	size_t field_count;
	struct bytes body; /* owned: without framing */
};

void response_done(struct response *);

/* Reads the next head off `client` into `response`. */
void response_read_head(struct response *, struct client *);
/* Reads the body that the head announces. */
void response_read_body(struct response *, struct client *);

/* The value of the only field called `name` (in any case), or NULL. */
const char *response_field(const struct response *, const char *name);
/* How many fields are called `name`. */
size_t response_field_count(const struct response *, const char *name);
/* `token` is an element of the list that is the field's value. */
bool response_has_token(const struct response *, const char *name, const char *token);
