/* SPDX-License-Identifier: MIT
 *
 * server: listeners, loops, and the way out, as a program that embeds usher sees them.
 *
 *   usher_server_new ─► add services, listeners ─► usher_server_start ─► usher_server_run
 *                                                                             │ drained
 *                                                      usher_server_free ◄────┘
 *
 * A service is what a listener serves: a stream protocol (usher/stream.h) or HTTP
 * (usher/http.h), under a name. A listener is an address with the name of its service.
 * Each loop is a thread with connections of its own; what a program's functions are called
 * for happens on the loop of the connection, and one loop calls one function at a time.
 *
 * What is handed to the server is copied, but for tables of functions and `arg`, which
 * have to stay until usher_server_free.
 *
 * The log of the library, and that SIGPIPE is ignored, are the process's; all else is the
 * server's. One process may have several servers.
 *
 * Thread: one thread makes, starts, runs and frees a server; the functions that others may
 * call say so.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <usher/api.h>
#include <usher/ending.h>

struct event_base;
struct usher_loop;
struct usher_reload;
struct usher_server;

/* --- Options ------------------------------------------------------------------------ */

/* Times in milliseconds, sizes in bytes. usher.conf(5) says what each means, under the
 * name in brackets, and its range. */
struct usher_server_options {
	size_t size;             /* set by usher_server_options_init */
	unsigned loops;          /* [loops] threads; 0: one for each processor */
	bool leaves_signals;     /* false: SIGTERM, SIGINT and SIGQUIT drain, a second one
				  * stops, SIGUSR1 reopens logs; true: signals are yours */
	const char *log_level;   /* [log.level] "error", "warning", "info", "debug" */
	const char *report;      /* file for the report of the drain (usherd(8)), or NULL */
	int64_t idle_ms;         /* [timeouts.idle] silence in both directions */
	int64_t head_ms;         /* [timeouts.head] */
	int64_t body_ms;         /* [timeouts.body] */
	int64_t write_ms;        /* [timeouts.write] */
	int64_t linger_ms;       /* [timeouts.linger] */
	int64_t answer_ms;       /* for a handler of HTTP to begin or go on with its answer */
	int64_t connections;     /* [limits.connections] of all loops */
	int64_t head_bytes;      /* [limits.head_bytes] */
	int64_t body_bytes;      /* [limits.body_bytes] */
	int64_t output_bytes;    /* [limits.output_bytes] waiting on a connection: see USHER_FULL */
	int64_t input_bytes;     /* that a stream protocol leaves unread: then it ends */
	int64_t drain_notice_ms; /* [drain.notice] */
	int64_t drain_grace_ms;  /* [drain.idle_grace] */
	int64_t drain_deadline_ms; /* [drain.deadline] */
	/* All optional. On the thread of the loop; `arg` is the options'. */
	void (*on_loop_begin)(struct usher_loop *, void *arg); /* before its first connection */
	void (*on_loop_end)(struct usher_loop *, void *arg);   /* after its last */
	void (*on_ending)(struct usher_loop *, const struct usher_ending *, void *arg);
	void *arg;
	/* After usher_server_reload, or SIGHUP; on the thread of usher_server_run. */
	void (*on_reload)(struct usher_server *, const struct usher_reload *, void *arg);
	/* argv of main, borrowed until usher_server_free: see usher_server_upgrade. NULL: there
	 * are no upgrades. */
	char *const *arguments;
};

/* Every member at its default. */
USHER_API void usher_server_options_init(struct usher_server_options *);

/* --- Making ------------------------------------------------------------------------- */

/* NULL options: all at their defaults. The caller frees it with usher_server_free. NULL
 * where there is no memory. What is wrong with the options is told by usher_server_start. */
USHER_API struct usher_server *usher_server_new(const struct usher_server_options *) USHER_CHECKED;

/* Sets any key of usher.conf(5) at the top or in timeouts, limits, drain and log, by its
 * name: ("limits.fields", "50"), ("admin_readonly", "127.0.0.1:9090"). 0;
 * USHER_NOT_FOUND, USHER_INVALID, USHER_NO_MEMORY; USHER_WRONG_STATE once it is started. */
