/* SPDX-License-Identifier: MIT
 *
 * access_log: a line for each answer, in two forms; reopened on SIGUSR1, whole at
 * the end.
 */
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/wire.h"

#define LOGGED(log) WEB "service \"site\" {\n" ROUTES "}\nlog { " log " }\n"
#define TO_FILE(format) LOGGED("access = \"@dir@/access.log\" access_format = " format)

/* The text of a file below the directory of the test. Owned by the caller. */
static struct bytes
read_file(const char *name)
{
	struct bytes text = { 0 };
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", place_dir(), name);
	ck_assert_msg(bytes_put_file(&text, path) == 0, "cannot read %s", path);
	return text;
}

static size_t
count_lines(const struct bytes *text)
{
	size_t count = 0;

	for (size_t i = 0; i < text->len; i++)
		count += text->data[i] == '\n';
	return count;
}

/* Fails where `text` does not match the extended regular expression. */
static void
expect_match(const char *text, const char *pattern)
{
	regex_t compiled;
	int result;

	ck_assert_int_eq(regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB), 0);
	result = regexec(&compiled, text, 0, NULL, 0);
	regfree(&compiled);
	ck_assert_msg(result == 0, "'%s' does not match %s", text, pattern);
}

START_TEST(the_combined_form_tells_the_request_and_its_answer)
{
	struct usherd *usherd = usherd_start(TO_FILE("combined"));
	struct client *client = wire_connect(usherd, "web");
	struct bytes log;

	send_request(client, "GET", "/hello?a=b",
	    "Referer: http://a.example/\r\nUser-Agent: tester/1.0\r\n");
	expect_response(client, 200);
	send_get(client, "/nowhere");
	expect_response(client, 404);
	client_close(client);
	usherd_stop(usherd);
	log = read_file("access.log");
	expect_match(bytes_string(&log),
	    "^127\\.0\\.0\\.1 - - \\[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} \\+0000\\] "
	    "\"GET /hello\\?a=b HTTP/1\\.1\" 200 6 \"http://a\\.example/\" \"tester/1\\.0\" "
	    "[0-9]+ 1\n"
	    "127\\.0\\.0\\.1 - - \\[[^]]*\\] \"GET /nowhere HTTP/1\\.1\" 404 [0-9]+ \"-\" \"-\" "
	    "[0-9]+ 2\n$");
	bytes_free(&log);
}
END_TEST

START_TEST(the_json_form_tells_the_same)
{
	struct usherd *usherd = usherd_start(TO_FILE("json"));
	struct client *client = wire_connect(usherd, "web");
	struct bytes log;

	send_request(client, "GET", "/hello", "User-Agent: a \"quoted\\\" name\r\n");
	(void)read_response(client);
	send_get(client, "/hello");
	(void)read_response(client);
	client_close(client);
	usherd_stop(usherd);
	log = read_file("access.log");
	expect_match(bytes_string(&log), "\"method\":\"GET\",\"target\":\"/hello\"");
	expect_match(bytes_string(&log), "\"status\":200,\"bytes\":6,\"duration_us\":[0-9]+\\}\n");
	bytes_free(&log);
}
END_TEST

START_TEST(every_line_of_json_is_json)
{
	struct usherd *usherd = usherd_start(TO_FILE("json"));
	struct client *client = wire_connect(usherd, "web");
	char command[512];

	send_request(client, "GET", "/hello?\"\\", "User-Agent: \"\\\xff\xfe\t\xc3\xa9\r\n");
	(void)read_response(client);
	client_close(client);
	usherd_stop(usherd);
	(void)snprintf(command, sizeof(command),
	    "python3 -c 'import json,sys\nfor line in open(sys.argv[1]): json.loads(line)' "
	    "%s/access.log",
	    place_dir());
	ck_assert_int_eq(system(command), 0);
}
END_TEST

/* What a client sends must not pass for a line, or for another field. */
START_TEST(a_client_cannot_forge_a_line)
{
	struct usherd *usherd = usherd_start(TO_FILE("combined"));
	struct client *client = wire_connect(usherd, "web");
	struct bytes log;

	send_request(client, "GET", "/hello", "User-Agent: \" 200 0 \"x\\\r\n");
	expect_response(client, 200);
	client_close(client);
	usherd_stop(usherd);
	log = read_file("access.log");
	ck_assert_uint_eq(count_lines(&log), 1);
	ck_assert_ptr_null(strstr(bytes_string(&log), "\"\" 200 0 \""));
	bytes_free(&log);
}
END_TEST

START_TEST(a_refused_request_is_logged)
{
	struct usherd *usherd = usherd_start(TO_FILE("combined"));
	struct client *client = wire_connect(usherd, "web");
	struct bytes log;

	send_text(client, "NONSENSE\r\n\r\n");
	expect_response(client, 400);
	client_close(client);
	usherd_stop(usherd);
	log = read_file("access.log");
	expect_match(bytes_string(&log), "\"-\" 400 ");
	bytes_free(&log);
}
END_TEST

