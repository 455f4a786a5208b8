/* SPDX-License-Identifier: MIT
 *
 * store_name: under which names descriptors stand in the service manager's store
 * (sd_notify(3), FDNAME=), and what a name says of its descriptor. All of usherd's begin
 * with '~', which tells them from the names of a socket unit.
 *
 *   ~l1a2b        a listening socket, by the kernel's number of it in hexadecimal
 *   ~l1a2b~web    the same; its port was chosen by the kernel for the listener "web"
 *   ~c7           connections: a carrier (keeping.h), of that number
 *   ~p            a probe: whether what is put there stays
 *
 * The name of a socket never changes, whoever puts it there: so a reload or a successor
 * means the same descriptor by it. docs/handover.md has the same in prose.
 *
 * Owns nothing. Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* With the NUL: a name has at most 255 characters (FDNAME_MAX of systemd). */
#define STORE_NAME_MAX 256

enum store_kind {
	STORE_FOREIGN, /* not ours: of a socket unit */
	STORE_STRANGE, /* out of a store, but nothing that is described above */
	STORE_LISTENER,
	STORE_CARRIER,
	STORE_PROBE
};

struct store_name {
	enum store_kind kind;
	uint64_t number;               /* of the socket, or of the carrier */
	char listener[STORE_NAME_MAX]; /* empty, or whose port the kernel chose */
};

/* Whether it is written as described: "" for a listener that is not to be named. False where
 * the whole does not fit, and `room`, of STORE_NAME_MAX bytes, is untouched then. */
bool store_name_put(enum store_kind, uint64_t number, const char *listener, char *room);

/* What a name says. A name that was not written by store_name_put is STORE_FOREIGN or
 * STORE_STRANGE. */
void store_name_parse(const char *name, struct store_name *ret_name);
