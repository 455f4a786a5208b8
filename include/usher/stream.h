/* SPDX-License-Identifier: MIT */
/**
 * @file
 *
 * stream: a protocol of your own, over TCP, Unix sockets or whatever else is listened on.
 *
 *     on_open ─► on_data … on_drained … ─► usher_conn_finish ─► on_close
 *                   │ the client's FIN                             ▲
 *                   └► on_peer_fin ────────────────────────────────┘
 *     the server drains: on_drain    a reset, a deadline: on_close alone
 *
 * A connection is the library's from the first call to the last, on_close, after which it
 * is gone. It ends in good order (usher_conn_finish(): what was sent arrives, then our FIN, then
 * the client's is waited for) or at once (usher_conn_abort()). Both may be called in any
 * function, any number of times.
 *
 * A connection that is silent in both directions for idle_ms, or whose client takes
 * nothing for write_ms, is ended.
 *
 * Thread: everything happens on the loop of the connection. As long as the connection exists, a
 * call from another thread has no effect: it returns USHER_WRONG_THREAD, or nothing where it
 * returns no error.
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

/**
 * What a protocol does. `arg` is that of usher_server_add_stream(). None of them is called
 * within another of the same connection. All are optional but on_data.
 */
struct usher_stream_ops {
	size_t size; /**< sizeof(struct usher_stream_ops) */
	/** A client is here. */
	void (*on_open)(struct usher_conn *conn, void *arg);
	/** `len` bytes, at least 1, have come and stand at `data` during the call. Returns how
	 * many were used; the rest is handed in again together with what comes next, and may
	 * not grow above input_bytes: then the connection ends as too_large. */
	size_t (*on_data)(struct usher_conn *conn, const char *data, size_t len, void *arg);
	/** Output that had to wait is sent, all of it. */
	void (*on_drained)(struct usher_conn *conn, void *arg);
	/** The client sends nothing more, but may read still. NULL: the connection finishes. */
	void (*on_peer_fin)(struct usher_conn *conn, void *arg);
	/** The server drains: begin nothing new, and finish soon; what is open at the drain's
	 * deadline is cut. NULL: the connection finishes. */
	void (*on_drain)(struct usher_conn *conn, void *arg);
	/** The timer of usher_conn_set_timer(). */
	void (*on_timer)(struct usher_conn *conn, void *arg);
	/** The end; always called, once, as the last. Free what is yours here. */
	void (*on_close)(struct usher_conn *conn, const struct usher_ending *ending, void *arg);
};

/**
 * Adds a service that speaks a protocol of the program's.
 *
 * @param server not yet started; its thread
 * @param name   of the service, for listeners
 * @param ops    copied
 * @param arg    borrowed until usher_server_free(); handed to each of them
 * @return 0; USHER_EXISTS: there is a service of that name; USHER_INVALID: no name, no on_data, no
 *         size; USHER_NO_MEMORY; USHER_WRONG_STATE once it is started
 */
USHER_API int usher_server_add_stream(struct usher_server *server, const char *name,
    const struct usher_stream_ops *ops, void *arg) USHER_CHECKED;

/* --- Output ----------------------------------------------------------------------------
 *
 * While more than output_bytes wait to be sent, nothing is taken: USHER_FULL, and
 * on_drained is called when all is sent. Reading from the client pauses for so long, too. */

/**
 * Sends a copy.
 *
 * @param conn the connection
 * @param data the bytes; the caller's
 * @param len  how many; 0: nothing happens
 * @return 0: they are taken; USHER_FULL: more than output_bytes wait, and on_drained will be
 *         called; USHER_GONE; USHER_WRONG_THREAD; USHER_INVALID; USHER_NO_MEMORY: the connection
 *         has ended
 */
USHER_API int usher_conn_send(struct usher_conn *conn, const void *data, size_t len);

/**
 * Sends what stands elsewhere, without a copy: it has to stay as it is until it is released.
 *
 * @param conn    the connection
 * @param data    the bytes
 * @param len     how many
 * @param release called with `owner`, once, on the loop's thread, whatever the result, perhaps
 *                within this call; only with USHER_WRONG_THREAD, USHER_INVALID and USHER_FULL it
 *                is not called. NULL: the bytes stay for ever.
 * @param owner   handed to it
 * @return as usher_conn_send()
 */
