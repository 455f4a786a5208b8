/* SPDX-License-Identifier: MIT
 *
 * browser: a real browser engine loads a page with its style sheet, script and
 * picture, and does what the script says. Skipped aloud where there is none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "harness/process.h"
#include "harness/wire.h"

#define BROWSER_DEADLINE_US (INT64_C(60) * 1000000)

static const char page[] = "<!DOCTYPE html>\n"
			   "<html><head><title>t</title>\n"
			   "<link rel=\"stylesheet\" href=\"style.css\"></head>\n"
			   "<body><p id=\"words\">nothing yet</p>\n"
			   "<img id=\"picture\" src=\"picture.svg\">\n"
			   "<script src=\"code.js\"></script></body></html>\n";

/* Says what it sees of the others, so that the page proves that all came. */
static const char code[] =
    "onload = async () => {\n"
    "  const echo = await fetch('/echo', { method: 'POST', body: 'sent and' });\n"
    "  const colour = getComputedStyle(words).color;\n"
    "  words.textContent = await echo.text() + ' seen ' + colour + ' ' +\n"
    "    picture.naturalWidth;\n"
    "};\n";

static const char style[] = "p { color: rgb(1, 2, 3) }\n";

static const char picture[] =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"40\" height=\"30\"></svg>\n";

static void
put_page(void)
{
	put_file("www/index.html", page);
	put_file("www/code.js", code);
	put_file("www/style.css", style);
	put_file("www/picture.svg", picture);
}

/* The name of a browser on PATH, or NULL. */
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

/* What the browser has made of the page at `url`. Owned by the caller. */
static char *
load_page(const char *browser, const char *url)
{
	struct process process;
	char *text;

	process_start(&process, browser,
	    ARGS("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--user-data-dir=@dir@/profile", "--virtual-time-budget=10000", "--dump-dom", url),
	    "browser");
	if (!process_wait(&process, clock_monotonic_us() + BROWSER_DEADLINE_US))
		wire_fail("the browser does not end: %s", output_text(process.err));
	text = strdup(output_text(process.out));
	process_done(&process);
	return text;
}

START_TEST(a_page_is_loaded_with_all_that_belongs_to_it)
{
	const char *browser = find_browser();
	struct usherd *usherd;
	struct endpoint endpoint;
	char url[64];
	char *seen;

	if (!browser) {
		WIRE_SKIP("there is no Chromium here");
		return;
	}
	put_page();
	usherd = usherd_start(WEB "service \"site\" {\n"
				  "	route \"/\" { files = \"@dir@/www\" }\n"
				  "	route \"/echo\" { echo = true }\n}\n");
	endpoint = usherd_endpoint(usherd, "web");
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", address_port(&endpoint.address));
	seen = load_page(browser, url);
	ck_assert_msg(strstr(seen, "sent and seen rgb(1, 2, 3) 40") != NULL, "%s", seen);
	free(seen);
	usherd_stop(usherd);
	usherd_expect_output(usherd, "\"GET / HTTP/1.1\" 200");
	usherd_expect_output(usherd, "\"GET /style.css HTTP/1.1\" 200");
	usherd_expect_output(usherd, "\"GET /picture.svg HTTP/1.1\" 200");
	usherd_expect_output(usherd, "\"POST /echo HTTP/1.1\" 200");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("browser");
	TCase *pages = wire_case(suite, "pages", 90);

	tcase_add_test(pages, a_page_is_loaded_with_all_that_belongs_to_it);
	return wire_run(suite);
}
