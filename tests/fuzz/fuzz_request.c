/* SPDX-License-Identifier: MIT
 *
 * fuzz_request: head and body of a request, once whole and once cut into pieces
 * that the input itself chooses: verdict, status and content have to agree. So has
 * what a head that is read again, and one with the same fields behind another request
 * line, with what one that was never used reads.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/panic.h"
#include "http/body.h"
#include "http/head.h"
#include "http/path.h"

#include "fuzz.h"

struct outcome {
	int head;   /* enum http_head_verdict */
	int body;   /* enum http_body_verdict, -1: none was read */
	int status; /* of a refusal */
	size_t head_bytes;
	uint64_t content; /* a checksum */
	uint64_t content_bytes;
};

static const struct http_head_limits head_limits = { 4096, 1024, 32 };
static const struct http_body_limits body_limits = { 8192, 1024 };

static int
add_content(void *arg, struct slice piece)
{
	struct outcome *outcome = arg;

	for (size_t i = 0; i < piece.len; i++)
		outcome->content = outcome->content * 31 + (uint8_t)piece.data[i];
	outcome->content_bytes += piece.len;
	return 0;
}

/* The next piece's length: all of it, or 1 to 16 bytes as `cuts` says. */
static size_t
piece_length(size_t left, size_t at, uint64_t cuts)
{
	size_t wanted = cuts ? 1 + (cuts >> at % 60 & 15) : left;

	return wanted < left ? wanted : left;
}

static void
read_body(struct http_head *head, struct slice rest, uint64_t cuts, struct outcome *outcome)
{
	struct http_body body;
	enum http_body_verdict verdict = http_body_init(&body, head, &body_limits);
	size_t at = 0;

	while (verdict == HTTP_BODY_MORE && at < rest.len) {
		size_t len = piece_length(rest.len - at, at, cuts);
		size_t consumed = 0;

		verdict =
		    http_body_feed(&body, rest.data + at, len, &consumed, add_content, outcome);
		at += consumed;
		must(verdict != HTTP_BODY_MORE || consumed == len);
	}
	outcome->body = (int)verdict;
	outcome->status = verdict == HTTP_BODY_REFUSED ? http_body_status(&body) : 0;
}

/* What the meaning of a head makes reachable. */
static void
touch(const struct http_head *head)
{
	struct slice raw = http_head_path(head);
	struct slice path;
	char *buffer = malloc(raw.len + 2);

	must(buffer);
	if (http_path_normalize(raw, buffer, raw.len + 2, &path) == HTTP_PATH_OK) {
		must(path.len > 0 && path.data[0] == '/' && path.data[path.len] == '\0');
		must(!memmem(path.data, path.len, "/../", 4));
	}
	free(buffer);
}

static struct outcome
read_request(struct slice input, uint64_t cuts)
{
	struct http_head *head = http_head_new(&head_limits);
	struct outcome outcome = { .head = HTTP_HEAD_MORE, .body = -1 };
	enum http_head_verdict verdict = HTTP_HEAD_MORE;
	size_t at = 0;

	must(head);
	while (verdict == HTTP_HEAD_MORE && at < input.len) {
		size_t len = piece_length(input.len - at, at, cuts);

		verdict = http_head_feed(head, input.data + at, len);
		at += len;
	}
	if (verdict == HTTP_HEAD_DONE)
		verdict = http_head_settle(head, input.data);
	outcome.head = (int)verdict;
	if (verdict == HTTP_HEAD_REFUSED)
		outcome.status = http_head_status(head);
	if (verdict == HTTP_HEAD_DONE) {
		struct slice rest = { input.data + http_head_bytes(head),
			input.len - http_head_bytes(head) };

		outcome.head_bytes = http_head_bytes(head);
		touch(head);
		read_body(head, rest, cuts, &outcome);
	}
	http_head_free(head);
	return outcome;
}

/* --- Heads that are like the one before -------------------------------------------- */

static void
add_slice(uint64_t *sum, struct slice slice)
{
	for (size_t i = 0; i < slice.len; i++)
		*sum = *sum * 31 + (uint8_t)slice.data[i];
	*sum = *sum * 31 + slice.len + (slice.data ? 1 : 0);
}

