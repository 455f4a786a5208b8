/* SPDX-License-Identifier: MIT
 *
 * replay: a request, head and body, given to the parsers as one piece, as two
 * pieces cut at every byte (in the midst of a long one, at some), and byte by byte.
 * What comes out has to be the same.
 *
 * Each piece lies in memory of its own and of its exact size, which is gone
 * after the call, so that a sanitizer sees every byte read beyond it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "http/body.h"
#include "http/head.h"

struct replay_limits {
	struct http_head_limits head;
	struct http_body_limits body;
};

/* The limits of the corpus. */
extern const struct replay_limits replay_default_limits;

struct replay_outcome {
	bool is_complete;   /* the request was accepted, to its last byte */
	int status;         /* of the refusal, else 0 */
	const char *reason; /* of the refusal, else NULL */
	size_t consumed;    /* bytes of the request, if complete */
	char *content;      /* owned: free with replay_outcome_done */
	size_t content_len;
};

/* Replays `request` in all cuts and fails the running test, naming `name`, where
 * two outcomes differ. The outcome is that of the one piece. */
struct replay_outcome
replay_in_all_cuts(const char *name, struct slice request, const struct replay_limits *limits);
void replay_outcome_done(struct replay_outcome *);

/* Feeds and settles `request` as one piece and fails the running test unless
 * both say DONE. The caller frees the head; it points into `request`. */
struct http_head *replay_accepted_head(struct slice request);
