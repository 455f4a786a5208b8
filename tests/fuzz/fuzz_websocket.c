/* SPDX-License-Identifier: MIT
 *
 * fuzz_websocket: whatever a client sends once it has shaken hands, at a stroke and in
 * pieces, with the loop turning in between: the answers are the same, and are frames as a
 * server may send them. The first byte chooses what else the client does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_session.h"
#include "base/panic.h"
#include "fuzz.h"

#define INPUT_MAX 16384

static const char handshake[] = "GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
				"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
				"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/* Bits of the first byte. */
#define KEEPS_OPEN 1
#define GIVES_UP 2
#define READS_LATE 4
#define TAKES_TIME 8

static struct slice
take(struct slice *left, size_t len)
{
	struct slice taken = { left->data, len };

	must(len <= left->len);
	*left = slice_from(*left, len);
	return taken;
}

/* The next frame's payload leaves `left`; its first byte. */
static unsigned
take_frame(struct slice *left, struct slice *ret_payload)
{
	struct slice head = take(left, 2);
	size_t len = (uint8_t)head.data[1];
	const size_t extra = len == 126 ? 2 : len == 127 ? 8 : 0;
	struct slice more = take(left, extra);

	must(len <= 127); /* no mask */
	if (extra > 0)
		len = 0;
	for (size_t i = 0; i < extra; i++)
		len = len << 8 | (uint8_t)more.data[i];
	must(extra == 0 || len >= (extra == 2 ? 126U : 65536U));
	*ret_payload = take(left, len);
	return (uint8_t)head.data[0];
}

/* Text is UTF-8, pongs are short, and nothing follows a close. */
static void
check_frames(struct slice left)
{
	struct slice payload;

	while (left.len > 0) {
		switch (take_frame(&left, &payload)) {
		case 0x81:
			for (size_t len; payload.len > 0; payload = slice_from(payload, len))
				must((len = slice_utf8_length(payload)) > 0);
			break;
		case 0x82:
			break;
		case 0x8a:
			must(payload.len <= 125);
			break;
		case 0x88:
			must(payload.len != 1 && payload.len <= 125 && left.len == 0);
			break;
		default:
			panic_at(__FILE__, __LINE__, "no server sends such a frame");
		}
	}
}

/* Behind the head of 101. */
static struct slice
frames_of(const struct session_outcome *outcome)
{
	static const char end[] = "\r\n\r\n";
	struct slice answer = { outcome->answer, outcome->answer_len };
	const char *at = memmem(answer.data, answer.len, end, sizeof(end) - 1);

	must(at && slice_starts_with(answer, SLICE("HTTP/1.1 101 ")));
	return slice_from(answer, (size_t)(at - answer.data) + sizeof(end) - 1);
}

static void
forget(void)
{
	api_session_forget();
}

static struct session_outcome
run(struct slice input, const struct session_plan *plan)
{
	static bool is_registered;

	if (!is_registered)
		is_registered = atexit(forget) == 0;
	return api_session_run(API_HTTP, input, plan);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char bytes[sizeof(handshake) + INPUT_MAX];
	struct slice input = { (const char *)data, size < INPUT_MAX ? size : INPUT_MAX };
	const uint8_t choice = fuzz_take_byte(&input);
	struct session_plan plan = { .reads_late = choice & READS_LATE };
	struct session_outcome whole, cut;
	struct slice all = { bytes, sizeof(handshake) - 1 + input.len };

	memcpy(bytes, handshake, sizeof(handshake) - 1);
	if (input.len > 0)
		memcpy(bytes + sizeof(handshake) - 1, input.data, input.len);
	whole = run(all, &plan);
	plan.cuts = fuzz_seed(input) | 1;
	plan.keeps_open = choice & KEEPS_OPEN;
	plan.gives_up_after = choice & GIVES_UP ? 1 + fuzz_seed(input) % all.len : 0;
	plan.times = choice & TAKES_TIME ? plan.cuts : 0;
	cut = run(all, &plan);
	must(!whole.was_reset);
	check_frames(frames_of(&whole));
	if (!plan.gives_up_after && !plan.keeps_open && !plan.times) {
		must(whole.answer_len == cut.answer_len);
		must(memcmp(whole.answer, cut.answer, cut.answer_len) == 0);
	}
	session_outcome_done(&whole);
	session_outcome_done(&cut);
	return 0;
}
