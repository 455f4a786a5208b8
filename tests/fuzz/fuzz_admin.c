/* SPDX-License-Identifier: MIT
 *
 * fuzz_admin: whole connections to the admin service, from the socket through HTTP/1 to
 * its routes and verbs. The first byte says who the client is and what the server thinks
 * of its wishes; the rest is what it sends, or, with LISTED, a line for each request,
 * from which the fuzzer need not find out how HTTP is written. Sent once at a stroke
 * and once in pieces: each answer is whole, and has the same status.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin_session.h"
#include "base/panic.h"
#include "fuzz.h"

#define INPUT_MAX 8192
#define ANSWERS_MAX 4096
#define REQUESTS_MAX 256

/* Bits of the first byte. */
#define IS_STRANGER 1
#define IS_READER 2
#define LISTED 4
#define IS_BUSY 8
#define IS_BAD 16
#define GIVES_UP 32

static bool
has(struct slice text, struct slice part)
{
	return text.len > 0 && memmem(text.data, text.len, part.data, part.len) != NULL;
}

/* --- Requests of a list ------------------------------------------------------------------ */

/* A line's first byte chooses the method, the rest is the target after its slash. What
 * cannot stand in one is left out. */
static void
put_request(struct text *text, struct slice line)
{
	static const char *const methods[] = { "GET", "POST", "HEAD", "PUT" };
	uint8_t choice = fuzz_take_byte(&line);

	text_put_string(text, methods[choice % 4]);
	text_put_string(text, " /");
	for (size_t i = 0; i < line.len && i < 1000; i++)
		if (line.data[i] > ' ' && line.data[i] < 127 && !strchr("#\\", line.data[i]))
			text_put_char(text, line.data[i]);
	text_put_string(text, " HTTP/1.1\r\nHost: a\r\n");
	if (choice & 64)
		text_put_string(text, "Accept: application/openmetrics-text\r\n");
	if (choice % 4 == 1)
		text_put_string(text, choice & 32 ? "Content-Length: 2\r\n" : "");
	text_put_string(text, "\r\n");
	if (choice % 4 == 1 && choice & 32)
		text_put_string(text, "{}");
}

/* Returns how many there are. */
static unsigned
put_requests(struct text *text, struct slice list)
{
	unsigned count = 0;

	while (list.len > 0 && count < REQUESTS_MAX) {
		put_request(text, fuzz_take_line(&list));
		count++;
	}
	must(!text->is_truncated);
	return count;
}

/* --- Answers --------------------------------------------------------------------------- */

struct answers {
	int statuses[ANSWERS_MAX];
	unsigned count; /* without those that only say "go on" */
	bool is_last_closing;
};

/* What stands after `name` in the head, to the end of its line; absent if it is not
 * there. */
static struct slice
find_field(struct slice head, struct slice name)
{
	const char *at = memmem(head.data, head.len, name.data, name.len);
	struct slice value = { NULL, 0 };

	if (at)
		value = slice_from(head, (size_t)(at - head.data) + name.len);
	value.len = at ? slice_length_before(value, '\r') : 0;
	return value;
}

static void
check_body(int status, struct slice head, struct slice body)
{
	struct slice type = find_field(head, SLICE("\r\nContent-Type: "));

	must(type.data);
	must(slice_equals(
		 find_field(head, SLICE("\r\nX-Content-Type-Options: ")), SLICE("nosniff")) ||
	    status >= 400);
	if (slice_equals(type, SLICE("application/json"))) {
		must(fuzz_is_json(body));
		must(body.data[body.len - 1] == '\n');
	}
	if (status >= 400 && status != 422 && status != 503)
		must(slice_starts_with(body, SLICE("{\"error\":")));
}

/* One answer, which leaves the text; its status. A body that is missing is one of HEAD. */
static int
take_answer(struct slice *text, bool may_be_head, bool *ret_closes)
{
	const char *end = memmem(text->data, text->len, "\r\n\r\n", 4);
	struct slice head;
	uint64_t status;
	uint64_t len;

	must(end && slice_starts_with(*text, SLICE("HTTP/1.1 ")));
	head = slice_first(*text, (size_t)(end - text->data) + 2);
	must(head.len > 12 && slice_to_u64(slice_first(slice_from(head, 9), 3), &status) == 0);
	*text = slice_from(*text, head.len + 2);
	if (status < 200)
		return (int)status;
	must(slice_to_u64(find_field(head, SLICE("\r\nContent-Length: ")), &len) == 0);
	*ret_closes = slice_equals(find_field(head, SLICE("\r\nConnection: ")), SLICE("close"));
	if (may_be_head && (text->len == 0 || slice_starts_with(*text, SLICE("HTTP/1.1 "))))
		return (int)status;
	must(len <= text->len);
	check_body((int)status, head, slice_first(*text, len));
	*text = slice_from(*text, len);
	return (int)status;
}

