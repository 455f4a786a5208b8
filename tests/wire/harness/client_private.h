/* SPDX-License-Identifier: MIT
 *
 * client_private: what the halves of the client share: talking (client.c) and
 * listening (expect.c).
 *
 * Thread: a test is one thread.
 */
#pragma once

#include "base/list.h"
#include "client.h"

struct client {
	struct list_link link;
	int fd;
	bool is_at_fin; /* usherd's FIN was read */
	bool is_reset;
	struct bytes input; /* come in and not yet taken */
	struct response response;
};

/* Takes what the kernel has, without waiting: false when that was nothing, or at
 * the FIN or a reset, which are noted. */
bool client_take(struct client *);
