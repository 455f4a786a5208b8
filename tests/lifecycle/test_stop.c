/* SPDX-License-Identifier: MIT
 *
 * stop: the edges of a drain: its notice, its deadline, the second signal, what it
 * tells meanwhile, and the file of a Unix socket.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "scene.h"

#define MIB ((size_t)1 << 20)

#define SITE_WITH(drain) SITE "drain { " drain " }\n"
#define FILES_WITH(drain)                                                               \
	WEB "service \"site\" {\n	route \"/\" { files = \"@dir@/www\" }\n" ROUTES \
	    "}\n" TRACED "drain { " drain " }\n"

static void
terminate(struct usherd *usherd)
{
	usherd_signal(usherd, SIGTERM);
	usherd_expect_log(usherd, "SIGTERM: draining");
}

/* --- Who never ends --------------------------------------------------------------- */

/* Half of an upload, and never the rest. */
static struct client *
stall_upload(struct usherd *usherd)
{
	struct client *client = wire_connect(usherd, "web");

	send_request(client, "POST", "/echo", "Content-Length: 10\r\n");
	send_text(client, "first");
	expect_response_head(client, 200);
	expect_text(client, "first");
	return client;
}

/* A large file, of which only the head is read. */
static struct client *
stall_download(struct usherd *usherd)
{
	struct client *client = wire_connect_narrow(usherd, "web", 4096);

	send_get(client, "/large");
	expect_response_head(client, 200);
	return client;
}

static struct client *
stall_head(struct usherd *usherd)
{
	struct client *client = wire_connect(usherd, "web");

	send_text(client, "GET /hello HTTP/1.1\r\nHo");
	return client;
}

/* Sends, and never reads what is echoed, until usherd reads no more either. */
static struct client *
stall_echo(struct usherd *usherd)
{
	static char block[MIB];
	struct client *client = wire_connect_narrow(usherd, "web", 4096);

	send_request(client, "POST", "/echo", "Content-Length: 1000000000\r\n");
	while (send_some(client, block, sizeof(block)) == sizeof(block))
		;
	return client;
}

/* The line of the log that names the connection, which has to hold all `parts`. */
static void
expect_named(struct usherd *usherd, const char *connection, const char *const *parts)
{
	const char *log = usherd_log(usherd);
	char start[32];
	const char *line;
	char *copy;

	(void)snprintf(start, sizeof(start), "cut: %s ", connection);
	line = strstr(log, start);
	ck_assert_msg(line != NULL, "%s is not named", connection);
	copy = strndup(line, strcspn(line, "\n"));
	for (; *parts; parts++)
		ck_assert_msg(strstr(copy, *parts) != NULL, "without '%s': %s", *parts, copy);
	free(copy);
}

#define PARTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
expect_cut(struct usherd *usherd, const char *cause, uint64_t count, uint64_t resets)
{
	struct slice report;
	char words[64];

	usherd_expect_exit(usherd, 4);
	report = life_report();
	json_expect_number(report, "cut", count);
	json_expect_number(report, "resets_sent", resets);
	json_expect_number(report, "connections", count);
	ck_assert_uint_eq(life_report_cause(cause), count);
	(void)snprintf(words, sizeof(words), "), %u cut, ", (unsigned)count);
	ck_assert_ptr_nonnull(strstr(usherd_last_line(usherd), words));
}

START_TEST(who_never_ends_is_cut_by_the_deadline_and_named)
{
	struct counters before = counters_read();
	struct usherd *usherd;

	put_sparse_file("www/large", 32 * MIB);
	usherd = life_start(FILES_WITH("idle_grace = \"0\" deadline = \"600ms\""));
	(void)stall_upload(usherd);
	(void)stall_download(usherd);
	(void)stall_head(usherd);
	usherd_expect_log_times(usherd, "idle -> busy", 3);
	terminate(usherd);
	expect_cut(usherd, "drain_deadline", 3, 0);
	usherd_expect_log(usherd, "drain.deadline is reached with 3 connections open");
	expect_named(usherd, "c1",
	    PARTS("127.0.0.1:", "http on listener web", "busy", "0 s", "request 1,",
		" 0 bytes unsent, 0 unacknowledged", "ESTABLISHED"));
	expect_named(usherd, "c2", PARTS("busy", "request 1,", "ESTABLISHED"));
	expect_named(usherd, "c3", PARTS("busy", "request 1,", " 0 bytes unsent"));
	ck_assert_uint_gt(json_number(life_report(), "bytes_unsent"), 16 * MIB);
	/* Cut, but with nothing unread there is no RST. */
	expect_counters(&before, 0);
}
END_TEST

