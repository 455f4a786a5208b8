/* SPDX-License-Identifier: MIT
 *
 * source: the addresses that connections are made from (--source). One address has
 * some 28,000 ports to one target (net.ipv4.ip_local_port_range); many connections need several.
 *
 * Owns the list. Thread: main while it is made, then any.
 */
#pragma once

#include <stddef.h>

#include "base/address.h"
#include "base/text.h"

#define SOURCE_MAX 1024

struct source_list {
	struct address addresses[SOURCE_MAX]; /* port 0: the kernel's choice */
	size_t count;                         /* 0: the kernel chooses */
};

/* Adds "ADDRESS" or, of IPv4, "FIRST-LAST". 0, or -EINVAL with a sentence. */
int source_add(struct source_list *, const char *value, struct text *ret_error)
    __attribute__((warn_unused_result));
