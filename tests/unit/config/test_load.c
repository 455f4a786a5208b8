/* SPDX-License-Identifier: MIT
 *
 * Tests of config/load: what a right file comes to.
 */
#include "config/load.h"

#include "config/tree.h"
#include "rig.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define S INT64_C(1000000)

static const char whole_file[] =
    "loops = 2\n"
    "listener \"web\" {\n"
    "	address = \"0.0.0.0\"        # IPv4\n"
    "	port = 8081\n"
    "	transport = mptcp\n"
    "	backlog = 17\n"
    "	service = {\"site\", \"other\"}\n"
    "	on_peer_fin = abort\n"
    "	nodelay = off  keepalive = no  keepalive_idle = \"5s\"  keepalive_interval = 6s\n"
    "	keepalive_count = 7  user_timeout = 8ms  defer_accept = 9s  fastopen = 10\n"
    "	reuse_port = yes  v6only = on  send_buffer = 11k  receive_buffer = 12\n"
    "	mode = 0600  owner = root  group = \"0\"\n"
    "}\n"
    "service \"site\" {\n"
    "	host = {\"example.org\", 'www.example.org'}\n"
    "	server_header = false\n"
    "	mime_types = /etc/mime.types\n"
    "	route \"/\"        { files = \"/srv/www\" index = {a, b} autoindex = json try = /x\n"
    "	                    dotfiles = true precompressed = false cache_control = \"no-store\" }\n"
    "	route \"/old/\"    { redirect = \"/new/\"  status = 301 }\n"
    "	route \"/hello\"   { respond = 200  body = \"hello\\n\"  type = \"text/x\" }\n"
    "	route \"/echo\"    { echo = true }\n"
    "	route \"/healthz\" { health = live }\n"
    "	route \"/readyz\"  { health = ready }\n"
    "	error_page 404 { file = /srv/404.html }\n"
    "	error_page \"500\" { file = /srv/500.html }\n"
    "}\n"
    "service \"other\" { protocol = echo }\n"
    "timeouts { idle = 1s  head = 2s  body = 3s  write = 4s  linger = 6s }\n"
    "limits { connections = 1  head_bytes = 512  target_bytes = 256  fields = 4\n"
    "	body_bytes = 5  requests_per_connection = 6  output_bytes = 7k  linger_bytes = 8\n"
    "	lingering = 9  file_cache_entries = 10  file_cache_bytes = 11 }\n"
    "drain { notice = 1s  idle_grace = 2s  deadline = 3s }\n"
    "log { level = debug  access = /tmp/a  access_format = json  connections = /tmp/c }\n";

START_TEST(a_listener_is_what_its_section_says)
{
	struct rig rig = rig_load_text(whole_file);
	const struct config_listener *web = rig_listener(&rig, "web");

	ck_assert_str_eq(rig_lines(&rig), "");
	ck_assert_uint_eq(rig.config->listener_count, 1);
	ck_assert_uint_eq(web->line, 2);
	ck_assert_str_eq(web->address, "0.0.0.0");
	ck_assert_int_eq(web->port, 8081);
	ck_assert_str_eq(web->transport, "mptcp");
	ck_assert_int_eq(web->backlog, 17);
	ck_assert_uint_eq(web->services.count, 2);
	ck_assert_str_eq(web->services.items[0], "site");
	ck_assert_str_eq(web->services.items[1], "other");
	ck_assert_int_eq(web->on_peer_fin, CONFIG_PEER_FIN_ABORT);
	ck_assert_int_eq(web->mode, 0600);
	ck_assert_str_eq(web->owner, "root");
	ck_assert_str_eq(web->group, "0");
	rig_done(&rig);
}
END_TEST