USHER_API int
usher_server_set(struct usher_server *, const char *key, const char *value) USHER_CHECKED;

/* Adds a listener on `address`: ":8080" (every address), "127.0.0.1:0", "[::1]:8080",
 * "unix:/path", for the service of that name. 0; USHER_INVALID, USHER_NO_MEMORY;
 * USHER_WRONG_STATE once it is started. */
USHER_API int
usher_server_listen(struct usher_server *, const char *address, const char *service) USHER_CHECKED;

/* Sets a key of the listener that was added last: ("transport", "seqpacket"), ("mode",
 * "0600"), ("on_peer_fin", "abort"). Results as usher_server_set. */
USHER_API int
usher_server_set_listener(struct usher_server *, const char *key, const char *value) USHER_CHECKED;

/* Why the latest call on this server failed, as a sentence for people; "" where none
 * did. Valid until the next call. Never NULL. */
USHER_API const char *usher_server_error(const struct usher_server *);

/* --- Serving ------------------------------------------------------------------------ */

/* Binds all listeners and starts the loops: clients are served from now on. 0, or a
 * negative errno with a sentence by usher_server_error; nothing is bound then. */
USHER_API int usher_server_start(struct usher_server *) USHER_CHECKED;

/* Starts the server if it is not yet started, and steers it until it has drained. 0: it
 * ended in good order; 1: connections were cut; or a negative errno: it could not be
 * started, or a loop failed. Once. */
USHER_API int usher_server_run(struct usher_server *) USHER_CHECKED;

/* Any thread, and signal handlers: drains: nothing that was accepted is lost, and
 * usher_server_run returns. 0; USHER_WRONG_STATE: it is not started. Again: no effect. */
USHER_API int usher_server_drain(struct usher_server *);

/* Any thread, and signal handlers: ends at once; what is open is cut. Results as above. */
USHER_API int usher_server_stop(struct usher_server *);

/* The address that listener `index`, from 0 in the order of adding, is bound to, as
 * "127.0.0.1:40123", with the port that the kernel chose. Returns its length, as snprintf(3);
 * USHER_NOT_FOUND; USHER_WRONG_STATE before the start. */
USHER_API int
usher_server_address(const struct usher_server *, size_t index, char *buffer, size_t size);

/* What all loops add up to; a little old. Members may be added at the end. */
struct usher_server_figures {
	size_t size; /* set by the caller: sizeof(struct usher_server_figures) */
	uint64_t open;
	uint64_t busy;
	uint64_t idle; /* also parked */
	uint64_t ending;
};

/* Any thread, between start and free. 0, USHER_WRONG_STATE, USHER_INVALID (size). */
USHER_API int
usher_server_figures(const struct usher_server *, struct usher_server_figures *) USHER_CHECKED;

/* Cuts what is still open, ends the loops and frees. No other thread may use it, or hold a
 * request of it, any more.
 * NULL is allowed. */
USHER_API void usher_server_free(struct usher_server *);

/* --- Loops -------------------------------------------------------------------------- */

/* From 0. Any thread. */
USHER_API unsigned usher_loop_index(const struct usher_loop *);

/* The program's own for each loop. The loop's thread. */
USHER_API void usher_loop_set_data(struct usher_loop *, void *data);
USHER_API void *usher_loop_data(const struct usher_loop *);

USHER_API struct usher_server *usher_loop_server(const struct usher_loop *);

/* libevent's base of the loop, for timers and sockets of your own; it has no locks: use it on
 * the loop's thread only. What you add does not keep a draining loop alive, and has to be
 * freed in on_loop_end at the latest. Do not dispatch or break it. NULL on another thread. */
USHER_API struct event_base *usher_loop_base(const struct usher_loop *);

/* Any thread: has `call` called with `arg` on the loop's thread, after whatever runs there
 * now, in the order of posting. 0: it will be called, at the latest before on_loop_end;
 * USHER_ENDED: never; USHER_NO_MEMORY: never. */
USHER_API int usher_loop_post(
    struct usher_loop *, void (*call)(struct usher_loop *, void *arg), void *arg) USHER_CHECKED;
