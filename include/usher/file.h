/* SPDX-License-Identifier: MIT */
/**
 * @file
 *
 * file: a server that is configured by a file (usher.conf(5)) and lives as a daemon does:
 * it is checked, reloaded and replaced by its successor. usherd is a program on these calls.
 *
 *     usher_server_new ─► usher_server_load ─► usher_server_check ─► usher_server_run
 *                              ▲                                          │
 *                              └──── usher_server_reload, SIGHUP ◄────────┘
 *
 * What the program adds by calls (keys, listeners, services and routes of its own) comes on
 * top of what the file says, anew after each reload. So a listener of the file may name a
 * stream service of the program's, and a service of the file may have routes that the program
 * answers; a name that both define is a mistake, which is told.
 *
 * Of the options, those that have a name of usher.conf(5) in brackets are the file's then;
 * usher_server_set() overrules it.
 *
 * What a service manager passes on (sockets by name, a watchdog, whom to notify) is taken by
 * usher_server_start(), as usherd(8) says.
 *
 * Thread: that of the server, but for what says otherwise.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <usher/api.h>
#include <usher/server.h>

/** Where a configuration comes from, now and at each reload. */
struct usher_source {
	size_t size;           /**< sizeof(struct usher_source) */
	const char *file;      /**< of usher.conf(5); NULL: none */
	bool may_be_missing;   /**< a file that does not exist is as none */
	const char *directory; /**< Without a file: 127.0.0.1:8080 serves the files of this
				* directory; NULL: a page of welcome. */
	/** Listened on in place of what is configured, as of usher_server_listen(); each serves
	 * what the first listener there did. */
	const char *const *addresses;
	size_t address_count; /**< how many; 0: those of the configuration */
};

/**
 * Reads a configuration. What calls have said of it comes on top.
 *
 * Nothing is bound, and nothing outside the process is changed. Called again it replaces what
 * was loaded before. On failure the server is as it was.
 *
 * @param server not yet started
 * @param source copied
 * @return 0; USHER_INVALID: the file is wrong, or the arguments are: usher_server_problem() has
 *         every mistake that was found; another negative errno(3) value: the file cannot be
 *         read; USHER_NO_MEMORY; USHER_WRONG_STATE once it is started
 */
USHER_API int
usher_server_load(struct usher_server *server, const struct usher_source *source) USHER_CHECKED;

/**
 * Checks the configuration as a whole and against the machine, as usher_server_start() does:
 * two listeners on one address, a directory that is missing, a service that does not exist.
 *
 * Reads, and changes nothing. Warnings are for the caller to tell then; who starts without it
 * has them in the log.
 *
 * @param server not yet started; also one without a file
 * @return 0; USHER_INVALID, with the mistakes by usher_server_problem(); USHER_WRONG_STATE once
 *         it is started
 */
USHER_API int usher_server_check(struct usher_server *server) USHER_CHECKED;

/**
 * Tells what usher_server_load() and usher_server_check() have found, in the order of the file.
 *
 * @param server         the server
 * @param index          of the line, from 0
 * @param ret_is_warning whether the configuration can be used all the same; may be NULL
 * @return "FILE:LINE: what is wrong", or without a place where there is none, until the next
 *         call; NULL: there are no more
 */
USHER_API const char *
usher_server_problem(struct usher_server *server, size_t index, bool *ret_is_warning);

/**
 * Tells what the configuration was read from.
 *
 * @param server the server
 * @return the name of the file; "(built in)" without one; "(program)" before
 *         usher_server_load(); "" once it is started. Until the next call. Never NULL.
 */
USHER_API const char *usher_server_origin(const struct usher_server *server);

/**
 * Writes the configuration as a file that says the same, with every key; what the program adds
 * of its own is a comment.
 *
 * @param server not yet started
 * @param stream where to; it is flushed
 * @return 0; USHER_INVALID; USHER_WRONG_STATE once it is started; or the negative errno(3) value
 *         of the write
 */
USHER_API int usher_server_print(struct usher_server *server, FILE *stream) USHER_CHECKED;

/** What became of a reload; valid during the call. Members may be added at the end. */
struct usher_reload {
	bool is_ok;                  /**< false: nothing was changed */
	uint64_t generation;         /**< of the configuration in force; 1 is that of the start */
	const char *const *errors;   /**< sentences, with file and line */
	size_t error_count;          /**< how many */
	const char *const *warnings; /**< likewise */
	size_t warning_count;        /**< how many */
};

/**
 * Reads the configuration again, and serves it if nothing is wrong with it: sockets whose
 * address stays keep their queue and their connections, requests in progress finish as they
 * began. on_reload of the options tells what became of it, and the log does.
 *
 * Any thread, and signal handlers.
 *
 * @param server started, and loaded from a file
 * @return 0: it is asked for; USHER_WRONG_STATE: it is not started, or nothing was loaded;
 *         USHER_INVALID
 */
USHER_API int usher_server_reload(struct usher_server *server);

/**
 * Starts the program that is there now by the same arguments, which takes this one's place:
 * listening sockets and, as they become idle, connections of HTTP. Those of a protocol of the
 * program's own stay here and are told to drain. Then usher_server_run() returns. A successor
 * that fails changes nothing; the log tells.
 *
 * Any thread, and signal handlers.
 *
 * @param server started; with `arguments` in its options
 * @return 0: it is asked for; USHER_WRONG_STATE: it is not started, or has no arguments;
 *         USHER_INVALID
 */
USHER_API int usher_server_upgrade(struct usher_server *server);

/**
 * Opens the log files again, after a rotation moved them.
 *
 * Any thread, and signal handlers.
 *
 * @param server started
 * @return 0: it is asked for; USHER_WRONG_STATE: it is not started; USHER_INVALID
 */
USHER_API int usher_server_reopen_logs(struct usher_server *server);
