/* SPDX-License-Identifier: MIT
 *
 * file_requests: conditional and range requests on files (RFC 9110 13 and 14), and
 * files that change meanwhile.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/wire.h"

#define MIB ((size_t)1 << 20)

static struct client *
connect_to_alphabet(void)
{
	put_file("www/alphabet.txt", "abcdefghijklmnopqrstuvwxyz");
	return wire_connect(usherd_start(FILES("")), "web");
}

static void
get_with(struct client *client, const char *name, const char *value)
{
	char field[256];

	(void)snprintf(field, sizeof(field), "%s: %s\r\n", name, value);
	send_request(client, "GET", "/alphabet.txt", field);
}

/* --- Conditions ------------------------------------------------------------- */

START_TEST(a_validator_that_still_holds_is_304)
{
	struct client *client = connect_to_alphabet();
	char etag[128], modified[64];

	send_get(client, "/alphabet.txt");
	expect_response(client, 200);
	(void)snprintf(etag, sizeof(etag), "%s", response_field(last_response(client), "ETag"));
	(void)snprintf(modified, sizeof(modified), "%s",
	    response_field(last_response(client), "Last-Modified"));
	get_with(client, "If-None-Match", etag);
	expect_response(client, 304);
	expect_field(client, "ETag", etag);
	get_with(client, "If-Modified-Since", modified);
	expect_response(client, 304);
	get_with(client, "If-None-Match", "*");
	expect_response(client, 304);
	get_with(client, "If-None-Match", "\"other\"");
	expect_response(client, 200);
	get_with(client, "If-Modified-Since", "Sat, 01 Jan 2000 00:00:00 GMT");
	expect_response(client, 200);
}
END_TEST

START_TEST(a_precondition_that_fails_is_412)
{
	struct client *client = connect_to_alphabet();

	get_with(client, "If-Match", "\"other\"");
	expect_response(client, 412);
	get_with(client, "If-Match", "*");
	expect_response(client, 200);
	get_with(client, "If-Unmodified-Since", "Sat, 01 Jan 2000 00:00:00 GMT");
	expect_response(client, 412);
}
END_TEST

START_TEST(if_none_match_outweighs_if_modified_since)
{
	struct client *client = connect_to_alphabet();

	send_request(client, "GET", "/alphabet.txt",
	    "If-None-Match: \"other\"\r\nIf-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n");
	expect_response(client, 200);
}
END_TEST

/* Asks for the file; whether it still has that ETag. */
static bool
is_still(struct client *client, const char *etag)
{
	send_get(client, "/alphabet.txt");
	expect_response(client, 200);
	return strcmp(response_field(last_response(client), "ETag"), etag) == 0;
}

START_TEST(a_changed_file_has_another_etag)
{
	struct client *client = connect_to_alphabet();
	char etag[128];

	send_get(client, "/alphabet.txt");
	expect_response(client, 200);
	(void)snprintf(etag, sizeof(etag), "%s", response_field(last_response(client), "ETag"));
	put_file("www/alphabet.txt", "zyxwvutsrqponmlkjihgfedcba and more");
	/* What is in the cache is looked at again within a second or two. */
	for (int i = 0; i < 150 && is_still(client, etag); i++)
		expect_nothing_yet(client);
	expect_body(client, "zyxwvutsrqponmlkjihgfedcba and more");
	ck_assert_str_ne(response_field(last_response(client), "ETag"), etag);
}
END_TEST

/* --- Ranges ----------------------------------------------------------------- */

