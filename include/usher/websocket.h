/* SPDX-License-Identifier: MIT */
/**
 * @file
 *
 * websocket: WebSocket (RFC 6455, version 13, without extensions) on a connection that
 * began with HTTP.
 *
 *     on_request: usher_websocket_accept ─► on_open ─► on_message … ─► on_close
 *
 * The library does the handshake, unmasks, puts fragments together, checks UTF-8, answers pings
 * and close frames, and ends the connection with the right code where a client breaks the
 * protocol. What is sent goes as one frame for each message.
 *
 * A connection on which nothing is sent or received for idle_ms is ended; a client that keeps
 * it open sends pings, or the program does (usher_websocket_ping()).
 *
 * Thread: the loop's of the connection. As long as it exists, a call from another thread has no
 * effect: it returns USHER_WRONG_THREAD, or nothing where it returns no error.
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

/** How it ended; valid during the call. Members may be added at the end. */
struct usher_websocket_end {
	unsigned code; /**< the client's, or ours where we failed it; 1005: none, 1006: no close */
	const char *reason;                /**< the client's; UTF-8, "" where there is none */
	const struct usher_ending *ending; /**< of the connection */
};

/** What a program does. None of them is called within another of the same connection. */
struct usher_websocket_ops {
	size_t size;        /**< sizeof(struct usher_websocket_ops) */
	size_t max_message; /**< bytes; a longer one ends it with 1009; 0: 64 KiB */
	/** The handshake is done. */
	void (*on_open)(struct usher_websocket *websocket, void *arg);
	/** A whole message, valid during the call; text is UTF-8, and not terminated. Needed. */
	void (*on_message)(struct usher_websocket *websocket, bool is_text, const char *data,
	    size_t len, void *arg);
	/** Output that had to wait is sent. */
	void (*on_drained)(struct usher_websocket *websocket, void *arg);
	/** The server drains: close soon. NULL: it is closed with 1001. */
	void (*on_drain)(struct usher_websocket *websocket, void *arg);
	/** The end; always called, once, as the last, also where it came before on_open. Free
	 * what is yours here. */
	void (*on_close)(
	    struct usher_websocket *websocket, const struct usher_websocket_end *end, void *arg);
};

/**
 * Answers the request with 101 and goes on as WebSocket; fields that were added to the answer
 * (Sec-WebSocket-Protocol) go along. The request is over with it.
 *
 * @param request whose answer has not begun
 * @param ops     copied
 * @param arg     borrowed until on_close has returned; handed to each of them
 * @return 0; USHER_INVALID: the request does not ask for it, and was answered with 400 or 426, or
 *         the ops are wrong, and it was not; USHER_GONE; USHER_WRONG_STATE; USHER_WRONG_THREAD;
 *         USHER_NO_MEMORY
 */
USHER_API int usher_websocket_accept(
    struct usher_request *request, const struct usher_websocket_ops *ops, void *arg) USHER_CHECKED;

/**
 * Sends a message, copied.
 *
 * @param websocket the connection
 * @param is_text   whether it is text, which has to be UTF-8
 * @param data      the message; the caller's
 * @param len       bytes
 * @return 0; USHER_FULL: more than output_bytes wait, and on_drained will be called; USHER_GONE;
 *         USHER_INVALID; USHER_WRONG_STATE: it is being closed; USHER_WRONG_THREAD;
 *         USHER_NO_MEMORY
 */
USHER_API int
usher_websocket_send(struct usher_websocket *websocket, bool is_text, const void *data, size_t len);

/**
 * Sends a ping.
 *
 * @param websocket the connection
 * @param data      what it carries; the caller's
 * @param len       bytes, at most 125
 * @return as usher_websocket_send()
 */
USHER_API int usher_websocket_ping(struct usher_websocket *websocket, const void *data, size_t len);

/**
 * Sends a close frame, waits for the client's, and ends. Again: no effect.
 *
 * @param websocket the connection
 * @param code      of RFC 6455 7.4; 1000: all is well
 * @param reason    at most 123 bytes of UTF-8, or NULL
 * @return 0; USHER_INVALID; USHER_GONE; USHER_WRONG_THREAD
 */
USHER_API int
usher_websocket_close(struct usher_websocket *websocket, unsigned code, const char *reason);

/**
 * Keeps the program's own for a connection.
 *
 * @param websocket the connection
 * @param data      borrowed; the program frees it, in on_close say
 */
USHER_API void usher_websocket_set_data(struct usher_websocket *websocket, void *data);

/**
 * Gives what was kept.
 *
 * @param websocket the connection
 * @return that; NULL at first, and on another thread
 */
USHER_API void *usher_websocket_data(const struct usher_websocket *websocket);

/**
 * Tells the loop of a connection. Any thread, as long as the connection exists.
 *
 * @param websocket the connection
 * @return its loop, the library's
 */
USHER_API struct usher_loop *usher_websocket_loop(const struct usher_websocket *websocket);

/**
 * Tells a connection's number, as usher_conn_id(). Any thread, as long as the connection exists.
 *
 * @param websocket the connection
 * @return a number that no other connection of the server has or had
 */
USHER_API uint64_t usher_websocket_id(const struct usher_websocket *websocket);