START_TEST(socket_options_are_what_the_section_says)
{
	struct rig rig = rig_load_text(whole_file);
	const struct config_listener *web = rig_listener(&rig, "web");

	ck_assert(!web->nodelay && !web->keepalive && web->reuse_port && web->v6only);
	ck_assert_int_eq(web->keepalive_idle_us, 5 * S);
	ck_assert_int_eq(web->keepalive_interval_us, 6 * S);
	ck_assert_int_eq(web->keepalive_count, 7);
	ck_assert_int_eq(web->user_timeout_us, 8000);
	ck_assert_int_eq(web->defer_accept_us, 9 * S);
	ck_assert_int_eq(web->fastopen, 10);
	ck_assert_int_eq(web->send_buffer, 11 * 1024);
	ck_assert_int_eq(web->receive_buffer, 12);
	rig_done(&rig);
}
END_TEST

START_TEST(a_service_is_what_its_section_says)
{
	struct rig rig = rig_load_text(whole_file);
	const struct config_service *site = rig_service(&rig, "site");

	ck_assert_int_eq(site->protocol, CONFIG_HTTP);
	ck_assert_int_eq(rig_service(&rig, "other")->protocol, CONFIG_ECHO);
	ck_assert_uint_eq(site->hosts.count, 2);
	ck_assert_str_eq(site->hosts.items[1], "www.example.org");
	ck_assert(!site->server_header);
	ck_assert_str_eq(site->mime_types, "/etc/mime.types");
	ck_assert_uint_eq(site->route_count, 6);
	ck_assert_uint_eq(site->error_page_count, 2);
	ck_assert_int_eq(site->error_pages[0].status, 404);
	ck_assert_str_eq(site->error_pages[0].file, "/srv/404.html");
	ck_assert_int_eq(site->error_pages[1].status, 500);
	ck_assert_uint_eq(site->error_pages[1].line, 26);
	rig_done(&rig);
}
END_TEST

START_TEST(a_route_is_of_the_kind_that_it_names)
{
	struct rig rig = rig_load_text(whole_file);
	const struct config_route *old = rig_route(&rig, "site", "/old/");
	const struct config_route *hello = rig_route(&rig, "site", "/hello");

	ck_assert_int_eq(old->kind, CONFIG_ROUTE_REDIRECT);
	ck_assert_str_eq(old->redirect, "/new/");
	ck_assert_int_eq(old->status, 301);
	ck_assert_int_eq(hello->kind, CONFIG_ROUTE_RESPOND);
	ck_assert_int_eq(hello->respond, 200);
	ck_assert_str_eq(hello->body, "hello\n");
	ck_assert_str_eq(hello->type, "text/x");
	ck_assert_int_eq(rig_route(&rig, "site", "/echo")->kind, CONFIG_ROUTE_ECHO);
	ck_assert_int_eq(rig_route(&rig, "site", "/healthz")->kind, CONFIG_ROUTE_HEALTH);
	ck_assert_int_eq(rig_route(&rig, "site", "/healthz")->health, CONFIG_HEALTH_LIVE);
	ck_assert_int_eq(rig_route(&rig, "site", "/readyz")->health, CONFIG_HEALTH_READY);
	rig_done(&rig);
}
END_TEST

START_TEST(a_route_with_files_has_its_keys)
{
	struct rig rig = rig_load_text(whole_file);
	const struct config_route *root = rig_route(&rig, "site", "/");

	ck_assert_int_eq(root->kind, CONFIG_ROUTE_FILES);
	ck_assert_str_eq(root->files, "/srv/www");
	ck_assert_uint_eq(root->index.count, 2);
	ck_assert_str_eq(root->index.items[1], "b");
	ck_assert_int_eq(root->autoindex, CONFIG_AUTOINDEX_JSON);
	ck_assert_str_eq(root->try_file, "/x");
	ck_assert(root->dotfiles && !root->precompressed);
	ck_assert_str_eq(root->cache_control, "no-store");
	rig_done(&rig);
}
END_TEST

