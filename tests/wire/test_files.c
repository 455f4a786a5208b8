/* SPDX-License-Identifier: MIT
 *
 * files: what a directory looks like over HTTP: types, index files, listings,
 * hidden names, names outside, siblings that are compressed already.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/wire.h"

static struct client *
connect_to_files(const char *config)
{
	return wire_connect(usherd_start(config), "web");
}

/* DIR/www/TARGET -> `to`. */
static void
put_link(const char *to, const char *target)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/www/%s", place_dir(), target);
	ck_assert_int_eq(symlink(to, path), 0);
}

static const struct {
	const char *name;
	const char *type;
} types[] = {
	{ "page.html", "text/html" },
	{ "style.css", "text/css" },
	{ "code.js", "text/javascript" },
	{ "data.json", "application/json" },
	{ "picture.png", "image/png" },
	{ "picture.JPG", "image/jpeg" },
	{ "drawing.svg", "image/svg+xml" },
	{ "words.txt", "text/plain" },
	{ "archive.tar.gz", "application/gzip" },
	{ "unknown.zzz", "application/octet-stream" },
	{ "noextension", "application/octet-stream" },
};

START_TEST(a_name_has_its_type)
{
	char path[64];
	struct client *client;

	(void)snprintf(path, sizeof(path), "www/%s", types[_i].name);
	put_file(path, "content");
	client = connect_to_files(FILES(""));
	send_get(client, path + strlen("www"));
	expect_response(client, 200);
	expect_field_with(client, "Content-Type", types[_i].type);
	expect_field(client, "Content-Length", "7");
	expect_field(client, "Accept-Ranges", "bytes");
	expect_body(client, "content");
}
END_TEST

START_TEST(types_may_come_from_a_file)
{
	struct client *client;

	put_file("types", "# a comment\ntext/x-special  zzz yyy\n");
	put_file("www/a.zzz", "content");
	client = connect_to_files(WEB
	    "service \"site\" { mime_types = \"@dir@/types\" route \"/\" { files = \"@dir@/www\" } "
	    "}\n" TRACED);
	send_get(client, "/a.zzz");
	expect_response(client, 200);
	expect_field_with(client, "Content-Type", "text/x-special");
}
END_TEST

START_TEST(an_empty_file_is_an_empty_body)
{
	struct client *client;

	put_file("www/empty", "");
	client = connect_to_files(FILES(""));
	send_get(client, "/empty");
	expect_response(client, 200);
	expect_field(client, "Content-Length", "0");
	send_get(client, "/empty");
	expect_response(client, 200);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_404)
{
	struct client *client;

	put_file("www/a", "a");
	client = connect_to_files(FILES(""));
	send_get(client, "/b");
	expect_response(client, 404);
	send_get(client, "/a/b");
	expect_response(client, 404);
	send_get(client, "/a/");
	expect_response(client, 404);
	send_get(client, "/a");
	expect_response(client, 200);
}
END_TEST

START_TEST(a_directory_answers_with_its_index)
{
	struct client *client;

	put_file("www/index.html", "root");
	put_file("www/below/index.html", "below");
	client = connect_to_files(FILES(""));
	send_get(client, "/");
	expect_response(client, 200);
	expect_body(client, "root");
	send_get(client, "/below/");
	expect_response(client, 200);
	expect_body(client, "below");
}
END_TEST

START_TEST(a_directory_without_its_slash_is_redirected_with_its_query)
{
	struct client *client;

	put_file("www/a b/index.html", "below");
	client = connect_to_files(FILES(""));
	send_get(client, "/a%20b?x=1");
	ck_assert_int_eq(read_response(client) / 100, 3);
	expect_field(client, "Location", "/a%20b/?x=1");
}
END_TEST

START_TEST(a_redirect_to_the_slash_never_leads_to_another_host)
{
	struct client *client;

	put_file("www/evil.example/index.html", "below");
	client = connect_to_files(FILES(""));
	send_get(client, "//evil.example");
	ck_assert_int_eq(read_response(client) / 100, 3);
	ck_assert_int_ne(response_field(last_response(client), "Location")[1], '/');
}
END_TEST

START_TEST(a_directory_without_an_index_is_not_listed_unasked)
{
	struct client *client;

	put_file("www/below/secret.txt", "secret");
	client = connect_to_files(FILES(""));
	send_get(client, "/below/");
	ck_assert_int_eq(read_response(client) / 100, 4);
	ck_assert_ptr_null(strstr(bytes_string(&last_response(client)->body), "secret"));
}
END_TEST

