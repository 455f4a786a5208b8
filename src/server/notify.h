/* SPDX-License-Identifier: MIT
 *
 * notify: tells the service manager how the server is, by sd_notify(3)'s
 * protocol: a datagram of lines to the socket that $NOTIFY_SOCKET names (a path,
 * or '@' and a name of the abstract space).
 *
 * Without a service manager every call does nothing. What cannot be told is
 * lost: no service waits for it.
 *
 * Owns its socket. Thread: notify_send any, the rest the main one.
 */
#pragma once

#include <stddef.h>

/* The most descriptors that go along with one message: what the kernel passes at a time
 * (SCM_MAX_FD, unix(7)). */
#define NOTIFY_FDS_MAX 253

struct notify {
	int fd; /* -1: nobody listens */
};

/* Reads the environment and takes the variable out of it, so that no child
 * speaks for us. */
void notify_open(struct notify *);
void notify_close(struct notify *);

/* A reload begins; READY=1 tells its end, whatever became of it. Says since when,
 * which Type=notify-reload asks for (sd_notify(3)). */
void notify_reloading(const struct notify *);

/* Sends `lines` with `count` descriptors, which stay the caller's. Where there is no room in
 * the socket it is waited for, a second at most. 0, or a negative errno: -ENOTCONN where
 * nobody listens. */
int notify_send_fds(const struct notify *, const char *lines, const int *fds, size_t count)
    __attribute__((warn_unused_result));

/* Sends lines made by `format`, separated by newlines: "READY=1\nSTATUS=…". */
void
notify_send(const struct notify *, const char *format, ...) __attribute__((format(printf, 2, 3)));
