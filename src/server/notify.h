/* SPDX-License-Identifier: MIT
 *
 * notify: tells the service manager how the server is, by sd_notify(3)'s
 * protocol: a datagram of lines to the socket that $NOTIFY_SOCKET names (a path,
 * or '@' and a name of the abstract space).
 *
 * Without a service manager every call does nothing. Its socket takes but few messages
 * at a time (net.unix.max_dgram_qlen, unix(7)): who insists waits for room, five
 * seconds at most. What else cannot be told is lost: no service waits for it.
 *
 * Owns its socket. Thread: notify_send any, the rest the main one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The most descriptors that go along with one message: what the kernel passes at a time
 * (SCM_MAX_FD, unix(7)). */
#define NOTIFY_FDS_MAX 253

struct notify {
	int fd;       /* -1: nobody listens */
	bool is_deaf; /* there was no room in time: nobody waits again until there is */
};

/* Reads the environment and takes the variable out of it, so that no child
 * speaks for us. */
void notify_open(struct notify *);
void notify_close(struct notify *);

/* A reload begins; READY=1 tells its end, whatever became of it. Says since when,
 * which Type=notify-reload asks for (sd_notify(3)). */
void notify_reloading(struct notify *);

/* Sends `lines` with `count` descriptors, which stay the caller's. Where there is no room in
 * the socket it is waited for, five seconds at most. 0, or a negative errno: -ENOTCONN where
 * nobody listens. */
int notify_send_fds(struct notify *, const char *lines, const int *fds, size_t count)
    __attribute__((warn_unused_result));

/* Sends lines made by `format`, separated by newlines: "READY=1\nSTATUS=…". */
void
notify_send(const struct notify *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same, of what has to be heard. Thread: the main one. */
void notify_insist(struct notify *, const char *format, ...) __attribute__((format(printf, 2, 3)));
