/* SPDX-License-Identifier: MIT
 *
 * chat: the example of a stream protocol, over TCP and a Unix socket: lines reach the
 * others, whoever does not read makes nobody wait, and a drain tells everybody.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "harness/wire.h"

static struct usherd *
start_chat(void)
{
	return usherd_start_with(ARGS("127.0.0.1:0", "unix:@dir@/chat"));
}

/* A guest who has read his welcome. */
static struct client *
enter(struct usherd *chat, const char *listener)
{
	struct client *guest = wire_connect(chat, listener);

	expect_text(guest, "welcome\n");
	return guest;
}

START_TEST(a_line_reaches_the_others_over_tcp_and_unix)
{
	struct usherd *chat = start_chat();
	struct client *one = enter(chat, "chat");
	struct client *two = enter(chat, "chat");
	struct client *three = enter(chat, "chat-2");

	send_text(one, "hello\n");
	expect_text(two, "hello\n");
	expect_text(three, "hello\n");
	send_text(three, "I am local\n");
	expect_text(one, "I am local\n");
	expect_text(two, "I am local\n");
	expect_nothing_yet(three);
}
END_TEST

START_TEST(a_line_that_comes_in_pieces_is_one_line)
{
	struct usherd *chat = start_chat();
	struct client *one = enter(chat, "chat");
	struct client *two = enter(chat, "chat");

	send_each_byte(one, "a\nbc\n", 5);
	expect_text(two, "a\nbc\n");
	send_text(one, "half");
	expect_nothing_yet(two);
	send_text(one, " and half\nnext");
	expect_text(two, "half and half\n");
	expect_nothing_yet(two);
}
END_TEST

START_TEST(a_line_without_end_ends_the_connection)
{
	struct client *one = enter(start_chat(), "chat");
	char line[2000];

	memset(line, 'x', sizeof(line));
	send_bytes(one, line, sizeof(line));
	expect_fin(one);
}
END_TEST

START_TEST(who_does_not_read_misses_lines_and_makes_nobody_wait)
{
	struct usherd *chat = start_chat();
	struct client *deaf = wire_connect_narrow(chat, "chat", 4096);
	struct client *one = enter(chat, "chat");
	struct client *two = enter(chat, "chat");
	char line[1001];

	expect_text(deaf, "welcome\n");
	memset(line, 'x', 1000);
	line[1000] = '\n';
	for (int i = 0; i < 5000; i++) {
		send_bytes(one, line, sizeof(line));
		expect_bytes(two, line, sizeof(line));
	}
	while (discard_some(deaf, sizeof(line) * 5000) > 0)
		continue;
	send_text(one, "over\n");
	expect_text(two, "over\n");
}
END_TEST

START_TEST(in_a_drain_everybody_is_told_and_seen_out)
{
	struct usherd *chat = start_chat();
	struct client *one = enter(chat, "chat");
	struct client *two = enter(chat, "chat-2");

	send_text(one, "last words\n");
	expect_text(two, "last words\n");
	usherd_signal(chat, SIGTERM);
	expect_text(one, "goodbye\n");
	expect_fin(one);
	client_close(one);
	expect_text(two, "goodbye\n");
	expect_fin(two);
	client_close(two);
	usherd_expect_clean_end(chat);
	usherd_expect_last_line(chat, "2 drained");
}
END_TEST

START_TEST(an_address_that_is_none_is_told)
{
	struct outcome outcome = usherd_run(ARGS("nonsense"));

	ck_assert_int_eq(outcome.status, 1);
	ck_assert_ptr_nonnull(strstr(outcome.err, "nonsense: is no address to listen on"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chat");
	TCase *room = wire_case(suite, "room", 60);

	tcase_add_test(room, a_line_reaches_the_others_over_tcp_and_unix);
	tcase_add_test(room, a_line_that_comes_in_pieces_is_one_line);
	tcase_add_test(room, a_line_without_end_ends_the_connection);
	tcase_add_test(room, who_does_not_read_misses_lines_and_makes_nobody_wait);
	tcase_add_test(room, in_a_drain_everybody_is_told_and_seen_out);
	tcase_add_test(room, an_address_that_is_none_is_told);
	return wire_run(suite);
}