static const struct {
	const char *range;
	int status;
	const char *content_range; /* or NULL */
	const char *body;
} ranges[] = {
	{ "bytes=0-4", 206, "bytes 0-4/26", "abcde" },
	{ "bytes=25-", 206, "bytes 25-25/26", "z" },
	{ "bytes=-3", 206, "bytes 23-25/26", "xyz" },
	{ "bytes=-100", 206, "bytes 0-25/26", "abcdefghijklmnopqrstuvwxyz" },
	{ "bytes=20-1000", 206, "bytes 20-25/26", "uvwxyz" },
	{ "bytes=0-0", 206, "bytes 0-0/26", "a" },
	{ "bytes=26-", 416, "bytes */26", NULL },
	{ "bytes=-0", 416, "bytes */26", NULL },
	{ "bytes=5-2", 200, NULL, "abcdefghijklmnopqrstuvwxyz" },
	{ "lines=0-4", 200, NULL, "abcdefghijklmnopqrstuvwxyz" },
	{ "bytes=a-b", 200, NULL, "abcdefghijklmnopqrstuvwxyz" },
	{ "bytes 0-4", 200, NULL, "abcdefghijklmnopqrstuvwxyz" },
};

START_TEST(a_range_is_answered_by_its_bytes)
{
	struct client *client = connect_to_alphabet();

	get_with(client, "Range", ranges[_i].range);
	expect_response(client, ranges[_i].status);
	if (ranges[_i].content_range)
		expect_field(client, "Content-Range", ranges[_i].content_range);
	else
		expect_no_field(client, "Content-Range");
	if (ranges[_i].body)
		expect_body(client, ranges[_i].body);
}
END_TEST

START_TEST(several_ranges_are_parts_of_one_body)
{
	struct client *client = connect_to_alphabet();
	char line[256];
	const char *boundary;

	get_with(client, "Range", "bytes=0-1, 10-11, -2");
	expect_response(client, 206);
	expect_no_field(client, "Content-Range");
	expect_field_with(client, "Content-Type", "multipart/byteranges; boundary=");
	boundary = strstr(response_field(last_response(client), "Content-Type"), "boundary=") +
	    strlen("boundary=");
	(void)snprintf(line, sizeof(line), "--%.*s\r\n", (int)strcspn(boundary, "\""),
	    boundary + (*boundary == '"'));
	expect_body_with(client, "Content-Range: bytes 0-1/26\r\n\r\nab\r\n");
	expect_body_with(client, "Content-Range: bytes 10-11/26\r\n\r\nkl\r\n");
	expect_body_with(client, "Content-Range: bytes 24-25/26\r\n\r\nyz\r\n");
	expect_body_with(client, line);
	send_get(client, "/alphabet.txt");
	expect_response(client, 200);
}
END_TEST

START_TEST(if_range_demands_the_same_file)
{
	struct client *client = connect_to_alphabet();
	char fields[256];

	send_get(client, "/alphabet.txt");
	expect_response(client, 200);
	if (response_field(last_response(client), "ETag")[0] == '"') {
		(void)snprintf(fields, sizeof(fields), "Range: bytes=0-1\r\nIf-Range: %s\r\n",
		    response_field(last_response(client), "ETag"));
		send_request(client, "GET", "/alphabet.txt", fields);
		expect_response(client, 206);
	}
	send_request(client, "GET", "/alphabet.txt", "Range: bytes=0-1\r\nIf-Range: \"other\"\r\n");
	expect_response(client, 200);
	send_request(client, "GET", "/alphabet.txt",
	    "Range: bytes=0-1\r\nIf-Range: Sat, 01 Jan 2000 00:00:00 GMT\r\n");
	expect_response(client, 200);
}
END_TEST

START_TEST(a_range_of_a_head_request_is_ignored)
{
	struct client *client = connect_to_alphabet();

	send_request(client, "HEAD", "/alphabet.txt", "Range: bytes=0-1\r\n");
	expect_response_to_head(client, 200);
	expect_field(client, "Content-Length", "26");
}
END_TEST

/* --- Large files -------------------------------------------------------------- */

static void
put_large_file(size_t size)
{
	char *content = malloc(size);

	fill_pattern(content, size, 0);
	put_file_bytes("www/large", content, size);
	free(content);
}

