/* SPDX-License-Identifier: MIT
 *
 * Tests of http/websocket: frames, codes and text. The handshake and what follows of
 * frames for a connection is in tests/embed/.
 */
#include "http/websocket.h"

#include "support.h"

/* --- Heads ------------------------------------------------------------------------ */

#define BYTES(string) string, sizeof(string) - 1

/* What a client may send (RFC 6455 5.2, 5.7), mask 37 fa 21 3d. */
#define MASK "\x37\xfa\x21\x3d"

static const struct {
	const char *about;
	const char *bytes;
	size_t size;
	bool is_final;
	enum websocket_opcode opcode;
	uint64_t len;
} heads[] = {
	{ "5.7: a masked text, Hello", BYTES("\x81\x85" MASK), true, WEBSOCKET_TEXT, 5 },
	{ "5.7: the first fragment of a text", BYTES("\x01\x83" MASK), false, WEBSOCKET_TEXT, 3 },
	{ "5.7: its last", BYTES("\x80\x82" MASK), true, WEBSOCKET_CONTINUATION, 2 },
	{ "5.7: a ping", BYTES("\x89\x85" MASK), true, WEBSOCKET_PING, 5 },
	{ "5.7: a pong", BYTES("\x8a\x85" MASK), true, WEBSOCKET_PONG, 5 },
	{ "5.7: 256 bytes", BYTES("\x82\xfe\x01\x00" MASK), true, WEBSOCKET_BINARY, 256 },
	{ "5.7: 64 KiB", BYTES("\x82\xff\0\0\0\0\0\x01\0\0" MASK), true, WEBSOCKET_BINARY, 65536 },
	{ "nothing", BYTES("\x82\x80" MASK), true, WEBSOCKET_BINARY, 0 },
	{ "an empty fragment", BYTES("\x00\x80" MASK), false, WEBSOCKET_CONTINUATION, 0 },
	{ "125 bytes", BYTES("\x82\xfd" MASK), true, WEBSOCKET_BINARY, 125 },
	{ "126 bytes", BYTES("\x82\xfe\0\x7e" MASK), true, WEBSOCKET_BINARY, 126 },
	{ "127 bytes", BYTES("\x82\xfe\0\x7f" MASK), true, WEBSOCKET_BINARY, 127 },
	{ "65535 bytes", BYTES("\x82\xfe\xff\xff" MASK), true, WEBSOCKET_BINARY, 65535 },
	{ "65537 bytes", BYTES("\x82\xff\0\0\0\0\0\x01\0\x01" MASK), true, WEBSOCKET_BINARY,
	    65537 },
	{ "the most there can be", BYTES("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff" MASK), true,
	    WEBSOCKET_BINARY, INT64_MAX },
	{ "a close without code", BYTES("\x88\x80" MASK), true, WEBSOCKET_CLOSE, 0 },
	{ "a close with the longest reason", BYTES("\x88\xfd" MASK), true, WEBSOCKET_CLOSE, 125 },
};

START_TEST(a_head_tells_of_its_frame_once_it_is_whole)
{
	struct websocket_frame frame;
	size_t size;

	for (size_t len = 0; len < heads[_i].size; len++)
		ck_assert_int_eq(
		    websocket_frame_head(exact_bytes(heads[_i].bytes, len), &frame, &size),
		    WEBSOCKET_MORE);
	ck_assert_msg(websocket_frame_head(exact_bytes(heads[_i].bytes, heads[_i].size), &frame,
			  &size) == WEBSOCKET_DONE,
	    "%s is refused", heads[_i].about);
	ck_assert_uint_eq(size, heads[_i].size);
	ck_assert_int_eq(frame.is_final, heads[_i].is_final);
	ck_assert_int_eq(frame.opcode, heads[_i].opcode);
	ck_assert_uint_eq(frame.len, heads[_i].len);
	ck_assert_mem_eq(frame.mask, MASK, 4);
}
END_TEST

START_TEST(what_follows_a_head_is_not_looked_at)
{
	struct websocket_frame frame;
	size_t size;

	ck_assert_int_eq(
	    websocket_frame_head(SLICE("\x81\x85" MASK "\x7f\x9f"), &frame, &size), WEBSOCKET_DONE);
	ck_assert_uint_eq(size, 6);
}
END_TEST

