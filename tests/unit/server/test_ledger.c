/* SPDX-License-Identifier: MIT
 *
 * Tests of server/ledger: what was written is read, and what is cut short or wrong ends the
 * reading.
 */
#include "server/ledger.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/sockinfo.h"
#include "server/emigration.h"

static struct emigrants emigrants;
static struct ledger_record record;
static int ledger;

static void
set_up(void)
{
	ledger = ledger_new();
	ck_assert_int_ge(ledger, 0);
}

static void
tear_down(void)
{
	for (uint32_t i = 0; i < emigrants.batch.count; i++)
		(void)close(emigrants.fds[i]);
	(void)close(ledger);
}

/* A batch of Unix sockets, of which the first has input. */
static void
fill(uint32_t count)
{
	static char input[] = "GET /";

	memset(&emigrants, 0, sizeof(emigrants));
	for (uint32_t i = 0; i < count; i++) {
		struct handover_connection *item = &emigrants.batch.items[i];

		emigrants.fds[i] = socket(AF_UNIX, SOCK_STREAM, 0);
		ck_assert_int_ge(emigrants.fds[i], 0);
		item->at.un.sun_family = AF_UNIX;
		item->at.len = sizeof(sa_family_t);
		item->passport = (struct passport){ .fd = -1, .requests = 7 + i };
		item->passport.peer.family = AF_UNIX;
	}
	emigrants.batch.items[0].passport.input = input;
	emigrants.batch.items[0].passport.input_len = strlen(input);
	emigrants.batch.count = count;
}

START_TEST(batches_are_read_as_they_were_written)
{
	struct slice rest;
	size_t len;
	char *bytes;

	fill(3);
	ck_assert_int_eq(ledger_append(ledger, &emigrants), 0);
	ck_assert_int_eq(ledger_append(ledger, &emigrants), 0);
	bytes = ledger_read(ledger, &len);
	ck_assert_ptr_nonnull(bytes);
	rest = (struct slice){ bytes, len };
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(ledger_next(&rest, &record), 0);
		ck_assert_uint_eq(record.message.batch.count, 3);
		ck_assert_uint_eq(record.message.batch.items[2].passport.requests, 9);
		ck_assert_uint_eq(record.message.batch.items[0].passport.input_len, 5);
		for (int j = 0; j < 3; j++)
			ck_assert_uint_eq(record.cookies[j], sockinfo_cookie(emigrants.fds[j]));
		ck_assert_uint_ne(record.cookies[0], record.cookies[1]);
	}
	ck_assert_int_eq(ledger_next(&rest, &record), -ENOENT);
	free(bytes);
}
END_TEST

START_TEST(what_is_cut_short_is_no_record)
{
	size_t len;
	char *bytes;

	fill(2);
	ck_assert_int_eq(ledger_append(ledger, &emigrants), 0);
	bytes = ledger_read(ledger, &len);
	for (size_t i = 1; i < len; i++) {
		char *beginning = malloc(i);
		struct slice rest = { beginning, i };

		memcpy(beginning, bytes, i);
		ck_assert_int_eq(ledger_next(&rest, &record), -EPROTO);
		ck_assert_uint_eq(rest.len, i);
		free(beginning);
	}
	free(bytes);
}
END_TEST

START_TEST(another_message_or_version_is_no_record)
{
	size_t len;
	char *bytes;
	struct slice rest;

	fill(1);
	ck_assert_int_eq(ledger_append(ledger, &emigrants), 0);
	bytes = ledger_read(ledger, &len);
	rest = (struct slice){ bytes, len };
	bytes[4 + 4]++;
	ck_assert_int_eq(ledger_next(&rest, &record), -EPROTO);
	bytes[4 + 4]--;
	bytes[4 + 6] = HANDOVER_DONE;
	ck_assert_int_eq(ledger_next(&rest, &record), -EPROTO);
	free(bytes);
}
END_TEST

START_TEST(what_is_no_file_or_too_large_is_not_read)
{
	size_t len;
	int ends[2];

	ck_assert_ptr_null(ledger_read(ledger, &len));
	ck_assert_int_eq(ftruncate(ledger, (off_t)LEDGER_MAX + 1), 0);
	ck_assert_ptr_null(ledger_read(ledger, &len));
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_ptr_null(ledger_read(ends[0], &len));
	ck_assert_ptr_null(ledger_read(-1, &len));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("server/ledger");
	TCase *records = tcase_create("records");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(records, set_up, tear_down);
	tcase_add_test(records, batches_are_read_as_they_were_written);
	tcase_add_test(records, what_is_cut_short_is_no_record);
	tcase_add_test(records, another_message_or_version_is_no_record);
	tcase_add_test(records, what_is_no_file_or_too_large_is_not_read);
	suite_add_tcase(suite, records);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