START_TEST(a_large_file_arrives_whole)
{
	struct client *client;

	put_large_file(20 * MIB);
	client = wire_connect(usherd_start(FILES("")), "web");
	for (int i = 0; i < 2; i++) {
		send_get(client, "/large");
		expect_response_head(client, 200);
		expect_pattern(client, 20 * MIB, 0);
	}
	send_request(client, "GET", "/large", "Range: bytes=10485759-15728639\r\n");
	expect_response_head(client, 206);
	expect_pattern(client, 15728640 - 10485759, 10485759);
	send_get(client, "/nothing");
	expect_response(client, 404);
}
END_TEST

START_TEST(a_large_file_arrives_at_a_client_that_reads_slowly)
{
	struct client *client;
	char block[4096];

	put_large_file(4 * MIB);
	client = wire_connect_narrow(usherd_start(FILES("")), "web", 4096);
	send_get(client, "/large");
	expect_response_head(client, 200);
	for (size_t at = 0; at < 4 * MIB; at += sizeof(block))
		expect_pattern(client, sizeof(block), at);
	expect_nothing_yet(client);
}
END_TEST

START_TEST(a_file_beyond_four_gigabytes_has_its_length_and_its_end)
{
	struct client *client;

	put_sparse_file("www/huge", (off_t)5 << 30);
	client = wire_connect(usherd_start(FILES("")), "web");
	send_request(client, "HEAD", "/huge", "");
	expect_response_to_head(client, 200);
	expect_field(client, "Content-Length", "5368709120");
	send_request(client, "GET", "/huge", "Range: bytes=5368709110-\r\n");
	expect_response(client, 206);
	expect_field(client, "Content-Range", "bytes 5368709110-5368709119/5368709120");
	expect_field(client, "Content-Length", "10");
}
END_TEST

START_TEST(a_file_that_shrinks_in_mid_transfer_ends_the_connection)
{
	struct usherd *usherd;
	struct client *client;
	char path[256];
	size_t got;

	put_sparse_file("www/shrinking", (off_t)64 << 20);
	usherd = usherd_start(FILES(""));
	client = wire_connect_narrow(usherd, "web", 4096);
	send_get(client, "/shrinking");
	expect_response_head(client, 200);
	expect_field(client, "Content-Length", "67108864");
	(void)snprintf(path, sizeof(path), "%s/www/shrinking", place_dir());
	ck_assert_int_eq(truncate(path, 1024), 0);
	got = expect_fin_after_anything(client);
	ck_assert_uint_lt(got, (size_t)64 << 20);
	expect_no_reset(client);
	usherd_expect_log(usherd, "ended: the answer could not be completed as announced");
}
END_TEST

static void
add_range_tests(Suite *suite)
{
	TCase *tests = wire_case(suite, "ranges", 30);

	tcase_add_loop_test(
	    tests, a_range_is_answered_by_its_bytes, 0, (int)(sizeof(ranges) / sizeof(ranges[0])));
	tcase_add_test(tests, several_ranges_are_parts_of_one_body);
	tcase_add_test(tests, if_range_demands_the_same_file);
	tcase_add_test(tests, a_range_of_a_head_request_is_ignored);
}

int
main(void)
{
	Suite *suite = suite_create("file_requests");
	TCase *conditions = wire_case(suite, "conditions", 30);
	TCase *large = wire_case(suite, "large", 60);

	tcase_add_test(conditions, a_validator_that_still_holds_is_304);
	tcase_add_test(conditions, a_precondition_that_fails_is_412);
	tcase_add_test(conditions, if_none_match_outweighs_if_modified_since);
	tcase_add_test(conditions, a_changed_file_has_another_etag);
	add_range_tests(suite);
	tcase_add_test(large, a_large_file_arrives_whole);
	tcase_add_test(large, a_large_file_arrives_at_a_client_that_reads_slowly);
	tcase_add_test(large, a_file_beyond_four_gigabytes_has_its_length_and_its_end);
	tcase_add_test(large, a_file_that_shrinks_in_mid_transfer_ends_the_connection);
	return wire_run(suite);
}
