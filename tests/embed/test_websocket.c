/* SPDX-License-Identifier: MIT
 *
 * websocket: RFC 6455 by hand-made frames: the handshake, messages whole and in fragments,
 * control frames, and whatever a client must not send.
 */
#include <signal.h>
#include <string.h>

#include "harness/wire.h"

#define UPGRADE "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"

static struct usherd *
start_echo(void)
{
	return usherd_start_with(ARGS("127.0.0.1:0"));
}

static struct client *
open_socket(struct usherd *echo)
{
	struct client *client = wire_connect(echo, "echo");

	send_request(client, "GET", "/echo", UPGRADE KEY VERSION);
	expect_text(client,
	    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
	    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
	return client;
}

/* A frame with a short payload, masked as a client has to. */
static void
send_frame(struct client *client, unsigned first, const char *payload, size_t len)
{
	static const unsigned char mask[4] = { 0x37, 0xfa, 0x21, 0x3d };
	unsigned char frame[6 + 125] = { (unsigned char)first, (unsigned char)(0x80 | len) };

	ck_assert_uint_le(len, 125);
	memcpy(frame + 2, mask, sizeof(mask));
	for (size_t i = 0; i < len; i++)
		frame[6 + i] = (unsigned char)payload[i] ^ mask[i % 4];
	send_bytes(client, frame, 6 + len);
}

#define FRAME(client, first, payload) send_frame(client, first, payload, sizeof(payload) - 1)

/* Our close frame with that code, and then our FIN. */
static void
expect_failed(struct client *client, unsigned code)
{
	const unsigned char close[4] = { 0x88, 2, (unsigned char)(code >> 8), (unsigned char)code };

	expect_bytes(client, close, sizeof(close));
	expect_fin(client);
}

START_TEST(messages_come_back_whole)
{
	struct client *client = open_socket(start_echo());

	FRAME(client, 0x81, "hello");
	expect_bytes(client, "\x81\x05hello", 7);
	FRAME(client, 0x82, "\0\xff");
	expect_bytes(client, "\x82\x02\0\xff", 4);
	FRAME(client, 0x81, "");
	expect_bytes(client, "\x81\x00", 2);
}
END_TEST

START_TEST(frames_that_follow_the_handshake_at_once_are_heard)
{
	struct client *client = wire_connect(start_echo(), "echo");

	send_bytes(client,
	    "GET /echo HTTP/1.1\r\nHost: a\r\n" UPGRADE KEY VERSION "\r\n\x81\x81\0\0\0\0x",
	    sizeof("GET /echo HTTP/1.1\r\nHost: a\r\n" UPGRADE KEY VERSION "\r\n") - 1 + 7);
	discard(client, 129);
	expect_bytes(client, "\x81\x01x", 3);
}
END_TEST

START_TEST(fragments_are_put_together_and_control_frames_may_come_between)
{
	struct client *client = open_socket(start_echo());

	FRAME(client, 0x01, "one ");
	FRAME(client, 0x89, "ping");
	expect_bytes(client, "\x8a\x04ping", 6);
	FRAME(client, 0x00, "two \xc3");
	FRAME(client, 0x8a, "a pong that nobody asked for");
	FRAME(client, 0x80, "\xa4");
	expect_bytes(client, "\x81\x0aone two \xc3\xa4", 12);
}
END_TEST

START_TEST(long_messages_take_longer_heads)
{
	struct client *client = open_socket(start_echo());
	static char big[70000];

	send_bytes(client, "\x82\xfe\x01\x00\0\0\0\0", 8);
	send_bytes(client, big, 256);
	expect_bytes(client, "\x82\x7e\x01\x00", 4);
	expect_bytes(client, big, 256);
	send_bytes(client, "\x82\xff\0\0\0\0\0\x01\x11\x70\0\0\0\0", 14);
	send_bytes(client, big, sizeof(big));
	expect_bytes(client, "\x82\x7f\0\0\0\0\0\x01\x11\x70", 10);
	expect_bytes(client, big, sizeof(big));
}
END_TEST

START_TEST(a_byte_at_a_time_is_as_good)
{
	struct client *client = open_socket(start_echo());

	send_each_byte(client, "\x81\x82\x01\x02\x03\x04\x69\x6b", 8);
	expect_bytes(client, "\x81\x02hi", 4);
}
END_TEST

START_TEST(a_close_is_answered_with_its_code)
{
	struct client *client = open_socket(start_echo());

	FRAME(client, 0x88,
	    "\x03\xe8"
	    "bye");
	expect_failed(client, 1000);
	client_close(client);
}
END_TEST

START_TEST(a_close_without_code_is_answered_without)
{
	struct client *client = open_socket(start_echo());

	FRAME(client, 0x88, "");
	expect_bytes(client, "\x88\x00", 2);
	expect_fin(client);
}
END_TEST

static const struct {
	const char *about;
	const char *frame;
	size_t len;
	unsigned code;
} breaches[] = {
#define BREACH(about, bytes, code)                    \
	{                                             \
		about, bytes, sizeof(bytes) - 1, code \
	}
	BREACH("no mask", "\x81\x01x", 1002),
	BREACH("a reserved bit", "\xc1\x81\0\0\0\0x", 1002),
	BREACH("a reserved opcode", "\x83\x80\0\0\0\0", 1002),
	BREACH("a reserved control opcode", "\x8b\x80\0\0\0\0", 1002),
	BREACH("a ping in fragments", "\x09\x80\0\0\0\0", 1002),
	BREACH("a long ping", "\x89\xfe\0\x7e\0\0\0\0", 1002),
	BREACH("a length of two bytes that needs one", "\x82\xfe\0\x7d\0\0\0\0", 1002),
	BREACH(
	    "a length of eight bytes that needs two", "\x82\xff\0\0\0\0\0\0\xff\xff\0\0\0\0", 1002),
	BREACH("a length with the highest bit", "\x82\xff\x80\0\0\0\0\0\0\0\0\0\0\0", 1002),
	BREACH("a continuation of nothing", "\x80\x80\0\0\0\0", 1002),
	BREACH("a message within another", "\x01\x81\0\0\0\0x\x81\x81\0\0\0\0x", 1002),
	BREACH("a text that is no UTF-8", "\x81\x82\0\0\0\0\xc0\xaf", 1007),
	BREACH("a text that ends too early", "\x81\x81\0\0\0\0\xc3", 1007),
	BREACH("a surrogate", "\x81\x83\0\0\0\0\xed\xa0\x80", 1007),
	BREACH("a close of one byte", "\x88\x81\0\0\0\0\x03", 1002),
	BREACH("a close with 1005", "\x88\x82\0\0\0\0\x03\xed", 1002),
	BREACH("a close with 999", "\x88\x82\0\0\0\0\x03\xe7", 1002),
	BREACH("a reason that is no UTF-8", "\x88\x83\0\0\0\0\x03\xe8\xff", 1007),
	BREACH("a message above the limit", "\x82\xff\0\0\0\0\0\x10\0\x01\0\0\0\0", 1009),
#undef BREACH
};

START_TEST(what_no_client_may_send_is_told_by_its_code)
{
	struct client *client = open_socket(start_echo());

	wire_about(breaches[_i].about);
	send_bytes(client, breaches[_i].frame, breaches[_i].len);
	expect_failed(client, breaches[_i].code);
}
END_TEST

START_TEST(a_handshake_that_is_none_is_refused)
{
	struct usherd *echo = start_echo();
	struct client *client = wire_connect(echo, "echo");

	send_get(client, "/echo");
	expect_response(client, 400);
	send_request(client, "GET", "/echo", UPGRADE KEY "Sec-WebSocket-Version: 8\r\n");
	expect_response(client, 426);
	expect_field(client, "Sec-WebSocket-Version", "13");
	send_request(client, "GET", "/echo", UPGRADE VERSION);
	expect_response(client, 400);
	send_request(client, "GET", "/echo", UPGRADE VERSION "Sec-WebSocket-Key: short==\r\n");
	expect_response(client, 400);
	send_request(client, "GET", "/echo", UPGRADE VERSION KEY KEY);
	expect_response(client, 400);
	send_get(client, "/");
	expect_response(client, 200);
}
END_TEST

START_TEST(a_drain_closes_with_1001_and_waits_for_the_answer)
{
	struct usherd *echo = start_echo();
	struct client *client = open_socket(echo);

	FRAME(client, 0x81, "x");
	expect_bytes(client, "\x81\x01x", 3);
	usherd_signal(echo, SIGTERM);
	expect_bytes(client, "\x88\x02\x03\xe9", 4);
	expect_nothing_yet(client);
	FRAME(client, 0x88, "\x03\xe9");
	expect_fin(client);
	client_close(client);
	usherd_expect_clean_end(echo);
	usherd_expect_last_line(echo, "1 drained");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("websocket");
	TCase *frames = wire_case(suite, "frames", 60);

	tcase_add_test(frames, messages_come_back_whole);
	tcase_add_test(frames, frames_that_follow_the_handshake_at_once_are_heard);
	tcase_add_test(frames, fragments_are_put_together_and_control_frames_may_come_between);
	tcase_add_test(frames, long_messages_take_longer_heads);
	tcase_add_test(frames, a_byte_at_a_time_is_as_good);
	tcase_add_test(frames, a_close_is_answered_with_its_code);
	tcase_add_test(frames, a_close_without_code_is_answered_without);
	tcase_add_loop_test(frames, what_no_client_may_send_is_told_by_its_code, 0,
	    (int)(sizeof(breaches) / sizeof(breaches[0])));
	tcase_add_test(frames, a_handshake_that_is_none_is_refused);
	tcase_add_test(frames, a_drain_closes_with_1001_and_waits_for_the_answer);
	return wire_run(suite);
}
