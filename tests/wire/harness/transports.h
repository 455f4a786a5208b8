/* SPDX-License-Identifier: MIT
 *
 * transports: the ways to a daemon that tests walk through: a row for each
 * transport and family, with an address that is free.
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>

struct wire_transport {
	const char *name;    /* as in the configuration */
	const char *address; /* with @dir@ */
	int domain;          /* of socket(2) */
	int type;
	int protocol;
	bool keeps_messages;
};

int wire_transport_count(void);
const struct wire_transport *wire_transport(int row);
/* The first row of that name. */
const struct wire_transport *wire_transport_named(const char *name);
/* Whether the kernel has it. */
bool wire_transport_exists(const struct wire_transport *);
