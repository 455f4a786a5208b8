/* SPDX-License-Identifier: MIT
 *
 * Every allocation and every system call of the handlers fails once, each in its turn: what
 * is made then is either whole or not at all, what is asked is answered, and nothing leaks.
 */
#include <dirent.h>
#include <stdint.h>

#include "faults.h"
#include "handler/file_entry.h"
#include "handler/router.h"
#include "handler/sites.h"
#include "rig.h"

static struct tree tree;
static struct config_route routes[5];
static struct config_error_page page;
static struct config_service service;
static struct config config;
static char *services[1];
static struct config_listener listener;
static char *index_names[1];

static bool
is_well(void *arg)
{
	(void)arg;
	return true;
}

static const struct handler_health health = { is_well, is_well, NULL };

static char *
text(const char *string)
{
	return (char *)(uintptr_t)string;
}

static void
fill_tree(void)
{
	tree_init(&tree);
	tree_write(&tree, "index.html", "index");
	tree_write(&tree, "index.html.gz", "gzip");
	tree_write_pattern(&tree, "medium", 20000);
	tree_write_pattern(&tree, "large", 100000);
	tree_mkdir(&tree, "dir");
	tree_write(&tree, "dir/file", "file");
	tree_symlink(&tree, "file", "dir/link");
	tree_write(&tree, "mime.types", "text/html html\n");
	tree_write(&tree, "404.html", "not here");
}

static void
set_up(void)
{
	fill_tree();
	index_names[0] = text("index.html");
	routes[0] = (struct config_route){
		.prefix = text("/"),
		.kind = CONFIG_ROUTE_FILES,
		.files = tree.path,
		.index = { index_names, 1 },
		.autoindex = CONFIG_AUTOINDEX_HTML,
		.precompressed = true,
		.try_file = text("/missing.html"),
	};
	routes[1] = (struct config_route){ .prefix = text("/old/"),
		.kind = CONFIG_ROUTE_REDIRECT,
		.redirect = text("/new/"),
		.status = 308 };
	routes[2] = (struct config_route){ .prefix = text("/hello"),
		.kind = CONFIG_ROUTE_RESPOND,
		.respond = 200,
		.body = text("hello") };
	routes[3] = (struct config_route){ .prefix = text("/health"), .kind = CONFIG_ROUTE_HEALTH };
	routes[4] = (struct config_route){ .prefix = text("/echo"), .kind = CONFIG_ROUTE_ECHO };
	page = (struct config_error_page){ .status = 404,
		.file = strdup(tree_path(&tree, "404.html")) };
	service = (struct config_service){ .name = text("site"),
		.mime_types = strdup(tree_path(&tree, "mime.types")),
		.routes = routes,
		.route_count = COUNT(routes),
		.error_pages = &page,
		.error_page_count = 1 };
	config = (struct config){ .services = &service, .service_count = 1 };
	config.limits.file_cache_entries = 64;
	config.limits.file_cache_bytes = 1 << 20;
	services[0] = text("site");
	listener = (struct config_listener){ .name = text("web"), .services = { services, 1 } };
}

static void
tear_down(void)
{
	free(page.file);
	free(service.mime_types);
	tree_done(&tree);
}

