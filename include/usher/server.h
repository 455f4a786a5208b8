/* SPDX-License-Identifier: MIT */
/**
 * @file
 *
 * server: listeners, loops, and the way out, as a program that embeds usher sees them.
 *
 *     usher_server_new ─► add services, listeners ─► usher_server_start ─► usher_server_run
 *                                                                               │ drained
 *                                                        usher_server_free ◄────┘
 *
 * A service is what a listener serves: a stream protocol (usher/stream.h) or HTTP
 * (usher/http.h), under a name. A listener is an address with the name of its service.
 * Each loop is a thread with connections of its own; what a program's functions are called
 * for happens on the loop of the connection, and one loop calls one function at a time.
 *
 * What is handed to the server is copied, but for `arg` and `arguments`, which have to stay
 * until usher_server_free().
 *
 * The log of the library, and that SIGPIPE is ignored, are the process's; all else is the
 * server's. One process may have several servers, of which one hears signals.
 *
 * Thread: one thread at a time makes, starts, runs and frees a server; the functions that
 * others may call say so.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <usher/api.h>
#include <usher/ending.h>
#include <usher/error.h>

struct event_base;
struct usher_loop;
struct usher_reload;
struct usher_server;

/* --- Options ------------------------------------------------------------------------ */

/**
 * What a server is to be like.
 *
 * Times in milliseconds, sizes in bytes. usher.conf(5) says what each means, under the
 * name in brackets, and its range. Members may be added at the end.
 */
struct usher_server_options {
	size_t size;    /**< set by usher_server_options_init() */
	unsigned loops; /**< [loops] threads; 0: one for each processor */
	/** false: SIGTERM, SIGINT and SIGQUIT drain (as usherd(8) says, SIGQUIT leaves to a
	 * service manager what that keeps), and a second one stops, by exit(2) with status 4
	 * where a loop hangs for 3 s; SIGHUP reloads, SIGUSR1 reopens logs, SIGUSR2 upgrades.
	 * true: signals are yours. */
	bool leaves_signals;
	const char *log_level;     /**< [log.level] "error", "warning", "info", "debug" */
	const char *report;        /**< file for the report of the drain (usherd(8)), or NULL */
	int64_t idle_ms;           /**< [timeouts.idle] silence in both directions */
	int64_t head_ms;           /**< [timeouts.head] */
	int64_t body_ms;           /**< [timeouts.body] */
	int64_t write_ms;          /**< [timeouts.write] */
	int64_t linger_ms;         /**< [timeouts.linger] */
	int64_t answer_ms;         /**< for a handler of HTTP to begin or go on with its answer */
	int64_t connections;       /**< [limits.connections] of all loops */
	int64_t head_bytes;        /**< [limits.head_bytes] */
	int64_t body_bytes;        /**< [limits.body_bytes] */
	int64_t output_bytes;      /**< [limits.output_bytes] waiting on a connection: USHER_FULL */
	int64_t input_bytes;       /**< that a stream protocol leaves unread: then it ends */
	int64_t drain_notice_ms;   /**< [drain.notice] */
	int64_t drain_grace_ms;    /**< [drain.idle_grace] */
	int64_t drain_deadline_ms; /**< [drain.deadline] */
	/** The thread of the loop: before its first connection. Optional, as all functions here;
	 * `arg` is the options'. */
	void (*on_loop_begin)(struct usher_loop *loop, void *arg);
	/** The thread of the loop: after its last. */
	void (*on_loop_end)(struct usher_loop *loop, void *arg);
	/** The thread of the loop: a connection has ended. */
	void (*on_ending)(struct usher_loop *loop, const struct usher_ending *ending, void *arg);
	void *arg; /**< the program's own; borrowed */
	/** The thread of usher_server_run(): a reload is over, see usher/file.h. */
	void (*on_reload)(
	    struct usher_server *server, const struct usher_reload *reload, void *arg);
	/** argv of main, borrowed: see usher_server_upgrade(). NULL: there are no upgrades. */
	char *const *arguments;
};

