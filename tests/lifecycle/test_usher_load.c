/* SPDX-License-Identifier: MIT
 *
 * usher_load: usher-load as the witness of reloads and stops, and the kernel's
 * counters as the witness of usher-load; and what it says when the machine it runs
 * on is out of ports.
 */
#include <stdlib.h>

#include "harness/loader.h"
#include "life.h"
#include "netns.h"

/* Each connection's life is not logged: there are too many requests. */
#define SITE_CONFIG                                                                             \
	"loops = 2\n" WEB "service \"site\" { route \"/\" { respond = 200 body = \"one\" } }\n" \
	"log { access_format = off }\n"

static const char *
url_of(struct usherd *usherd)
{
	return loader_url(ntohs(usherd_endpoint(usherd, "web").address.in.sin_port), "/");
}

/* The body changes, and whoever serves it. */
static void
put_reload(struct bytes *command, struct usherd *usherd)
{
	char *config = place_expand("@dir@/usher.conf");

	bytes_put_format(command, "sed -i 's/\"one\"/\"two\"/' %s && kill -HUP %d", config,
	    (int)usherd_pid(usherd));
	free(config);
}

/* `way` is how the clients ask. */
static void
expect_no_loss_in_reload(const char *way, const char *value)
{
	struct usherd *usherd = life_start(SITE_CONFIG);
	struct counters since = counters_read();
	struct bytes command = { 0 };
	struct loader *loader;

	put_reload(&command, usherd);
	loader =
	    loader_run(ARGS("-c", "50", "-t", "2", "-d", "1500ms", "--settle", "300ms", way, value,
			   "--expect-no-loss", "--during", command.data, url_of(usherd)),
		0);
	bytes_free(&command);
	usherd_expect_log(usherd, "generation 2 serves");
	loader_expect_no_other(loader, ARGS("answered", "connections_closed"));
	expect_counters(&since, 0);
}

START_TEST(a_reload_loses_nothing_of_clients_that_never_rest)
{
	expect_no_loss_in_reload("--pipeline", "1");
}
END_TEST

START_TEST(a_reload_loses_nothing_of_clients_that_think)
{
	expect_no_loss_in_reload("--think", "0-5ms");
}
END_TEST

START_TEST(a_reload_loses_nothing_of_an_open_loop)
{
	expect_no_loss_in_reload("--rate", "2000");
}
END_TEST

/* Who comes later is refused, and every request that was sent is answered. */
START_TEST(a_stop_loses_no_request)
{
	struct usherd *usherd = life_start(SITE_CONFIG);
	struct counters since = counters_read();
	struct bytes command = { 0 };
	struct loader *loader;

	bytes_put_format(&command, "kill -TERM %d", (int)usherd_pid(usherd));
	loader = loader_run(ARGS("-c", "50", "--think", "0-5ms", "-d", "1500ms", "--settle",
				"300ms", "--during", command.data, url_of(usherd)),
	    0);
	bytes_free(&command);
	life_expect_whole_end(usherd);
	ck_assert_uint_ge(loader_count(loader, "connections_refused"), 1);
	loader_expect_no_other(loader,
	    ARGS("answered", "connections_closed", "connections_refused", "connections_fin_idle"));
	ck_assert_uint_eq(counter_growth(&since, COUNTER_ESTABLISHED_RESETS), 0);
	ck_assert_uint_eq(counter_growth(&since, COUNTER_ABORT_ON_CLOSE), 0);
}
END_TEST

START_TEST(a_lack_of_ports_is_the_clients_own_and_sources_help)
{
	struct usherd *usherd = life_start(SITE_CONFIG);
	struct loader *loader;

	if (!netns_set("ipv4/ip_local_port_range", "40000 40009")) {
		WIRE_SKIP("the range of ports cannot be set");
		return;
	}
	loader = loader_run(ARGS("-c", "20", "-d", "300ms", url_of(usherd)), 0);
	ck_assert_uint_ge(loader_count(loader, "connections_no_ports"), 1);
	ck_assert_uint_ge(loader_count(loader, "answered"), 10);
	loader_expect_output(loader, "--source");
	loader = loader_run(ARGS("-c", "20", "-d", "300ms", "--source", "127.0.0.2-127.0.0.4",
				"--expect-no-loss", url_of(usherd)),
	    0);
	loader_expect_count(loader, "connections_no_ports", 0);
	loader_expect_count(loader, "connects", 20);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("usher_load");
	TCase *reloads = life_case(suite, "reloads", 60);
	TCase *others = life_case(suite, "others", 60);

	tcase_add_test(reloads, a_reload_loses_nothing_of_clients_that_never_rest);
	tcase_add_test(reloads, a_reload_loses_nothing_of_clients_that_think);
	tcase_add_test(reloads, a_reload_loses_nothing_of_an_open_loop);
	tcase_add_test(others, a_stop_loses_no_request);
	tcase_add_test(others, a_lack_of_ports_is_the_clients_own_and_sources_help);
	return life_run(suite);
}
