/* SPDX-License-Identifier: MIT
 *
 * stream: a protocol of your own, over TCP, Unix sockets or whatever else is listened on.
 *
 *   on_open ─► on_data … on_drained … ─► usher_conn_finish ─► on_close
 *                 │ the client's FIN                             ▲
 *                 └► on_peer_fin ────────────────────────────────┘
 *   the server drains: on_drain    a reset, a deadline: on_close alone
 *
 * A connection is the library's from the first call to the last, on_close, after which it
 * is gone. It ends in good order (usher_conn_finish: what was sent arrives, then our FIN, then
 * the client's is waited for) or at once (usher_conn_abort). Both may be called in any
 * function, any number of times.
 *
 * A connection that is silent in both directions for idle_ms, or whose client takes
 * nothing for write_ms, is ended.
 *
 * Thread: everything happens on the loop of the connection; a call from another thread
 * returns USHER_WRONG_THREAD and has no effect, as long as the connection exists.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <usher/api.h>
#include <usher/ending.h>
#include <usher/error.h>
#include <usher/server.h>

struct usher_conn;

/* What a protocol does. `arg` is that of usher_server_add_stream. None of them is called
 * within another of the same connection. All are optional but on_data. */
struct usher_stream_ops {
	size_t size; /* sizeof(struct usher_stream_ops) */
	/* A client is here. */
	void (*on_open)(struct usher_conn *, void *arg);
	/* `len` bytes, at least 1, have come and stand at `data` during the call. Returns how
	 * many were used; the rest is handed in again together with what comes next, and may
	 * not grow above input_bytes: then the connection ends as too_large. */
	size_t (*on_data)(struct usher_conn *, const char *data, size_t len, void *arg);
	/* Output that had to wait is sent, all of it. */
	void (*on_drained)(struct usher_conn *, void *arg);
	/* The client sends nothing more, but may read still. NULL: the connection finishes. */
	void (*on_peer_fin)(struct usher_conn *, void *arg);
	/* The server drains: begin nothing new, and finish soon; what is open at the drain's
	 * deadline is cut. NULL: the connection finishes. */
	void (*on_drain)(struct usher_conn *, void *arg);
	/* The timer of usher_conn_set_timer. */
	void (*on_timer)(struct usher_conn *, void *arg);
	/* The end; always called, once, as the last. Free what is yours here. */
	void (*on_close)(struct usher_conn *, const struct usher_ending *, void *arg);
};

/* Adds the service `name`, which speaks that protocol. `ops` and `arg` are borrowed until
 * usher_server_free. 0; USHER_EXISTS, USHER_INVALID (no name, no on_data), USHER_NO_MEMORY;
 * USHER_WRONG_STATE once it is started. */
USHER_API int usher_server_add_stream(struct usher_server *, const char *name,
    const struct usher_stream_ops *ops, void *arg) USHER_CHECKED;

/* --- Output ----------------------------------------------------------------------------
 *
 * While more than output_bytes wait to be sent, nothing is taken: USHER_FULL, and
 * on_drained is called when all is sent. Reading from the client pauses for so long, too.
 * Results of all three: 0, USHER_FULL, USHER_GONE, USHER_WRONG_THREAD, USHER_INVALID,
 * USHER_NO_MEMORY (the connection has ended). */

/* Sends a copy. */
USHER_API int usher_conn_send(struct usher_conn *, const void *data, size_t len);

/* Sends what stands at `data`, without a copy: it has to stay as it is until `release` was
 * called with `owner`, which happens once, on the loop's thread, whatever the result,
 * perhaps within this call; only with USHER_WRONG_THREAD, USHER_INVALID and USHER_FULL it is not
 * called. NULL release: it stays for ever. */
USHER_API int usher_conn_send_reference(struct usher_conn *, const void *data, size_t len,
    void (*release)(const void *data, size_t len, void *owner), void *owner);

/* Sends `length` bytes of the regular file `fd` from `offset`, by sendfile(2). The descriptor is
 * taken: it is closed when they are sent, or when the connection ends, or within this call;
 * only with USHER_WRONG_THREAD, USHER_INVALID and USHER_FULL it stays yours. A file that
 * shrinks meanwhile cuts the connection. */
USHER_API int usher_conn_send_file(struct usher_conn *, int fd, int64_t offset, int64_t length);

/* Bytes that wait to be sent; 0 on another thread. */
USHER_API size_t usher_conn_unsent(const struct usher_conn *);

/* --- Input ---------------------------------------------------------------------------- */

/* Nothing is read any more, and on_data is not called, until it is resumed. To resume may
 * call on_data at once where bytes wait, unless called within a function of this connection. 0,
 * USHER_GONE, USHER_WRONG_THREAD. */
USHER_API int usher_conn_pause(struct usher_conn *);
USHER_API int usher_conn_resume(struct usher_conn *);

/* --- The end -------------------------------------------------------------------------- */

/* In good order: what was sent goes out, then our FIN; input is read and thrown away until
 * the client's FIN. No function is called any more but on_close. Again: no effect. 0,
 * USHER_WRONG_THREAD. */
USHER_API int usher_conn_finish(struct usher_conn *);

/* At once: what is unsent is lost, and the client may see a reset. 0, USHER_WRONG_THREAD. */
USHER_API int usher_conn_abort(struct usher_conn *);

/* --- What belongs to it --------------------------------------------------------------- */

/* Has on_timer called after `ms` milliseconds, once; replaces what was set. 0: it is not
 * called. 0, USHER_INVALID, USHER_GONE, USHER_WRONG_THREAD, USHER_NO_MEMORY. */
USHER_API int usher_conn_set_timer(struct usher_conn *, int64_t ms);

/* The program's own; NULL at first. The loop's thread. */
USHER_API void usher_conn_set_data(struct usher_conn *, void *data);
USHER_API void *usher_conn_data(const struct usher_conn *);

USHER_API struct usher_loop *usher_conn_loop(const struct usher_conn *);

/* A number that no other connection of the server has or had; the log calls it c17. */
USHER_API uint64_t usher_conn_id(const struct usher_conn *);

/* "192.0.2.1:80", "unix:pid=7,uid=1000". Returns its length, as snprintf(3). */
USHER_API int usher_conn_peer(const struct usher_conn *, char *buffer, size_t size);

/* Whether the server drains, or the listener that it came by. */
USHER_API bool usher_conn_is_draining(const struct usher_conn *);
