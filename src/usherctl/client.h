/* SPDX-License-Identifier: MIT
 *
 * client: one request to the admin interface of usherd, and its answer.
 *
 * A connection per request: a daemon may be replaced between two. All of an
 * exchange, from connect(2) to the last byte, has one deadline, whatever the other
 * side does or leaves undone.
 *
 * Owns the socket during the exchange. Knows nothing of what is asked; what the
 * answers mean is usherctl/ask's.
 *
 * Thread: any; one exchange at a time for each client.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"
#include "usherctl/answer.h"

struct client {
	const char *address; /* borrowed: unix:/path, unix:@name, or host:port */
	int64_t timeout_us;  /* of a whole exchange */
	int interrupt_fd;    /* readable: give up at once; -1: none */
};

enum client_verdict {
	CLIENT_OK,
	CLIENT_WRONG_ADDRESS, /* `address` is none */
	CLIENT_UNREACHABLE,   /* nobody is there, or they do not let us in */
	CLIENT_FAILED,        /* what is there did not answer, or not as it should */
	CLIENT_INTERRUPTED
};

/* Sends `method` for `target` (as in the request line; letters, digits and
 * punctuation of a URI only) and waits for the answer, which the caller frees with
 * answer_free. Otherwise `ret_answer` is untouched and `why` gets one or two
 * sentences: what was tried, what the system said, and what can be done. */
enum client_verdict client_ask(const struct client *client, const char *method, const char *target,
    struct answer **ret_answer, struct text *why) __attribute__((warn_unused_result));
