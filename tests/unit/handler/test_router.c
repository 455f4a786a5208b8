/* SPDX-License-Identifier: MIT
 *
 * Tests of handler/router, handler/sites and handler/site.
 */
#include "handler/router.h"

#include <stdio.h>

#include "handler/file_cache.h"
#include "handler/site.h"
#include "handler/sites.h"
#include "rig.h"

/* Strings of a configuration are not const; nobody writes to them. */
static char *
text(const char *string)
{
	return (char *)(uintptr_t)string;
}

static bool
is_well(void *arg)
{
	return arg != NULL;
}

static const struct handler_health health = { is_well, is_well, NULL };

/* Each route answers with its own prefix. */
static struct config_route routes_a[10], routes_b[1], routes_c[1], routes_d[1];

static char *hosts_b[] = { NULL, NULL };
static char *hosts_c[] = { NULL };
static char *hosts_d[] = { NULL };
static struct config_service services[5];
static struct config config;
static struct sites *sites;
static char *listener_services[4];
static struct config_listener listener;
static struct router *router;
static char bytes[1024];
static struct text why;

static struct config_route
respond(const char *prefix)
{
	return (struct config_route){
		.prefix = text(prefix),
		.kind = CONFIG_ROUTE_RESPOND,
		.respond = 200,
		.body = text(prefix),
		.type = text("text/plain"),
	};
}

static struct config_service
service(const char *name, struct config_route *routes, size_t count)
{
	return (struct config_service){
		.name = text(name),
		.protocol = CONFIG_HTTP,
		.routes = routes,
		.route_count = count,
	};
}

static void
configure(void)
{
	static const char *const prefixes[] = { "/", "/old/", "/hello", "/hello/deep/",
		"/hello/deep/er", "/x", "/xy/", "/a b", "/old/er/", "/healthz" };

	for (int i = 0; i < COUNT(prefixes); i++)
		routes_a[i] = respond(prefixes[i]);
	routes_b[0] = respond("/b/");
	routes_c[0] = respond("/");
	routes_d[0] = respond("/");
	services[0] = service("a", routes_a, COUNT(prefixes));
	services[1] = service("b", routes_b, 1);
	services[2] = service("c", routes_c, 1);
	services[3] = service("d", routes_d, 1);
	services[4] = (struct config_service){ .name = text("raw"), .protocol = CONFIG_ECHO };
	hosts_b[0] = text("b.example.org");
	hosts_b[1] = text("EXAMPLE.net");
	hosts_c[0] = text("*.example.org");
	hosts_d[0] = text("*.deep.example.org");
	services[1].hosts = (struct config_strings){ hosts_b, 2 };
	services[2].hosts = (struct config_strings){ hosts_c, 1 };
	services[3].hosts = (struct config_strings){ hosts_d, 1 };
	config = (struct config){ .services = services, .service_count = 5 };
	config.limits.file_cache_entries = 16;
	config.limits.file_cache_bytes = 65536;
}

static void
start(const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		listener_services[i] = text(names[i]);
	listener = (struct config_listener){ .name = text("web"),
		.services = { listener_services, count } };
	sites = sites_new(&config, &health, &why);
	ck_assert_msg(sites, "%s", text_string(&why));
	router = router_new(sites, &listener, &why);
}

static void
set_up(void)
{
	why = text_over(bytes, sizeof(bytes));
	configure();
}

static void
tear_down(void)
{
	router_free(router);
	sites_free(sites);
}

static void
start_all(void)
{
	static const char *const names[] = { "c", "d", "a", "b" };

	start(names, 4);
	ck_assert_msg(router, "%s", text_string(&why));
}

static struct fake *
ask(const char *host, const char *target)
{
	char head[512];

	snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nHost: %s\r\n", target, host);
	return fake_new(head, TREE_NOW);
}

