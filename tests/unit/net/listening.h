/* SPDX-License-Identifier: MIT
 *
 * listening: listeners as the tests configure them, and a directory of their own
 * for the files of Unix sockets.
 *
 * Thread: a test is a process.
 */
#pragma once

#include "config/config.h"
#include "net/listen_socket.h"
#include "rig.h"

/* A row of the configuration that asks for nothing special, with a backlog of 64. */
struct config_listener plain_listener(const char *transport, char *address);

/* Opens the row's only address; fails with the sentence where that fails. */
struct listen_socket open_listening(const struct config_listener *);

/* Tries to; `ret_error` (of SENTENCE_MAX bytes) gets the sentence. */
#define SENTENCE_MAX 512
int try_listening(const struct config_listener *, struct listen_socket *, char *ret_error);

/* The same at a given address. */
int try_listening_at(const struct config_listener *, const struct address *, bool share_port,
    struct listen_socket *, char *ret_error);

/* An address "unix:DIRECTORY/s" in a fresh directory; and removes that with all in it. */
struct place {
	char directory[64];
	char address[96];
	const char *path; /* the same without "unix:" */
};

void place_make(struct place *);
void place_remove(const struct place *);

/* A blocking connection to where the socket listens. */
int connect_to(const struct listen_socket *);
/* Likewise, but -errno where that fails. */
int try_connecting(const struct listen_socket *);
