/* SPDX-License-Identifier: MIT
 *
 * outcome: what became of a request and of a connection: one of one table.
 *
 * The table is the only list of outcomes: the engine, the matrix, JSON, CSV, the
 * plot and the tests are made from it. A request has exactly one outcome, and so
 * has a connection: with sixteen requests in flight, one reset makes sixteen
 * outcomes of requests and one of a connection.
 *
 * Owns nothing. Thread: any; a tally is its owner's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Whose fault it is, if anybody's. */
enum outcome_kind {
	OUTCOME_FINE,     /* as it was meant to be */
	OUTCOME_HARMLESS, /* nothing was lost: no request stood open */
	OUTCOME_LOSS,     /* unsafe: a request went unanswered, or was answered wrong */
	OUTCOME_OWN_FAULT /* the client's machine could not: says nothing about the server */
};

/* What it can be the outcome of. */
enum outcome_scope { OUTCOME_OF_REQUEST = 1, OUTCOME_OF_CONNECTION = 2, OUTCOME_OF_BOTH = 3 };

/* X(identifier, label in JSON and CSV, kind, scope, sentence). In the order in
 * which a connection lives; the order is that of every output. The table for
 * people has 44 columns for a sentence. */
#define OUTCOMES(X)                                                                           \
	X(ANSWERED, "answered", FINE, REQUEST, "answered in full, as expected")               \
	X(CLOSED, "closed", FINE, CONNECTION, "closed by us, or as the answer announced")     \
	X(UNFINISHED, "unfinished", HARMLESS, BOTH, "still open when the run ended")          \
	X(REFUSED, "refused", LOSS, CONNECTION, "connection refused")                         \
	X(CONNECT_TIMEOUT, "connect_timeout", LOSS, CONNECTION, "connecting timed out")       \
	X(CONNECT_FAILED, "connect_failed", LOSS, CONNECTION, "connecting failed otherwise")  \
	X(FIN_IDLE, "fin_idle", HARMLESS, CONNECTION, "FIN while no request was open")        \
	X(RESET_IDLE, "reset_idle", HARMLESS, CONNECTION, "reset while no request was open")  \
	X(FIN_BEFORE_ANSWER, "fin_before_answer", LOSS, BOTH,                                 \
	    "request sent, then FIN before any answer")                                       \
	X(RESET_BEFORE_ANSWER, "reset_before_answer", LOSS, BOTH,                             \
	    "request sent, then reset before any answer")                                     \
	X(FIN_IN_ANSWER, "fin_in_answer", LOSS, BOTH, "FIN in the middle of an answer")       \
	X(RESET_IN_ANSWER, "reset_in_answer", LOSS, BOTH, "reset in the middle of an answer") \
	X(TIMEOUT, "timeout", LOSS, BOTH, "no whole answer in time")                          \
	X(MALFORMED, "malformed", LOSS, BOTH, "an answer that breaks the protocol")           \
	X(UNASKED, "unasked", LOSS, CONNECTION, "more came than had been asked for")          \
	X(WRONG_STATUS, "wrong_status", LOSS, REQUEST, "answered with an unexpected status")  \
	X(WRONG_BODY, "wrong_body", LOSS, REQUEST, "answered with an unexpected body")        \
	X(NO_PORTS, "no_ports", OWN_FAULT, CONNECTION, "no port left here (EADDRNOTAVAIL)")   \
	X(NO_DESCRIPTORS, "no_descriptors", OWN_FAULT, CONNECTION,                            \
	    "no descriptor left here (EMFILE, ENFILE)")                                       \
	X(OWN_FAILURE, "own_failure", OWN_FAULT, BOTH, "the client failed otherwise")

enum outcome {
#define X(identifier, label, kind, scope, sentence) OUTCOME_##identifier,
	OUTCOMES(X)
#undef X
	    OUTCOME_COUNT
};

const char *outcome_label(enum outcome);
const char *outcome_sentence(enum outcome);
enum outcome_kind outcome_kind(enum outcome);
const char *outcome_kind_name(enum outcome_kind); /* "fine", "harmless", "loss", "own_fault" */
bool outcome_is_loss(enum outcome);
bool outcome_is_of(enum outcome, enum outcome_scope);
/* Whether the answer came whole, be it the expected one or not: only then has
 * the request a latency. */
static inline bool
outcome_has_latency(enum outcome outcome)
{
	return outcome == OUTCOME_ANSWERED || outcome == OUTCOME_WRONG_STATUS ||
	    outcome == OUTCOME_WRONG_BODY;
}

/* The matrix. All zeros is empty. */
struct outcome_tally {
	uint64_t requests[OUTCOME_COUNT];
	uint64_t connections[OUTCOME_COUNT];
};

void outcome_tally_add(struct outcome_tally *sum, const struct outcome_tally *part);
/* All requests that have an outcome. */
uint64_t outcome_tally_requests(const struct outcome_tally *);
uint64_t outcome_tally_connections(const struct outcome_tally *);
/* What was lost: requests of the kind OUTCOME_LOSS, and connections of that kind
 * whose outcome no request can have (so nothing is counted twice). */
uint64_t outcome_tally_losses(const struct outcome_tally *);
/* Of these, the connections: those that could not be made, or not be used any more. */
uint64_t outcome_tally_lost_connections(const struct outcome_tally *);
/* The part that this outcome has in it. */
uint64_t outcome_tally_losses_by(const struct outcome_tally *, enum outcome);
/* Connections that the client's machine failed: above 0, the run says less about
 * the server than it seems to. */
uint64_t outcome_tally_own_faults(const struct outcome_tally *);
