/* SPDX-License-Identifier: MIT
 *
 * outcome: how a request went, or the attempt to connect for it, as its client
 * saw it. One table: each request ends in exactly one of these.
 *
 * Owns nothing. Thread: any.
 */
#pragma once

#include <stdint.h>

/* X(identifier, word) */
#define LOAD_OUTCOMES(X)                                                    \
	X(WHOLE, "answered")    /* whole, and what was wanted */            \
	X(REFUSED, "refused")   /* connect(2) was, after the drain began */ \
	X(LOST, "lost")         /* FIN, and no byte of an answer */         \
	X(CUT, "cut")           /* FIN in the midst of the answer */        \
	X(RESET, "reset")       /* at any time, also after the answer */    \
	X(WRONG, "wrong")       /* not the answer that was wanted */        \
	X(UNSERVED, "unserved") /* connect(2) failed otherwise */           \
	X(TIMEOUT, "timed out") /* nothing came in time */

enum load_outcome {
#define X(identifier, word) LOAD_##identifier,
	LOAD_OUTCOMES(X)
#undef X
	    LOAD_OUTCOME_COUNT
};

const char *load_outcome_name(enum load_outcome);