START_TEST(a_reset_that_a_cut_causes_is_reported)
{
	struct counters before = counters_read();
	struct usherd *usherd = life_start(SITE_WITH(
	    "idle_grace = \"0\" deadline = \"300ms\"") "limits { body_bytes = \"1g\" }\n");

	(void)stall_echo(usherd);
	terminate(usherd);
	expect_cut(usherd, "drain_deadline", 1, 1);
	ck_assert_uint_eq(counter_growth(&before, COUNTER_OUT_RESETS), 1);
	ck_assert_ptr_nonnull(strstr(usherd_last_line(usherd), "1 resets sent"));
}
END_TEST

START_TEST(a_second_signal_ends_it_at_once)
{
	static const int seconds[] = { SIGTERM, SIGINT, SIGQUIT };
	struct usherd *usherd = life_start(SITE_WITH("deadline = \"1h\""));

	(void)stall_upload(usherd);
	terminate(usherd);
	usherd_signal(usherd, seconds[_i]);
	expect_cut(usherd, "stopped", 1, 0);
	usherd_expect_log(usherd, " again: stopping at once");
	expect_named(usherd, "c1", PARTS("busy", "ESTABLISHED"));
}
END_TEST

/* Who waits in the queue when the second signal comes is not forgotten. */
START_TEST(a_second_signal_tells_of_the_queue)
{
	struct usherd *usherd = life_start(SITE_WITH("notice = \"1h\""));

	(void)stall_upload(usherd);
	terminate(usherd);
	life_freeze(usherd);
	for (int i = 0; i < 5; i++)
		send_get(wire_connect(usherd, "web"), "/hello");
	usherd_signal(usherd, SIGTERM);
	life_thaw(usherd);
	usherd_expect_exit(usherd, 4);
	ck_assert_uint_ge(json_number(life_report(), "cut"), 1);
	json_expect_number(life_report(), "connections", 6);
}
END_TEST

/* --- What is told meanwhile ------------------------------------------------------- */

static int
listen_for_notices(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", place_dir());
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
	return fd;
}

/* The next message that holds `text` comes in time. */
static void
expect_notice(int fd, const char *text)
{
	struct pollfd readable = { fd, POLLIN, 0 };
	char message[1024] = "";

	while (!strstr(message, text)) {
		ssize_t size;

		ck_assert_msg(poll(&readable, 1, 20000) == 1, "no notice says: %s", text);
		size = recv(fd, message, sizeof(message) - 1, 0);
		ck_assert_int_gt(size, 0);
		message[size] = '\0';
	}
}

START_TEST(each_second_what_is_left_is_told)
{
	static const char told[] = "draining for 1 s: 1 connections left: 1 busy, 0 idle, 0 "
				   "parked, 0 flushing, 0 lingering";
	int notices = listen_for_notices();
	struct usherd *usherd = life_start(SITE_WITH("idle_grace = \"0\""));
	struct client *client = stall_upload(usherd);

	expect_notice(notices, "READY=1");
	terminate(usherd);
	expect_notice(notices, "STOPPING=1");
	usherd_expect_log(usherd, told);
	expect_notice(notices, "STATUS=draining for 1 s: 1 connections left");
	send_text(client, "later");
	expect_text(client, "later");
	expect_fin(client);
	client_close(client);
	life_expect_whole_end(usherd);
	ck_assert_uint_eq(life_report_cause("drained"), 1);
	ck_assert_uint_ge(json_number(life_report(), "duration_us"), 1000000);
}
END_TEST

/* --- The notice ------------------------------------------------------------------- */

#define NOTICE_US 500000
/* The loop's clock has steps of a few milliseconds. */
#define NOTICE_MIN_US (NOTICE_US - 10000)

