/* SPDX-License-Identifier: MIT
 *
 * address_table: chains of entries, and a queue of those without connections.
 *
 * The rate is kept as one number (the generic cell rate algorithm): when the bucket
 * will be full again. A request moves it on by the time that one request is worth;
 * it may not be further away than the whole bucket is worth. One number needs no
 * lock where several loops serve one address.
 */
#include "net/address_table.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/panic.h"
#include "base/siphash.h"

#define CHAINS_FIRST ((size_t)1024)
#define CHAINS_MOST ((size_t)1 << 22)
#define NS_PER_US 1000
#define SECOND_NS (CLOCK_SECOND_US * NS_PER_US)

struct address_entry {
	struct address_entry *next; /* in its chain */
	struct list_link link;      /* among those without connections */
	uint8_t key[16];            /* IPv4 as ::ffff:a.b.c.d; of IPv6 the prefix */
	uint64_t connections;
	atomic_llong full_ns; /* monotonic: when its bucket is full again */
};

struct address_table {
	pthread_mutex_t lock;
	struct siphash_key key;
	struct address_entry **chains; /* owned; a power of two of them */
	size_t chain_count;
	size_t count; /* entries, owned */
	size_t idle_count;
	struct list_link idle; /* without connections, who left first is first */
};

struct address_table *
address_table_new(void)
{
	struct address_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	list_init(&table->idle);
	table->chain_count = CHAINS_FIRST;
	table->chains = calloc(CHAINS_FIRST, sizeof(struct address_entry *));
	if (table->chains &&
	    getrandom(&table->key, sizeof(table->key), 0) == (ssize_t)sizeof(table->key) &&
	    pthread_mutex_init(&table->lock, NULL) == 0)
		return table;
	free(table->chains);
	free(table);
	return NULL;
}

/* --- Keys ------------------------------------------------------------------ */

static void
keep_prefix(uint8_t key[16], unsigned bits)
{
	for (unsigned byte = 0; byte < 16; byte++) {
		const unsigned kept = bits > byte * 8 ? bits - byte * 8 : 0;

		if (kept < 8)
			key[byte] &= (uint8_t)(0xff00U >> kept);
	}
}

/* A listener of both families sees IPv4 clients as mapped addresses (RFC 4291 2.5.5.2). */
static void
key_of(const struct peer *peer, unsigned prefix_v6, uint8_t ret_key[16])
{
	memset(ret_key, 0, 16);
	if (peer->family == AF_INET) {
		ret_key[10] = ret_key[11] = 0xff;
		memcpy(ret_key + 12, &peer->in.sin_addr, 4);
		return;
	}
	memcpy(ret_key, &peer->in6.sin6_addr, 16);
	if (!IN6_IS_ADDR_V4MAPPED(&peer->in6.sin6_addr))
		keep_prefix(ret_key, prefix_v6);
}

static struct address_entry **
chain_of(const struct address_table *table, const uint8_t key[16])
{
	return &table->chains[siphash(&table->key, key, 16) & (table->chain_count - 1)];
}

static struct address_entry *
find(const struct address_table *table, const uint8_t key[16])
{
	struct address_entry *entry = *chain_of(table, key);

	while (entry && memcmp(entry->key, key, 16) != 0)
		entry = entry->next;
	return entry;
}

/* --- Entries ----------------------------------------------------------------- */

/* Without memory for more chains the old ones get longer. */
static void
grow(struct address_table *table)
{
	const size_t before = table->chain_count;
	struct address_entry **old = table->chains;
	struct address_entry **chains;

	if (table->count < before || before >= CHAINS_MOST)
		return;
	chains = calloc(before * 2, sizeof(struct address_entry *));
	if (!chains)
		return;
	table->chains = chains;
	table->chain_count = before * 2;
	for (size_t i = 0; i < before; i++) {
		struct address_entry *entry;

		while ((entry = old[i]) != NULL) {
			struct address_entry **chain = chain_of(table, entry->key);

			old[i] = entry->next;
			entry->next = *chain;
			*chain = entry;
		}
	}
	free(old);
}

static struct address_entry *
add(struct address_table *table, const uint8_t key[16])
{
	struct address_entry *entry = calloc(1, sizeof(*entry));
	struct address_entry **chain;

	if (!entry)
		return NULL;
	grow(table);
	chain = chain_of(table, key);
	memcpy(entry->key, key, 16);
	list_init(&entry->link);
	entry->next = *chain;
	*chain = entry;
	table->count++;
	return entry;
}

