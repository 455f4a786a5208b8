/* SPDX-License-Identifier: MIT
 *
 * fuzz_parsers: one request, read by usher and by two parsers that stand in front of
 * and behind half of the world's servers. Where usher understands a request, they
 * must not understand another one: that is what smuggling needs. What usher refuses
 * they may understand; but only for a reason of the table below.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/panic.h"
#include "foreign.h"
#include "fuzz.h"
#include "http/body.h"
#include "http/head.h"
#include "http/refusal.h"

#define INPUT_MAX 8192

static const struct http_head_limits head_limits = { INPUT_MAX, INPUT_MAX, 256 };
static const struct http_body_limits body_limits = { INPUT_MAX, INPUT_MAX };

/* A line that goes on in the next one (obs-fold). */
static bool
has_fold(struct slice input)
{
	for (size_t i = 2; i < input.len; i++)
		if (input.data[i - 1] == '\n' && (input.data[i] == ' ' || input.data[i] == '\t'))
			return true;
	return false;
}

/* What usher refuses and the others let through, and why; for some, only where the input
 * has what that is about. */
static const struct {
	enum http_refusal refusal;
	const char *why;
	bool (*applies)(struct slice input);
} stricter[] = {
	{ HTTP_REFUSAL_EMPTY_LINES,
	    "RFC 9112 2.2: at least one empty line is to be ignored; "
	    "usher ignores a few, not any number" },
	{ HTTP_REFUSAL_METHOD_UNKNOWN, "they know WebDAV's and RTSP's methods" },
	{ HTTP_REFUSAL_TARGET_SYNTAX, "they do not check what a URI may hold (RFC 3986)" },
	{ HTTP_REFUSAL_TARGET_FORM, "nor that the form goes with the method (RFC 9112 3.2)" },
	{ HTTP_REFUSAL_VERSION_MISSING, "they speak HTTP/0.9" },
	{ HTTP_REFUSAL_VERSION_SYNTAX, "http-parser takes several digits, and spaces" },
	{ HTTP_REFUSAL_VERSION_UNSUPPORTED, "they take HTTP/0.9, HTTP/2.0 and beyond as syntax" },
	{ HTTP_REFUSAL_BARE_LF, "RFC 9112 2.2 permits it; a line's end must not be arguable" },
	{ HTTP_REFUSAL_BARE_CR, "http-parser ends lines there" },
	{ HTTP_REFUSAL_FIELD_FOLDED,
	    "RFC 9112 5.2: a server must refuse or unfold; they let it be" },
	{ HTTP_REFUSAL_FIELD_NAME, "http-parser takes a space before the colon" },
	{ HTTP_REFUSAL_FIELD_SYNTAX, "http-parser lets control characters stand in a value" },
	{ HTTP_REFUSAL_HOST_MISSING, "RFC 9112 3.2 demands 400; they do not look at Host" },
	{ HTTP_REFUSAL_HOST_REPEATED, "likewise" },
	{ HTTP_REFUSAL_HOST_SYNTAX, "likewise" },
	{ HTTP_REFUSAL_LENGTH_AMBIGUOUS,
	    "a Content-Length that is folded is a second one to llhttp; http-parser unfolds it",
	    has_fold },
	{ HTTP_REFUSAL_CODING_REPEATED, "they look at the last one only" },
	{ HTTP_REFUSAL_CODING_ORDER, "likewise" },
	{ HTTP_REFUSAL_CODING_VERSION, "RFC 9112 6.1: faulty framing in HTTP/1.0; they decode it" },
	{ HTTP_REFUSAL_CODING_UNKNOWN, "they leave other codings to their user" },
	{ HTTP_REFUSAL_EXPECTATION, "they leave Expect to their user" },
	{ HTTP_REFUSAL_CHUNK_SIZE, "http-parser takes more digits, spaces and no digits" },
	{ HTTP_REFUSAL_CHUNK_EXTENSION, "they skip extensions to the end of the line" },
	{ HTTP_REFUSAL_CHUNK_END, "http-parser does not look at what follows a chunk" },
	{ HTTP_REFUSAL_TOO_MANY_FIELDS, "a limit of usher's" },
};

