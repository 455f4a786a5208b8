/* SPDX-License-Identifier: MIT
 *
 * messages: what RFC 6455 says of the frames of a conversation, as a table of dialogues, the
 * facts that the cases of the Autobahn test suite look for; and each call of
 * usher/websocket.h.
 */
#include <signal.h>
#include <string.h>

#include "harness/wire.h"

#define BYTES(string) string, sizeof(string) - 1

static struct client *
open_socket(struct usherd *stage, int receive_buffer)
{
	struct client *client = receive_buffer ? wire_connect_narrow(stage, "stage", receive_buffer)
					       : wire_connect(stage, "stage");

	send_request(client, "GET", "/",
	    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
	expect_text(client,
	    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
	    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
	    "Sec-WebSocket-Protocol: stage\r\n\r\n");
	return client;
}

static struct usherd *
start_stage(void)
{
	return usherd_start_with(ARGS("output=20000", "127.0.0.1:0"));
}

/* A frame whose mask is zero. */
static void
put_frame(struct bytes *bytes, unsigned char first, const char *payload)
{
	const size_t len = strlen(payload);
	const char head[] = { (char)first, (char)(0x80 | len), 0, 0, 0, 0 };

	bytes_put(bytes, head, sizeof(head));
	bytes_put(bytes, payload, len);
}

static void
send_frame(struct client *client, unsigned char first, const char *payload)
{
	struct bytes bytes = { 0 };

	put_frame(&bytes, first, payload);
	send_bytes(client, bytes.data, bytes.len);
	bytes_free(&bytes);
}

static void
expect_big(struct client *client, size_t len)
{
	const char head[] = { (char)0x82, 127, 0, 0, 0, 0, 0, (char)(len >> 16), (char)(len >> 8),
		(char)len };

	expect_bytes(client, head, sizeof(head));
	expect_pattern(client, len, 0);
}

/* --- Dialogues ------------------------------------------------------------------------------ */

/* Frames with a mask of zero, and what comes back; `is_end`: the FIN follows. */
#define M "\0\0\0\0"

static const struct {
	const char *about;
	const char *sent;
	size_t sent_len;
	const char *answer;
	size_t answer_len;
	bool is_end;
} dialogues[] = {
	{ "1: an empty text", BYTES("\x81\x80" M), BYTES("\x81\x00"), false },
	{ "1: an empty message", BYTES("\x82\x80" M), BYTES("\x82\x00"), false },
	{ "1: three at once", BYTES("\x81\x81" M "a\x82\x81" M "b\x81\x81" M "c"),
	    BYTES("\x81\x01"
		  "a\x82\x01"
		  "b\x81\x01"
		  "c"),
	    false },
	{ "2: an empty ping", BYTES("\x89\x80" M), BYTES("\x8a\x00"), false },
	{ "2: a ping with bytes that are no text", BYTES("\x89\x83" M "\0\xff\xfe"),
	    BYTES("\x8a\x03\0\xff\xfe"), false },
	{ "2: an unasked pong, then a ping", BYTES("\x8a\x81" M "x\x89\x81" M "y"),
	    BYTES("\x8a\x01y"), false },
	{ "2: ten pings",
	    BYTES("\x89\x80" M "\x89\x80" M "\x89\x80" M "\x89\x80" M "\x89\x80" M "\x89\x80" M
		  "\x89\x80" M "\x89\x80" M "\x89\x80" M "\x89\x80" M),
	    BYTES("\x8a\0\x8a\0\x8a\0\x8a\0\x8a\0\x8a\0\x8a\0\x8a\0\x8a\0\x8a\0"), false },
	{ "3: a message, then reserved bits", BYTES("\x81\x81" M "a\xd1\x81" M "b"),
	    BYTES("\x81\x01"
		  "a\x88\x02\x03\xea"),
	    true },
	{ "4: a reserved opcode after a message", BYTES("\x81\x81" M "a\x85\x80" M),
	    BYTES("\x81\x01"
		  "a\x88\x02\x03\xea"),
	    true },
	{ "5: a ping in fragments", BYTES("\x09\x81" M "a\x80\x81" M "b"),
	    BYTES("\x88\x02\x03\xea"), true },
	{ "5: two fragments", BYTES("\x01\x81" M "a\x80\x81" M "b"),
	    BYTES("\x81\x02"
		  "ab"),
	    false },
	{ "5: a ping between fragments", BYTES("\x01\x81" M "a\x89\x81" M "p\x80\x81" M "b"),
	    BYTES("\x8a\x01p\x81\x02"
		  "ab"),
	    false },
	{ "5: pings between many fragments",
	    BYTES(
		"\x02\x81" M "a\x00\x81" M "b\x89\x81" M "1\x00\x81" M "c\x89\x81" M "2\x80\x80" M),
	    BYTES("\x8a\x01"
		  "1\x8a\x01"
		  "2\x82\x03"
		  "abc"),
	    false },
	{ "5: a continuation of nothing, final", BYTES("\x80\x81" M "a"), BYTES("\x88\x02\x03\xea"),
	    true },
	{ "5: a continuation of nothing, not final", BYTES("\x00\x81" M "a"),
	    BYTES("\x88\x02\x03\xea"), true },
	{ "5: a continuation after a message was whole",
	    BYTES("\x01\x81" M "a\x80\x81" M "b\x80\x81" M "c"),
	    BYTES("\x81\x02"
		  "ab\x88\x02\x03\xea"),
	    true },
	{ "5: a text while a message goes on", BYTES("\x01\x81" M "a\x81\x81" M "b"),
	    BYTES("\x88\x02\x03\xea"), true },
	{ "5: bytes while a text goes on", BYTES("\x01\x81" M "a\x02\x81" M "b"),
	    BYTES("\x88\x02\x03\xea"), true },
	{ "6: empty fragments of a text", BYTES("\x01\x80" M "\x00\x80" M "\x80\x80" M),
	    BYTES("\x81\x00"), false },
	{ "6: a letter across two fragments", BYTES("\x01\x81" M "\xc3\x80\x81" M "\xa4"),
	    BYTES("\x81\x02\xc3\xa4"), false },
	{ "6: a letter across four, with a ping",
	    BYTES("\x01\x81" M "\xf0\x00\x81" M "\x9f\x89\x80" M "\x00\x81" M "\x98\x80\x81" M
		  "\x80"),
	    BYTES("\x8a\x00\x81\x04\xf0\x9f\x98\x80"), false },
	{ "6: half a letter at the end", BYTES("\x01\x81" M "a\x80\x81" M "\xc3"),
	    BYTES("\x88\x02\x03\xef"), true },
	{ "6: a surrogate across fragments", BYTES("\x01\x81" M "\xed\x80\x82" M "\xa0\x80"),
	    BYTES("\x88\x02\x03\xef"), true },
	{ "6: above U+10FFFF", BYTES("\x81\x84" M "\xf4\x90\x80\x80"), BYTES("\x88\x02\x03\xef"),
	    true },
	{ "6: what is no text may be a message", BYTES("\x82\x81" M "\xff"), BYTES("\x82\x01\xff"),
	    false },
	{ "7: a close is answered, and nothing more", BYTES("\x88\x82" M "\x03\xe8\x81\x81" M "a"),
	    BYTES("\x88\x02\x03\xe8"), true },
	{ "7: a close without code", BYTES("\x88\x80" M), BYTES("\x88\x00"), true },
	{ "7: half a code", BYTES("\x88\x81" M "\x03"), BYTES("\x88\x02\x03\xea"), true },
	{ "7: a code of a program's", BYTES("\x88\x82" M "\x0f\xa0"), BYTES("\x88\x02\x0f\xa0"),
	    true },
	{ "7: the last of them", BYTES("\x88\x82" M "\x13\x87"), BYTES("\x88\x02\x13\x87"), true },
	{ "7: 0", BYTES("\x88\x82" M "\0\0"), BYTES("\x88\x02\x03\xea"), true },
	{ "7: 1004", BYTES("\x88\x82" M "\x03\xec"), BYTES("\x88\x02\x03\xea"), true },
	{ "7: 1006", BYTES("\x88\x82" M "\x03\xee"), BYTES("\x88\x02\x03\xea"), true },
	{ "7: 1016", BYTES("\x88\x82" M "\x03\xf8"), BYTES("\x88\x02\x03\xea"), true },
	{ "7: 2999", BYTES("\x88\x82" M "\x0b\xb7"), BYTES("\x88\x02\x03\xea"), true },
	{ "7: 5000", BYTES("\x88\x82" M "\x13\x88"), BYTES("\x88\x02\x03\xea"), true },
	{ "7: 65535", BYTES("\x88\x82" M "\xff\xff"), BYTES("\x88\x02\x03\xea"), true },
	{ "7: a reason that is no text", BYTES("\x88\x83" M "\x03\xe8\xc3"),
	    BYTES("\x88\x02\x03\xef"), true },
	{ "7: a close between fragments", BYTES("\x01\x81" M "a\x88\x82" M "\x03\xe8"),
	    BYTES("\x88\x02\x03\xe8"), true },
	{ "9: fragments above the limit", BYTES("\x02\x81" M "a\x80\xff\0\0\0\0\0\x01\x11\x70" M),
	    BYTES("\x88\x02\x03\xf1"), true },
};

#define DIALOGUES (int)(sizeof(dialogues) / sizeof(dialogues[0]))

static void
expect_dialogue(struct client *client, int row)
{
	expect_bytes(client, dialogues[row].answer, dialogues[row].answer_len);
	if (dialogues[row].is_end)
		expect_fin(client);
	else
		expect_nothing_yet(client);
}

START_TEST(a_dialogue_goes_as_the_rfc_says)
{
	struct client *client = open_socket(start_stage(), 0);

	wire_about(dialogues[_i].about);
	send_bytes(client, dialogues[_i].sent, dialogues[_i].sent_len);
	expect_dialogue(client, _i);
}
END_TEST

START_TEST(it_goes_the_same_a_byte_at_a_time)
{
	struct client *client = open_socket(start_stage(), 0);

	wire_about(dialogues[_i].about);
	send_each_byte(client, dialogues[_i].sent, dialogues[_i].sent_len);
	expect_dialogue(client, _i);
}
END_TEST

/* --- Pace ---------------------------------------------------------------------------------------
 */

/* They come in one piece, and the first answer fills the output. */
START_TEST(messages_that_wait_for_room_are_answered_without_another)
{
	struct usherd *stage = start_stage();
	struct client *client = open_socket(stage, 0);
	struct bytes frames = { 0 };

	for (int i = 0; i < 10; i++)
		put_frame(&frames, 0x81, "send 100000");
	put_frame(&frames, 0x81, "last");
	send_bytes(client, frames.data, frames.len);
	bytes_free(&frames);
	for (int i = 0; i < 10; i++)
		expect_big(client, 100000);
	expect_bytes(client, BYTES("\x81\x04last"));
}
END_TEST

START_TEST(who_is_told_full_is_told_when_it_is_drained)
{
	struct usherd *stage = start_stage();
	struct client *client = open_socket(stage, 4096);

	send_frame(client, 0x81, "send 8000000");
	usherd_expect_output(stage, "opened");
	send_frame(client, 0x81, "send 8000000");
	expect_big(client, 8000000);
	expect_big(client, 8000000);
	send_frame(client, 0x81, "last");
	expect_bytes(client, BYTES("\x81\x04last"));
}
END_TEST

START_TEST(pings_of_a_client_that_does_not_read_do_not_pile_up)
{
	struct usherd *stage = start_stage();
	struct client *client = open_socket(stage, 4096);
	static char pings[8 << 20];

	for (size_t i = 0; i + 8 <= sizeof(pings); i += 8)
		memcpy(pings + i, "\x89\x82" M "ab", 8);
	while (send_some(client, pings, sizeof(pings)) == sizeof(pings))
		continue;
	ck_assert_int_lt(usherd_memory_kib(stage, "VmRSS"), 1 << 20);
	client_reset(client);
	usherd_expect_output(stage, "closed 1006 '' reset_by_peer");
}
END_TEST

/* --- Calls ---------------------------------------------------------------------------------------
 */

START_TEST(a_ping_of_ours_goes_and_its_pong_is_heard_in_silence)
{
	struct client *client = open_socket(start_stage(), 0);

	send_frame(client, 0x81, "ping now");
	expect_bytes(client, BYTES("\x89\x03now"));
	send_frame(client, 0x8a, "now");
	send_frame(client, 0x81, "on");
	expect_bytes(client, BYTES("\x81\x02on"));
}
END_TEST

START_TEST(a_close_of_ours_waits_for_the_clients)
{
	struct usherd *stage = start_stage();
	struct client *client = open_socket(stage, 0);

	send_frame(client, 0x81, "close 4001 enough");
	expect_bytes(client,
	    BYTES("\x88\x08\x0f\xa1"
		  "enough"));
	send_frame(client, 0x81, "not heard");
	expect_nothing_yet(client);
	send_frame(client, 0x88, "\x0f\xa1");
	expect_fin(client);
	client_close(client);
	usherd_expect_output(stage, "closed 4001 '' program_closed by us unsent 0");
	ck_assert_ptr_null(strstr(usherd_output(stage), "close again"));
	ck_assert_ptr_null(strstr(usherd_output(stage), "after it"));
}
END_TEST

START_TEST(a_long_reason_goes_whole)
{
	struct client *client = open_socket(start_stage(), 0);
	char line[126] = "close 1000 ";

	memset(line + 11, 'r', 114);
	line[125] = '\0';
	send_frame(client, 0x81, line);
	expect_bytes(client, BYTES("\x88\x74\x03\xe8"));
	expect_bytes(client, line + 11, 114);
}
END_TEST

START_TEST(the_clients_reason_is_told)
{
	struct usherd *stage = start_stage();
	struct client *client = open_socket(stage, 0);

	send_frame(client, 0x88,
	    "\x03\xe9"
	    "leaving");
	expect_bytes(client, BYTES("\x88\x02\x03\xe9"));
	expect_fin(client);
	client_close(client);
	usherd_expect_output(stage, "closed 1001 'leaving' client_closed");
}
END_TEST

START_TEST(whoever_leaves_without_a_close_is_told_of)
{
	struct usherd *stage = start_stage();
	struct client *client = open_socket(stage, 0);

	half_close(client);
	expect_fin(client);
	client_close(client);
	usherd_expect_output(stage, "closed 1006 '' client_closed by peer");
	client = open_socket(stage, 0);
	client_reset(client);
	usherd_expect_output(stage, "closed 1006 '' reset_by_peer");
}
END_TEST

START_TEST(calls_that_cannot_be_are_refused_and_the_connection_goes_on)
{
	struct usherd *stage = start_stage();
	struct client *client = open_socket(stage, 0);

	send_frame(client, 0x81, "wrong");
	expect_bytes(client, BYTES("\x81\x07refused"));
	send_frame(client, 0x81, "turn");
	expect_bytes(client, BYTES("\x81\x06turned"));
	client_close(client);
	usherd_expect_output(stage, "closed 1006");
	ck_assert_str_eq(
	    usherd_output(stage), "opened\nclosed 1006 '' client_closed by peer unsent 0\n");
}
END_TEST

START_TEST(in_a_drain_the_program_may_say_goodbye)
{
	struct usherd *stage = start_stage();
	struct client *client = open_socket(stage, 0);

	usherd_expect_output(stage, "opened");
	usherd_signal(stage, SIGTERM);
	expect_bytes(client,
	    BYTES("\x81\x07goodbye\x88\x0b\x03\xf4"
		  "come back"));
	send_frame(client, 0x88, "\x03\xf4");
	expect_fin(client);
	client_close(client);
	usherd_expect_output(stage, "closed 1012 '' drained");
	usherd_expect_clean_end(stage);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("messages");
	TCase *frames = wire_case(suite, "dialogues", 60);
	TCase *calls = wire_case(suite, "calls", 60);

	tcase_add_loop_test(frames, a_dialogue_goes_as_the_rfc_says, 0, DIALOGUES);
	tcase_add_loop_test(frames, it_goes_the_same_a_byte_at_a_time, 0, DIALOGUES);
	tcase_add_test(calls, messages_that_wait_for_room_are_answered_without_another);
	tcase_add_test(calls, who_is_told_full_is_told_when_it_is_drained);
	tcase_add_test(calls, pings_of_a_client_that_does_not_read_do_not_pile_up);
	tcase_add_test(calls, a_ping_of_ours_goes_and_its_pong_is_heard_in_silence);
	tcase_add_test(calls, a_close_of_ours_waits_for_the_clients);
	tcase_add_test(calls, a_long_reason_goes_whole);
	tcase_add_test(calls, the_clients_reason_is_told);
	tcase_add_test(calls, whoever_leaves_without_a_close_is_told_of);
	tcase_add_test(calls, calls_that_cannot_be_are_refused_and_the_connection_goes_on);
	tcase_add_test(calls, in_a_drain_the_program_may_say_goodbye);
	return wire_run(suite);
}
