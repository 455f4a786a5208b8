/* SPDX-License-Identifier: MIT
 *
 * request: the bytes of a request, made once before the run, and what is expected
 * of its answer; and a mix of requests, each as often as its weight says.
 *
 * Owns the bytes. Thread: main while it is made, then any (it does not change).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "usher-load/expect.h"
#include "usher-load/random.h"

#define REQUEST_MIX_MAX 4096
/* Of a body. */
#define REQUEST_BODY_MAX (64 << 20)

struct request {
	char *bytes; /* owned: head and body */
	size_t len;
	struct expect expect;
	uint64_t weight;
	bool is_to_head; /* HEAD: the answer has no body */
};

/* What a request is made of. */
struct request_parts {
	const char *method;
	const char *authority; /* for Host, unless a header names it */
	const char *path;
	const char *const *headers; /* whole lines without their end */
	size_t header_count;
	const char *body; /* NULL: none */
	size_t body_len;
	bool says_close; /* Connection: close */
	struct expect expect;
	uint64_t weight;
};

struct request_mix {
	struct request *items; /* owned */
	size_t count;
	uint64_t weight; /* of all */
};

/* All zeros is an empty mix. */
void request_mix_done(struct request_mix *);

/* Adds a request. 0, -ENOMEM, -E2BIG (a mix has at most REQUEST_MIX_MAX), or
 * -EINVAL: the method, the path or a header would not be HTTP; with a sentence. */
int request_mix_add(struct request_mix *, const struct request_parts *, struct text *ret_error)
    __attribute__((warn_unused_result));

/* Adds the requests of a file; `defaults` gives what a line does not (authority,
 * headers, expectations). 0, or a negative errno with a sentence that begins with FILE:LINE. */
int request_mix_read(struct request_mix *, const char *path, const struct request_parts *defaults,
    struct text *ret_error) __attribute__((warn_unused_result));

/* A whole file in memory that the caller frees. 0, -EFBIG, -ENOMEM, or the errno of reading. */
int request_read_file(const char *path, char **ret_data, size_t *ret_len)
    __attribute__((warn_unused_result));

/* The request whose part of the weights `number`, below `weight`, falls in. */
const struct request *request_mix_at(const struct request_mix *, uint64_t number);

static inline const struct request *
request_mix_pick(const struct request_mix *mix, struct random_state *random)
{
	if (mix->count == 1)
		return &mix->items[0];
	return request_mix_at(mix, random_below(random, mix->weight));
}