static int
count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	ck_assert_ptr_nonnull(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static bool
make_with_fault(int nth)
{
	char bytes[1024];
	struct text why = text_over(bytes, sizeof(bytes));
	struct router *router = NULL;
	struct sites *sites;
	bool has_fired;

	faults_arm(nth);
	sites = sites_new(&config, &health, &why);
	if (sites)
		router = router_new(sites, &listener, &why);
	has_fired = faults_disarm();
	ck_assert_msg(router || why.len > 0, "fault %d was not explained", nth);
	ck_assert(router || has_fired);
	router_free(router);
	sites_free(sites);
	return has_fired;
}

START_TEST(what_cannot_be_made_is_explained_and_leaves_nothing)
{
	int before = count_descriptors();
	int nth = 1;

	while (make_with_fault(nth)) {
		ck_assert_int_eq(count_descriptors(), before);
		nth++;
	}
	/* Fewer would mean that the faults did not reach what they should. */
	ck_assert_int_gt(nth, 15);
}
END_TEST

static const struct {
	const char *target, *fields;
	int status;
	int cold, warm; /* calls that can fail, at the least: unknown to the cache, and stale */
} requests[] = {
	{ "/", "", 200, 6, 3 },
	{ "/", "Accept-Encoding: gzip\r\n", 200, 8, 4 },
	{ "/medium", "Range: bytes=0-9,20-29\r\n", 206, 7, 4 },
	{ "/large", "", 200, 5, 2 },
	{ "/missing", "", 404, 7, 5 },
	{ "/dir", "", 301, 5, 4 },
	{ "/dir/", "", 200, 13, 13 },
	{ "/old/x", "", 308, 1, 1 },
	{ "/hello", "", 200, 0, 0 },
	{ "/health", "", 200, 0, 0 },
};

/* The answer has to be the usual one or an honest error; and when nothing fails, the usual
 * one. Returns whether there was a call to fail. */
static bool
ask_once(const struct router *router, int request, int64_t now, int nth)
{
	struct fake *fake = fake_get(requests[request].target, requests[request].fields, now);
	const struct http_handler *handler;
	bool has_fired;

	ck_assert_int_eq(router_ops.route(router, &fake->request), 0);
	handler = fake->request.handler;
	faults_arm(nth);
	handler->ops->answer(handler->self, &fake->request);
	has_fired = faults_disarm();
	ck_assert(fake->has_ended);
	if (fake->status != requests[request].status)
		ck_assert_msg(has_fired &&
			(fake->status == 500 || fake->status == 503 || fake->status == 200),
		    "fault %d gives %d", nth, fake->status);
	fake_done(fake);
	return has_fired;
}

/* Asks four times, a second apart; in the round `faulty` the call `nth` fails. */
static bool
ask_with_fault(int request, int faulty, int nth)
{
	char bytes[1024];
	struct text why = text_over(bytes, sizeof(bytes));
	struct sites *sites = sites_new(&config, &health, &why);
	struct router *router = sites ? router_new(sites, &listener, &why) : NULL;
	bool has_fired = false;

	ck_assert_ptr_nonnull(router);
	for (int round = 0; round < 4; round++)
		has_fired |= ask_once(router, request, TREE_NOW + round, round == faulty ? nth : 0);
	router_free(router);
	sites_free(sites);
	return has_fired;
}

static void
fail_each(int request, int faulty, int at_least)
{
	int before = count_descriptors();
	int nth = 1;

	while (ask_with_fault(request, faulty, nth)) {
		ck_assert_int_eq(count_descriptors(), before);
		nth++;
	}
	/* Fewer would mean that the faults did not reach what they should. */
	ck_assert_int_gt(nth, at_least);
}

START_TEST(a_path_that_is_new_is_answered_whatever_fails)
{
	fail_each(_i, 0, requests[_i].cold);
}
END_TEST

START_TEST(a_path_that_is_stale_is_answered_whatever_fails)
{
	fail_each(_i, 1, requests[_i].warm);
}
END_TEST

/* Its being read into memory fails in each way: the descriptor is there still. */
START_TEST(a_file_that_is_asked_for_often_is_answered_whatever_fails)
{
	const int large = 3;
	int before = count_descriptors();
	bool has_fired = true;

	config.limits.file_cache_bytes = 4 << 20;
	for (int nth = 1; has_fired; nth++) {
		char bytes[1024];
		struct text why = text_over(bytes, sizeof(bytes));
		struct sites *sites = sites_new(&config, &health, &why);
		struct router *router = router_new(sites, &listener, &why);

		for (int i = 0; i < FILE_HOT_ANSWERS; i++)
			(void)ask_once(router, large, TREE_NOW, 0);
		has_fired = ask_once(router, large, TREE_NOW + 1, nth);
		(void)ask_once(router, large, TREE_NOW + 2, 0);
		router_free(router);
		sites_free(sites);
		ck_assert_int_eq(count_descriptors(), before);
		ck_assert(has_fired || nth > 4);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("handler/faults");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, what_cannot_be_made_is_explained_and_leaves_nothing);
	tcase_add_loop_test(
	    tcase, a_path_that_is_new_is_answered_whatever_fails, 0, COUNT(requests));
	tcase_add_loop_test(
	    tcase, a_path_that_is_stale_is_answered_whatever_fails, 0, COUNT(requests));
	tcase_add_test(tcase, a_file_that_is_asked_for_often_is_answered_whatever_fails);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