static int
add_content(void *arg, struct slice piece)
{
	struct understanding *found = arg;

	found->content = checksum(found->content, piece);
	found->content_bytes += piece.len;
	return 0;
}

static void
read_body(const struct http_head *head, struct slice rest, struct understanding *found)
{
	struct http_body body;
	enum http_body_verdict verdict = http_body_init(&body, head, &body_limits);
	size_t consumed = 0;

	if (verdict == HTTP_BODY_MORE && rest.len > 0)
		verdict = http_body_feed(&body, rest.data, rest.len, &consumed, add_content, found);
	found->is_whole = verdict == HTTP_BODY_DONE;
	found->is_refused = verdict == HTTP_BODY_REFUSED;
	if (found->is_refused)
		found->reason = http_body_reason(&body);
	found->bytes = http_head_bytes(head) + consumed;
}

static struct understanding
understand(struct slice input, struct http_head *head)
{
	struct understanding found = { .is_whole = false };
	enum http_head_verdict verdict =
	    input.len > 0 ? http_head_feed(head, input.data, input.len) : HTTP_HEAD_MORE;

	if (verdict == HTTP_HEAD_DONE)
		verdict = http_head_settle(head, input.data);
	if (verdict == HTTP_HEAD_REFUSED) {
		found.is_refused = true;
		found.reason = http_head_reason(head);
	} else if (verdict == HTTP_HEAD_DONE) {
		found.method = checksum(0, http_head_method_name(head));
		found.target = checksum(0, http_head_target(head));
		found.version_minor = http_head_version_minor(head);
		read_body(head, slice_from(input, http_head_bytes(head)), &found);
	}
	return found;
}

static bool
is_explained(const char *reason, struct slice input)
{
	for (size_t i = 0; i < sizeof(stricter) / sizeof(stricter[0]); i++)
		if (http_refusal_reason(stricter[i].refusal) == reason)
			return !stricter[i].applies || stricter[i].applies(input);
	return false;
}

static bool
is_same(const struct understanding *ours, const struct understanding *theirs)
{
	return ours->method == theirs->method && ours->target == theirs->target &&
	    ours->version_minor == theirs->version_minor && ours->bytes == theirs->bytes &&
	    ours->content == theirs->content && ours->content_bytes == theirs->content_bytes;
}

static void
complain(const char *who, const struct understanding *ours, const struct understanding *theirs)
{
	(void)fprintf(stderr,
	    "usher: whole %d, refused %d (%s), %zu bytes, %llu of content\n"
	    "%s: whole %d, refused %d (%s), %zu bytes, %llu of content\n",
	    ours->is_whole, ours->is_refused, ours->reason ? ours->reason : "-", ours->bytes,
	    (unsigned long long)ours->content_bytes, who, theirs->is_whole, theirs->is_refused,
	    theirs->reason ? theirs->reason : "-", theirs->bytes,
	    (unsigned long long)theirs->content_bytes);
	abort();
}

static void
compare(const char *who, struct slice input, const struct understanding *ours,
    const struct understanding *theirs)
{
	/* Whoever refuses cannot be led astray. To them what follows CONNECT is a tunnel,
	 * never a body; usher, which is no proxy, refuses the method. */
	if (theirs->is_refused || theirs->method == checksum(0, SLICE("CONNECT")))
		return;
	if (ours->is_refused && theirs->is_whole && !is_explained(ours->reason, input))
		complain(who, ours, theirs);
	if (ours->is_whole && (!theirs->is_whole || !is_same(ours, theirs)))
		complain(who, ours, theirs);
	/* They see an end where usher still waits. */
	if (theirs->is_whole && !ours->is_whole && !ours->is_refused)
		complain(who, ours, theirs);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = { (const char *)data, size < INPUT_MAX ? size : INPUT_MAX };
	struct http_head *head = http_head_new(&head_limits);
	struct understanding ours;
	struct understanding theirs;

	must(head);
	ours = understand(input, head);
	theirs = foreign_llhttp(input);
	compare("llhttp", input, &ours, &theirs);
	if (foreign_http_parser(input, &theirs))
		compare("http-parser", input, &ours, &theirs);
	http_head_free(head);
	return 0;
}
