/* SPDX-License-Identifier: MIT
 *
 * load_cli: the command line of usher-load: what it refuses and why, what it says,
 * its exit statuses; and that manual page and completion know every option.
 *
 * The environment variable DOCUMENTS names the root of the source tree.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/loader.h"
#include "harness/rogue.h"
#include "harness/transports.h"
#include "harness/wire.h"

#define URL "http://127.0.0.1:1/"

/* --- What is refused ---------------------------------------------------------- */

/* `said` is part of the sentence that says why. */
static const struct {
	const char *args[8];
	const char *said;
} wrong[] = {
	{ { NULL }, "needs a URL" },
	{ { "--no-such-option", URL }, "no option --no-such-option" },
	{ { "-q", "-Zx", URL }, "no option -Z" },
	{ { URL, "-c" }, "-c needs a value" },
	{ { URL, "--rate" }, "--rate needs a value" },
	{ { "-c", "0", URL }, "out of range" },
	{ { "-c", "many", URL }, "no whole number" },
	{ { "-d", "soon", URL }, "is no time" },
	{ { "-t", "4", "-c", "2", URL }, "fewer connections than threads" },
	{ { "-s", "script.lua", URL }, "runs no Lua scripts" },
	{ { "https://127.0.0.1/" }, "no TLS" },
	{ { "127.0.0.1:8080" }, "is no URL" },
	{ { "http://" }, "is no URL" },
	{ { "http:///path" }, "is no URL" },
	{ { "http://a:99999/" }, "is no URL" },
	{ { "http://[::1/" }, "is no URL" },
	{ { "http://127.0.0.1/a b" }, "is no URL" },
	{ { "tcp://127.0.0.1:7" }, "--echo" },
	{ { "--echo", "10", "tcp://127.0.0.1" }, "is no URL" },
	{ { "--echo", "10", "-X", "GET", "tcp://127.0.0.1:7" }, "speaks no HTTP" },
	{ { "-R", "100", "--think", "1s", URL }, "exclude each other" },
	{ { "--arrivals", "poisson", URL }, "needs a rate" },
	{ { "-R", "1", "--arrivals", "uniform", URL }, "constant, or poisson" },
	{ { "--think", "5ms-1ms", URL }, "--think" },
	{ { "--think", "5-1ms", URL }, "--think" },
	{ { "--think", "5m-", URL }, "--think" },
	{ { "--think", "-5ms", URL }, "--think" },
	{ { "--close", "-p", "2", URL }, "exclude each other" },
	{ { "-H", "no header", URL }, "is no header" },
	{ { "-H", "A: b\r\nC: d", URL }, "is no header" },
	{ { "-X", "GE T", URL }, "is no method" },
	{ { "--expect-status", "ok", URL }, "--expect-status" },
	{ { "--expect-body", "abc", URL }, "64 hexadecimal digits" },
	{ { "--transport", "carrier-pigeon", URL }, "--transport" },
	{ { "--transport", "seqpacket", "unix:/a:/" }, "HTTP needs a stream" },
	{ { "--source", "127.0.0.9-127.0.0.2", URL }, "--source" },
	{ { "--source", "192.0.2.1", URL }, "not an address of this machine" },
	{ { "--source", "::1", URL }, "the same as the target's" },
	{ { "--json", "-", "--plot", "-", URL }, "cannot go to one file" },
	{ { "--plot", "@dir@/a", "--json", "@dir@/a", URL }, "cannot go to one file" },
	{ { "--during", "true", "-n", "5", URL }, "needs a duration" },
	{ { "--during", "true", "--during-at", "9s", "-d", "3s", URL }, "after the end" },
	{ { "http://[fe80::1]/" }, "needs its interface" },
	{ { "http://192.0.2.1/" }, "--allow-remote" },
	{ { "http://[2001:db8::1]/" }, "--allow-remote" },
	{ { "http://172.32.0.1/" }, "--allow-remote" },
};

START_TEST(a_wrong_command_line_is_status_2_and_says_why)
{
	struct loader *loader = loader_run(wrong[_i].args, 2);

	loader_expect_errors(loader, wrong[_i].said);
	loader_expect_errors(loader, "usher-load --help");
	ck_assert_str_eq(loader_output(loader), "");
}
END_TEST

/* --- What cannot be done -------------------------------------------------------- */

START_TEST(what_cannot_be_had_is_status_3)
{
	loader_expect_errors(loader_run(ARGS("http://no-such-host.invalid/"), 3), "no address");
	loader_expect_errors(loader_run(ARGS("--body", "@dir@/none", URL), 3), "No such file");
	loader_expect_errors(
	    loader_run(ARGS("--expect-body", "@@dir@/none", URL), 3), "No such file");
	loader_expect_errors(
	    loader_run(ARGS("--request-file", "@dir@/none", URL), 3), "No such file");
}
END_TEST

/* It would else be a failure of each connection, and look like the server's. */
START_TEST(a_transport_that_the_kernel_lacks_is_status_3)
{
	if (wire_transport_exists(&(struct wire_transport){ .name = "sctp",
		.domain = AF_INET,
		.type = SOCK_STREAM,
		.protocol = IPPROTO_SCTP })) {
		wire_skip(__func__, "this kernel has SCTP");
		return;
	}
	loader_expect_errors(loader_run(ARGS("--transport", "sctp", URL), 3), "sctp");
}
END_TEST

START_TEST(a_file_that_cannot_be_written_is_told_before_the_run)
{
	struct loader *loader =
	    loader_run(ARGS("-d", "60s", "--json", "@dir@/none/a.json", URL), 5);

	loader_expect_errors(loader, "a.json: No such file");
}
END_TEST

