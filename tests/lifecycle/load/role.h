/* SPDX-License-Identifier: MIT
 *
 * role: what a client of the load does: a const table of its requests, of how
 * fast it sends and reads, and of what it does after an answer.
 *
 * Owns nothing. Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/answer.h"

struct load_request {
	const char *line;   /* "GET /hello": method and target */
	const char *fields; /* further whole field lines, or NULL */
	const char *head;   /* in place of both: these bytes, as they are; or NULL */
	size_t body_len;    /* of the pattern; 0: no body */
	size_t chunk_len;   /* the body goes in chunks of it; 0: Content-Length */
	size_t filler_len;  /* after `head`: so many times the letter a */
	struct answer_wanted wanted;
};

/* At most so many bytes, then a rest. No bytes: as fast as it goes. */
struct load_pace {
	size_t bytes;
	int64_t rest_us;
};

/* Where a client stops in the midst of its first request, until when. */
enum load_hold {
	LOAD_HOLDS_NOT,
	LOAD_HOLDS_UNTIL_RELEASE, /* load_release was called */
	LOAD_HOLDS_UNTIL_ANSWER   /* the answer's first byte has come; it is not read before all
				     is sent */
};

enum load_then {
	LOAD_THEN_AGAIN,  /* from the request `again_from` on, until the server says close */
	LOAD_THEN_LEAVES, /* closes its side first */
	LOAD_THEN_SILENT  /* waits for the server's FIN */
};

struct load_role {
	const char *name;
	const struct load_request *requests;
	size_t request_count;
	enum load_then then;
	size_t again_from;
	int64_t think_max_us; /* between two requests: at random, 0 to this */
	int receive_buffer;   /* SO_RCVBUF; 0: the system's */
	bool uses_fast_open;  /* the first request goes with the SYN (tcp(7), TCP_FASTOPEN) */
	enum load_hold hold;
	size_t hold_read;         /* holds after so many bytes read; 0: while it sends */
	size_t hold_sent;         /* holds after so many bytes sent; 0: before the first */
	struct load_pace sending; /* of the first request, after the hold */
	struct load_pace reading; /* of the first answer, after the hold */
};