START_TEST(the_rest_is_what_the_file_says)
{
	struct rig rig = rig_load_text(whole_file);
	const struct config *config = rig.config;

	ck_assert_str_eq(config->origin, "usher.conf");
	ck_assert_int_eq(config->loops, 2);
	ck_assert_int_eq(config->timeouts.idle_us, 1 * S);
	ck_assert_int_eq(config->timeouts.linger_us, 6 * S);
	ck_assert_int_eq(config->limits.connections, 1);
	ck_assert_int_eq(config->limits.output_bytes, 7 * 1024);
	ck_assert_int_eq(config->limits.file_cache_bytes, 11);
	ck_assert_int_eq(config->drain.notice_us, 1 * S);
	ck_assert_int_eq(config->drain.deadline_us, 3 * S);
	ck_assert_int_eq(config->log.level, LOG_LEVEL_DEBUG);
	ck_assert_str_eq(config->log.access, "/tmp/a");
	ck_assert_int_eq(config->log.access_format, CONFIG_ACCESS_JSON);
	ck_assert_str_eq(config->log.connections, "/tmp/c");
	rig_done(&rig);
}
END_TEST

START_TEST(what_is_not_given_is_at_its_default)
{
	struct rig rig = rig_load_text("listener a { service = b } service b {}");
	const struct config_listener *a = rig_listener(&rig, "a");

	ck_assert_int_eq(rig.config->loops, 1);
	ck_assert_str_eq(a->address, "127.0.0.1");
	ck_assert_int_eq(a->port, 8080);
	ck_assert_str_eq(a->transport, "tcp");
	ck_assert_int_eq(a->backlog, 4096);
	ck_assert_int_eq(a->keepalive_idle_us, 60 * S);
	ck_assert(a->nodelay && a->keepalive && !a->reuse_port && !a->v6only);
	ck_assert_int_eq(a->mode, 0666);
	ck_assert_ptr_null(a->owner);
	ck_assert_int_eq(rig.config->limits.connections, 10000);
	ck_assert_int_eq(rig.config->limits.body_bytes, 1 << 20);
	ck_assert_int_eq(rig.config->drain.idle_grace_us, 1 * S);
	ck_assert_int_eq(rig.config->log.level, LOG_LEVEL_INFO);
	ck_assert_str_eq(rig.config->log.access, "-");
	ck_assert_int_eq(rig.config->log.access_format, CONFIG_ACCESS_COMBINED);
	ck_assert_ptr_null(rig.config->log.connections);
	rig_done(&rig);
}
END_TEST

/* How a list of services may be written. */
static const struct {
	const char *text;
	size_t count;
	const char *last;
} list_cases[] = {
	{ "host = a", 1, "a" },
	{ "host = {a}", 1, "a" },
	{ "host = {a, b,}", 2, "b" },
	{ "host = {a} host += b", 2, "b" },
	{ "host = a host += {b, c}", 3, "c" },
	{ "host += a", 1, "a" },
	{ "host = {}", 0, NULL },
	{ "", 0, NULL },
};

START_TEST(a_list_is_written_in_several_ways)
{
	char text[256];
	struct rig rig;
	const struct config_strings *hosts;

	(void)snprintf(
	    text, sizeof(text), "service s { %s route / { echo = on } }", list_cases[_i].text);
	rig = rig_load_text(text);
	hosts = &rig_service(&rig, "s")->hosts;
	ck_assert_uint_eq(hosts->count, list_cases[_i].count);
	if (hosts->count > 0)
		ck_assert_str_eq(hosts->items[hosts->count - 1], list_cases[_i].last);
	rig_done(&rig);
}
END_TEST

START_TEST(an_empty_list_is_not_the_default)
{
	struct rig rig =
	    rig_load_text("service s { route / { files = / index = {} } route /a { files = / } }");

	ck_assert_uint_eq(rig_route(&rig, "s", "/")->index.count, 0);
	ck_assert_uint_eq(rig_route(&rig, "s", "/a")->index.count, 1);
	ck_assert_str_eq(rig_route(&rig, "s", "/a")->index.items[0], "index.html");
	rig_done(&rig);
}
END_TEST

