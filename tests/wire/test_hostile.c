/* SPDX-License-Identifier: MIT
 *
 * hostile: what attacks on the daemon once brought to light. Each test is one
 * that failed.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/transports.h"
#include "harness/wire.h"

#define MIB ((size_t)1 << 20)

#define LOGGED_FILES WEB "service \"site\" { route \"/\" { files = \"@dir@/www\" } " ROUTES "}\n"

/* --- Large files ----------------------------------------------------------- */

/* The last bytes of a file may go at once where a client reads as fast as usherd
 * writes; nothing then says that the output is empty. */
START_TEST(a_connection_goes_on_after_a_large_file)
{
	struct usherd *usherd;
	struct client *client;

	put_sparse_file("www/3.5", (off_t)(3 * MIB + MIB / 2));
	put_sparse_file("www/4", (off_t)(4 * MIB));
	put_sparse_file("www/6", (off_t)(6 * MIB));
	usherd = usherd_start(LOGGED_FILES);
	client = wire_connect_narrow(usherd, "web", (int)(8 * MIB));
	for (int i = 0; i < 10; i++) {
		send_get(client, "/3.5");
		expect_response(client, 200);
		send_get(client, "/6");
		expect_response(client, 200);
		send_get(client, "/4");
		expect_response(client, 200);
	}
	send_get(client, "/hello");
	expect_response(client, 200);
	expect_body(client, "hello\n");
}
END_TEST

/* --- The access log -------------------------------------------------------- */

/* Each request has a line of its own, whoever else was read meanwhile. */
START_TEST(a_slow_request_is_logged_as_it_was_sent)
{
	struct usherd *usherd;
	struct client *slow;
	struct client *other;

	put_sparse_file("www/large", (off_t)(16 * MIB));
	usherd = usherd_start(LOGGED_FILES);
	slow = wire_connect_narrow(usherd, "web", 4096);
	send_request(slow, "GET", "/large", "User-Agent: slow\r\n");
	expect_response_head(slow, 200);
	other = wire_connect(usherd, "web");
	send_request(other, "GET", "/hello?something-that-is-longer",
	    "User-Agent: other\r\nCookie: nobody-elses-business\r\n");
	expect_response(other, 200);
	client_close(slow);
	usherd_expect_output(usherd, "\"GET /large HTTP/1.1\" 200 ");
	usherd_expect_output(usherd, "\"-\" \"slow\" ");
}
END_TEST

/* The same where the connection ends while the answer is begun. */
START_TEST(a_request_whose_client_is_gone_is_logged_as_it_was_sent)
{
	struct usherd *usherd;
	struct client *client;

	put_sparse_file("www/large", (off_t)(16 * MIB));
	usherd = usherd_start(LOGGED_FILES);
	for (int i = 0; i < 20; i++) {
		client = wire_connect(usherd, "web");
		send_request(client, "GET", "/large", "User-Agent: hasty\r\n");
		client_reset(client);
	}
	client = wire_connect(usherd, "web");
	send_request(client, "GET", "/hello", "User-Agent: last\r\n");
	expect_response(client, 200);
	usherd_expect_output(usherd, "\"-\" \"last\" ");
	for (const char *line = usherd_output(usherd); (line = strstr(line, "/large")) != NULL;
	     line++)
		ck_assert_msg(strncmp(line - 4, "GET /large HTTP/1.1\"", 20) == 0, "%s", line);
}
END_TEST

#define LOGGED_SITE WEB "service \"site\" {\n" ROUTES "}\nlog { access = \"@dir@/access.log\" }\n"