START_TEST(standard_output_is_a_log_too)
{
	struct usherd *usherd = usherd_start(LOGGED("access = \"-\""));
	struct client *client = wire_connect(usherd, "web");

	send_get(client, "/hello");
	expect_response(client, 200);
	client_close(client);
	usherd_stop(usherd);
	usherd_expect_output(usherd, "\"GET /hello HTTP/1.1\" 200 6");
}
END_TEST

START_TEST(a_line_is_written_while_the_daemon_goes_on)
{
	struct usherd *usherd = usherd_start(LOGGED("access = \"-\""));
	struct client *client = wire_connect(usherd, "web");

	send_get(client, "/hello");
	expect_response(client, 200);
	usherd_expect_output(usherd, "\"GET /hello HTTP/1.1\" 200 6");
}
END_TEST

START_TEST(off_means_nothing_is_written)
{
	struct usherd *usherd = usherd_start(LOGGED("access_format = off"));
	struct client *client = wire_connect(usherd, "web");

	send_get(client, "/hello");
	expect_response(client, 200);
	client_close(client);
	usherd_stop(usherd);
	ck_assert_str_eq(usherd_output(usherd), "");
}
END_TEST

START_TEST(the_fields_of_a_line_can_be_chosen)
{
	struct usherd *usherd = usherd_start(
	    TO_FILE("json access_fields = {\"status\", \"path\", \"query\", \"header:x-id\", "
		    "\"header:None\", \"peer_host\"}"));
	struct client *client = wire_connect(usherd, "web");
	struct bytes log;

	send_request(client, "GET", "/hello?a=b", "X-Id: \"7\"\r\n");
	expect_response(client, 200);
	client_close(client);
	usherd_stop(usherd);
	log = read_file("access.log");
	ck_assert_str_eq(bytes_string(&log),
	    "{\"status\":200,\"path\":\"/hello\",\"query\":\"a=b\",\"header:x-id\":\"\\\"7\\\"\","
	    "\"header:None\":null,\"peer_host\":\"127.0.0.1\"}\n");
	bytes_free(&log);
}
END_TEST

START_TEST(text_has_blanks_between_and_quotes_around)
{
	struct usherd *usherd = usherd_start(
	    TO_FILE("text access_fields = {\"status\", \"target\", \"user_agent\", \"referer\"}"));
	struct client *client = wire_connect(usherd, "web");
	struct bytes log;

	send_request(client, "GET", "/hello", "User-Agent: a \" 500 \"b\r\n");
	expect_response(client, 200);
	client_close(client);
	usherd_stop(usherd);
	log = read_file("access.log");
	ck_assert_uint_eq(count_lines(&log), 1);
	ck_assert_ptr_null(strstr(bytes_string(&log), "\" 500 \""));
	expect_match(bytes_string(&log), "^200 \"/hello\" \"a .* 500 .*b\" -\n$");
	bytes_free(&log);
}
END_TEST

START_TEST(the_fields_of_endings_can_be_chosen)
{
	struct usherd *usherd = usherd_start(LOGGED("access_format = off connections = "
						    "\"@dir@/access.log\" connection_fields = "
						    "{\"cause\", \"requests\", \"fault\"}"));
	struct client *client = wire_connect(usherd, "web");
	struct bytes log;

	send_get(client, "/hello");
	expect_response(client, 200);
	client_close(client);
	usherd_stop(usherd);
	log = read_file("access.log");
	ck_assert_str_eq(
	    bytes_string(&log), "{\"cause\":\"client_closed\",\"requests\":1,\"fault\":false}\n");
	bytes_free(&log);
}
END_TEST

/* What no configuration may say, and what is said of it. */
static const char *const mistaken_fields[][2] = {
	{ "access_format = json access_fields = \"statsu\"", "did you mean \"status\"?" },
	{ "access_format = json access_fields = \"header:\"", "there is no field \"header:\"" },
	{ "access_format = json access_fields = \"header:a b\"", "no field \"header:a b\"" },
	{ "access_format = text access_fields = {\"path\", \"path\"}", "stands there twice" },
	{ "access_fields = \"status\"", "the combined form has fields of its own" },
	{ "connection_fields = \"status\"", "there is no field \"status\"" },
	{ "connection_fields = \"casue\"", "did you mean \"cause\"?" },
};

START_TEST(a_field_that_does_not_exist_is_refused)
{
	char config[512];
	struct outcome outcome;

	(void)snprintf(config, sizeof(config), WEB "service \"site\" {\n" ROUTES "}\nlog { %s }\n",
	    mistaken_fields[_i][0]);
	put_file("usher.conf", config);
	outcome = usherd_run(ARGS("-t", "-c", "@dir@/usher.conf"));
	ck_assert_int_eq(outcome.status, 1);
	ck_assert_msg(
	    strstr(outcome.err, mistaken_fields[_i][1]) != NULL, "it says: %s", outcome.err);
}
END_TEST