/* `body` of a route that gives it, and what it comes to. */
static const struct {
	const char *written;
	const char *body;
} string_cases[] = {
	{ "word", "word" },
	{ "\"a\\\"b\\\\c\\$d\\n\\t\\x41\\102\"", "a\"b\\c$d\n\tAB" },
	{ "'a\\'b\\\\c$\\n'", "a'b\\c$\\n" },
	{ "\"two \\\nlines\"", "two lines" },
	{ "\"<${RIG_SET}>\"", "<here>" },
	{ "${RIG_SET}", "here" },
	{ "\"<${RIG_UNSET}>\"", "<>" },
	{ "\"<${RIG_UNSET:-else}>\"", "<else>" },
	{ "'${RIG_SET}'", "${RIG_SET}" },
	{ "\"caf\xc3\xa9\"", "caf\xc3\xa9" },
};

START_TEST(a_string_says_what_is_meant)
{
	char text[256];
	struct rig rig;

	ck_assert_int_eq(setenv("RIG_SET", "here", 1), 0);
	(void)snprintf(text, sizeof(text), "service s { route / { respond = 200 body = %s } }",
	    string_cases[_i].written);
	rig = rig_load_text(text);
	ck_assert_str_eq(rig_lines(&rig), "");
	ck_assert_str_eq(rig_route(&rig, "s", "/")->body, string_cases[_i].body);
	rig_done(&rig);
}
END_TEST

START_TEST(a_section_without_name_may_be_continued)
{
	struct rig rig = rig_load_text("log { level = error } loops = 3 log { access = /x }");

	ck_assert_int_eq(rig.config->log.level, LOG_LEVEL_ERROR);
	ck_assert_str_eq(rig.config->log.access, "/x");
	rig_done(&rig);
}
END_TEST

START_TEST(an_empty_file_is_all_defaults)
{
	static const char *const texts[] = { "", "\n", "# nothing", "/* nothing */", "\xef\xbb\xbf",
		"\xef\xbb\xbfloops = 1\r\n" };
	struct rig rig = rig_load_text(texts[_i]);

	ck_assert_int_eq(rig.result, 0);
	ck_assert_int_eq(rig.config->loops, 1);
	ck_assert_uint_eq(rig.config->listener_count, 0);
	rig_done(&rig);
}
END_TEST

/* A file that cannot be read, made by the test. */
static void
make_obstacle(int which)
{
	char *large;

	switch (which) {
	case 1:
		rig_make_directory("file");
		break;
	case 2:
		large = calloc(1, CONFIG_FILE_BYTES_MAX + 1);
		ck_assert_ptr_nonnull(large);
		memset(large, ' ', CONFIG_FILE_BYTES_MAX + 1);
		rig_write_bytes("file", large, CONFIG_FILE_BYTES_MAX + 1);
		free(large);
		break;
	case 3:
		ck_assert_int_eq(mkfifo("file", 0600), 0);
		break;
	case 4:
		ck_assert_int_eq(symlink("file", "file"), 0);
		break;
	default:
		break;
	}
}

static const struct {
	int result;
	const char *line;
} obstacles[] = {
	{ -ENOENT, "file: No such file or directory\n" },
	{ -EISDIR, "file: Is a directory\n" },
	{ -EFBIG, "file: larger than 1 MiB, the most a configuration file may be\n" },
	{ -ENOTSUP, "file: not a regular file\n" },
	{ -ELOOP, "file: Too many levels of symbolic links\n" },
};

START_TEST(a_file_that_cannot_be_read_is_named)
{
	struct rig rig;

	make_obstacle(_i);
	rig = rig_load("file");
	ck_assert_int_eq(rig.result, obstacles[_i].result);
	ck_assert_str_eq(rig_lines(&rig), obstacles[_i].line);
	rig_done(&rig);
}
END_TEST

START_TEST(the_largest_file_is_read)
{
	char *text = malloc(CONFIG_FILE_BYTES_MAX);
	struct rig rig;

	ck_assert_ptr_nonnull(text);
	memset(text, '\n', CONFIG_FILE_BYTES_MAX);
	memcpy(text + CONFIG_FILE_BYTES_MAX - 9, "loops = 7", 9);
	rig_write_bytes("usher.conf", text, CONFIG_FILE_BYTES_MAX);
	rig = rig_load("usher.conf");
	ck_assert_int_eq(rig.config->loops, 7);
	ck_assert_uint_eq(rig.config->places[0].line, CONFIG_FILE_BYTES_MAX - 8);
	rig_done(&rig);
	free(text);
}
END_TEST