USHER_API int usher_conn_send_reference(struct usher_conn *conn, const void *data, size_t len,
    void (*release)(const void *data, size_t len, void *owner), void *owner);

/**
 * Sends a part of a regular file, by sendfile(2). A file that shrinks meanwhile cuts the
 * connection.
 *
 * @param conn   the connection
 * @param fd     is taken: it is closed when the bytes are sent, or when the connection ends, or
 *               within this call; only with USHER_WRONG_THREAD, USHER_INVALID and USHER_FULL it
 *               stays yours
 * @param offset of the first byte
 * @param length bytes
 * @return as usher_conn_send()
 */
USHER_API int usher_conn_send_file(struct usher_conn *conn, int fd, int64_t offset, int64_t length);

/**
 * Tells how much waits to be sent.
 *
 * @param conn the connection
 * @return bytes; 0 on another thread
 */
USHER_API size_t usher_conn_unsent(const struct usher_conn *conn);

/* --- Input ---------------------------------------------------------------------------- */

/**
 * Nothing is read any more, and on_data is not called, until it is resumed.
 *
 * @param conn the connection
 * @return 0; USHER_GONE; USHER_WRONG_THREAD; USHER_INVALID
 */
USHER_API int usher_conn_pause(struct usher_conn *conn);

/**
 * Reads again. Where bytes wait, on_data may be called at once, unless this is called within a
 * function of the connection.
 *
 * @param conn the connection
 * @return 0; USHER_GONE; USHER_WRONG_THREAD; USHER_INVALID
 */
USHER_API int usher_conn_resume(struct usher_conn *conn);

/* --- The end -------------------------------------------------------------------------- */

/**
 * Ends in good order: what was sent goes out, then our FIN; input is read and thrown away until
 * the client's FIN. No function is called any more but on_close. Again: no effect.
 *
 * @param conn the connection
 * @return 0; USHER_WRONG_THREAD; USHER_INVALID
 */
USHER_API int usher_conn_finish(struct usher_conn *conn);

/**
 * Ends at once: what is unsent is lost, and the client may see a reset.
 *
 * @param conn the connection
 * @return 0; USHER_WRONG_THREAD; USHER_INVALID
 */
USHER_API int usher_conn_abort(struct usher_conn *conn);

/* --- What belongs to it --------------------------------------------------------------- */

/**
 * Has on_timer called, once; replaces what was set.
 *
 * @param conn the connection
 * @param ms   milliseconds from now; 0: it is not called
 * @return 0; USHER_INVALID: it is negative; USHER_GONE; USHER_WRONG_THREAD; USHER_NO_MEMORY
 */
USHER_API int usher_conn_set_timer(struct usher_conn *conn, int64_t ms);

/**
 * Keeps the program's own for a connection.
 *
 * @param conn the connection
 * @param data borrowed; the program frees it, in on_close say
 */
USHER_API void usher_conn_set_data(struct usher_conn *conn, void *data);

/**
 * Gives what was kept.
 *
 * @param conn the connection
 * @return that; NULL at first, and on another thread
 */
USHER_API void *usher_conn_data(const struct usher_conn *conn);

/**
 * Tells the loop of a connection. Any thread, as long as the connection exists.
 *
 * @param conn the connection
 * @return its loop, the library's
 */
USHER_API struct usher_loop *usher_conn_loop(const struct usher_conn *conn);

/**
 * Tells a connection's number; the log calls it c17. Any thread, as long as the connection
 * exists.
 *
 * @param conn the connection
 * @return a number that no other connection of the server has or had
 */
USHER_API uint64_t usher_conn_id(const struct usher_conn *conn);

/**
 * Tells who the client is.
 *
 * @param conn   the connection
 * @param buffer gets the text, "192.0.2.1:80" or "unix:pid=7,uid=1000", cut if need be, and NUL
 * @param size   of the buffer; 0: nothing is written
 * @return the length of the text, as snprintf(3); USHER_WRONG_THREAD; USHER_INVALID
 */
USHER_API int usher_conn_peer(const struct usher_conn *conn, char *buffer, size_t size);

/**
 * Tells whether the server drains, or the listener that the connection came by.
 *
 * @param conn the connection
 * @return whether it does; false on another thread
 */
USHER_API bool usher_conn_is_draining(const struct usher_conn *conn);
