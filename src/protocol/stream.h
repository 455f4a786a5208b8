/* SPDX-License-Identifier: MIT
 *
 * stream: the two plain protocols: echo (RFC 862) sends back what comes, discard
 * (RFC 863) throws it away. Half-close is honoured: after the peer's FIN what is
 * owed is sent, then ours goes.
 *
 * `self` of their struct service is a `const struct stream_env`.
 *
 * Thread: the loop's.
 */
#pragma once

#include <stddef.h>

#include "net/conn.h"

struct stream_env {
	size_t output_bytes; /* echo: buffered before reading waits for the peer */
};

extern const struct protocol_ops echo_protocol;
extern const struct protocol_ops discard_protocol;
