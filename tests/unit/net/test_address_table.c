/* SPDX-License-Identifier: MIT
 *
 * Tests of net/address_table.
 */
#include "net/address_table.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>

#include "rig.h"

#define NOW_US (100 * CLOCK_SECOND_US)

static struct address_table *table;

static void
set_up(void)
{
	table = address_table_new();
	ck_assert_ptr_nonnull(table);
}

static void
tear_down(void)
{
	address_table_free(table);
}

static struct peer
peer_of(const char *text)
{
	struct peer peer = { .family = AF_INET6 };

	if (inet_pton(AF_INET6, text, &peer.in6.sin6_addr) == 1)
		return peer;
	peer.family = AF_INET;
	ck_assert_int_eq(inet_pton(AF_INET, text, &peer.in.sin_addr), 1);
	return peer;
}

static const struct address_limits two = {
	.connections = 2, .prefix_v6 = 64, .burst = 1, .remembered = 10
};

static struct address_entry *
must_enter(const char *address, const struct address_limits *limits, int64_t now_us)
{
	struct address_entry *entry = NULL;
	struct peer peer = peer_of(address);

	ck_assert_int_eq(address_table_enter(table, &peer, limits, now_us, &entry), 0);
	return entry;
}

START_TEST(an_address_has_as_many_connections_as_it_may)
{
	struct address_entry *first = must_enter("192.0.2.1", &two, NOW_US);
	struct address_entry *second = must_enter("192.0.2.1", &two, NOW_US);
	struct address_entry *other = must_enter("192.0.2.2", &two, NOW_US);
	struct peer peer = peer_of("192.0.2.1");
	struct address_entry *third = NULL;

	ck_assert_ptr_eq(first, second);
	ck_assert_ptr_ne(first, other);
	ck_assert_int_eq(address_table_enter(table, &peer, &two, NOW_US, &third), -EDQUOT);
	ck_assert_ptr_null(third);
	address_table_leave(table, second, two.remembered, NOW_US);
	third = must_enter("192.0.2.1", &two, NOW_US);
	address_table_leave(table, first, two.remembered, NOW_US);
	address_table_leave(table, third, two.remembered, NOW_US);
	address_table_leave(table, other, two.remembered, NOW_US);
	ck_assert_uint_eq(address_table_count(table), 0);
}
END_TEST

struct pair_row {
	const char *first;
	const char *second;
	unsigned prefix;
	bool is_one;
};

static const struct pair_row pairs[] = {
	{ "2001:db8::1", "2001:db8::ffff:1", 64, true },
	{ "2001:db8::1", "2001:db8:0:1::1", 64, false },
	{ "2001:db8::1", "2001:db8:0:1::1", 63, true },
	{ "2001:db8::1", "2001:db8:0:2::1", 63, false },
	{ "2001:db8::1", "2001:db8::2", 128, false },
	{ "2001:db8:1::1", "2001:db8:ffff::1", 32, true },
	{ "192.0.2.1", "::ffff:192.0.2.1", 64, true },
	{ "::ffff:192.0.2.1", "::ffff:192.0.2.2", 64, false },
};

START_TEST(an_ipv6_network_is_one_client_and_a_mapped_address_is_the_ipv4_one)
{
	const struct pair_row *row = &pairs[_i];
	const struct address_limits limits = {
		.connections = 9, .prefix_v6 = row->prefix, .burst = 1, .remembered = 10
	};
	struct address_entry *first = must_enter(row->first, &limits, NOW_US);
	struct address_entry *second = must_enter(row->second, &limits, NOW_US);

	ck_assert_int_eq(first == second, row->is_one);
	address_table_leave(table, first, 10, NOW_US);
	address_table_leave(table, second, 10, NOW_US);
}
END_TEST

START_TEST(a_unix_sockets_peer_has_no_address)
{
	struct peer peer = { .family = AF_UNIX };
	struct address_entry *entry = NULL;

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(address_table_enter(table, &peer, &two, NOW_US, &entry), 0);
		ck_assert_ptr_null(entry);
	}
	address_table_leave(table, NULL, 10, NOW_US);
}
END_TEST

static const struct address_limits rate = {
	.requests_per_second = 10, .burst = 5, .prefix_v6 = 64, .remembered = 2
};

/* Of `count` requests at once, how many may be. */
static unsigned
ask(struct address_entry *entry, unsigned count, int64_t now_us)
{
	unsigned admitted = 0;

	while (count-- > 0)
		admitted += address_entry_ask(entry, &rate, now_us) == 0;
	return admitted;
}

START_TEST(a_bucket_holds_its_burst_and_fills_at_its_rate)
{
	struct address_entry *entry = must_enter("192.0.2.1", &rate, NOW_US);

	ck_assert_uint_eq(ask(entry, 20, NOW_US), 5);
	ck_assert_uint_eq(ask(entry, 20, NOW_US + CLOCK_SECOND_US / 10), 1);
	ck_assert_uint_eq(ask(entry, 20, NOW_US + CLOCK_SECOND_US / 2), 4);
	ck_assert_uint_eq(ask(entry, 20, NOW_US + 100 * CLOCK_SECOND_US), 5);
	ck_assert_uint_eq(address_entry_ask(entry, &rate, NOW_US + 100 * CLOCK_SECOND_US), 1);
	address_table_leave(table, entry, 2, NOW_US);
}
END_TEST

