/* SPDX-License-Identifier: MIT
 *
 * Tests of net/peer.
 */
#include "net/peer.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#include "rig.h"

static const char *
text_of(const struct peer *peer, void (*put)(struct text *, const struct peer *))
{
	static char room[PEER_TEXT_MAX];
	struct text text = text_over(room, sizeof(room));

	put(&text, peer);
	ck_assert(!text.is_truncated);
	return text_string(&text);
}

struct row {
	const char *host;
	uint16_t port;
	const char *text;
	const char *host_text;
};

static const struct row rows[] = {
	{ "192.0.2.1", 80, "192.0.2.1:80", "192.0.2.1" },
	{ "255.255.255.255", 65535, "255.255.255.255:65535", "255.255.255.255" },
	{ "2001:db8::1", 80, "[2001:db8::1]:80", "2001:db8::1" },
	{ "::ffff:192.0.2.7", 4711, "192.0.2.7:4711", "192.0.2.7" },
	{ "2001:db8:1111:2222:3333:4444:5555:6666", 65535,
	    "[2001:db8:1111:2222:3333:4444:5555:6666]:65535",
	    "2001:db8:1111:2222:3333:4444:5555:6666" },
};

START_TEST(an_internet_peer_is_its_address_and_port)
{
	const struct row *row = &rows[_i];
	struct address address;
	struct peer peer;

	ck_assert_int_eq(address_parse(slice_of(row->host), row->port, &address), 0);
	peer_init(&peer, -1, &address.any, address.len);
	ck_assert_str_eq(text_of(&peer, peer_put), row->text);
	ck_assert_str_eq(text_of(&peer, peer_put_host), row->host_text);
}
END_TEST

/* What accept(2) gives for a client that bound no name. */
START_TEST(a_unix_peer_is_its_pid_and_uid)
{
	const struct pair_options options = { .wire = _i ? WIRE_SEQPACKET : WIRE_UNIX };
	const struct sockaddr unnamed = { .sa_family = AF_UNIX };
	char expected[64];
	struct text text = text_over(expected, sizeof(expected));
	struct peer peer;
	int server;
	int client;

	pair_open(&options, &server, &client);
	peer_init(&peer, server, &unnamed, sizeof(unnamed.sa_family));
	text_put_format(&text, "unix:pid=%ld,uid=%lu", (long)getpid(), (unsigned long)getuid());
	ck_assert_str_eq(text_of(&peer, peer_put), text_string(&text));
	ck_assert_str_eq(text_of(&peer, peer_put_host), "unix:");
	client_close(&server);
	client_close(&client);
}
END_TEST

START_TEST(an_address_without_a_family_is_taken_for_a_unix_one)
{
	const struct sockaddr unnamed = { .sa_family = AF_INET };
	struct peer peer;

	peer_init(&peer, -1, &unnamed, 0);
	ck_assert_str_eq(text_of(&peer, peer_put), "unix:pid=0,uid=0");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net/peer");
	TCase *peers = tcase_create("peers");

	tcase_add_loop_test(peers, an_internet_peer_is_its_address_and_port, 0, COUNT(rows));
	tcase_add_loop_test(peers, a_unix_peer_is_its_pid_and_uid, 0, 2);
	tcase_add_test(peers, an_address_without_a_family_is_taken_for_a_unix_one);
	suite_add_tcase(suite, peers);
	return run_suite(suite);
}
