/* SPDX-License-Identifier: MIT
 *
 * websocket: WebSocket (RFC 6455, version 13, without extensions) on a connection that
 * began with HTTP.
 *
 *   on_request: usher_websocket_accept ─► on_open ─► on_message … ─► on_close
 *
 * The library does the handshake, unmasks, puts fragments together, checks UTF-8, answers pings
 * and close frames, and ends the connection with the right code where a client breaks the
 * protocol. What is sent goes as one frame for each message.
 *
 * A connection on which nothing is sent or received for idle_ms is ended; a client that keeps
 * it open sends pings, or the program does (usher_websocket_ping).
 *
 * Thread: the loop's; from another one calls return USHER_WRONG_THREAD, as long as it exists.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <usher/api.h>
#include <usher/ending.h>
#include <usher/error.h>
#include <usher/http.h>

struct usher_websocket;

/* How it ended. Members may be added at the end. */
struct usher_websocket_end {
	unsigned code; /* the client's, or ours where we failed it; 1005: none, 1006: no close */
	const char *reason; /* the client's; UTF-8, "" where there is none */
	const struct usher_ending *ending;
};

/* What a program does. None of them is called within another of the same connection. */
struct usher_websocket_ops {
	size_t size;        /* sizeof(struct usher_websocket_ops) */
	size_t max_message; /* bytes; a longer one ends it with 1009; 0: 64 KiB */
	void (*on_open)(struct usher_websocket *, void *arg);
	/* A whole message, valid during the call; text is UTF-8, and not terminated. Needed. */
	void (*on_message)(
	    struct usher_websocket *, bool is_text, const char *data, size_t len, void *arg);
	/* Output that had to wait is sent. */
	void (*on_drained)(struct usher_websocket *, void *arg);
	/* The server drains: close soon. NULL: it is closed with 1001. */
	void (*on_drain)(struct usher_websocket *, void *arg);
	/* The end; always called, once, as the last; also where it came before on_open. */
	void (*on_close)(struct usher_websocket *, const struct usher_websocket_end *, void *arg);
};

/* Answers the request with 101 and goes on as WebSocket; fields that were added to the answer
 * (Sec-WebSocket-Protocol) go along. `ops` and `arg` are borrowed until usher_server_free.
 * 0; USHER_INVALID: the request does not ask for it, and was answered with 400 or 426, or the
 * ops are wrong, and it was not; USHER_GONE, USHER_WRONG_STATE, USHER_WRONG_THREAD,
 * USHER_NO_MEMORY. */
USHER_API int usher_websocket_accept(
    struct usher_request *, const struct usher_websocket_ops *ops, void *arg) USHER_CHECKED;

/* Sends a message, copied. Text has to be UTF-8. 0, USHER_FULL, USHER_GONE, USHER_INVALID,
 * USHER_WRONG_STATE (it is being closed), USHER_WRONG_THREAD, USHER_NO_MEMORY. */
USHER_API int
usher_websocket_send(struct usher_websocket *, bool is_text, const void *data, size_t len);

/* Sends a ping of at most 125 bytes. Results as above. */
USHER_API int usher_websocket_ping(struct usher_websocket *, const void *data, size_t len);

/* Sends a close frame with `code` (1000: all is well) and `reason` (at most 123 bytes of UTF-8,
 * or NULL), waits for the client's, and ends. Again: no effect. 0, USHER_INVALID, USHER_GONE,
 * USHER_WRONG_THREAD. */
USHER_API int usher_websocket_close(struct usher_websocket *, unsigned code, const char *reason);

/* The program's own; NULL at first. */
USHER_API void usher_websocket_set_data(struct usher_websocket *, void *data);
USHER_API void *usher_websocket_data(const struct usher_websocket *);
USHER_API struct usher_loop *usher_websocket_loop(const struct usher_websocket *);
USHER_API uint64_t usher_websocket_id(const struct usher_websocket *);
