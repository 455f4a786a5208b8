/* SPDX-License-Identifier: MIT
 *
 * fuzz_connection: whole connections, from the socket through HTTP/1 and the
 * handlers to the access log. The first byte chooses what the client does; the
 * rest is what it sends, once at a stroke and once in pieces, with the loop turning
 * in between. Answers and log have to be the same. Or time passes as well, in which
 * deadlines expire, slow clients are judged, connections are parked and the wall's clock
 * is set: then the answers may end sooner, with a 408 or without, but are no others.
 * (Over a socketpair: session.h says why.)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/panic.h"
#include "fuzz.h"
#include "session.h"

#define INPUT_MAX 32768

/* Bits of the first byte. */
#define READS_LATE 1
#define KEEPS_OPEN 2
#define GIVES_UP 4
#define TAKES_TIME 8

static bool
has(struct slice text, struct slice part)
{
	return text.len > 0 && memmem(text.data, text.len, part.data, part.len) != NULL;
}

/* What may differ of an answer is left out: the time, and where chunks of an echo
 * begin. `bytes` shrinks in place. */
struct normalizer {
	struct slice left;
	char *bytes;
	size_t kept;
	bool is_head;
	bool is_chunked;
};

/* A line of a head or of a chunk that the end of the connection cut short may be one of
 * those that are left out. */
static void
drop_unfinished_line(struct normalizer *normalizer)
{
	if (normalizer->left.len > 0 && !memchr(normalizer->left.data, '\n', normalizer->left.len))
		normalizer->left.len = 0;
}

static void
keep(struct normalizer *normalizer, size_t len)
{
	memmove(normalizer->bytes + normalizer->kept, normalizer->left.data, len);
	normalizer->kept += len;
	normalizer->left = slice_from(normalizer->left, len);
}

/* A chunk's size, and its line, which leaves the input; false where there is none. */
static bool
take_chunk_size(struct normalizer *normalizer, size_t *ret_size)
{
	struct slice rest = normalizer->left;
	struct slice line = fuzz_take_line(&rest);
	size_t size = 0;

	if (line.len < 2 || line.len > 8 || line.data[line.len - 1] != '\r')
		return false;
	for (size_t i = 0; i < line.len - 1; i++) {
		const char *digits = "0123456789abcdef";
		const char *found = line.data[i] ? strchr(digits, line.data[i]) : NULL;

		if (!found)
			return false;
		size = size * 16 + (size_t)(found - digits);
	}
	normalizer->left = rest;
	*ret_size = size;
	return true;
}

static void
join_chunks(struct normalizer *normalizer)
{
	size_t size;

	while (take_chunk_size(normalizer, &size) && size > 0) {
		keep(normalizer, size < normalizer->left.len ? size : normalizer->left.len);
		if (slice_starts_with(normalizer->left, SLICE("\r\n")))
			normalizer->left = slice_from(normalizer->left, 2);
	}
	drop_unfinished_line(normalizer);
}

static void
take_answer_line(struct normalizer *normalizer)
{
	struct slice rest, line;

	if (normalizer->is_head)
		drop_unfinished_line(normalizer);
	rest = normalizer->left;
	line = fuzz_take_line(&rest);
	/* Perhaps behind a body that ends without a newline. */
	if (has(line, SLICE("HTTP/1.1 ")))
		normalizer->is_head = true;
	if (slice_starts_with(line, SLICE("Transfer-Encoding: chunked")))
		normalizer->is_chunked = normalizer->is_head;
	if (normalizer->is_head && slice_starts_with(line, SLICE("Date: ")))
		normalizer->left = rest;
	else
		keep(normalizer, normalizer->left.len - rest.len);
	if (!normalizer->is_head || !slice_equals(line, SLICE("\r")))
		return;
	if (normalizer->is_chunked)
		join_chunks(normalizer);
	normalizer->is_head = normalizer->is_chunked = false;
}

static size_t
normalize(struct session_outcome *outcome)
{
	struct normalizer normalizer = { .left = { outcome->answer, outcome->answer_len },
		.bytes = outcome->answer };

	while (normalizer.left.len > 0)
		take_answer_line(&normalizer);
	return normalizer.kept;
}

