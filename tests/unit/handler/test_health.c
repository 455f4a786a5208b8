/* SPDX-License-Identifier: MIT
 *
 * Tests of handler/health.
 */
#include "handler/health.h"

#include "rig.h"

struct server {
	bool is_live;
	bool is_ready;
};

static bool
is_live(void *arg)
{
	return ((struct server *)arg)->is_live;
}

static bool
is_ready(void *arg)
{
	return ((struct server *)arg)->is_ready;
}

static const struct {
	enum config_health health;
	struct server server;
	int status;
} cases[] = {
	{ CONFIG_HEALTH_LIVE, { true, true }, 200 },
	{ CONFIG_HEALTH_LIVE, { true, false }, 200 },
	{ CONFIG_HEALTH_LIVE, { false, true }, 503 },
	{ CONFIG_HEALTH_READY, { true, true }, 200 },
	{ CONFIG_HEALTH_READY, { true, false }, 503 },
};

START_TEST(a_probe_hears_what_the_server_says)
{
	struct server server = { false, false };
	struct handler_context context = { .health = { is_live, is_ready, &server } };
	struct config_route route = { .health = cases[_i].health };
	char bytes[64];
	struct text why = text_over(bytes, sizeof(bytes));
	void *health = health_kind.make(&route, &context, &why);
	struct fake *fake = fake_get("/healthz", NULL, TREE_NOW);

	/* What counts is what it says when it is asked. */
	server = cases[_i].server;
	fake_answer_with(fake, &fake_service, &health_kind.ops, health, 8);
	expect_status(fake, cases[_i].status);
	expect_body(fake, cases[_i].status == 200 ? "ok\n" : "unavailable\n");
	expect_field(fake, "Cache-Control", "no-store");
	expect_field(fake, "Retry-After", cases[_i].status == 200 ? NULL : "1");
	fake_done(fake);
	health_kind.free(health);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("handler/health");
	TCase *tcase = tcase_create("all");

	tcase_add_loop_test(tcase, a_probe_hears_what_the_server_says, 0, COUNT(cases));
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
