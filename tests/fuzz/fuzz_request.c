/* SPDX-License-Identifier: MIT
 *
 * fuzz_request: head and body of a request, once whole and once cut into pieces
 * that the input itself chooses: verdict, status and content have to agree.
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
	return 0;
}
