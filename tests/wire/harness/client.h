/* SPDX-License-Identifier: MIT
 *
 * client: one side of a dialogue with usherd: connects, sends, and says how the
 * connection has to go on or end.
 *
 * Each expectation waits for what it expects and fails at the deadline. A reset is
 * a failure everywhere but in expect_reset. While a client sends, it also takes
 * what comes in, so that a dialogue never blocks itself.
 *
 * Thread: a test is one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"
#include "failure.h"
#include "response.h"
#include "usherd.h"

struct client;

/* --- Birth and death ---------------------------------------------------- */

/* A connection to the listener of that name. Owned by the test's end. */
struct client *wire_connect(struct usherd *, const char *listener);
/* With a receive buffer (SO_RCVBUF) of about `bytes`, so that little fits into
 * the kernel when the client does not read. */
struct client *wire_connect_narrow(struct usherd *, const char *listener, int bytes);
struct client *wire_connect_to(const struct endpoint *, int receive_buffer);
/* Whether a connection to `endpoint` is refused. */
bool wire_is_refused(const struct endpoint *);

void client_close(struct client *); /* the client is gone after it */
void client_reset(struct client *); /* likewise, with a RST */
void client_end_all(void);
int client_fd(const struct client *);

/* --- Talking ------------------------------------------------------------ */

void send_text(struct client *, const char *text);
void send_bytes(struct client *, const void *data, size_t len);
/* Sends the first `cut` bytes, waits until usherd has read them, sends the rest. */
void send_cut_at(struct client *, const char *data, size_t len, size_t cut);
/* Sends pieces of `piece` bytes, each once usherd has read the one before. Stops
 * where usherd has ended its side meanwhile. */
void send_pieces(struct client *, const char *data, size_t len, size_t piece);
void send_each_byte(struct client *, const char *data, size_t len);
/* Sends as much of it as goes while nothing that comes in is taken; how much. It
 * is full when nothing went for a fifth of a second. */
size_t send_some(struct client *, const char *data, size_t len);
/* Our FIN; the other direction stays open. */
void half_close(struct client *);

/* --- Listening ---------------------------------------------------------- */

/* The final response with `status`; its fields and body are kept for the verbs
 * below. 100 is an expectation of its own, other 1xx are failures. */
void expect_response(struct client *, int status);
/* The same for a response to HEAD: whatever its fields say, no body. */
void expect_response_to_head(struct client *, int status);
/* Only the head; the body is left to expect_bytes, expect_pattern or discard. */
void expect_response_head(struct client *, int status);
/* Any final response; its status. */
int read_response(struct client *);
/* Its head only; its status. */
int read_response_head(struct client *);
struct response *last_response(struct client *);

void expect_field(struct client *, const char *name, const char *value);
void expect_field_with(struct client *, const char *name, const char *part);
void expect_no_field(struct client *, const char *name);
void expect_body(struct client *, const char *text);
void expect_body_with(struct client *, const char *part);

/* Exactly these bytes come next. */
void expect_bytes(struct client *, const void *data, size_t len);
void expect_text(struct client *, const char *text);
/* The next `len` bytes are the pattern (see place.h) from `offset`. */
void expect_pattern(struct client *, size_t len, size_t offset);
/* Takes the next `len` bytes, whatever they are. */
void discard(struct client *, size_t len);
/* Takes what is there, up to `max` bytes, without waiting. How much. */
size_t discard_some(struct client *, size_t max);

/* Waits for the next packet of a socket that keeps messages, and drops it. Its
 * length. */
int receive_packet(struct client *);

/* The next thing is usherd's FIN. */
void expect_fin(struct client *);
/* Whatever bytes come before it are taken. How many they were. */
size_t expect_fin_after_anything(struct client *);
/* No RST came, up to now. */
void expect_no_reset(struct client *);
void expect_reset(struct client *);
/* Nothing comes for a moment: no byte, no FIN. */
void expect_nothing_yet(struct client *);

/* Whether something has come, or comes within `wait_ms`: bytes, or the end. */
bool client_has_input(struct client *, int wait_ms);

/* --- For the harness ---------------------------------------------------- */

/* Waits for more input. False at usherd's FIN. */
bool client_fill(struct client *);
/* What has come in and was not yet taken. */
struct bytes *client_input(struct client *);
bool client_is_reset(const struct client *);

#ifndef WIRE_HARNESS
#define wire_connect(...) (WIRE_HERE(), (wire_connect)(__VA_ARGS__))
#define wire_connect_narrow(...) (WIRE_HERE(), (wire_connect_narrow)(__VA_ARGS__))
#define send_text(...) (WIRE_HERE(), (send_text)(__VA_ARGS__))
#define send_bytes(...) (WIRE_HERE(), (send_bytes)(__VA_ARGS__))
#define send_cut_at(...) (WIRE_HERE(), (send_cut_at)(__VA_ARGS__))
#define send_pieces(...) (WIRE_HERE(), (send_pieces)(__VA_ARGS__))
#define send_each_byte(...) (WIRE_HERE(), (send_each_byte)(__VA_ARGS__))
#define expect_response(...) (WIRE_HERE(), (expect_response)(__VA_ARGS__))
#define expect_response_to_head(...) (WIRE_HERE(), (expect_response_to_head)(__VA_ARGS__))
#define expect_response_head(...) (WIRE_HERE(), (expect_response_head)(__VA_ARGS__))
#define read_response_head(...) (WIRE_HERE(), (read_response_head)(__VA_ARGS__))
#define read_response(...) (WIRE_HERE(), (read_response)(__VA_ARGS__))
#define expect_field(...) (WIRE_HERE(), (expect_field)(__VA_ARGS__))
#define expect_field_with(...) (WIRE_HERE(), (expect_field_with)(__VA_ARGS__))
#define expect_no_field(...) (WIRE_HERE(), (expect_no_field)(__VA_ARGS__))
#define expect_body(...) (WIRE_HERE(), (expect_body)(__VA_ARGS__))
#define expect_body_with(...) (WIRE_HERE(), (expect_body_with)(__VA_ARGS__))
#define expect_bytes(...) (WIRE_HERE(), (expect_bytes)(__VA_ARGS__))
#define expect_text(...) (WIRE_HERE(), (expect_text)(__VA_ARGS__))
#define expect_pattern(...) (WIRE_HERE(), (expect_pattern)(__VA_ARGS__))
#define discard(...) (WIRE_HERE(), (discard)(__VA_ARGS__))
#define receive_packet(...) (WIRE_HERE(), (receive_packet)(__VA_ARGS__))
#define expect_fin(...) (WIRE_HERE(), (expect_fin)(__VA_ARGS__))
#define expect_fin_after_anything(...) (WIRE_HERE(), (expect_fin_after_anything)(__VA_ARGS__))
#define expect_no_reset(...) (WIRE_HERE(), (expect_no_reset)(__VA_ARGS__))
#define expect_reset(...) (WIRE_HERE(), (expect_reset)(__VA_ARGS__))
#define expect_nothing_yet(...) (WIRE_HERE(), (expect_nothing_yet)(__VA_ARGS__))
#endif
