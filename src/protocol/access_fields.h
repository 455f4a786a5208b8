/* SPDX-License-Identifier: MIT
 *
 * access_fields: what a line of the access log can tell, as values: each field of
 * config/log_fields.h, for one request.
 *
 * Owns nothing. Thread: the loop's. Used by access_log alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "config/config.h"
#include "config/log_fields.h"
#include "net/peer.h"

struct access_record;

/* One field of a line. */
struct access_field {
	enum config_access_field id;
	const char *name;    /* borrowed from the configuration, or static */
	struct slice header; /* of "header:NAME": NAME */
};

struct access_fields {
	struct access_field items[CONFIG_LOG_FIELDS_MAX];
	size_t count;
	size_t value_max; /* so many bytes of a client's value are told */
};

struct access_value {
	bool is_number;
	uint64_t number;
	struct slice string; /* absent: not known */
};

/* Those of `names`, which were checked and are borrowed; none: the usual ones. All that
 * clients send takes, escaped, at most `most_bytes` of a line. */
void
access_fields_init(struct access_fields *, const struct config_strings *names, size_t most_bytes);

/* The value of a field. Its string stands in `room`, in the request, or is static. `time`
 * is the ISO form of the record's. */
struct access_value access_field_value(const struct access_fields *, const struct access_field *,
    const struct access_record *, struct slice time, char room[PEER_TEXT_MAX]);
