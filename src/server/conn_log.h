/* SPDX-License-Identifier: MIT
 *
 * conn_log: how each connection ended, a JSON object on a line: the record of
 * net/ending with who it was and where it came in. usher.conf(5) describes its
 * members.
 *
 * Owns its buffer, borrows the outlet. Thread: the loop's.
 */
#pragma once

#include "base/line_buffer.h"
#include "config/config.h"
#include "config/log_fields.h"
#include "net/conn.h"
#include "net/ending.h"

struct conn_log {
	struct line_buffer lines;
	enum config_conn_field fields[CONFIG_LOG_FIELDS_MAX];
	size_t field_count;
};

/* `names` of fields, which were checked; none: all. 0, or -ENOMEM. */
int conn_log_init(struct conn_log *, struct outlet *, const struct config_strings *names)
    __attribute__((warn_unused_result));
/* Writes what is gathered and frees. */
void conn_log_done(struct conn_log *);
void conn_log_flush(struct conn_log *);
void conn_log_put(struct conn_log *, const struct conn *, const struct ending *);

/* The ending as a line of the general log, for who debugs. */
void conn_log_trace(const struct conn *, const struct ending *);
