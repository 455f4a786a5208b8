/* SPDX-License-Identifier: MIT
 *
 * status_page: the page of the admin service, as a client gets it and as a real browser
 * draws it. The browser's part is skipped aloud where there is none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "harness/admin.h"
#include "harness/process.h"
#include "harness/wire.h"

#define BROWSER_DEADLINE_US (INT64_C(60) * 1000000)
#define PLOTS 9

/* An address with characters that mean something in HTML. */
#define ODD "listener \"a<b>&\" { address = \"unix:@dir@/o'dd\" service = \"site\" }\n"

static unsigned
count(const char *text, const char *part)
{
	unsigned found = 0;

	for (text = strstr(text, part); text; text = strstr(text + 1, part))
		found++;
	return found;
}

START_TEST(the_page_needs_nothing_but_itself)
{
	struct usherd *usherd = usherd_start(ADMIN ODD SITE);
	struct client *reader = admin_connect_reading(usherd);
	const char *page;

	send_get(reader, "/");
	expect_response(reader, 200);
	expect_field(reader, "Content-Type", "text/html; charset=utf-8");
	expect_field(reader, "Cache-Control", "no-store");
	expect_field_with(reader, "Content-Security-Policy", "default-src 'none'; ");
	page = last_response(reader)->body.data;
	ck_assert_uint_eq(count(page, "<svg "), PLOTS);
	ck_assert_uint_eq(count(page, "http-equiv=refresh"), 1);
	ck_assert_uint_eq(count(page, "<script"), 0);
	ck_assert_uint_eq(count(page, "://"), 0);
	ck_assert_uint_eq(count(page, " style="), 0);
	ck_assert_uint_eq(count(page, "<td>a&lt;b&gt;&amp;<td>unix:"), 1);
	ck_assert_uint_eq(count(page, "/o&#39;dd<td"), 1);
}
END_TEST

/* The seconds are the daemon's own: each adds a point. */
START_TEST(the_plots_grow_with_time)
{
	const int64_t until_us = clock_monotonic_us() + WIRE_DEADLINE_US;
	struct client *client;
	unsigned lines = 0;

	usherd_start(ADMIN SITE);
	client = admin_connect();
	while (lines == 0 && clock_monotonic_us() < until_us) {
		send_get(client, "/");
		expect_response(client, 200);
		lines = count(last_response(client)->body.data, "<path class=l1 d=\"M");
		(void)client_has_input(client, 100);
	}
	ck_assert_uint_eq(lines, PLOTS);
}
END_TEST

static const char *
find_browser(void)
{
	static const char *const paths[] = { "/usr/bin/chromium", "/usr/bin/chromium-browser",
		"/usr/bin/google-chrome" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}

static void
look(struct process *process, const char *browser, const char *what, const char *url)
{
	process_start(process, browser,
	    ARGS("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--enable-logging=stderr", "--hide-scrollbars", "--window-size=1200,1400",
		"--user-data-dir=@dir@/profile", what, url),
	    "browser");
	if (!process_wait(process, clock_monotonic_us() + BROWSER_DEADLINE_US))
		wire_fail("the browser does not end: %s", output_text(process->err));
	/* What the policy forbids is said here. */
	if (strstr(output_text(process->err), "Content Security Policy"))
		wire_fail("%s", output_text(process->err));
}

START_TEST(a_browser_draws_it)
{
	const char *browser = find_browser();
	struct usherd *usherd;
	struct endpoint endpoint;
	struct process process;
	struct stat status;
	char *picture;
	char url[64];

	if (!browser) {
		WIRE_SKIP("there is no Chromium here");
		return;
	}
	usherd = usherd_start(ADMIN SITE);
	endpoint = admin_reading_endpoint(usherd);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", address_port(&endpoint.address));
	look(&process, browser, "--dump-dom", url);
	ck_assert_uint_eq(count(output_text(process.out), "<figure>"), PLOTS);
	ck_assert_uint_eq(count(output_text(process.out), ">serving</b>"), 1);
	ck_assert_uint_eq(count(output_text(process.out), "<td>web</td>"), 1);
	process_done(&process);
	look(&process, browser, "--screenshot=@dir@/page.png", url);
	process_done(&process);
	/* An empty page of that size has a tenth of it. */
	picture = place_expand("@dir@/page.png");
	ck_assert_int_eq(stat(picture, &status), 0);
	ck_assert_int_gt(status.st_size, 40000);
	free(picture);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("status_page");
	TCase *pages = wire_case(suite, "pages", 30);
	TCase *drawn = wire_case(suite, "drawn", 130);

	tcase_add_test(pages, the_page_needs_nothing_but_itself);
	tcase_add_test(pages, the_plots_grow_with_time);
	tcase_add_test(drawn, a_browser_draws_it);
	return wire_run(suite);
}