/* All that a head can be asked. */
static uint64_t
sum_of(const struct http_head *head)
{
	uint64_t sum = http_head_bytes(head);

	add_slice(&sum, http_head_method_name(head));
	add_slice(&sum, http_head_target(head));
	add_slice(&sum, http_head_path(head));
	add_slice(&sum, http_head_query(head));
	add_slice(&sum, http_head_authority(head));
	add_slice(&sum, http_head_host(head));
	sum = sum * 31 + http_head_port(head);
	sum = sum * 31 + (uint64_t)http_head_method(head);
	sum = sum * 31 + (uint64_t)http_head_target_form(head);
	sum = sum * 31 + (uint64_t)http_head_version_minor(head);
	sum = sum * 31 + http_head_keep_alive(head) + 2u * http_head_client_said_close(head) +
	    4u * http_head_expects_continue(head) + 8u * (uint64_t)http_head_framing(head);
	sum = sum * 31 + http_head_content_length(head);
	for (size_t i = 0; i < http_head_field_count(head); i++) {
		struct http_head_field field = http_head_field_at(head, i);

		sum = sum * 31 + (uint64_t)field.id + http_head_field_count_of(head, field.id);
		add_slice(&sum, field.name);
		add_slice(&sum, field.value);
		add_slice(&sum, http_head_value(head, field.id));
	}
	return sum;
}

/* Of the first head in `input`: its sum, or its status, or 0 where it is not whole. */
static uint64_t
read_with(struct http_head *head, struct slice input)
{
	enum http_head_verdict verdict;

	http_head_reset(head);
	verdict = http_head_feed(head, input.data, input.len);
	if (verdict == HTTP_HEAD_DONE)
		verdict = http_head_settle(head, input.data);
	if (verdict == HTTP_HEAD_REFUSED)
		return (uint64_t)http_head_status(head);
	return verdict == HTTP_HEAD_DONE ? sum_of(head) : 0;
}

static uint64_t
read_fresh(struct slice input)
{
	struct http_head *head = http_head_new(&head_limits);
	uint64_t sum;

	must(head);
	sum = read_with(head, input);
	http_head_free(head);
	return sum;
}

/* `input` with another request line; owned by the caller. */
static struct slice
with_line(const char *line, struct slice input)
{
	const char *end = memchr(input.data, '\n', input.len);
	struct slice rest = end ? slice_from(input, (size_t)(end + 1 - input.data)) : input;
	size_t len = strlen(line);
	char *bytes = malloc(len + rest.len + 1);

	must(bytes);
	memcpy(bytes, line, len);
	memcpy(bytes + len, rest.data, rest.len);
	return (struct slice){ bytes, len + rest.len };
}

static void
read_alike(struct slice input)
{
	static const char *const lines[] = { "GET /other?line HTTP/1.1\r\n", "POST / HTTP/1.0\r\n",
		"GET http://a/ HTTP/1.1\r\n", "OPTIONS * HTTP/1.1\r\n" };
	struct http_head *head = http_head_new(&head_limits);

	must(head);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct slice other = with_line(lines[i], input);
		const uint64_t expected = read_fresh(input);
		const uint64_t expected_other = read_fresh(other);

		must(read_with(head, input) == expected);
		must(read_with(head, input) == expected);
		must(read_with(head, other) == expected_other);
		must(read_with(head, other) == expected_other);
		must(read_with(head, input) == expected);
		free((void *)(uintptr_t)other.data);
	}
	http_head_free(head);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = { (const char *)data, size };
	uint64_t cuts = UINT64_C(0x9e3779b97f4a7c15) * (size + 1);
	struct outcome whole;
	struct outcome cut;

	for (size_t i = 0; i < size && i < 8; i++)
		cuts = cuts * 257 + data[size - 1 - i];
	whole = read_request(input, 0);
	cut = read_request(input, cuts | 1);
	must(whole.head == cut.head && whole.body == cut.body && whole.status == cut.status);
	must(whole.head_bytes == cut.head_bytes);
	must(whole.content == cut.content && whole.content_bytes == cut.content_bytes);
	if (size > 0)
		read_alike(input);
	return 0;
}