/* What no client may send, with how many of its bytes have to be there to see it. */
static const struct {
	const char *about;
	const char *bytes;
	size_t size, seen_at;
} refused[] = {
	{ "no mask", BYTES("\x81\x05"), 2 },
	{ "a ping without a mask", BYTES("\x89\x00"), 2 },
	{ "reserved bit 1", BYTES("\xc1\x80"), 2 },
	{ "reserved bit 2", BYTES("\xa1\x80"), 2 },
	{ "reserved bit 3", BYTES("\x91\x80"), 2 },
	{ "all reserved bits of a ping", BYTES("\xf9\x80"), 2 },
	{ "a close in fragments", BYTES("\x08\x80"), 2 },
	{ "a ping in fragments", BYTES("\x09\x80"), 2 },
	{ "a pong in fragments", BYTES("\x0a\x80"), 2 },
	{ "a close of 126 bytes", BYTES("\x88\xfe"), 2 },
	{ "a ping of 64 bits", BYTES("\x89\xff"), 2 },
	{ "125 in two bytes", BYTES("\x82\xfe\0\x7d" MASK), 8 },
	{ "0 in two bytes", BYTES("\x82\xfe\0\0" MASK), 8 },
	{ "65535 in eight bytes", BYTES("\x82\xff\0\0\0\0\0\0\xff\xff" MASK), 14 },
	{ "0 in eight bytes", BYTES("\x82\xff\0\0\0\0\0\0\0\0" MASK), 14 },
	{ "a length with the highest bit", BYTES("\x82\xff\x80\0\0\0\0\0\0\0" MASK), 14 },
};

START_TEST(what_no_client_may_send_is_refused_as_soon_as_it_is_seen)
{
	struct websocket_frame frame;
	size_t size;

	for (size_t len = 0; len < refused[_i].size; len++)
		ck_assert_int_eq(
		    websocket_frame_head(exact_bytes(refused[_i].bytes, len), &frame, &size),
		    len < refused[_i].seen_at ? WEBSOCKET_MORE : WEBSOCKET_REFUSED);
	ck_assert_msg(websocket_frame_head(exact_bytes(refused[_i].bytes, refused[_i].size), &frame,
			  &size) == WEBSOCKET_REFUSED,
	    "%s is taken", refused[_i].about);
}
END_TEST

START_TEST(every_other_opcode_is_refused)
{
	struct websocket_frame frame;
	size_t size;

	for (unsigned opcode = 0; opcode < 16; opcode++) {
		const char bytes[] = { (char)(0x80 | opcode), (char)0x80, 0, 0, 0, 0 };
		const bool is_known = opcode <= 2 || (opcode >= 8 && opcode <= 10);

		ck_assert_int_eq(
		    websocket_frame_head((struct slice){ bytes, sizeof(bytes) }, &frame, &size),
		    is_known ? WEBSOCKET_DONE : WEBSOCKET_REFUSED);
	}
}
END_TEST

/* --- Payload ---------------------------------------------------------------------- */

START_TEST(payload_is_unmasked_wherever_it_is_cut)
{
	for (size_t cut = 0; cut <= 5; cut++) {
		char bytes[] = "\x7f\x9f\x4d\x51\x58";

		websocket_unmask(bytes, cut, (const unsigned char *)MASK, 0);
		websocket_unmask(bytes + cut, 5 - cut, (const unsigned char *)MASK, cut);
		ck_assert_str_eq(bytes, "Hello");
	}
}
END_TEST

START_TEST(the_place_in_a_long_payload_is_kept_beyond_32_bits)
{
	char bytes[] = "\x9f\x4d\x51";

	websocket_unmask(bytes, 3, (const unsigned char *)MASK, (UINT64_C(1) << 40) + 1);
	ck_assert_str_eq(bytes, "ell");
}
END_TEST

/* --- What we send ----------------------------------------------------------------- */

static const struct {
	enum websocket_opcode opcode;
	uint64_t len;
	const char *bytes;
	size_t size;
} ours[] = {
	{ WEBSOCKET_TEXT, 5, BYTES("\x81\x05") },
	{ WEBSOCKET_PONG, 5, BYTES("\x8a\x05") },
	{ WEBSOCKET_CLOSE, 0, BYTES("\x88\x00") },
	{ WEBSOCKET_BINARY, 125, BYTES("\x82\x7d") },
	{ WEBSOCKET_BINARY, 126, BYTES("\x82\x7e\0\x7e") },
	{ WEBSOCKET_BINARY, 256, BYTES("\x82\x7e\x01\x00") },
	{ WEBSOCKET_BINARY, 65535, BYTES("\x82\x7e\xff\xff") },
	{ WEBSOCKET_BINARY, 65536, BYTES("\x82\x7f\0\0\0\0\0\x01\0\0") },
	{ WEBSOCKET_TEXT, UINT64_C(0x0102030405060708), BYTES("\x81\x7f\1\2\3\4\5\6\7\x08") },
};