START_TEST(a_listing_is_html)
{
	struct client *client;

	put_file("www/below/a&b <c>.txt", "12345");
	put_file("www/below/deeper/x", "");
	put_file("www/below/.hidden", "");
	client = connect_to_files(FILES("autoindex = html"));
	send_get(client, "/below/");
	expect_response(client, 200);
	expect_field_with(client, "Content-Type", "text/html");
	expect_body_with(client, "a&amp;b &lt;c&gt;.txt");
	expect_body_with(client, "a&b%20%3Cc%3E.txt");
	expect_body_with(client, "deeper/");
	ck_assert_ptr_null(strstr(bytes_string(&last_response(client)->body), "hidden"));
}
END_TEST

START_TEST(a_listing_is_json)
{
	struct client *client;

	put_file("www/below/a\"b", "12345");
	client = connect_to_files(FILES("autoindex = json"));
	send_get(client, "/below/");
	expect_response(client, 200);
	expect_field(client, "Content-Type", "application/json");
	expect_body_with(client, "\"name\":\"a\\\"b\"");
	expect_body_with(client, "\"size\":5");
}
END_TEST

START_TEST(dotfiles_are_hidden)
{
	struct client *client;

	put_file("www/.secret", "secret");
	put_file("www/.git/config", "secret");
	client = connect_to_files(FILES(""));
	send_get(client, "/.secret");
	expect_response(client, 404);
	send_get(client, "/%2egit/config");
	expect_response(client, 404);
}
END_TEST

START_TEST(dotfiles_are_served_where_wanted)
{
	struct client *client;

	put_file("www/.well-known/x", "known");
	client = connect_to_files(FILES("dotfiles = true"));
	send_get(client, "/.well-known/x");
	expect_response(client, 200);
	expect_body(client, "known");
}
END_TEST

/* What leads out of the root, or looks as if it did. */
static const char *const ways_out[] = {
	"/../outside",
	"/..%2foutside",
	"/%2e%2e/outside",
	"/%2e%2e%2foutside",
	"/below/../../outside",
	"/below/%2e%2e/%2e%2e/outside",
	"/..\\outside",
	"/..%5coutside",
	"/absolute-link",
	"/relative-link",
	"/link-to-above/outside",
	"/below/..%00/outside",
	"//../outside",
	"/./../outside",
};

START_TEST(nothing_outside_the_root_is_served)
{
	struct client *client;

	put_file("outside", "secret");
	put_file("www/below/x", "x");
	put_link("/etc/passwd", "absolute-link");
	put_link("../outside", "relative-link");
	put_link("..", "link-to-above");
	client = connect_to_files(FILES(""));
	send_get(client, ways_out[_i]);
	ck_assert_int_eq(read_response(client) / 100, 4);
	ck_assert_ptr_null(strstr(bytes_string(&last_response(client)->body), "secret"));
}
END_TEST

START_TEST(a_link_within_the_root_is_followed)
{
	struct client *client;

	put_file("www/below/target", "target");
	put_link("below/target", "link");
	client = connect_to_files(FILES(""));
	send_get(client, "/link");
	expect_response(client, 200);
	expect_body(client, "target");
}
END_TEST

START_TEST(what_is_no_file_is_not_opened_for_ever)
{
	struct client *client;
	char path[256];

	put_file("www/x", "x");
	(void)snprintf(path, sizeof(path), "%s/www/pipe", place_dir());
	ck_assert_int_eq(mkfifo(path, 0666), 0);
	client = connect_to_files(FILES(""));
	send_get(client, "/pipe");
	ck_assert_int_eq(read_response(client) / 100, 4);
	send_get(client, "/x");
	expect_response(client, 200);
}
END_TEST

START_TEST(try_answers_where_nothing_is_found)
{
	struct client *client;

	put_file("www/app.html", "the app");
	put_file("www/real.txt", "real");
	client = connect_to_files(FILES("try = \"/app.html\""));
	send_get(client, "/some/deep/place");
	expect_response(client, 200);
	expect_body(client, "the app");
	expect_field_with(client, "Content-Type", "text/html");
	send_get(client, "/real.txt");
	expect_response(client, 200);
	expect_body(client, "real");
}
END_TEST

START_TEST(the_cache_control_of_the_route_is_sent)
{
	struct client *client;

	put_file("www/a", "a");
	client = connect_to_files(FILES("cache_control = \"max-age=60\""));
	send_get(client, "/a");
	expect_response(client, 200);
	expect_field(client, "Cache-Control", "max-age=60");
}
END_TEST

/* --- Precompressed siblings ----------------------------------------------- */