/* In the place of what has that name. */
static void
make_log_fifo(void)
{
	char *path = place_expand("@dir@/access.log");

	(void)unlink(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	free(path);
}

START_TEST(a_log_that_nobody_reads_is_an_error_at_the_start)
{
	char *config = place_expand(LOGGED_SITE);
	struct outcome outcome;

	make_log_fifo();
	put_file("usher.conf", config);
	free(config);
	outcome = usherd_run(ARGS("-c", "@dir@/usher.conf"));
	ck_assert_int_eq(outcome.status, 1);
	ck_assert_msg(strstr(outcome.err, "access.log cannot be written"), "%s", outcome.err);
}
END_TEST

START_TEST(a_log_that_nobody_reads_is_not_waited_for_after_a_rotation)
{
	struct usherd *usherd = usherd_start(LOGGED_SITE);

	make_log_fifo();
	usherd_signal(usherd, SIGUSR1);
	usherd_expect_log(usherd, "the old file goes on being written");
	usherd_stop(usherd);
}
END_TEST

/* --- Signals --------------------------------------------------------------- */

static bool
has_ended(const struct usherd *usherd)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)usherd_pid(usherd), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    info.si_pid != 0;
}

/* A stop may be heard in a loop's last turn, and signals come until the very end. */
START_TEST(a_flood_of_signals_changes_no_status)
{
	static const int floods[][2] = { { SIGTERM, SIGTERM }, { SIGTERM, SIGUSR1 },
		{ SIGTERM, SIGHUP }, { SIGINT, SIGQUIT } };

	for (int i = 0; i < 8; i++) {
		struct usherd *usherd = usherd_start(SITE);

		for (int n = 0; !has_ended(usherd); n++)
			usherd_signal(usherd, floods[i % 4][n % 2]);
		usherd_expect_exit(usherd, 0);
	}
}
END_TEST

/* --- Packets --------------------------------------------------------------- */

static struct usherd *
start_packets(void)
{
	struct bytes config = { 0 };
	struct usherd *usherd;

	bytes_put_format(&config,
	    "listener \"web\" { address = \"%s\" transport = seqpacket service = \"s\" }\n"
	    "service \"s\" { protocol = echo }\n" TRACED,
	    wire_transport_named("seqpacket")->address);
	usherd = usherd_start(config.data);
	bytes_free(&config);
	return usherd;
}