/* Balancers see 503 and look away; meanwhile everything goes on as before. */
START_TEST(during_the_notice_all_but_readiness_is_as_ever)
{
	struct scene scene = scene_open(&grounds[0], "drain { notice = \"500ms\" }\n", 1);
	struct load_group *regulars = load_add(scene.load, &keep_alive_role, 20);
	struct load_group *newcomers = load_add_steadily(scene.load, &newcomer_role, 5000);
	int64_t told_us;
	uint64_t before;

	load_run_until(scene.load, load_all_answered, regulars, "some answers");
	before = newcomers->connected;
	told_us = clock_monotonic_us();
	scene_terminate(&scene);
	scene_run_to_end(&scene);
	/* Half of those that ask for entrance in that time would be enough. */
	ck_assert_uint_gt(newcomers->connected - before, NOTICE_US / 5000 / 2);
	ck_assert_int_ge(newcomers->first_refused_us - told_us, NOTICE_MIN_US);
	ck_assert_uint_ge(json_number(life_report(), "steps_us.announce"), NOTICE_MIN_US);
	scene_close(&scene);
}
END_TEST

START_TEST(readiness_says_no_from_the_first_signal_on)
{
	struct usherd *usherd = life_start(SITE_WITH("notice = \"1h\""));
	struct client *client = wire_connect(usherd, "web");

	send_get(client, "/readyz");
	expect_response(client, 200);
	terminate(usherd);
	do
		send_get(client, "/readyz");
	while (read_response(client) == 200);
	ck_assert_int_eq(last_response(client)->status, 503);
	expect_no_field(client, "Connection");
	send_get(client, "/healthz");
	expect_response(client, 200);
	send_get(wire_connect(usherd, "web"), "/hello");
	usherd_signal(usherd, SIGTERM);
	usherd_expect_exit(usherd, 4);
}
END_TEST

/* --- The file of a Unix socket ----------------------------------------------------- */

enum replacement { LEFT_ALONE, REMOVED, REPLACED_BY_FILE, REPLACED_BY_SOCKET };

static void
replace(const char *path, enum replacement replacement)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (replacement == LEFT_ALONE)
		return;
	ck_assert_int_eq(unlink(path), 0);
	if (replacement == REPLACED_BY_FILE)
		put_file("socket", "something else");
	if (replacement != REPLACED_BY_SOCKET)
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
}

START_TEST(a_socket_file_that_is_not_its_own_is_left_alone)
{
	static const struct ground ground = { "Unix", "address = \"unix:@dir@/socket\"", 2, 0,
		false };
	struct scene scene = scene_open(&ground, "drain { idle_grace = \"0\" }\n", 1);
	char *path = place_expand("@dir@/socket");
	struct stat before = { 0 }, after = { 0 };
	int is_there;

	replace(path, (enum replacement)_i);
	(void)lstat(path, &before);
	scene_terminate(&scene);
	scene_close(&scene);
	is_there = lstat(path, &after) == 0;
	ck_assert_int_eq(is_there, _i == REPLACED_BY_FILE || _i == REPLACED_BY_SOCKET);
	if (is_there)
		ck_assert_uint_eq(before.st_ino, after.st_ino);
	free(path);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("stop");
	TCase *cuts = life_case(suite, "cuts", 30);
	TCase *notice = life_case(suite, "notice", 30);
	TCase *files = life_case(suite, "files", 30);

	tcase_add_test(cuts, who_never_ends_is_cut_by_the_deadline_and_named);
	tcase_add_test(cuts, a_reset_that_a_cut_causes_is_reported);
	tcase_add_loop_test(cuts, a_second_signal_ends_it_at_once, 0, 3);
	tcase_add_test(cuts, a_second_signal_tells_of_the_queue);
	tcase_add_test(notice, each_second_what_is_left_is_told);
	tcase_add_test(notice, during_the_notice_all_but_readiness_is_as_ever);
	tcase_add_test(notice, readiness_says_no_from_the_first_signal_on);
	tcase_add_loop_test(files, a_socket_file_that_is_not_its_own_is_left_alone, LEFT_ALONE,
	    REPLACED_BY_SOCKET + 1);
	return life_run(suite);
}