START_TEST(the_head_of_a_message_of_ours_is_the_shortest)
{
	char room[WEBSOCKET_HEAD_MAX];
	struct text text = text_over(room, sizeof(room));

	websocket_put_head(&text, ours[_i].opcode, ours[_i].len);
	ck_assert(!text.is_truncated);
	ck_assert_uint_eq(text.len, ours[_i].size);
	ck_assert_mem_eq(room, ours[_i].bytes, ours[_i].size);
}
END_TEST

/* --- Codes ------------------------------------------------------------------------ */

/* RFC 6455 7.4, and the registry that it founds; ranges. */
static const struct {
	unsigned first, last;
	bool is_allowed;
} codes[] = {
	{ 0, 999, false },
	{ 1000, 1003, true },
	{ 1004, 1006, false },
	{ 1007, 1014, true },
	{ 1015, 2999, false },
	{ 3000, 4999, true },
	{ 5000, 65535, false },
};

START_TEST(only_codes_that_may_be_sent_are_codes)
{
	for (unsigned code = codes[_i].first; code <= codes[_i].last; code++)
		ck_assert_msg(websocket_is_code(code) == codes[_i].is_allowed, "%u is %sallowed",
		    code, codes[_i].is_allowed ? "not " : "");
}
END_TEST

/* --- Text ------------------------------------------------------------------------- */

/* The boundaries of UTF-8 (RFC 3629 4). */
static const struct {
	const char *bytes;
	size_t size;
	bool is_text;
} texts[] = {
	{ BYTES(""), true },
	{ BYTES("Hello"), true },
	{ BYTES("a\0b"), true },
	{ BYTES("\x7f"), true },
	{ BYTES("\x80"), false },
	{ BYTES("\xbf"), false },
	{ BYTES("\xc0\x80"), false },
	{ BYTES("\xc1\xbf"), false },
	{ BYTES("\xc2\x80"), true },
	{ BYTES("\xdf\xbf"), true },
	{ BYTES("\xdf"), false },
	{ BYTES("\xdf\x7f"), false },
	{ BYTES("\xe0\x80\x80"), false },
	{ BYTES("\xe0\x9f\xbf"), false },
	{ BYTES("\xe0\xa0\x80"), true },
	{ BYTES("\xed\x9f\xbf"), true },
	{ BYTES("\xed\xa0\x80"), false },
	{ BYTES("\xed\xbf\xbf"), false },
	{ BYTES("\xee\x80\x80"), true },
	{ BYTES("\xef\xbf\xbd"), true },
	{ BYTES("\xef\xbf\xbf"), true },
	{ BYTES("\xef\xbf"), false },
	{ BYTES("\xf0\x80\x80\x80"), false },
	{ BYTES("\xf0\x8f\xbf\xbf"), false },
	{ BYTES("\xf0\x90\x80\x80"), true },
	{ BYTES("\xf4\x8f\xbf\xbf"), true },
	{ BYTES("\xf4\x90\x80\x80"), false },
	{ BYTES("\xf5\x80\x80\x80"), false },
	{ BYTES("\xf8\x88\x80\x80\x80"), false },
	{ BYTES("\xfe"), false },
	{ BYTES("\xff"), false },
	{ BYTES("\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"), true },
	{ BYTES("\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80"), false },
	{ BYTES("\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xf4\x90\x80\x80x"), false },
	{ BYTES("x\xf0\x90\x80"), false },
};

START_TEST(text_is_whole_and_right_utf8)
{
	struct slice bytes = exact_bytes(texts[_i].bytes, texts[_i].size);

	ck_assert_int_eq(websocket_is_text(bytes), texts[_i].is_text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http/websocket");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, NULL, exact_free);
	tcase_add_loop_test(tcase, a_head_tells_of_its_frame_once_it_is_whole, 0, COUNT(heads));
	tcase_add_test(tcase, what_follows_a_head_is_not_looked_at);
	tcase_add_loop_test(
	    tcase, what_no_client_may_send_is_refused_as_soon_as_it_is_seen, 0, COUNT(refused));
	tcase_add_test(tcase, every_other_opcode_is_refused);
	tcase_add_test(tcase, payload_is_unmasked_wherever_it_is_cut);
	tcase_add_test(tcase, the_place_in_a_long_payload_is_kept_beyond_32_bits);
	tcase_add_loop_test(tcase, the_head_of_a_message_of_ours_is_the_shortest, 0, COUNT(ours));
	tcase_add_loop_test(tcase, only_codes_that_may_be_sent_are_codes, 0, COUNT(codes));
	tcase_add_loop_test(tcase, text_is_whole_and_right_utf8, 0, COUNT(texts));
	return run_suite(suite);
}