static const struct {
	const char *target, *prefix, *rest;
} paths[] = {
	{ "/", "/", "" },
	{ "/other", "/", "other" },
	{ "/old/", "/old/", "" },
	{ "/old/thing", "/old/", "thing" },
	{ "/old", "/", "old" },
	{ "/old/er", "/old/", "er" },
	{ "/old/er/x", "/old/er/", "x" },
	{ "/hello", "/hello", "" },
	{ "/hello/", "/hello", "/" },
	{ "/hello/you", "/hello", "/you" },
	{ "/hellox", "/", "hellox" },
	{ "/Hello", "/", "Hello" },
	{ "/hello/deep", "/hello", "/deep" },
	{ "/hello/deep/", "/hello/deep/", "" },
	{ "/hello/deep/er", "/hello/deep/er", "" },
	{ "/hello/deep/erx", "/hello/deep/", "erx" },
	{ "/x", "/x", "" },
	{ "/xy", "/", "xy" },
	{ "/xy/z", "/xy/", "z" },
	{ "/a%20b/c", "/a b", "/c" },
	{ "/hello/../old/x?q", "/old/", "x" },
};

START_TEST(the_longest_prefix_wins)
{
	struct fake *fake;

	start_all();
	fake = ask("localhost", paths[_i].target);
	ck_assert_int_eq(router_ops.route(router, &fake->request), 0);
	ck_assert_str_eq(fake->request.service->name, "a");
	ck_assert(slice_equals(fake->request.rest, slice_of(paths[_i].rest)));
	ck_assert_ptr_eq(fake->request.rest.data + fake->request.rest.len,
	    fake->request.path.data + fake->request.path.len);
	fake->request.handler->ops->answer(fake->request.handler->self, &fake->request);
	expect_body(fake, paths[_i].prefix);
	fake_done(fake);
}
END_TEST

static const struct {
	const char *host, *service;
} hosts[] = {
	{ "b.example.org", "b" },
	{ "B.EXAMPLE.ORG", "b" },
	{ "b.example.org.", "b" },
	{ "b.example.org:8080", "b" },
	{ "example.net", "b" },
	{ "x.example.net", "a" },
	{ "c.example.org", "c" },
	{ "x.y.example.org", "c" },
	{ "x.deep.example.org", "d" },
	{ "deep.example.org", "c" },
	{ "example.org", "a" },
	{ "xexample.org", "a" },
	{ "localhost", "a" },
	{ "127.0.0.1", "a" },
	{ "[::1]:80", "a" },
	{ "", "a" },
};

START_TEST(the_host_chooses_the_service)
{
	struct fake *fake;

	start_all();
	fake = ask(hosts[_i].host, "/b/");
	ck_assert_int_eq(router_ops.route(router, &fake->request), 0);
	ck_assert_str_eq(fake->request.service->name, hosts[_i].service);
	fake_done(fake);
}
END_TEST

START_TEST(a_longer_pattern_wins_in_any_order)
{
	static const char *const names[] = { "d", "c", "a" };
	struct fake *fake;

	start(names, 3);
	fake = ask("x.deep.example.org", "/");
	ck_assert_int_eq(router_ops.route(router, &fake->request), 0);
	ck_assert_str_eq(fake->request.service->name, "d");
	/* No client can say this, and it is below nothing. */
	fake->request.host = SLICE(".example.org");
	ck_assert_int_eq(router_ops.route(router, &fake->request), 0);
	ck_assert_str_eq(fake->request.service->name, "a");
	fake_done(fake);
}
END_TEST

START_TEST(a_request_without_host_goes_to_the_fallback)
{
	struct fake *fake;

	start_all();
	fake = fake_new("GET / HTTP/1.0\r\n", TREE_NOW);
	ck_assert_int_eq(router_ops.route(router, &fake->request), 0);
	ck_assert_str_eq(fake->request.service->name, "a");
	fake_done(fake);
}
END_TEST

START_TEST(without_a_fallback_a_strange_host_is_misdirected)
{
	static const char *const names[] = { "b", "c" };
	struct fake *fake;

	start(names, 2);
	fake = ask("localhost", "/");
	ck_assert_int_eq(router_ops.route(router, &fake->request), 421);
	ck_assert_str_eq(fake->request.service->name, "b");
	ck_assert_ptr_null(fake->request.handler);
	ck_assert_str_eq(router_ops.default_service(router)->name, "b");
	fake_done(fake);
}
END_TEST

