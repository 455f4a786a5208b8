/* SPDX-License-Identifier: MIT
 *
 * Tests of server/handover_wire and handover_link: what is said comes across, and every
 * field that is not as docs/handover.md says is refused.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/handover_link.h"

static char bytes[HANDOVER_MESSAGE_MAX + 1];
static struct handover_message sent, got;
static struct handover_letter letter;

static int
decode(size_t len)
{
	unsigned version;

	return handover_decode((struct slice){ bytes, len }, &got, &version);
}

static struct address
address_of(const char *host, uint16_t port)
{
	struct address address;

	ck_assert_int_eq(address_parse(slice_of(host), port, &address), 0);
	return address;
}

static struct handover_connection
connection(const char *input)
{
	struct handover_connection made = { .loop = 2, .at = address_of("127.0.0.1", 80) };
	struct address peer = address_of("192.0.2.7", 4711);

	made.passport = (struct passport){ .fd = -1,
		.id = 17,
		.requests = UINT64_MAX,
		.bytes_in = 5,
		.bytes_out = 6,
		.opened_us = 7,
		.idle_us = INT64_MAX,
		.queued_ms = 8,
		.input = (char *)(uintptr_t)input,
		.input_len = input ? strlen(input) : 0 };
	memcpy(&made.passport.peer.in, &peer.in, sizeof(peer.in));
	return made;
}

/* One of each type. */
static void
make(enum handover_type type)
{
	memset(&sent, 0, sizeof(sent));
	sent.type = type;
	if (type == HANDOVER_HELLO) {
		sent.hello = (struct handover_hello){ 42, 7, "usherd 9" };
	} else if (type == HANDOVER_SOCKET) {
		sent.socket = (struct handover_socket){ .loop = 2,
			.kind = HANDOVER_ADMIN,
			.name = "web",
			.transport = "tcp",
			.asked = address_of("::1", 0),
			.bound = address_of("unix:/run/x", 0),
			.device = 3,
			.inode = UINT64_MAX };
	} else if (type == HANDOVER_READY) {
		sent.ready.pid = 43;
		sent.ready.sockets = 3;
		sent.ready.taken[1] = true;
	} else if (type == HANDOVER_DECLINE) {
		memcpy(sent.words, "no", 3);
	} else if (type == HANDOVER_CONNECTIONS) {
		sent.batch.number = 9;
		sent.batch.count = 2;
		sent.batch.items[0] = connection(NULL);
		sent.batch.items[1] = connection("GET / HT");
	} else if (type == HANDOVER_TAKEN) {
		sent.number = 9;
	}
}

START_TEST(each_message_comes_across)
{
	static char again[HANDOVER_MESSAGE_MAX];
	size_t len;

	make((enum handover_type)_i);
	len = handover_encode(&sent, bytes);
	ck_assert_uint_gt(len, 0);
	ck_assert_int_eq(decode(len), 0);
	ck_assert_int_eq(got.type, _i);
	ck_assert_uint_eq(handover_encode(&got, again), len);
	ck_assert_mem_eq(bytes, again, len);
}
END_TEST

/* What other releases of this version write, and read. */
static size_t
read_record(const char *name, char *room, size_t size)
{
	const char *root = getenv("USHER_CORPUS");
	char path[512];
	size_t len;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/handover/v%d-%s", root ? root : "tests/corpus",
	    HANDOVER_VERSION, name);
	if (getenv("USHER_RECORD")) {
		file = fopen(path, "wb");
		ck_assert_ptr_nonnull(file);
		len = handover_encode(&sent, room);
		ck_assert_uint_eq(fwrite(room, 1, len, file), len);
		ck_assert_int_eq(fclose(file), 0);
	}
	file = fopen(path, "rb");
	ck_assert_msg(file != NULL,
	    "%s lacks: a new version is recorded by this test, with USHER_RECORD=1", path);
	len = fread(room, 1, size, file);
	(void)fclose(file);
	return len;
}

START_TEST(a_message_is_written_and_read_as_it_was_recorded)
{
	static char record[HANDOVER_MESSAGE_MAX], again[HANDOVER_MESSAGE_MAX];
	size_t len;
	unsigned version;

	make((enum handover_type)_i);
	len = read_record(handover_type_name(sent.type), record, sizeof(record));
	ck_assert_msg(handover_encode(&sent, bytes) == len && memcmp(bytes, record, len) == 0,
	    "\"%s\" is not what version %d wrote: it takes another version",
	    handover_type_name(sent.type), HANDOVER_VERSION);
	ck_assert_int_eq(handover_decode((struct slice){ record, len }, &got, &version), 0);
	ck_assert_uint_eq(handover_encode(&got, again), len);
	ck_assert_mem_eq(again, record, len);
}
END_TEST