START_TEST(who_comes_again_finds_his_bucket_as_he_left_it)
{
	struct address_entry *entry = must_enter("192.0.2.1", &rate, NOW_US);

	ck_assert_uint_eq(ask(entry, 9, NOW_US), 5);
	address_table_leave(table, entry, 2, NOW_US);
	entry = must_enter("192.0.2.1", &rate, NOW_US);
	ck_assert_uint_eq(ask(entry, 9, NOW_US), 0);
	address_table_leave(table, entry, 2, NOW_US);
	ck_assert_uint_eq(address_table_count(table), 1);
	entry = must_enter("192.0.2.2", &rate, NOW_US + 10 * CLOCK_SECOND_US);
	ck_assert_uint_eq(address_table_count(table), 1);
	address_table_leave(table, entry, 2, NOW_US);
}
END_TEST

#define STRANGERS 5000

START_TEST(the_table_is_bounded_and_forgets_who_left_first)
{
	char text[INET6_ADDRSTRLEN];
	struct address_entry *entry;

	for (unsigned i = 0; i < STRANGERS; i++) {
		(void)snprintf(text, sizeof(text), "2001:db8:%x::1", i);
		entry = must_enter(text, &rate, NOW_US);
		ck_assert_uint_eq(ask(entry, 9, NOW_US), 5);
		address_table_leave(table, entry, rate.remembered, NOW_US);
		ck_assert_uint_le(address_table_count(table), rate.remembered);
	}
	entry = must_enter(text, &rate, NOW_US);
	ck_assert_uint_eq(ask(entry, 9, NOW_US), 0);
	address_table_leave(table, entry, rate.remembered, NOW_US);
}
END_TEST

START_TEST(the_chains_grow_with_the_connections)
{
	static struct address_entry *entries[STRANGERS];
	char text[INET6_ADDRSTRLEN];

	for (unsigned i = 0; i < STRANGERS; i++) {
		(void)snprintf(text, sizeof(text), "2001:db8:%x::1", i);
		entries[i] = must_enter(text, &two, NOW_US);
	}
	ck_assert_uint_eq(address_table_count(table), STRANGERS);
	ck_assert_ptr_eq(must_enter("2001:db8::2", &two, NOW_US), entries[0]);
	address_table_leave(table, entries[0], 0, NOW_US);
	for (unsigned i = 0; i < STRANGERS; i++)
		address_table_leave(table, entries[i], 0, NOW_US);
	ck_assert_uint_eq(address_table_count(table), 0);
}
END_TEST

/* Addresses that differ in a few bits, as somebody chooses them who would have them all in
 * one chain. With as many chains as entries, one of this length by chance takes longer than
 * the universe has. */
#define CHOSEN 20000
#define CHAIN_MAX 24

START_TEST(no_choice_of_addresses_makes_a_long_chain)
{
	static struct address_entry *entries[CHOSEN];
	char text[INET6_ADDRSTRLEN];

	for (unsigned i = 0; i < CHOSEN; i++) {
		(void)snprintf(
		    text, sizeof(text), _i ? "2001:db8:%x:%x::" : "10.%u.%u.1", i / 250, i % 250);
		entries[i] = must_enter(text, &two, NOW_US);
	}
	ck_assert_uint_eq(address_table_count(table), CHOSEN);
	ck_assert_uint_le(address_table_longest_chain(table), CHAIN_MAX);
	for (unsigned i = 0; i < CHOSEN; i++)
		address_table_leave(table, entries[i], 0, NOW_US);
}
END_TEST

#define LOOPS 4
#define ROUNDS 2000

static void *
be_a_loop(void *arg)
{
	const struct address_limits limits = { .connections = LOOPS,
		.requests_per_second = 1,
		.burst = 1000,
		.prefix_v6 = 64,
		.remembered = 10 };
	unsigned *admitted = arg;

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct peer peer = peer_of("192.0.2.1");
		struct address_entry *entry = NULL;

		if (address_table_enter(table, &peer, &limits, NOW_US, &entry) != 0)
			return NULL;
		*admitted += address_entry_ask(entry, &limits, NOW_US) == 0;
		address_table_leave(table, entry, 10, NOW_US);
	}
	return NULL;
}

START_TEST(loops_share_one_bucket)
{
	pthread_t threads[LOOPS];
	unsigned admitted[LOOPS] = { 0 };
	unsigned sum = 0;

	for (int i = 0; i < LOOPS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, be_a_loop, &admitted[i]), 0);
	for (int i = 0; i < LOOPS; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		sum += admitted[i];
	}
	ck_assert_uint_eq(sum, 1000);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net/address_table");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_set_timeout(cases, 60);
	tcase_add_test(cases, an_address_has_as_many_connections_as_it_may);
	tcase_add_loop_test(cases,
	    an_ipv6_network_is_one_client_and_a_mapped_address_is_the_ipv4_one, 0, COUNT(pairs));
	tcase_add_test(cases, a_unix_sockets_peer_has_no_address);
	tcase_add_test(cases, a_bucket_holds_its_burst_and_fills_at_its_rate);
	tcase_add_test(cases, who_comes_again_finds_his_bucket_as_he_left_it);
	tcase_add_test(cases, the_table_is_bounded_and_forgets_who_left_first);
	tcase_add_test(cases, the_chains_grow_with_the_connections);
	tcase_add_loop_test(cases, no_choice_of_addresses_makes_a_long_chain, 0, 2);
	tcase_add_test(cases, loops_share_one_bucket);
	suite_add_tcase(suite, cases);
	return run_suite(suite);
}