/**
 * Sets every member that the program knows at its default: what usher_server_options_init()
 * calls.
 *
 * Any thread.
 *
 * @param options to be set
 * @param size    sizeof(*options) as the program was compiled with
 */
USHER_API void usher_server_options_fill(struct usher_server_options *options, size_t size);

/**
 * Sets every member at its default.
 *
 * Any thread.
 *
 * @param options to be set
 */
static inline void
usher_server_options_init(struct usher_server_options *options)
{
	usher_server_options_fill(options, sizeof(*options));
}

/* --- Making ------------------------------------------------------------------------- */

/**
 * Makes a server, which does nothing yet.
 *
 * @param options copied; NULL: all at their defaults. What is wrong with them is told by
 *                usher_server_start().
 * @return a server, which the caller frees with usher_server_free(); NULL where there is no
 *         memory
 */
USHER_API struct usher_server *
usher_server_new(const struct usher_server_options *options) USHER_CHECKED;

/**
 * Sets any key of usher.conf(5) at the top or in timeouts, limits, drain, upgrade and log.
 *
 * @param server not yet started
 * @param key    its name: "limits.fields", "admin_readonly"
 * @param value  as in a file, without quotes: "50", "127.0.0.1:9090"
 * @return 0; USHER_NOT_FOUND: there is no such key; USHER_INVALID: it cannot have that value;
 *         USHER_NO_MEMORY; USHER_WRONG_STATE once it is started
 */
USHER_API int
usher_server_set(struct usher_server *server, const char *key, const char *value) USHER_CHECKED;

/**
 * Adds a listener.
 *
 * @param server  not yet started
 * @param address ":8080" (every address), "127.0.0.1:0", "[::1]:8080", "localhost:80",
 *                "unix:/path"; port 0: the kernel chooses, usher_server_address() tells
 * @param service the name of what it serves, which may be added later
 * @return 0; USHER_INVALID; USHER_NO_MEMORY; USHER_WRONG_STATE once it is started
 */
USHER_API int usher_server_listen(
    struct usher_server *server, const char *address, const char *service) USHER_CHECKED;

/**
 * Sets a key of the listener that was added last.
 *
 * @param server not yet started
 * @param key    its name in listener { } of usher.conf(5): "transport", "mode", "on_peer_fin"
 * @param value  as in a file, without quotes: "seqpacket", "0600", "abort"
 * @return as usher_server_set(); also USHER_WRONG_STATE: no listener was added yet
 */
USHER_API int usher_server_set_listener(
    struct usher_server *server, const char *key, const char *value) USHER_CHECKED;

/**
 * Says why the latest call on this server failed.
 *
 * @param server the server
 * @return a sentence for people, until the next call; "" where none failed. Never NULL.
 */
USHER_API const char *usher_server_error(const struct usher_server *server);

/* --- Serving ------------------------------------------------------------------------ */

/**
 * Binds all listeners and starts the loops: clients are served from now on.
 *
 * Where it fails by something else than its configuration, the server can only be freed.
 *
 * @param server not yet started
 * @return 0; USHER_INVALID: the configuration is wrong; USHER_WRONG_STATE; USHER_NO_MEMORY; or
 *         another negative errno(3) value: a listener cannot be bound, or there is no thread.
 *         usher_server_error() says which; nothing is bound then.
 */
USHER_API int usher_server_start(struct usher_server *server) USHER_CHECKED;

/**
 * Starts the server if it is not yet started, and steers it until it has drained. Once.
 *
 * @param server not yet run
 * @return 0: it ended in good order; 1: connections were cut; USHER_ENDED: a loop failed;
 *         USHER_WRONG_STATE: it ran already; or as usher_server_start()
 */
USHER_API int usher_server_run(struct usher_server *server) USHER_CHECKED;

/**
 * Drains: nothing that was accepted is lost, and usher_server_run() returns. Again: no effect.
 *
 * Any thread, and signal handlers.
 *
 * @param server started
 * @return 0; USHER_WRONG_STATE: it is not started; USHER_INVALID
 */
