/* SPDX-License-Identifier: MIT
 *
 * stored_private: what the files of what was stored share among themselves (see stored.h).
 *
 *   stored.c              what comes, and listening sockets
 *   stored_connections.c  connections, and the end of it
 *
 * Thread: the main one.
 */
#pragma once

#include "base/address.h"
#include "server/store_name.h"
#include "server/stored.h"

/* Whose a listening socket is. */
#define STORED_FOR_NOBODY SIZE_MAX

struct stored_item {
	int fd;           /* owned; -1: taken, or closed */
	const char *name; /* that it has in the store */
	enum store_kind kind;
	bool is_guest;  /* it was in the queue of a socket that is closed: it has no name */
	char *listener; /* owned, or NULL: see store_name */
	uint64_t cookie;
	struct address address; /* that it is bound to; of a guest the listener's */
	size_t binding;         /* of a listening socket: that goes on with it */
};