/* `said` begins behind the name of the file. */
static const struct {
	const char *text;
	const char *said;
} wrong_mixes[] = {
	{ "", ":0: there is no request" },
	{ "# nothing\n\n", ":2: there is no request" },
	{ "1 GET /a\nten GET /\n", ":2: a line is" },
	{ "0 GET /\n", ":1: a line is" },
	{ "1 GET\n", ":1: a line is" },
	{ "1 GET / status=ok\n", ":1: \"status=ok\"" },
	{ "1 GET / colour=red\n", ":1: \"colour=red\"" },
	{ "1 GET / body=/no/such/file\n", ":1: the body" },
	{ "1 G@T /\n", ":1: \"G@T\" is no method" },
	{ "1 GET /a\x01\n", ":1: \"/a\x01\" is no path" },
};

START_TEST(a_wrong_request_file_is_told_with_its_line)
{
	struct loader *loader;

	put_file("mix", wrong_mixes[_i].text);
	loader = loader_start(ARGS("--request-file", "@dir@/mix", URL));
	loader_expect_exit(loader, strstr(wrong_mixes[_i].said, "the body") ? 3 : 2);
	loader_expect_errors(loader, wrong_mixes[_i].said);
}
END_TEST

/* --- What wrk's users type -------------------------------------------------------- */

START_TEST(a_command_line_of_wrk_works)
{
	struct usherd *usherd = usherd_start(SITE);
	struct loader *loader = loader_run(
	    ARGS("-t2", "-c8", "-d1", "-H", "X-Test: a", "-L", "--latency", "-T2s",
		loader_url(ntohs(usherd_endpoint(usherd, "web").address.in.sin_port), "/hello")),
	    0);

	loader_expect_output(loader, "2 threads, 8 connections");
	ck_assert_uint_ge(loader_count(loader, "answered"), 8);
}
END_TEST

START_TEST(counts_may_be_written_in_thousands)
{
	struct loader *loader =
	    loader_run(ARGS("-c", "1", "-n", "1k", loader_url(rogue_start(NULL, NULL), "/")), 0);

	loader_expect_count(loader, "answered", 1000);
}
END_TEST

/* --- Words ---------------------------------------------------------------------- */

START_TEST(the_version_is_one_line)
{
	struct loader *loader = loader_run(ARGS("--version"), 0);
	const char *said = loader_output(loader);

	ck_assert_int_eq(strncmp(said, "usher-load ", 11), 0);
	ck_assert_ptr_eq(strchr(said, '\n'), said + strlen(said) - 1);
}
END_TEST

static void
read_document(struct bytes *document, const char *path)
{
	struct bytes whole = { 0 };
	const char *root = getenv("DOCUMENTS");

	ck_assert_ptr_nonnull(root);
	bytes_put_format(&whole, "%s/%s", root, path);
	ck_assert_int_eq(bytes_put_file(document, whole.data), 0);
	bytes_free(&whole);
}

/* "--name" of the help is "Fl -name" in the manual. */
static void
expect_documented(const char *name, int len, const struct bytes *manual, const struct bytes *bash,
    const struct bytes *zsh)
{
	char mark[64];

	(void)snprintf(mark, sizeof(mark), "Fl -%.*s", len, name);
	ck_assert_msg(strstr(bytes_string(manual), mark) != NULL,
	    "usher-load(1) does not explain --%.*s", len, name);
	(void)snprintf(mark, sizeof(mark), "--%.*s", len, name);
	ck_assert_msg(strstr(bytes_string(bash), mark) != NULL,
	    "bash's completion does not know --%.*s", len, name);
	(void)snprintf(mark, sizeof(mark), "--%.*s[", len, name);
	if (!strstr(bytes_string(zsh), mark))
		(void)snprintf(mark, sizeof(mark), ",--%.*s}", len, name);
	ck_assert_msg(strstr(bytes_string(zsh), mark) != NULL,
	    "zsh's completion does not know --%.*s", len, name);
}

START_TEST(manual_and_completion_know_every_option_of_the_help)
{
	struct loader *loader = loader_run(ARGS("--help"), 0);
	struct bytes manual = { 0 }, bash = { 0 }, zsh = { 0 };
	unsigned count = 0;

	read_document(&manual, "docs/man/usher-load.1");
	read_document(&bash, "conf/completion/usher-load");
	read_document(&zsh, "conf/completion/_usher-load");
	for (const char *at = loader_output(loader); (at = strstr(at, " --")) != NULL;) {
		at += 3;
		expect_documented(
		    at, (int)strspn(at, "abcdefghijklmnopqrstuvwxyz-"), &manual, &bash, &zsh);
		count++;
	}
	ck_assert_uint_ge(count, 35);
	bytes_free(&manual);
	bytes_free(&bash);
	bytes_free(&zsh);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("load_cli");
	TCase *tcase = wire_case(suite, "cli", 60);

	tcase_add_loop_test(tcase, a_wrong_command_line_is_status_2_and_says_why, 0,
	    (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(tcase, what_cannot_be_had_is_status_3);
	tcase_add_test(tcase, a_transport_that_the_kernel_lacks_is_status_3);
	tcase_add_test(tcase, a_file_that_cannot_be_written_is_told_before_the_run);
	tcase_add_loop_test(tcase, a_wrong_request_file_is_told_with_its_line, 0,
	    (int)(sizeof(wrong_mixes) / sizeof(wrong_mixes[0])));
	tcase_add_test(tcase, a_command_line_of_wrk_works);
	tcase_add_test(tcase, counts_may_be_written_in_thousands);
	tcase_add_test(tcase, the_version_is_one_line);
	tcase_add_test(tcase, manual_and_completion_know_every_option_of_the_help);
	return wire_run(suite);
}
