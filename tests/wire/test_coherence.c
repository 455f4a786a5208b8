/* SPDX-License-Identifier: MIT
 *
 * coherence: files that change while they are served. What a client gets is always
 * one version, whole; and within two seconds it is the latest.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "harness/response.h"
#include "harness/wire.h"

#define CLIENTS 8
/* Versions that have to be seen before a test is content. */
#define VERSIONS 4
#define LETTERS 26

/* A file that the loop holds in memory, and one that goes by sendfile(2). */
static const size_t sizes[] = { 2000, 200000 };

/* Version N is all of one letter, and its length tells which. */
static size_t
length_of(size_t base, unsigned version)
{
	return base + version % LETTERS;
}

static void
path_of(char *path, size_t cap, const char *name)
{
	(void)snprintf(path, cap, "%s/www/%s", place_dir(), name);
}

/* Writes a version beside the file and moves it to its place. */
static void
replace(size_t base, unsigned version)
{
	static char content[300000];
	char from[256];
	char to[256];

	memset(content, 'a' + (int)(version % LETTERS), length_of(base, version));
	put_file_bytes("www/fresh", content, length_of(base, version));
	path_of(from, sizeof(from), "fresh");
	path_of(to, sizeof(to), "file");
	ck_assert_int_eq(rename(from, to), 0);
}

static void
take_away(void)
{
	char path[256];

	path_of(path, sizeof(path), "file");
	ck_assert_int_eq(unlink(path), 0);
}

/* In a process of its own: replaces the file as fast as it can; every tenth time it
 * is gone for a moment. */
static pid_t
begin_replacing(size_t base)
{
	const pid_t parent = getpid();
	const pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid != 0)
		return pid;
	for (unsigned version = 1; getppid() == parent; version++) {
		replace(base, version);
		if (version % 10 == 0)
			take_away();
	}
	_exit(0);
}

