/* SPDX-License-Identifier: MIT
 *
 * access_log: a line per request, in the combined form, as JSON, or as plain text; what the
 * latter two tell is of the operator's choice (access_fields).
 *
 * The combined form is Apache's, with two numbers behind: the duration in
 * microseconds, and which request of its connection it was. What clients send
 * is escaped, so a line is always one line, and a JSON line is always JSON.
 *
 * Owns its buffer, borrows the outlet. Thread: the loop's.
 */
#pragma once

#include <stdint.h>

#include "base/line_buffer.h"
#include "base/text.h"
#include "config/config.h"
#include "net/peer.h"
#include "protocol/access_fields.h"

struct http_head;

struct access_log {
	struct line_buffer lines;
	enum config_access_format format; /* not CONFIG_ACCESS_OFF */
	struct access_fields fields;      /* of json and text */
	int64_t time_seconds;             /* of the texts below */
	char time_log[32];
	char time_iso[32];
};

/* What is told of one request. */
struct access_record {
	const char *listener;
	const struct peer *peer;
	uint64_t conn_id;
	const struct http_head *head; /* NULL: the head was refused or not complete */
	int status;                   /* 0: it ended without an answer */
	uint64_t bytes;               /* of the answer's body */
	int64_t duration_us;
	uint64_t request_number; /* on its connection, from 1 */
	int64_t time_seconds;    /* wall time at its end */
	const char
	    *ending; /* label of the cause that ended it before its answer was out, or NULL */
};

/* As `config` wants it, which is borrowed: names of fields stand in it. 0, or -ENOMEM. */
int access_log_init(struct access_log *, struct outlet *, const struct config_log *)
    __attribute__((warn_unused_result));
/* Writes what is gathered and frees. */
void access_log_done(struct access_log *);
void access_log_flush(struct access_log *);

void access_log_put(struct access_log *, const struct access_record *);
