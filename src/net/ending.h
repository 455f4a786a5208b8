/* SPDX-License-Identifier: MIT
 *
 * ending: how a connection ended: one cause from one table, who sent the first
 * FIN, whether a RST was seen, and what had passed.
 *
 * The table is the only list of causes: the logs, the report and the tests are
 * made from it; usherd(8) names them.
 *
 * Owns nothing. Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* X(identifier, label, is it a fault, sentence). A fault is an ending
 * that took something from the peer or that the peer inflicted on us; the others
 * are the ways in which connections are meant to end. */
#define ENDING_CAUSES(X)                                                                         \
	X(CLIENT_CLOSED, "client_closed", false, "the client closed it")                         \
	X(RESPONSE_CLOSE, "response_close", false, "the response said close")                    \
	X(REQUEST_LIMIT, "request_limit", false, "it reached limits.requests_per_connection")    \
	X(IDLE_TIMEOUT, "idle_timeout", false, "no request came within timeouts.idle")           \
	X(HEAD_TIMEOUT, "head_timeout", true, "a request's head took longer than timeouts.head") \
	X(BODY_TIMEOUT, "body_timeout", true, "no byte of a body came within timeouts.body")     \
	X(WRITE_TIMEOUT, "write_timeout", true, "the peer took no byte within timeouts.write")   \
	X(TOO_SLOW, "too_slow", true, "the client was slower than limits.min_rate")              \
	X(BAD_REQUEST, "bad_request", true, "the request was malformed or not supported")        \
	X(TOO_LARGE, "too_large", true, "the request exceeded a limit")                          \
	X(ADDRESS_LIMIT, "address_limit", true,                                                  \
	    "its address had limits.connections_per_address open")                               \
	X(OVERLOADED, "overloaded", true, "it was turned away at a limit of the server")         \
	X(PROGRAM_CLOSED, "program_closed", false, "the program that serves it closed it")       \
	X(PROGRAM_ABORTED, "program_aborted", true, "the program that serves it aborted it")     \
	X(DRAINED, "drained", false, "the server drains")                                        \
	X(HANDED_OVER, "handed_over", false, "it was handed over to a successor")                \
	X(RESET_BY_PEER, "reset_by_peer", true, "the peer reset it")                             \
	X(RESET_BY_US, "reset_by_us", true, "we closed it with unread input, so it was reset")   \
	X(WRITE_ERROR, "write_error", true, "writing failed")                                    \
	X(READ_ERROR, "read_error", true, "reading failed")                                      \
	X(PEER_LEFT, "peer_left", true, "the peer left in the middle of a request")              \
	X(CUT_SHORT, "cut_short", true, "the answer could not be completed as announced")        \
	X(LINGER_EXPIRED, "linger_expired", true, "the peer's FIN did not follow ours in time")  \
	X(LINGER_OVERFLOW, "linger_overflow", true, "it exceeded a limit of lingering")          \
	X(DRAIN_DEADLINE, "drain_deadline", true, "it was cut by drain.deadline")                \
	X(STOPPED, "stopped", true, "it was cut by an immediate stop")                           \
	X(OUT_OF_MEMORY, "out_of_memory", true, "there was no memory for it")

enum ending_cause {
#define X(identifier, label, is_fault, sentence) ENDING_##identifier,
	ENDING_CAUSES(X)
#undef X
	    ENDING_CAUSE_COUNT
};

/* Whose FIN came first. */
enum ending_first_fin { ENDING_NO_FIN, ENDING_FIN_OURS, ENDING_FIN_PEERS };

struct ending {
	enum ending_cause cause;
	enum ending_first_fin first_fin;
	bool reset_sent;     /* the kernel sent a RST for us: there was unread input at close */
	bool reset_received; /* the peer's RST was seen */
	uint64_t bytes_in;
	uint64_t bytes_out;    /* taken by the kernel, not necessarily by the peer */
	uint64_t bytes_unsent; /* still ours at the close */
	uint64_t requests;
	int64_t age_us;
	/* Asked of the kernel only where the connections' log wants it; else 0. */
	uint64_t bytes_unacknowledged; /* given to the kernel, not yet to the peer */
	uint32_t rtt_us;
	uint32_t retransmits;
	uint32_t queued_ms; /* between the handshake and accept(2), at least */
};

const char *ending_label(enum ending_cause);
const char *ending_sentence(enum ending_cause);
bool ending_is_fault(enum ending_cause);
const char *ending_first_fin_name(enum ending_first_fin);

/* Endings counted by cause, and what the drain's report needs besides. */
struct ending_tally {
	uint64_t by_cause[ENDING_CAUSE_COUNT];
	uint64_t by_first_fin[ENDING_FIN_PEERS + 1];
	uint64_t total;
	uint64_t resets_sent;
	uint64_t resets_received;
	uint64_t bytes_unsent;
};

void ending_count(struct ending_tally *, const struct ending *);
void ending_tally_add(struct ending_tally *sum, const struct ending_tally *);

/* "12 drained, 3 client_closed": the causes that occurred, most frequent first. */
void ending_tally_put(struct text *, const struct ending_tally *);