static void
end_replacing(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

/* Its letter as a bit; 0 where the file was not there. */
static unsigned
expect_one_version(struct client *client, size_t base)
{
	const struct response *response;
	unsigned version;

	if (read_response(client) == 404)
		return 0;
	response = last_response(client);
	ck_assert_int_eq(response->status, 200);
	ck_assert_uint_ge(response->body.len, base);
	version = (unsigned)(response->body.len - base);
	ck_assert_uint_lt(version, LETTERS);
	ck_assert_int_eq(response->body.data[0], 'a' + (int)version);
	/* Each byte is as the one before it. */
	ck_assert_int_eq(
	    memcmp(response->body.data, response->body.data + 1, response->body.len - 1), 0);
	return 1u << version;
}

START_TEST(an_answer_is_one_version_while_files_are_replaced)
{
	const size_t base = sizes[_i];
	const int64_t give_up_us = clock_monotonic_us() + WIRE_DEADLINE_US;
	struct client *clients[CLIENTS];
	struct usherd *usherd;
	unsigned seen = 0;
	pid_t replacer;

	replace(base, 0);
	usherd = usherd_start("loops = 1\n" FILES(""));
	for (int i = 0; i < CLIENTS; i++)
		clients[i] = wire_connect(usherd, "web");
	replacer = begin_replacing(base);
	while (__builtin_popcount(seen) < VERSIONS && clock_monotonic_us() < give_up_us) {
		for (int i = 0; i < CLIENTS; i++)
			send_get(clients[i], "/file");
		for (int i = 0; i < CLIENTS; i++)
			seen |= expect_one_version(clients[i], base);
	}
	end_replacing(replacer);
	ck_assert_int_ge(__builtin_popcount(seen), VERSIONS);
}
END_TEST

/* In a process of its own: shortens the file in its place and lets it grow again. */
static pid_t
begin_resizing(size_t base)
{
	const pid_t parent = getpid();
	const pid_t pid = fork();
	char path[256];
	int fd;

	ck_assert_int_ge(pid, 0);
	if (pid != 0)
		return pid;
	path_of(path, sizeof(path), "file");
	fd = open(path, O_RDWR | O_CLOEXEC);
	while (fd >= 0 && getppid() == parent) {
		char letter = 'a';

		if (ftruncate(fd, (off_t)(base / 2)) != 0)
			break;
		for (size_t at = base / 2; at < base; at++)
			if (pwrite(fd, &letter, 1, (off_t)at) != 1)
				break;
	}
	_exit(0);
}

/* Whatever length it has at the moment, it is announced and sent, and holds what was
 * written: nothing of a file that was longer once, and no hole. */
START_TEST(an_answer_is_whole_while_a_small_file_shrinks_and_grows)
{
	const size_t base = sizes[0];
	const int64_t until_us = clock_monotonic_us() + 2 * CLOCK_SECOND_US;
	struct client *client;
	size_t shortest = base;
	size_t longest = 0;
	pid_t resizer;

	replace(base, 0);
	client = wire_connect(usherd_start("loops = 1\n" FILES("")), "web");
	resizer = begin_resizing(base);
	while (clock_monotonic_us() < until_us || shortest >= longest) {
		const struct response *response;

		send_get(client, "/file");
		ck_assert_int_eq(read_response(client), 200);
		response = last_response(client);
		ck_assert_uint_ge(response->body.len, base / 2);
		ck_assert_uint_le(response->body.len, base);
		for (size_t at = 0; at < response->body.len; at++)
			ck_assert_int_eq(response->body.data[at], 'a');
		shortest = response->body.len < shortest ? response->body.len : shortest;
		longest = response->body.len > longest ? response->body.len : longest;
		ck_assert_int_lt(clock_monotonic_us(), until_us + WIRE_DEADLINE_US);
	}
	end_replacing(resizer);
}
END_TEST

/* The version asked for when it is replaced goes on to its end. */
START_TEST(an_answer_in_flight_keeps_its_version)
{
	enum { LARGE = 4 << 20 };
	static char content[LARGE];
	struct usherd *usherd;
	struct client *client;
	char path[256];

	fill_pattern(content, sizeof(content), 0);
	put_file_bytes("www/file", content, sizeof(content));
	usherd = usherd_start(FILES(""));
	client = wire_connect_narrow(usherd, "web", 65536);
	send_get(client, "/file");
	expect_response_head(client, 200);
	expect_pattern(client, 100000, 0);
	if (_i == 0)
		replace(sizes[0], 1);
	else
		take_away();
	path_of(path, sizeof(path), "file");
	ck_assert_int_eq(access(path, F_OK), _i == 0 ? 0 : -1);
	expect_pattern(client, LARGE - 100000, 100000);
}
END_TEST

/* Asks until the answer is as wanted: the cache may be a second old. */
static void
expect_soon(struct client *client, int status, size_t length)
{
	const int64_t give_up_us = clock_monotonic_us() + 2 * CLOCK_SECOND_US;
	int64_t asked_us;

	do {
		asked_us = clock_monotonic_us();
		ck_assert(!client_has_input(client, 20));
		send_get(client, "/file");
		if (read_response(client) == status &&
		    (status != 200 || last_response(client)->body.len == length))
			return;
	} while (asked_us < give_up_us || wire_is_sanitized());
	ck_abort_msg("after two seconds the answer is still %d with %zu bytes",
	    last_response(client)->status, last_response(client)->body.len);
}

static void
shorten(size_t length)
{
	char path[256];

	path_of(path, sizeof(path), "file");
	ck_assert_int_eq(truncate(path, (off_t)length), 0);
}

/* To shorten a large file in its place cuts short what goes by sendfile(2) within
 * that second: see file_requests. */
START_TEST(each_change_is_seen_within_two_seconds)
{
	const size_t base = sizes[_i];
	struct usherd *usherd;
	struct client *client;

	replace(base, 1);
	usherd = usherd_start(FILES(""));
	client = wire_connect(usherd, "web");
	expect_soon(client, 200, length_of(base, 1));
	replace(base, 2);
	expect_soon(client, 200, length_of(base, 2));
	if (_i == 0) {
		shorten(base / 2);
		expect_soon(client, 200, base / 2);
	}
	take_away();
	expect_soon(client, 404, 0);
	replace(base, 3);
	expect_soon(client, 200, length_of(base, 3));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("wire/coherence");
	TCase *tcase = wire_case(suite, "coherence", 60);

	tcase_add_loop_test(tcase, an_answer_is_one_version_while_files_are_replaced, 0, 2);
	tcase_add_test(tcase, an_answer_is_whole_while_a_small_file_shrinks_and_grows);
	tcase_add_loop_test(tcase, an_answer_in_flight_keeps_its_version, 0, 2);
	tcase_add_loop_test(tcase, each_change_is_seen_within_two_seconds, 0, 2);
	return wire_run(suite);
}