static void
forget(struct address_table *table, struct address_entry *entry)
{
	struct address_entry **place = chain_of(table, entry->key);

	while (*place != entry)
		place = &(*place)->next;
	*place = entry->next;
	if (!list_is_empty(&entry->link))
		table->idle_count--;
	list_remove(&entry->link);
	table->count--;
	free(entry);
}

/* Those whose bucket is full again have nothing that need be remembered. */
static void
forget_idle(struct address_table *table, size_t remembered, int64_t now_us)
{
	struct list_link *link;
	struct list_link *following;

	list_foreach_safe (link, following, &table->idle) {
		struct address_entry *entry = list_entry(link, struct address_entry, link);

		if (table->idle_count <= remembered &&
		    atomic_load(&entry->full_ns) > now_us * NS_PER_US)
			return;
		forget(table, entry);
	}
}

static int
enter(struct address_table *table, const uint8_t key[16], const struct address_limits *limits,
    struct address_entry **ret_entry)
{
	struct address_entry *entry = find(table, key);

	if (!entry)
		entry = add(table, key);
	if (!entry)
		return -ENOMEM;
	if (limits->connections > 0 && entry->connections >= limits->connections)
		return -EDQUOT;
	if (!list_is_empty(&entry->link)) {
		list_remove(&entry->link);
		table->idle_count--;
	}
	entry->connections++;
	*ret_entry = entry;
	return 0;
}

int
address_table_enter(struct address_table *table, const struct peer *peer,
    const struct address_limits *limits, int64_t now_us, struct address_entry **ret_entry)
{
	uint8_t key[16];
	int result;

	if (peer->family == AF_UNIX) {
		*ret_entry = NULL;
		return 0;
	}
	key_of(peer, limits->prefix_v6, key);
	(void)pthread_mutex_lock(&table->lock);
	forget_idle(table, limits->remembered, now_us);
	result = enter(table, key, limits, ret_entry);
	(void)pthread_mutex_unlock(&table->lock);
	return result;
}

void
address_table_leave(
    struct address_table *table, struct address_entry *entry, size_t remembered, int64_t now_us)
{
	if (!entry)
		return;
	(void)pthread_mutex_lock(&table->lock);
	must(entry->connections > 0);
	if (--entry->connections == 0) {
		list_append(&table->idle, &entry->link);
		table->idle_count++;
		forget_idle(table, remembered, now_us);
	}
	(void)pthread_mutex_unlock(&table->lock);
}

uint64_t
address_entry_ask(struct address_entry *entry, const struct address_limits *limits, int64_t now_us)
{
	const int64_t now_ns = now_us * NS_PER_US;
	const int64_t worth_ns = SECOND_NS / (int64_t)limits->requests_per_second;
	const int64_t whole_ns = worth_ns * (int64_t)limits->burst;
	long long full_ns = atomic_load(&entry->full_ns);
	int64_t wanted_ns;

	do {
		wanted_ns = (full_ns > now_ns ? full_ns : now_ns) + worth_ns;
		if (wanted_ns - now_ns > whole_ns)
			return (
			    uint64_t)((wanted_ns - now_ns - whole_ns + SECOND_NS - 1) / SECOND_NS);
	} while (!atomic_compare_exchange_weak(&entry->full_ns, &full_ns, wanted_ns));
	return 0;
}

size_t
address_table_count(struct address_table *table)
{
	size_t count;

	(void)pthread_mutex_lock(&table->lock);
	count = table->count;
	(void)pthread_mutex_unlock(&table->lock);
	return count;
}

static size_t
chain_length(const struct address_entry *entry)
{
	size_t length = 0;

	for (; entry; entry = entry->next)
		length++;
	return length;
}

size_t
address_table_longest_chain(struct address_table *table)
{
	size_t longest = 0;

	(void)pthread_mutex_lock(&table->lock);
	for (size_t i = 0; i < table->chain_count; i++) {
		const size_t length = chain_length(table->chains[i]);

		longest = length > longest ? length : longest;
	}
	(void)pthread_mutex_unlock(&table->lock);
	return longest;
}

void
address_table_free(struct address_table *table)
{
	if (!table)
		return;
	forget_idle(table, 0, 0);
	must(table->count == 0);
	(void)pthread_mutex_destroy(&table->lock);
	free(table->chains);
	free(table);
}
