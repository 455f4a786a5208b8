/* SPDX-License-Identifier: MIT
 *
 * fake_protocol: the protocol as handlers see it, without sockets.
 *
 * Owns a request, made from the text of its head, and records the answer. Bodies that
 * are lent (http_answer_reference, http_answer_file) are only read when the test asks for the
 * body, and given back by fake_done: what a handler has to keep alive until then is told by
 * the sanitizer. Defines the http_answer_… functions, http_request_now and net's file_body_….
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "protocol/http_handler.h"

#define FAKE_PIECES_MAX 128
#define FAKE_HEAD_MAX 65536

/* A piece of the answer's body, in one of three ways. */
struct fake_piece {
	char *copy; /* owned */
	struct slice lent;
	void (*release)(const void *data, size_t len, void *owner);
	void *owner;
	struct file_body *segment; /* a hold on it */
	int64_t offset;
	int64_t length;
};

struct fake {
	struct http_request request;
	struct http_head *head;
	char head_bytes[FAKE_HEAD_MAX];
	char path[FAKE_HEAD_MAX];
	int64_t now;
	/* the answer */
	bool has_begun;
	bool has_ended;
	int status;
	char *fields; /* owned, NUL-terminated */
	int64_t content_length;
	struct fake_piece pieces[FAKE_PIECES_MAX];
	size_t piece_count;
	char *body; /* owned; made by fake_body */
};

/* A request with that head (no empty line at its end: it is added), which the parser must
 * accept, and the path as the protocol would hand it over. `now` in seconds. */
struct fake *fake_new(const char *head, int64_t now);
/* A GET of `target` with the further field lines `fields` ("Name: value\r\n"). */
struct fake *fake_get(const char *target, const char *fields, int64_t now);
/* Ends the request; frees it and gives back what was lent. */
void fake_done(struct fake *);

/* The answer to `method` and the raw path `path` from http_path_normalize: whether a request
 * for it gets as far as a handler. */
bool fake_path_is_acceptable(const char *path);

/* Routes by hand: `rest` is the path after `prefix_len` bytes. */
void fake_answer_with(struct fake *, const struct http_service *service,
    const struct http_handler_ops *ops, const void *self, size_t prefix_len);

/* The body as a client would receive it (none for HEAD, 204, 304), NUL-terminated. */
const char *fake_body(struct fake *, size_t *ret_len);

/* The value of the answer's field `name`, NUL-terminated in memory of its own that lives
 * until the next call; NULL where there is none. Fails the test where there are two. */
const char *fake_field(const struct fake *, const char *name);

/* A service whose error pages are "page STATUS\n". */
extern const struct http_service fake_service;