START_TEST(an_empty_packet_is_no_fin)
{
	struct client *client = wire_connect(start_packets(), "web");

	send_text(client, "one");
	ck_assert_int_eq((int)send(client_fd(client), "", 0, 0), 0);
	ck_assert_int_eq((int)send(client_fd(client), "", 0, 0), 0);
	send_text(client, "three");
	ck_assert_int_eq((int)send(client_fd(client), "", 0, 0), 0);
	half_close(client);
	ck_assert_int_eq(receive_packet(client), 3);
	ck_assert_int_eq(receive_packet(client), 5);
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

/* It cannot be answered, but what follows it is no reason for a reset. */
START_TEST(a_packet_that_is_too_long_ends_with_a_fin)
{
	struct usherd *usherd = start_packets();
	struct client *client = wire_connect(usherd, "web");
	const int room = 512 * 1024;
	char *packet = calloc(1, 300 * 1024);
	bool is_sent;

	(void)setsockopt(client_fd(client), SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	usherd_signal(usherd, SIGSTOP);
	is_sent = send(client_fd(client), packet, 300 * 1024, 0) == 300 * 1024;
	send_text(client, "one more");
	usherd_signal(usherd, SIGCONT);
	free(packet);
	if (is_sent)
		expect_fin(client);
	else
		wire_skip(__func__, "net.core.wmem_max does not allow such a packet");
	expect_no_reset(client);
}
END_TEST

/* --- What one read leaves in the kernel (net/reader.c) -------------------------- */

static void
greet(struct client *client)
{
	expect_response(client, 200);
	expect_body(client, "hello\n");
}

/* A client that is known, of a server that does not look until it is resumed. */
static struct client *
meet_and_stop(struct usherd *usherd)
{
	struct client *client = wire_connect(usherd, "web");

	send_get(client, "/hello");
	greet(client);
	usherd_signal(usherd, SIGSTOP);
	return client;
}

static void
send_urgent(struct client *client)
{
	ck_assert_int_eq((int)send(client_fd(client), "!", 1, MSG_OOB), 1);
}

START_TEST(a_fin_that_came_with_its_request_is_seen)
{
	struct usherd *usherd = usherd_start(SITE "timeouts { park = \"0s\"  idle = \"600s\" }\n");
	struct client *client = meet_and_stop(usherd);

	send_get(client, "/hello");
	half_close(client);
	usherd_signal(usherd, SIGCONT);
	greet(client);
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

/* Bytes and a reset behind them, in one edge: what comes while we linger is read to its end. */
START_TEST(a_reset_behind_bytes_ends_the_linger)
{
	struct usherd *usherd = usherd_start(SITE "timeouts { linger = \"600s\" }\n");
	struct client *client = meet_and_stop(usherd);

	usherd_signal(usherd, SIGCONT);
	send_text(client, "no request\r\n\r\n");
	expect_response(client, 400);
	expect_fin(client);
	usherd_expect_log(usherd, "flushing -> lingering");
	usherd_signal(usherd, SIGSTOP);
	send_text(client, "more");
	client_reset(client);
	usherd_signal(usherd, SIGCONT);
	usherd_expect_log(usherd, "lingering -> closed");
}
END_TEST

/* A read ends at an urgent mark, whatever stands behind it. */
START_TEST(a_head_with_an_urgent_byte_in_it_is_read_on)
{
	struct usherd *usherd = usherd_start(SITE);
	struct client *client = meet_and_stop(usherd);

	send_text(client, "GET /hello HTTP/1.1\r\nHo");
	send_urgent(client);
	send_text(client, "st: a\r\n\r\n");
	usherd_signal(usherd, SIGCONT);
	greet(client);
	expect_no_reset(client);
}
END_TEST

static void
send_behind_a_mark(struct usherd *usherd)
{
	struct client *client = meet_and_stop(usherd);

	send_get(client, "/hello");
	send_urgent(client);
	send_get(client, "/hello");
	usherd_signal(usherd, SIGCONT);
	greet(client);
	greet(client);
	expect_no_reset(client);
}

START_TEST(a_request_behind_an_urgent_byte_is_answered_when_it_would_be_parked)
{
	send_behind_a_mark(usherd_start(SITE "timeouts { park = \"50ms\" }\n"));
}
END_TEST

START_TEST(a_request_behind_an_urgent_byte_is_answered_before_the_idle_timeout)
{
	send_behind_a_mark(usherd_start(SITE "timeouts { park = \"0s\"  idle = \"1s\" }\n"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("hostile");
	TCase *files = wire_case(suite, "files", 60);
	TCase *log = wire_case(suite, "access log", 60);
	TCase *signals = wire_case(suite, "signals", 60);
	TCase *packets = wire_case(suite, "packets", 30);
	TCase *edges = wire_case(suite, "edges", 60);

	tcase_add_test(files, a_connection_goes_on_after_a_large_file);
	tcase_add_test(log, a_slow_request_is_logged_as_it_was_sent);
	tcase_add_test(log, a_request_whose_client_is_gone_is_logged_as_it_was_sent);
	tcase_add_test(log, a_log_that_nobody_reads_is_an_error_at_the_start);
	tcase_add_test(log, a_log_that_nobody_reads_is_not_waited_for_after_a_rotation);
	tcase_add_test(signals, a_flood_of_signals_changes_no_status);
	tcase_add_test(packets, an_empty_packet_is_no_fin);
	tcase_add_test(packets, a_packet_that_is_too_long_ends_with_a_fin);
	tcase_add_test(edges, a_fin_that_came_with_its_request_is_seen);
	tcase_add_test(edges, a_reset_behind_bytes_ends_the_linger);
	tcase_add_test(edges, a_head_with_an_urgent_byte_in_it_is_read_on);
	tcase_add_test(edges, a_request_behind_an_urgent_byte_is_answered_when_it_would_be_parked);
	tcase_add_test(edges, a_request_behind_an_urgent_byte_is_answered_before_the_idle_timeout);
	return wire_run(suite);
}