START_TEST(without_a_route_nothing_is_found)
{
	struct fake *fake;

	start_all();
	fake = ask("b.example.org", "/a");
	ck_assert_int_eq(router_ops.route(router, &fake->request), 404);
	ck_assert_str_eq(fake->request.service->name, "b");
	ck_assert_ptr_null(fake->request.handler);
	ck_assert_str_eq(router_ops.default_service(router)->name, "a");
	fake_done(fake);
}
END_TEST

START_TEST(two_listeners_share_a_site)
{
	struct router *second;

	start_all();
	second = router_new(sites, &listener, &why);
	ck_assert_ptr_nonnull(second);
	ck_assert_ptr_eq(router_ops.default_service(router), router_ops.default_service(second));
	router_free(second);
	ck_assert_ptr_nonnull(sites_file_cache(sites));
}
END_TEST

START_TEST(a_listener_without_an_http_service_is_explained)
{
	static const char *const raw[] = { "raw" };

	start(raw, 1);
	ck_assert_ptr_null(router);
	ck_assert_str_eq(
	    text_string(&why), "listener \"web\": there is no service \"raw\" that speaks HTTP");
	sites_free(sites);
	why.len = 0;
	start(NULL, 0);
	ck_assert_ptr_null(router);
	ck_assert_str_eq(text_string(&why), "listener \"web\": has no service: name one");
}
END_TEST

START_TEST(a_site_that_cannot_be_made_is_explained)
{
	routes_b[0].kind = CONFIG_ROUTE_FILES;
	routes_b[0].files = text("/nowhere/at/all");
	ck_assert_ptr_null(sites_new(&config, &health, &why));
	ck_assert_ptr_nonnull(strstr(text_string(&why),
	    "service \"b\": route \"/b/\": the directory /nowhere/at/all cannot be opened: "));
	why.len = 0;
	routes_b[0] = respond("/b/");
	services[1].mime_types = text("/nowhere/mime.types");
	ck_assert_ptr_null(sites_new(&config, &health, &why));
	ck_assert_str_eq(text_string(&why),
	    "service \"b\": /nowhere/mime.types cannot be read: No such file or directory");
}
END_TEST

START_TEST(types_and_files_are_the_services)
{
	static const char *const names[] = { "a" };
	struct tree tree;
	struct fake *fake;

	tree_init(&tree);
	tree_write(&tree, "mime.types", "text/x-special spc\n");
	tree_write(&tree, "file.spc", "special");
	services[0].mime_types = strdup(tree_path(&tree, "mime.types"));
	routes_a[0].kind = CONFIG_ROUTE_FILES;
	routes_a[0].files = tree.path;
	start(names, 1);
	fake = ask("a", "/file.spc");
	ck_assert_int_eq(router_ops.route(router, &fake->request), 0);
	fake->request.handler->ops->answer(fake->request.handler->self, &fake->request);
	expect_status(fake, 200);
	ck_assert_int_eq(strncmp(fake_field(fake, "Content-Type"), "text/x-special", 14), 0);
	expect_body(fake, "special");
	fake_done(fake);
	free(services[0].mime_types);
	tree_done(&tree);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("handler/router");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, the_longest_prefix_wins, 0, COUNT(paths));
	tcase_add_loop_test(tcase, the_host_chooses_the_service, 0, COUNT(hosts));
	tcase_add_test(tcase, a_longer_pattern_wins_in_any_order);
	tcase_add_test(tcase, a_request_without_host_goes_to_the_fallback);
	tcase_add_test(tcase, without_a_fallback_a_strange_host_is_misdirected);
	tcase_add_test(tcase, without_a_route_nothing_is_found);
	tcase_add_test(tcase, two_listeners_share_a_site);
	tcase_add_test(tcase, a_listener_without_an_http_service_is_explained);
	tcase_add_test(tcase, a_site_that_cannot_be_made_is_explained);
	tcase_add_test(tcase, types_and_files_are_the_services);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
