/* SPDX-License-Identifier: MIT
 *
 * rogue: a server that misbehaves exactly as told, for clients to be tested
 * against. It serves one connection after the other, each by a script of steps:
 *
 *   static const struct rogue_step cut[] = {
 *           { ROGUE_REQUEST }, { ROGUE_SEND, "HTTP/1.1 200 OK\r\nConte" }, { ROGUE_FIN },
 *           { ROGUE_END } };
 *
 * Owns a process, which dies with the test. Thread: a test is one thread.
 */
#pragma once

#include <stdint.h>

#include "failure.h"

enum rogue_do {
	ROGUE_END,     /* closes: what was not read makes that a RST */
	ROGUE_REQUEST, /* reads a head, up to its empty line */
	ROGUE_BYTES,   /* reads as many bytes as `text` has characters */
	ROGUE_SEND,    /* `text` */
	ROGUE_HOLD,    /* likewise, but only together with what comes next: more, or the FIN */
	ROGUE_FIN,     /* ends its side, then reads to the client's end and closes */
	ROGUE_RESET,   /* ends the connection with a RST */
	ROGUE_TELL,    /* the test hears of it: rogue_await */
	ROGUE_AWAIT,   /* reads until the client ends the connection */
	ROGUE_AGAIN    /* from the first step */
};

struct rogue_step {
	enum rogue_do what;
	const char *text;
};

/* A whole answer that keeps the connection open, and one that ends it. */
#define ROGUE_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define ROGUE_LAST_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"

/* Serves the first connection by `first`, all others by `others`; NULL: answers each
 * request with ROGUE_ANSWER. On 127.0.0.1; its port. Ended with the program's end. */
uint16_t rogue_start(const struct rogue_step *first, const struct rogue_step *others);
/* The same for each connection to a Unix socket of that type, at `path` with @dir@. */
void rogue_start_unix(const char *path, int type, const struct rogue_step *script);
/* Waits until a rogue came to a ROGUE_TELL. */
void rogue_await(void);
/* A port that nobody listens on, and nobody else will. */
uint16_t rogue_closed_port(void);
/* A port whose listener lets no further handshake finish. */
uint16_t rogue_full_port(void);

#ifndef WIRE_HARNESS
#define rogue_start(...) (WIRE_HERE(), (rogue_start)(__VA_ARGS__))
#define rogue_start_unix(...) (WIRE_HERE(), (rogue_start_unix)(__VA_ARGS__))
#define rogue_await() (WIRE_HERE(), (rogue_await)())
#define rogue_closed_port() (WIRE_HERE(), (rogue_closed_port)())
#define rogue_full_port() (WIRE_HERE(), (rogue_full_port)())
#endif