USHER_API int usher_server_drain(struct usher_server *server);

/**
 * Ends at once; what is open is cut.
 *
 * Any thread, and signal handlers.
 *
 * @param server started
 * @return as usher_server_drain()
 */
USHER_API int usher_server_stop(struct usher_server *server);

/**
 * Tells the address that a listener is bound to, with the port that the kernel chose.
 *
 * Any thread.
 *
 * @param server started
 * @param index  of the listener, from 0 in the order of adding; those of a file come first
 * @param buffer gets the text, "127.0.0.1:40123", cut if need be, and NUL
 * @param size   of the buffer; 0: nothing is written
 * @return the length of the text, as snprintf(3); USHER_NOT_FOUND: there are fewer listeners;
 *         USHER_WRONG_STATE before the start; USHER_INVALID
 */
USHER_API int
usher_server_address(const struct usher_server *server, size_t index, char *buffer, size_t size);

/** What all loops add up to; a little old. Members may be added at the end. */
struct usher_server_figures {
	size_t size;     /**< set by the caller: sizeof(struct usher_server_figures) */
	uint64_t open;   /**< connections: the sum of the three below */
	uint64_t busy;   /**< with a request in progress, or of a stream protocol */
	uint64_t idle;   /**< between two requests, or parked */
	uint64_t ending; /**< that send their last bytes, or wait for the client's FIN */
};

/**
 * Tells how many connections there are.
 *
 * Any thread, between start and free.
 *
 * @param server  started
 * @param figures with its size set; gets the rest
 * @return 0; USHER_WRONG_STATE before the start; USHER_INVALID: the size is none
 */
USHER_API int usher_server_figures(
    const struct usher_server *server, struct usher_server_figures *figures) USHER_CHECKED;

/**
 * Cuts what is still open, ends the loops and frees. No other thread may use it, or hold a
 * request of it, any more. Not within usher_server_run(), and not on a loop.
 *
 * @param server NULL is allowed
 */
USHER_API void usher_server_free(struct usher_server *server);

/* --- Loops -------------------------------------------------------------------------- */

/**
 * Tells a loop's number.
 *
 * Any thread.
 *
 * @param loop the loop
 * @return from 0; no other loop of the server has it meanwhile
 */
USHER_API unsigned usher_loop_index(const struct usher_loop *loop);

/**
 * Keeps the program's own for a loop. The loop's thread; on another one it has no effect.
 *
 * @param loop the loop
 * @param data borrowed; the program frees it, in on_loop_end say
 */
USHER_API void usher_loop_set_data(struct usher_loop *loop, void *data);

/**
 * Gives what was kept. The loop's thread.
 *
 * @param loop the loop
 * @return that; NULL at first, and on another thread
 */
USHER_API void *usher_loop_data(const struct usher_loop *loop);

/**
 * Tells whose loop it is.
 *
 * Any thread.
 *
 * @param loop the loop
 * @return its server
 */
USHER_API struct usher_server *usher_loop_server(const struct usher_loop *loop);

/**
 * Gives libevent's base of the loop, for timers and sockets of your own.
 *
 * It has no locks: use it on the loop's thread only. What you add does not keep a draining
 * loop alive, and has to be freed in on_loop_end at the latest. Do not dispatch or break it.
 *
 * @param loop the loop
 * @return its base, until on_loop_end has returned; NULL on another thread
 */
USHER_API struct event_base *usher_loop_base(const struct usher_loop *loop);

/**
 * Has a function called on the loop's thread, after whatever runs there now, in the order of
 * posting.
 *
 * Any thread, until on_loop_end has returned.
 *
 * @param loop the loop
 * @param call what is called
 * @param arg  is handed to it; the program's
 * @return 0: it will be called, at the latest before on_loop_end; USHER_ENDED: the loop ends, and
 *         calls what it has taken before as its last; USHER_NO_MEMORY; USHER_INVALID: never
 */
USHER_API int usher_loop_post(struct usher_loop *loop,
    void (*call)(struct usher_loop *loop, void *arg), void *arg) USHER_CHECKED;
