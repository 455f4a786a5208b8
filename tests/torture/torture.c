/* SPDX-License-Identifier: MIT
 *
 * torture: conversations with a server in which each allocation and each system
 * call fails once in turn. Whatever failed, the server goes on: the connection ends,
 * nothing is left of it, no answer is wrong (at most it is short, or says that the
 * server failed), and the next conversation goes as ever.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_session.h"
#include "base/panic.h"
#include "faults.h"
#include "fuzz.h"
#include "session.h"

/* More calls than any conversation makes of a kind. */
#define CALLS_MAX 20000

/* Who answers: the daemon's parts, or a program that embeds them. */
static struct session_outcome
ask_daemon(struct slice input, const struct session_plan *plan)
{
	return session_run(session_get(), input, plan);
}

static struct session_outcome
ask_handlers(struct slice input, const struct session_plan *plan)
{
	return api_session_run(API_HTTP, input, plan);
}

static struct session_outcome
ask_stream(struct slice input, const struct session_plan *plan)
{
	return api_session_run(API_STREAM, input, plan);
}

typedef struct session_outcome asked(struct slice input, const struct session_plan *plan);

#define SOCKET                                                                             \
	"GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" \
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
#define MASK "7777"

static const struct {
	const char *name;
	const char *request;
	asked *ask; /* NULL: ask_daemon */
	bool waits_for_end;
} conversations[] = {
	{ "a small file", "GET /small.txt HTTP/1.1\r\nHost: a\r\n\r\n" },
	{ "a file that is kept in memory", "GET /middle.txt HTTP/1.1\r\nHost: a\r\n\r\n" },
	{ "a large file", "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n" },
	{ "an index", "GET /sub/ HTTP/1.1\r\nHost: a\r\n\r\n" },
	{ "no file", "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n" },
	{ "a listing", "GET /hidden/ HTTP/1.1\r\nHost: a\r\n\r\n" },
	{ "a range", "GET /large.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=5-70000\r\n\r\n" },
	{ "an echo", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world" },
	{ "a chunked echo",
	    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n" },
	{ "a redirect", "GET /away/x HTTP/1.1\r\nHost: a\r\n\r\n" },
	{ "a bad request", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" },
	/* The server's FIN is the first: the client waits for it. */
	{ "a client told to go", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
	    .waits_for_end = true },
	{ "pipelined requests",
	    "GET /small.txt HTTP/1.1\r\nHost: a\r\n\r\n"
	    "GET /middle.txt HTTP/1.1\r\nHost: a\r\n\r\n"
	    "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
	    "GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n" },
	{ "a handler's answer", "GET /now/%20x HTTP/1.1\r\nHost: a\r\n\r\n", ask_handlers },
	{ "a handler's late answer",
	    "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
	    "GET /now HTTP/1.1\r\nHost: a\r\n\r\n",
	    ask_handlers },
	{ "a handler's answer in parts", "GET /parts HTTP/1.1\r\nHost: a\r\n\r\n", ask_handlers },
	{ "a handler's echo",
	    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
	    ask_handlers },
	{ "a body too large for a handler",
	    "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 10001\r\n\r\nhello", ask_handlers },
	/* The letters that stand for the masked ones: "hi", half of "close", the rest. */
	{ "a WebSocket",
	    SOCKET "\x81\x82" MASK "_^"                                     /* hi */
		   "\x89\x81" MASK "p\x01\x83" MASK "T[X\x80\x82" MASK "DR" /* close */
		   "\x88\x82" MASK "4\xdf",
	    ask_handlers },
	{ "a WebSocket's breach", SOCKET "\x81\x82" MASK "_^\x81\x01x", ask_handlers },
	{ "a stream", "abprcfpd", ask_stream },
	{ "a stream that is finished", "arq", ask_stream },
	{ "a stream that is aborted", "afa", ask_stream },
};

static struct session_outcome
ask(size_t conversation, const struct session_plan *plan)
{
	asked *whom =
	    conversations[conversation].ask ? conversations[conversation].ask : ask_daemon;

	return whom(slice_of(conversations[conversation].request), plan);
}

static void
forget(void)
{
	session_forget();
	api_session_forget();
}

/* What fails, and how. */
static const struct {
	enum fault_kind kind;
	int error;
	const char *name;
	bool is_harmless; /* it only comes later: the answer is whole */
} tortures[] = {
	{ FAULT_MEMORY, ENOMEM, "an allocation" },
	{ FAULT_READ, EINTR, "a read, by EINTR", true },
	{ FAULT_READ, EAGAIN, "a read, by EAGAIN", true },
	{ FAULT_READ, ECONNRESET, "a read, by ECONNRESET" },
	{ FAULT_READ, ENOMEM, "a read, by ENOMEM" },
	{ FAULT_READ, EIO, "a read, by EIO" },
	{ FAULT_WRITE, EINTR, "a write, by EINTR", true },
	{ FAULT_WRITE, EAGAIN, "a write, by EAGAIN", true },
	{ FAULT_WRITE, EPIPE, "a write, by EPIPE" },
	{ FAULT_WRITE, ENOBUFS, "a write, by ENOBUFS", true },
	{ FAULT_WRITE, EIO, "a write, by EIO" },
	{ FAULT_FILE, EMFILE, "a look at a file, by EMFILE" },
	{ FAULT_FILE, ENOMEM, "a look at a file, by ENOMEM" },
	{ FAULT_FILE, EIO, "a look at a file, by EIO" },
	{ FAULT_FILE, EINTR, "a look at a file, by EINTR" },
	{ FAULT_EPOLL, ENOMEM, "epoll_ctl, by ENOMEM" },
	{ FAULT_EPOLL, ENOSPC, "epoll_ctl, by ENOSPC" },
	{ FAULT_EPOLL_WAIT, EINTR, "epoll_wait, by EINTR", true },
	{ FAULT_SOCKET, EINTR, "a call on the socket, by EINTR" },
	{ FAULT_SOCKET, ENOTCONN, "a call on the socket, by ENOTCONN" },
	{ FAULT_SOCKET, ENOBUFS, "a call on the socket, by ENOBUFS" },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Takes away what stands behind `name`, up to its line's end. */
static void
drop_value(struct session_outcome *outcome, struct slice name)
{
	char *at = outcome->answer;
	char *end = outcome->answer + outcome->answer_len;

	while (at && at < end && (at = memmem(at, (size_t)(end - at), name.data, name.len))) {
		char *rest;

		at += name.len;
		rest = memchr(at, '\r', (size_t)(end - at));

		if (!rest)
			rest = end;
		memmove(at, rest, (size_t)(end - rest));
		end -= rest - at;
	}
	outcome->answer_len = (size_t)(end - outcome->answer);
}

/* Answers without the second in which they were given, and the inode of the file. */
static void
blank_dates(struct session_outcome *outcome)
{
	if (!outcome->answer)
		return;
	drop_value(outcome, SLICE("Date: "));
	drop_value(outcome, SLICE("ETag: "));
}

/* A plain run, to compare with. */
static struct session_outcome
run_plainly(size_t conversation)
{
	const struct session_plan plan = { .keeps_open =
					       conversations[conversation].waits_for_end };
	struct session_outcome outcome = ask(conversation, &plan);

	blank_dates(&outcome);
	return outcome;
}

static bool
is_prefix(const struct session_outcome *part, const struct session_outcome *whole)
{
	return part->answer_len <= whole->answer_len &&
	    (part->answer_len == 0 || memcmp(part->answer, whole->answer, part->answer_len) == 0);
}

/* What a server says that could not. */
static bool
says_it_failed(const struct session_outcome *outcome)
{
	struct slice answer = { outcome->answer, outcome->answer_len };

	return answer.len > 0 &&
	    (memmem(answer.data, answer.len, "HTTP/1.1 500 ", 13) ||
		memmem(answer.data, answer.len, "HTTP/1.1 503 ", 13));
}

static bool
is_right(const struct session_outcome *got, const struct session_outcome *wanted)
{
	return is_prefix(got, wanted) || says_it_failed(got);
}

static void
complain(
    const char *what, const char *conversation, unsigned nth, const struct session_outcome *got)
{
	(void)fprintf(stderr, "%s, number %u, fails in %s: %zu bytes are answered:\n%.600s\n", what,
	    nth, conversation, got->answer_len, got->answer ? got->answer : "");
	abort();
}

/* One conversation with the nth call failing. False where there was no such call. */
static bool
try_one(size_t torture, size_t conversation, unsigned nth, const struct session_outcome *wanted)
{
	const bool waits = conversations[conversation].waits_for_end;
	const struct session_plan plan = { .around = faults_arm, .keeps_open = waits };
	struct session_outcome outcome;
	bool has_failed;

	faults_begin(tortures[torture].kind, tortures[torture].error, nth);
	outcome = ask(conversation, &plan);
	has_failed = faults_end();
	blank_dates(&outcome);
	if (!is_right(&outcome, wanted) || (waits && !outcome.has_seen_end) ||
	    (tortures[torture].is_harmless && outcome.answer_len != wanted->answer_len))
		complain(tortures[torture].name, conversations[conversation].name, nth, &outcome);
	session_outcome_done(&outcome);
	forget(); /* so that the next one meets no cache */
	return has_failed;
}

/* After it all the server is as it was. */
static void
expect_well(size_t conversation, const struct session_outcome *wanted)
{
	struct session_outcome outcome = run_plainly(conversation);

	if (outcome.answer_len != wanted->answer_len || !is_prefix(&outcome, wanted))
		complain("nothing", conversations[conversation].name, 0, &outcome);
	session_outcome_done(&outcome);
}

static unsigned
torture(size_t torture, size_t conversation)
{
	struct session_outcome wanted = run_plainly(conversation);
	unsigned nth = 1;

	while (try_one(torture, conversation, nth, &wanted))
		must(++nth < CALLS_MAX);
	expect_well(conversation, &wanted);
	session_outcome_done(&wanted);
	return nth - 1;
}

/* All reads, or all writes, a byte at a time: the answer is whole. */
static void
starve(enum fault_kind kind, size_t conversation)
{
	const struct session_plan plan = { .around = faults_arm };
	struct session_outcome wanted = run_plainly(conversation);
	struct session_outcome outcome;

	faults_begin(kind, 0, 0);
	outcome = ask(conversation, &plan);
	(void)faults_end();
	blank_dates(&outcome);
	/* An echo's chunks are as the reads were. */
	if (!strstr(conversations[conversation].request, "/echo") &&
	    (outcome.answer_len != wanted.answer_len || !is_prefix(&outcome, &wanted)))
		complain("a byte at a time", conversations[conversation].name, 0, &outcome);
	session_outcome_done(&outcome);
	session_outcome_done(&wanted);
}

int
main(void)
{
	unsigned long failures = 0;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	faults_init();
	for (size_t i = 0; i < COUNT(tortures); i++) {
		unsigned long before = failures;

		for (size_t j = 0; j < COUNT(conversations); j++)
			failures += torture(i, j);
		(void)printf("%s: %lu times\n", tortures[i].name, failures - before);
		must(failures > before);
	}
	for (size_t j = 0; j < COUNT(conversations); j++) {
		starve(FAULT_READ_SHORT, j);
		starve(FAULT_WRITE_SHORT, j);
	}
	forget();
	(void)printf("%lu calls failed, and nothing else\n", failures);
	return 0;
}