static void
take_answers(const struct admin_outcome *outcome, bool may_be_head, struct answers *ret_answers)
{
	struct slice left = { outcome->answer, outcome->answer_len };

	ret_answers->count = 0;
	ret_answers->is_last_closing = false;
	while (left.len > 0) {
		int status = take_answer(&left, may_be_head, &ret_answers->is_last_closing);

		must(ret_answers->count < ANSWERS_MAX);
		if (status >= 200)
			ret_answers->statuses[ret_answers->count++] = status;
		must(left.len == 0 || !ret_answers->is_last_closing || status < 200);
	}
}

/* Nobody but the owner steers, and a stranger does not even learn which paths there are:
 * what is no HTTP is told so, all else is forbidden. */
static void
check_rights(const struct admin_plan *plan, const struct admin_outcome *outcome,
    const struct answers *answers)
{
	if (plan->client == ADMIN_CLIENT_OWNER)
		return;
	must(outcome->verbs == 0 && !outcome->has_level);
	for (unsigned i = 0; i < answers->count && plan->client == ADMIN_CLIENT_STRANGER; i++) {
		int status = answers->statuses[i];

		must(status >= 400 && status != 404 && status != 405 && status != 409 &&
		    status != 422 && status != 503);
	}
}

/* Where a client waits to be told to send a body that nobody wants, it is answered at once and
 * the connection ends (RFC 9110 10.1.1); a body that came with the head is read, and what
 * follows it, too. */
static void
compare(const struct answers *whole, const struct answers *cut, bool may_expect)
{
	const bool ends_sooner = may_expect && cut->is_last_closing && cut->count < whole->count;

	must(whole->count == cut->count || ends_sooner);
	must(memcmp(whole->statuses, cut->statuses, cut->count * sizeof(int)) == 0);
}

/* --- The input ---------------------------------------------------------------------------- */

static struct admin_plan
plan_of(uint8_t choice)
{
	struct admin_plan plan = { .client = ADMIN_CLIENT_OWNER };

	if (choice & IS_STRANGER)
		plan.client = ADMIN_CLIENT_STRANGER;
	else if (choice & IS_READER)
		plan.client = ADMIN_CLIENT_READER;
	plan.is_busy = choice & IS_BUSY;
	plan.is_bad = choice & IS_BAD;
	return plan;
}

/* Every request that was sent is answered, unless the server has said that it closes. */
static void
try_whole(struct slice input, const struct admin_plan *plan, unsigned expected,
    struct answers *ret_answers)
{
	struct admin_outcome outcome = admin_session_run(admin_session_get(), input, plan);

	must(!outcome.was_reset);
	take_answers(&outcome, has(input, SLICE("HEAD ")), ret_answers);
	check_rights(plan, &outcome, ret_answers);
	must(ret_answers->count >= expected || ret_answers->is_last_closing);
	free(outcome.answer);
}

static void
try_input(struct slice input, uint8_t choice, unsigned expected)
{
	static struct answers whole;
	static struct answers cut;
	struct admin_plan plan = plan_of(choice);
	struct admin_outcome outcome;

	try_whole(input, &plan, expected, &whole);
	plan.cuts = fuzz_seed(input) | 1;
	if (choice & GIVES_UP) {
		plan.gives_up_after = 1 + fuzz_seed(input) % (input.len + 1);
		outcome = admin_session_run(admin_session_get(), input, &plan);
		free(outcome.answer);
		return;
	}
	try_whole(input, &plan, expected, &cut);
	compare(&whole, &cut, has(input, SLICE("100-")));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool is_registered;
	struct slice input = { (const char *)data, size < INPUT_MAX ? size : INPUT_MAX };
	uint8_t choice = fuzz_take_byte(&input);
	struct text requests = text_growing((size_t)1 << 20);
	unsigned expected = 0;

	if (!is_registered)
		is_registered = atexit(admin_session_forget) == 0;
	if (choice & LISTED) {
		expected = put_requests(&requests, input);
		input = text_slice(&requests);
	}
	try_input(input, choice, expected);
	text_free(&requests);
	return 0;
}
