/* SPDX-License-Identifier: MIT
 *
 * address_table: what each client address holds: its open connections, and how fast
 * it asks. One table for the whole process, because the kernel spreads the
 * connections of an address over the loops; it is asked when a connection comes and
 * goes, under a lock. A request asks its connection's entry alone, without one.
 *
 * An entry is an IPv4 address, or the prefix of an IPv6 address. Who has connections
 * always has an entry, so there are no more of those than connections. Who has none
 * left is remembered until his requests are forgiven; of these at most
 * `remembered` are kept, and the one that left first is forgotten first.
 *
 * The hash is keyed with a secret of the process (SipHash), so nobody can choose
 * addresses that meet in one chain; the chains grow with the number of entries.
 *
 * Ownership: the server's; it outlives the loops. Thread: any.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/peer.h"

struct address_entry;
struct address_table;

/* Of one address; 0: no limit. They may differ from call to call. */
struct address_limits {
	uint64_t connections;
	uint64_t requests_per_second;
	uint64_t burst;     /* requests at once, at least 1 */
	unsigned prefix_v6; /* bits of an IPv6 address that tell clients apart */
	size_t remembered;  /* entries without a connection */
};

/* Whether any limit is set. */
static inline bool
address_limits_are_set(const struct address_limits *limits)
{
	return limits->connections > 0 || limits->requests_per_second > 0;
}

/* NULL when there is no memory, or no random number for the key. */
struct address_table *address_table_new(void);

/* No connection may be counted any more. NULL is allowed. */
void address_table_free(struct address_table *);

/* A connection of `peer` comes at `now_us` (monotonic). 0 with its entry, which is held
 * until address_table_leave; NULL for a Unix socket's peer, who has no address. -EDQUOT:
 * the address has as many as it may. -ENOMEM. */
int address_table_enter(struct address_table *, const struct peer *, const struct address_limits *,
    int64_t now_us, struct address_entry **ret_entry) __attribute__((warn_unused_result));

/* The connection has ended. NULL is allowed. */
void address_table_leave(
    struct address_table *, struct address_entry *, size_t remembered, int64_t now_us);

/* A request begins: a bucket of `burst` requests that fills with `requests_per_second`.
 * 0: it may. Else after how many seconds (rounded up) the next one may; it is not
 * counted. */
uint64_t address_entry_ask(struct address_entry *, const struct address_limits *, int64_t now_us);

/* Entries, with and without connections. */
size_t address_table_count(struct address_table *);

/* Entries of the longest chain: what the slowest look-up passes. Walks all of them. */
size_t address_table_longest_chain(struct address_table *);