static const struct {
	const char *accept; /* the field line, or "" */
	const char *coding; /* or NULL */
	const char *body;
} negotiations[] = {
	{ "", NULL, "plain" },
	{ "Accept-Encoding: gzip\r\n", "gzip", "gzipped" },
	{ "Accept-Encoding: gzip, deflate, br, zstd\r\n", NULL, "" }, /* any but plain */
	{ "Accept-Encoding: br;q=1.0, gzip;q=0.5\r\n", "br", "brotli" },
	{ "Accept-Encoding: br;q=0, gzip;q=0\r\n", NULL, "plain" },
	{ "Accept-Encoding: identity\r\n", NULL, "plain" },
	{ "Accept-Encoding: zstd\r\n", "zstd", "zstandard" },
};

static void
put_siblings(void)
{
	put_file("www/a.css", "plain");
	put_file("www/a.css.gz", "gzipped");
	put_file("www/a.css.br", "brotli");
	put_file("www/a.css.zst", "zstandard");
}

START_TEST(a_sibling_is_served_to_those_who_take_it)
{
	struct client *client;

	put_siblings();
	client = connect_to_files(FILES(""));
	send_request(client, "GET", "/a.css", negotiations[_i].accept);
	expect_response(client, 200);
	expect_field_with(client, "Vary", "Accept-Encoding");
	expect_field_with(client, "Content-Type", "text/css");
	if (*negotiations[_i].body == '\0') {
		ck_assert_ptr_nonnull(response_field(last_response(client), "Content-Encoding"));
		return;
	}
	expect_body(client, negotiations[_i].body);
	if (negotiations[_i].coding)
		expect_field(client, "Content-Encoding", negotiations[_i].coding);
	else
		expect_no_field(client, "Content-Encoding");
}
END_TEST

START_TEST(siblings_have_validators_of_their_own)
{
	struct client *client;
	char plain[128];

	put_siblings();
	client = connect_to_files(FILES(""));
	send_get(client, "/a.css");
	expect_response(client, 200);
	(void)snprintf(plain, sizeof(plain), "%s", response_field(last_response(client), "ETag"));
	send_request(client, "GET", "/a.css", "Accept-Encoding: gzip\r\n");
	expect_response(client, 200);
	ck_assert_str_ne(response_field(last_response(client), "ETag"), plain);
}
END_TEST

START_TEST(siblings_can_be_left_alone)
{
	struct client *client;

	put_siblings();
	client = connect_to_files(FILES("precompressed = false"));
	send_request(client, "GET", "/a.css", "Accept-Encoding: gzip, br\r\n");
	expect_response(client, 200);
	expect_body(client, "plain");
	expect_no_field(client, "Vary");
}
END_TEST

static void
add_name_tests(Suite *suite)
{
	TCase *names = wire_case(suite, "names", 30);

	tcase_add_test(names, dotfiles_are_hidden);
	tcase_add_test(names, dotfiles_are_served_where_wanted);
	tcase_add_loop_test(names, nothing_outside_the_root_is_served, 0,
	    (int)(sizeof(ways_out) / sizeof(ways_out[0])));
	tcase_add_test(names, a_link_within_the_root_is_followed);
	tcase_add_test(names, what_is_no_file_is_not_opened_for_ever);
	tcase_add_test(names, try_answers_where_nothing_is_found);
}

static void
add_sibling_tests(Suite *suite)
{
	TCase *siblings = wire_case(suite, "siblings", 30);

	tcase_add_loop_test(siblings, a_sibling_is_served_to_those_who_take_it, 0,
	    (int)(sizeof(negotiations) / sizeof(negotiations[0])));
	tcase_add_test(siblings, siblings_have_validators_of_their_own);
	tcase_add_test(siblings, siblings_can_be_left_alone);
}

int
main(void)
{
	Suite *suite = suite_create("files");
	TCase *content = wire_case(suite, "content", 30);
	TCase *directories = wire_case(suite, "directories", 30);

	tcase_add_loop_test(
	    content, a_name_has_its_type, 0, (int)(sizeof(types) / sizeof(types[0])));
	tcase_add_test(content, types_may_come_from_a_file);
	tcase_add_test(content, an_empty_file_is_an_empty_body);
	tcase_add_test(content, a_file_that_is_not_there_is_404);
	tcase_add_test(content, the_cache_control_of_the_route_is_sent);
	tcase_add_test(directories, a_directory_answers_with_its_index);
	tcase_add_test(directories, a_directory_without_its_slash_is_redirected_with_its_query);
	tcase_add_test(directories, a_redirect_to_the_slash_never_leads_to_another_host);
	tcase_add_test(directories, a_directory_without_an_index_is_not_listed_unasked);
	tcase_add_test(directories, a_listing_is_html);
	tcase_add_test(directories, a_listing_is_json);
	add_name_tests(suite);
	add_sibling_tests(suite);
	return wire_run(suite);
}