START_TEST(what_is_cut_or_too_long_is_refused)
{
	size_t len;

	make((enum handover_type)_i);
	len = handover_encode(&sent, bytes);
	for (size_t i = 0; i < len; i++)
		ck_assert_int_eq(decode(i), -EPROTO);
	bytes[len] = 0;
	ck_assert_int_eq(decode(len + 1), -EPROTO);
}
END_TEST

START_TEST(another_version_is_told_from_nonsense)
{
	unsigned version = 0;
	size_t len;

	make(HANDOVER_DONE);
	len = handover_encode(&sent, bytes);
	bytes[4] = 77;
	ck_assert_int_eq(
	    handover_decode((struct slice){ bytes, len }, &got, &version), -EPROTONOSUPPORT);
	ck_assert_uint_eq(version, 77);
	bytes[0] = 'X';
	ck_assert_int_eq(handover_decode((struct slice){ bytes, len }, &got, &version), -EPROTO);
}
END_TEST

/* Where the field begins, its bytes, and a value beyond its limit. */
static const struct {
	enum handover_type type;
	size_t at, len;
	uint64_t value;
} beyond[] = {
	{ HANDOVER_DONE, 6, 2, 0 },
	{ HANDOVER_DONE, 6, 2, HANDOVER_TYPES },
	{ HANDOVER_HELLO, 8, 4, (uint64_t)INT32_MAX + 1 },
	{ HANDOVER_HELLO, 12, 4, HANDOVER_SOCKETS_MAX + 1 },
	{ HANDOVER_HELLO, 16, 2, HANDOVER_PROGRAM_MAX },
	{ HANDOVER_HELLO, 18, 1, '\n' },
	{ HANDOVER_SOCKET, 8, 2, HANDOVER_LOOPS_MAX },
	{ HANDOVER_SOCKET, 10, 2, HANDOVER_KINDS },
	{ HANDOVER_SOCKET, 12, 2, HANDOVER_NAME_MAX },
	{ HANDOVER_SOCKET, 14, 1, 0 },
	{ HANDOVER_SOCKET, 17, 2, HANDOVER_TRANSPORT_MAX },
	{ HANDOVER_SOCKET, 22, 2, sizeof(struct sockaddr_un) + 1 },
	{ HANDOVER_SOCKET, 24, 2, AF_INET },
	{ HANDOVER_SOCKET, 24, 2, AF_NETLINK },
	{ HANDOVER_READY, 8, 4, (uint64_t)INT32_MAX + 1 },
	{ HANDOVER_READY, 12, 4, HANDOVER_SOCKETS_MAX + 1 },
	{ HANDOVER_READY, 16, 1, 2 },
	{ HANDOVER_DECLINE, 8, 2, HANDOVER_WORDS_MAX },
	{ HANDOVER_CONNECTIONS, 16, 4, HANDOVER_BATCH_MAX + 1 },
	{ HANDOVER_CONNECTIONS, 20, 2, HANDOVER_LOOPS_MAX },
	{ HANDOVER_CONNECTIONS, 22, 2, sizeof(struct sockaddr_un) + 1 },
	{ HANDOVER_CONNECTIONS, 24, 2, AF_NETLINK },
	{ HANDOVER_CONNECTIONS, 72, 8, (uint64_t)INT64_MAX + 1 },
	{ HANDOVER_CONNECTIONS, 80, 8, (uint64_t)INT64_MAX + 1 },
	{ HANDOVER_CONNECTIONS, 92, 2, AF_NETLINK },
	{ HANDOVER_CONNECTIONS, 92, 2, AF_INET6 },
	{ HANDOVER_CONNECTIONS, 110, 4, PASSPORT_INPUT_MAX + 1 },
};

START_TEST(a_field_beyond_its_limit_is_refused)
{
	size_t len;

	make(beyond[_i].type);
	len = handover_encode(&sent, bytes);
	for (size_t i = 0; i < beyond[_i].len; i++)
		bytes[beyond[_i].at + i] = (char)(beyond[_i].value >> (8 * i));
	ck_assert_int_eq(decode(len), -EPROTO);
}
END_TEST