/* Every byte that a head may hold, whole and cut within a character, in targets and
 * fields; and heads that are refused. */
START_TEST(no_request_makes_a_line_that_is_not_json)
{
	struct usherd *usherd = usherd_start(
	    TO_FILE("json access_fields = {\"time\", \"target\", \"path\", \"query\", \"host\", "
		    "\"user_agent\", \"header:X\"}"));
	char request[16384];
	char command[512];

	for (int byte = 1; byte < 256; byte++) {
		struct client *client = wire_connect(usherd, "web");
		int len = snprintf(request, sizeof(request),
		    "GET /%c\\\"%c?%c HTTP/1.1\r\nHost: a\r\nX: %c\xc3%c\r\nUser-Agent: ", byte,
		    byte, byte, byte, byte);

		/* Cut at an odd place of a sequence of two bytes. */
		for (int i = 0; i < 3001; i += 2)
			len += snprintf(request + len, sizeof(request) - (size_t)len, "%s",
			    i == 0 ? "x" : "\xc3\xa9");
		len += snprintf(request + len, sizeof(request) - (size_t)len, "\r\n\r\n");
		send_bytes(client, request, (size_t)len);
		(void)read_response(client);
		client_close(client);
	}
	usherd_stop(usherd);
	(void)snprintf(command, sizeof(command),
	    "python3 -c 'import json,sys\nlines = open(sys.argv[1], "
	    "\"rb\").read().split(b\"\\n\")\n"
	    "assert len(lines) == 256 and lines[255] == b\"\", len(lines)\n"
	    "for line in lines[:255]: json.loads(line.decode(\"utf-8\"))' %s/access.log",
	    place_dir());
	ck_assert_int_eq(system(command), 0);
}
END_TEST

#define MANY 2000

START_TEST(nothing_is_lost_at_the_end)
{
	struct usherd *usherd = usherd_start(TO_FILE("combined"));
	struct client *client = wire_connect(usherd, "web");
	struct bytes log;

	for (int i = 0; i < MANY; i++) {
		send_get(client, "/hello");
		expect_response(client, 200);
	}
	usherd_signal(usherd, SIGTERM);
	(void)expect_fin_after_anything(client);
	client_close(client);
	usherd_expect_clean_end(usherd);
	log = read_file("access.log");
	ck_assert_uint_eq(count_lines(&log), MANY);
	bytes_free(&log);
}
END_TEST

START_TEST(after_sigusr1_lines_go_to_the_new_file_and_none_is_lost)
{
	struct usherd *usherd = usherd_start(TO_FILE("combined"));
	struct client *client = wire_connect(usherd, "web");
	struct bytes old, new;
	char from[256], to[256];

	(void)snprintf(from, sizeof(from), "%s/access.log", place_dir());
	(void)snprintf(to, sizeof(to), "%s/access.log.1", place_dir());
	for (int i = 0; i < 200; i++) {
		if (i == 100) {
			ck_assert_int_eq(rename(from, to), 0);
			usherd_signal(usherd, SIGUSR1);
			usherd_expect_log(usherd, "access.log is open again");
		}
		send_get(client, "/hello");
		expect_response(client, 200);
	}
	client_close(client);
	usherd_stop(usherd);
	old = read_file("access.log.1");
	new = read_file("access.log");
	ck_assert_uint_eq(count_lines(&old) + count_lines(&new), 200);
	ck_assert_uint_ge(count_lines(&new), 100);
	bytes_free(&old);
	bytes_free(&new);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("access_log");
	TCase *forms = wire_case(suite, "forms", 30);
	TCase *files = wire_case(suite, "files", 60);

	tcase_add_test(forms, the_combined_form_tells_the_request_and_its_answer);
	tcase_add_test(forms, the_json_form_tells_the_same);
	tcase_add_test(forms, every_line_of_json_is_json);
	tcase_add_test(forms, a_client_cannot_forge_a_line);
	tcase_add_test(forms, a_refused_request_is_logged);
	tcase_add_test(forms, the_fields_of_a_line_can_be_chosen);
	tcase_add_test(forms, text_has_blanks_between_and_quotes_around);
	tcase_add_test(forms, the_fields_of_endings_can_be_chosen);
	tcase_add_loop_test(forms, a_field_that_does_not_exist_is_refused, 0,
	    (int)(sizeof(mistaken_fields) / sizeof(mistaken_fields[0])));
	tcase_add_test(forms, no_request_makes_a_line_that_is_not_json);
	tcase_add_test(files, standard_output_is_a_log_too);
	tcase_add_test(files, a_line_is_written_while_the_daemon_goes_on);
	tcase_add_test(files, off_means_nothing_is_written);
	tcase_add_test(files, nothing_is_lost_at_the_end);
	tcase_add_test(files, after_sigusr1_lines_go_to_the_new_file_and_none_is_lost);
	return wire_run(suite);
}