/* Each line is JSON. Returns a checksum of the statuses, in their order. */
static uint64_t
check_log(const struct session_outcome *outcome)
{
	struct slice left = { outcome->log, outcome->log_len };
	uint64_t sum = 0;

	while (left.len > 0) {
		struct slice line = fuzz_take_line(&left);
		const char *status = memmem(line.data, line.len, "\"status\":", 9);

		must(fuzz_is_json(line) && status);
		for (int i = 9; i < 12; i++)
			sum = sum * 257 + (uint8_t)status[i];
	}
	return sum;
}

/* Whatever was answered is HTTP, and never holds what is hidden. */
static void
check_answer(const struct session_outcome *outcome)
{
	struct slice answer = { outcome->answer, outcome->answer_len };

	if (answer.len >= 9)
		must(slice_starts_with(answer, SLICE("HTTP/1.1 ")));
	must(!outcome->was_reset);
}

/* The answer depends on time where a client waits to be told to go on, and on
 * chance where a boundary has to be made up. */
static bool
depends_on_time(struct slice input, const struct session_outcome *outcome)
{
	struct slice answer = { outcome->answer, outcome->answer_len };

	return has(input, SLICE("100-")) || has(answer, SLICE("boundary="));
}

/* Fails with what stands around the first byte that differs. */
static void
expect_same(struct slice whole, struct slice cut)
{
	size_t at = 0;
	size_t from;

	while (at < whole.len && at < cut.len && whole.data[at] == cut.data[at])
		at++;
	if (at == whole.len && at == cut.len)
		return;
	from = at > 300 ? at - 300 : 0;
	(void)fprintf(stderr,
	    "from byte %zu on %zu and %zu bytes differ:\n%.600s\n-- cut:\n%.600s\n", at, whole.len,
	    cut.len, whole.data + from, cut.data + from);
	abort();
}

static void
compare(struct session_outcome *whole, struct session_outcome *cut)
{
	size_t len = normalize(whole);
	size_t cut_len = normalize(cut);

	expect_same((struct slice){ whole->answer, len }, (struct slice){ cut->answer, cut_len });
	must(check_log(whole) == check_log(cut));
}

/* The answers begin like the others; what follows can only be that time was over. */
static void
expect_shorter(struct slice whole, struct slice timed)
{
	const struct slice timeout = SLICE("HTTP/1.1 408 ");
	size_t same = 0;

	while (same < whole.len && same < timed.len && whole.data[same] == timed.data[same])
		same++;
	if (same == timed.len)
		return;
	for (size_t at = same + 1; at-- > 0;)
		if (slice_starts_with(slice_from(timed, at), timeout))
			return;
	expect_same(whole, timed);
}

static void
run_in_time(struct session *session, struct slice input, struct session_plan plan,
    const struct session_outcome *whole)
{
	struct session_outcome untimed = session_run(session, input, &(struct session_plan){ 0 });
	struct session_outcome timed;

	plan.times = fuzz_seed(input) ^ plan.cuts;
	timed = session_run(session, input, &plan);
	(void)check_log(&timed);
	if (!depends_on_time(input, whole))
		expect_shorter((struct slice){ untimed.answer, normalize(&untimed) },
		    (struct slice){ timed.answer, normalize(&timed) });
	session_outcome_done(&untimed);
	session_outcome_done(&timed);
}

static struct session *
session_of_process(void)
{
	static bool is_registered;

	if (!is_registered)
		is_registered = atexit(session_forget) == 0;
	return session_get();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = { (const char *)data, size < INPUT_MAX ? size : INPUT_MAX };
	uint8_t choice = fuzz_take_byte(&input);
	struct session *session = session_of_process();
	struct session_plan plan = { .reads_late = choice & READS_LATE };
	struct session_outcome whole = session_run(session, input, &plan);
	struct session_outcome cut;

	plan.cuts = fuzz_seed(input) | 1;
	plan.keeps_open = choice & KEEPS_OPEN;
	plan.gives_up_after = choice & GIVES_UP ? 1 + fuzz_seed(input) % (input.len + 1) : 0;
	cut = session_run(session, input, &plan);
	check_answer(&whole);
	(void)check_log(&cut);
	if (!plan.keeps_open && !plan.gives_up_after) {
		check_answer(&cut);
		if (!depends_on_time(input, &whole))
			compare(&whole, &cut);
	}
	if (choice & TAKES_TIME)
		run_in_time(session, input, plan, &whole);
	session_outcome_done(&whole);
	session_outcome_done(&cut);
	return 0;
}