START_TEST(a_failure_does_not_spoil_the_next_load)
{
	struct rig rig;

	for (int i = 0; i < 30; i++) {
		rig_write("b.conf", "listener x { service = \"");
		rig = rig_load_text("include(b.conf)");
		ck_assert_int_eq(rig.result, -EINVAL);
		rig_done(&rig);
		rig = rig_load_text(whole_file);
		ck_assert_int_eq(rig.result, 0);
		rig_done(&rig);
	}
}
END_TEST

/* What `act` writes to standard error, in bytes. */
static long
count_written(void (*act)(void))
{
	FILE *file = tmpfile();
	long written;

	ck_assert_ptr_nonnull(file);
	(void)fflush(stderr);
	ck_assert_int_ge(dup2(fileno(file), STDERR_FILENO), 0);
	act();
	(void)fflush(stderr);
	ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
	written = ftell(file);
	ck_assert_int_eq(fclose(file), 0);
	return written;
}

static void
read_what_libconfuse_refuses(void)
{
	static const char *const texts[] = { "xyzzy = 1", "loops", "loops = {", "log {}}",
		"loops = \"\\8\"", "listener a {} listener a {}" };
	cfg_t *tree = NULL;

	for (int i = 0; i < COUNT(texts); i++)
		ck_assert_int_eq(tree_read(texts[i], &tree), -EINVAL);
	ck_assert_ptr_null(tree);
}

static void
load_a_wrong_file(void)
{
	struct rig rig = rig_load_text("loops = x listener { } include(nowhere) log {");

	ck_assert_int_eq(rig.result, -EINVAL);
	rig_done(&rig);
}

START_TEST(nothing_is_written_to_standard_error)
{
	ck_assert_int_eq(count_written(read_what_libconfuse_refuses), 0);
	ck_assert_int_eq(count_written(load_a_wrong_file), 0);
}
END_TEST

static TCase *
values_case(void)
{
	TCase *tcase = rig_case("values");

	tcase_add_test(tcase, a_listener_is_what_its_section_says);
	tcase_add_test(tcase, socket_options_are_what_the_section_says);
	tcase_add_test(tcase, a_service_is_what_its_section_says);
	tcase_add_test(tcase, a_route_is_of_the_kind_that_it_names);
	tcase_add_test(tcase, a_route_with_files_has_its_keys);
	tcase_add_test(tcase, the_rest_is_what_the_file_says);
	tcase_add_test(tcase, what_is_not_given_is_at_its_default);
	return tcase;
}

static TCase *
forms_case(void)
{
	TCase *tcase = rig_case("forms");

	tcase_add_loop_test(tcase, a_list_is_written_in_several_ways, 0, COUNT(list_cases));
	tcase_add_test(tcase, an_empty_list_is_not_the_default);
	tcase_add_loop_test(tcase, a_string_says_what_is_meant, 0, COUNT(string_cases));
	tcase_add_test(tcase, a_section_without_name_may_be_continued);
	return tcase;
}

static TCase *
files_case(void)
{
	TCase *tcase = rig_case("files");

	tcase_add_loop_test(tcase, an_empty_file_is_all_defaults, 0, 6);
	tcase_add_loop_test(tcase, a_file_that_cannot_be_read_is_named, 0, COUNT(obstacles));
	tcase_add_test(tcase, the_largest_file_is_read);
	tcase_add_test(tcase, a_failure_does_not_spoil_the_next_load);
	tcase_add_test(tcase, nothing_is_written_to_standard_error);
	return tcase;
}

int
main(void)
{
	Suite *suite = suite_create("config/load");

	suite_add_tcase(suite, values_case());
	suite_add_tcase(suite, forms_case());
	suite_add_tcase(suite, files_case());
	return run_suite(suite);
}