START_TEST(what_is_beyond_a_limit_is_not_sent)
{
	make(HANDOVER_CONNECTIONS);
	sent.batch.items[0].loop = HANDOVER_LOOPS_MAX;
	ck_assert_uint_eq(handover_encode(&sent, bytes), 0);
	make(HANDOVER_DECLINE);
	memset(sent.words, 'x', sizeof(sent.words));
	ck_assert_uint_eq(handover_encode(&sent, bytes), 0);
}
END_TEST

START_TEST(a_full_batch_is_as_long_as_is_foretold)
{
	const size_t one = handover_connection_bytes(0);

	make(HANDOVER_CONNECTIONS);
	sent.batch.count = HANDOVER_BATCH_MAX;
	for (int i = 0; i < HANDOVER_BATCH_MAX; i++) {
		sent.batch.items[i] = connection(NULL);
		sent.batch.items[i].passport.peer.in6.sin6_family = AF_INET6;
	}
	ck_assert_uint_le(handover_encode(&sent, bytes), 20 + HANDOVER_BATCH_MAX * one);
	ck_assert_uint_gt(handover_encode(&sent, bytes), 0);
}
END_TEST

/* --- The link ------------------------------------------------------------------------ */

static int ends[2];

static void
open_link(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
}

static void
close_link(void)
{
	(void)close(ends[0]);
	(void)close(ends[1]);
}

START_TEST(descriptors_come_along)
{
	int fds[2];

	open_link();
	ck_assert_int_eq(handover_receive(ends[1], &letter), -EAGAIN);
	ck_assert_int_eq(pipe(fds), 0);
	make(HANDOVER_CONNECTIONS);
	ck_assert_int_eq(handover_send(ends[0], &sent, fds, 2), 0);
	ck_assert_int_eq(handover_receive(ends[1], &letter), 0);
	ck_assert_uint_eq(letter.fd_count, 2);
	ck_assert_int_eq(fcntl(letter.fds[0], F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(write(letter.fds[1], "x", 1), 1);
	ck_assert_int_eq(read(fds[0], bytes, 1), 1);
	handover_letter_close(&letter);
	(void)close(ends[0]);
	ck_assert_int_eq(handover_receive(ends[1], &letter), -ECONNRESET);
	ck_assert_int_eq(handover_send(ends[1], &sent, NULL, 0), -ECONNRESET);
	(void)close(ends[1]);
	(void)close(fds[0]);
	(void)close(fds[1]);
}
END_TEST

/* Too few, too many, and with what has none. */
START_TEST(another_number_of_descriptors_is_refused_and_none_stays_open)
{
	int next;

	open_link();
	make(_i < 2 ? HANDOVER_CONNECTIONS : HANDOVER_DONE);
	ck_assert_int_eq(handover_send(ends[0], &sent, (int[]){ 0, 1, 2 }, _i == 1 ? 3 : 1), 0);
	next = dup(0);
	(void)close(next);
	ck_assert_int_eq(handover_receive(ends[1], &letter), -EPROTO);
	ck_assert_int_eq(dup(0), next);
	(void)close(next);
	close_link();
}
END_TEST

START_TEST(a_message_that_is_too_long_is_refused)
{
	open_link();
	memset(bytes, 0, sizeof(bytes));
	ck_assert_int_gt(send(ends[0], bytes, sizeof(bytes), 0), 0);
	ck_assert_int_eq(handover_receive(ends[1], &letter), -EPROTO);
	close_link();
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *suite = suite_create("server/handover_wire");
	TCase *wire = tcase_create("wire");
	TCase *link = tcase_create("link");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(wire, each_message_comes_across, 1, HANDOVER_TYPES);
	tcase_add_loop_test(
	    wire, a_message_is_written_and_read_as_it_was_recorded, 1, HANDOVER_TYPES);
	tcase_add_loop_test(wire, what_is_cut_or_too_long_is_refused, 1, HANDOVER_TYPES);
	tcase_add_test(wire, another_version_is_told_from_nonsense);
	tcase_add_loop_test(wire, a_field_beyond_its_limit_is_refused, 0, COUNT(beyond));
	tcase_add_test(wire, what_is_beyond_a_limit_is_not_sent);
	tcase_add_test(wire, a_full_batch_is_as_long_as_is_foretold);
	tcase_add_test(link, descriptors_come_along);
	tcase_add_loop_test(
	    link, another_number_of_descriptors_is_refused_and_none_stays_open, 0, 3);
	tcase_add_test(link, a_message_that_is_too_long_is_refused);
	suite_add_tcase(suite, wire);
	suite_add_tcase(suite, link);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
