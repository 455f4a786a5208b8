/* SPDX-License-Identifier: MIT
 *
 * Tests of handler/precompressed, and of siblings in handler/file_lookup.
 */
#include "handler/precompressed.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rig.h"

static struct rig rig;

static void
set_up(void)
{
	rig_init(&rig);
	tree_write(&rig.tree, "app.js", "plain");
	tree_write(&rig.tree, "app.js.gz", "gzip bytes");
	tree_write(&rig.tree, "app.js.br", "br bytes");
	tree_write(&rig.tree, "only.css", "plain");
	tree_write(&rig.tree, "only.css.zst", "zstd bytes");
	tree_write(&rig.tree, "index.html", "plain");
	tree_write(&rig.tree, "index.html.gz", "gzip index");
	rig_start(&rig);
}

static void
tear_down(void)
{
	rig_done(&rig);
}

static struct fake *
get(const char *target, const char *accept, int64_t now)
{
	char fields[256] = "";

	if (accept)
		snprintf(fields, sizeof(fields), "Accept-Encoding: %s\r\n", accept);
	return rig_get_at(&rig, target, fields, now);
}

static const struct {
	const char *target, *accept, *body, *encoding;
} choices[] = {
	{ "/app.js", NULL, "plain", NULL },
	{ "/app.js", "", "plain", NULL },
	{ "/app.js", "identity", "plain", NULL },
	{ "/app.js", "deflate", "plain", NULL },
	{ "/app.js", "gzip", "gzip bytes", "gzip" },
	{ "/app.js", "gzip, deflate, br, zstd", "br bytes", "br" },
	{ "/app.js", "zstd, gzip", "gzip bytes", "gzip" },
	{ "/app.js", "br;q=0.5, gzip", "gzip bytes", "gzip" },
	{ "/app.js", "br;q=0, gzip;q=0", "plain", NULL },
	{ "/app.js", "gzip;q=0.5, identity", "plain", NULL },
	{ "/app.js", "*", "br bytes", "br" },
	{ "/app.js", "zstd, identity;q=0", "plain", NULL },
	{ "/only.css", "gzip, br, zstd", "zstd bytes", "zstd" },
	{ "/only.css", "gzip, br", "plain", NULL },
	{ "/", "gzip", "gzip index", "gzip" },
};

START_TEST(the_sibling_that_the_client_prefers_is_sent)
{
	for (int round = 0; round < 2; round++) {
		struct fake *fake = get(choices[_i].target, choices[_i].accept, TREE_NOW);

		expect_status(fake, 200);
		expect_body(fake, choices[_i].body);
		expect_field(fake, "Content-Encoding", choices[_i].encoding);
		expect_field(fake, "Vary", "Accept-Encoding");
		fake_done(fake);
	}
}
END_TEST

START_TEST(several_lines_are_one_wish)
{
	struct fake *fake =
	    rig_get(&rig, "/app.js", "Accept-Encoding: deflate\r\nAccept-Encoding: gzip\r\n");

	expect_body(fake, "gzip bytes");
	fake_done(fake);
	/* Nor is the first of them remembered for the whole. */
	fake = get("/app.js", "deflate", TREE_NOW);
	expect_body(fake, "plain");
	fake_done(fake);
}
END_TEST

START_TEST(type_and_tag_tell_what_it_is)
{
	struct fake *plain = get("/app.js", NULL, TREE_NOW);
	struct fake *gzip = get("/app.js", "gzip", TREE_NOW);
	struct fake *itself = get("/app.js.gz", NULL, TREE_NOW);
	char *tag = strdup(fake_field(plain, "ETag"));
	char *coded_tag = strdup(fake_field(gzip, "ETag"));

	ck_assert_str_ne(tag, coded_tag);
	ck_assert_ptr_nonnull(strstr(coded_tag, "-gz\""));
	expect_field(gzip, "Content-Type", fake_field(plain, "Content-Type"));
	expect_field(itself, "Content-Encoding", NULL);
	ck_assert_str_ne(fake_field(itself, "ETag"), coded_tag);
	expect_field(itself, "Content-Type", "application/gzip");
	free(tag);
	free(coded_tag);
	fake_done(plain);
	fake_done(gzip);
	fake_done(itself);
}
END_TEST

START_TEST(an_older_sibling_is_not_the_same_file)
{
	struct fake *fake;

	tree_set_modified(&rig.tree, "app.js.br", TREE_LONG_AGO - 1, 0);
	fake = get("/app.js", "br, gzip", TREE_NOW);
	expect_body(fake, "gzip bytes");
	fake_done(fake);
	tree_set_modified(&rig.tree, "app.js", TREE_LONG_AGO, 1);
	fake = get("/app.js", "br, gzip", TREE_NOW + 1);
	expect_body(fake, "plain");
	fake_done(fake);
}
END_TEST

START_TEST(a_sibling_without_its_file_is_nothing)
{
	struct fake *fake;

	ck_assert_int_eq(unlinkat(rig.tree.fd, "app.js", 0), 0);
	fake = get("/app.js", "gzip", TREE_NOW);
	expect_status(fake, 404);
	fake_done(fake);
}
END_TEST

START_TEST(a_sibling_that_is_no_file_is_passed_over)
{
	struct fake *fake;

	ck_assert_int_eq(unlinkat(rig.tree.fd, "app.js.br", 0), 0);
	tree_mkdir(&rig.tree, "app.js.br");
	fake = get("/app.js", "br", TREE_NOW);
	expect_body(fake, "plain");
	fake_done(fake);
}
END_TEST

START_TEST(a_sibling_that_comes_or_goes_is_noticed)
{
	struct fake *fake = get("/only.css", "gzip", TREE_NOW);

	expect_body(fake, "plain");
	fake_done(fake);
	tree_write(&rig.tree, "only.css.gz", "new gzip");
	fake = get("/only.css", "gzip", TREE_NOW + 1);
	expect_body(fake, "new gzip");
	fake_done(fake);
	ck_assert_int_eq(unlinkat(rig.tree.fd, "only.css.gz", 0), 0);
	fake = get("/only.css", "gzip", TREE_NOW + 2);
	expect_body(fake, "plain");
	fake_done(fake);
}
END_TEST

START_TEST(without_precompressed_nothing_is_looked_for)
{
	struct fake *fake;

	rig.route.precompressed = false;
	rig_restart(&rig);
	fake = get("/app.js", "gzip", TREE_NOW);
	expect_body(fake, "plain");
	expect_field(fake, "Vary", NULL);
	fake_done(fake);
}
END_TEST

START_TEST(not_modified_varies_too)
{
	struct fake *fake = get("/app.js", "gzip", TREE_NOW);
	char fields[256];

	snprintf(fields, sizeof(fields), "Accept-Encoding: gzip\r\nIf-None-Match: %s\r\n",
	    fake_field(fake, "ETag"));
	fake_done(fake);
	fake = rig_get(&rig, "/app.js", fields);
	expect_status(fake, 304);
	expect_field(fake, "Vary", "Accept-Encoding");
	expect_field(fake, "Content-Encoding", NULL);
	fake_done(fake);
	/* The other coding's tag is another's. */
	fake = rig_get(&rig, "/app.js", strchr(fields, '\n') + 1);
	expect_status(fake, 200);
	fake_done(fake);
}
END_TEST

START_TEST(a_range_is_one_of_the_coded_bytes)
{
	struct fake *fake =
	    rig_get(&rig, "/app.js", "Accept-Encoding: gzip\r\nRange: bytes=5-\r\n");

	expect_status(fake, 206);
	expect_body(fake, "bytes");
	expect_field(fake, "Content-Encoding", "gzip");
	expect_field(fake, "Content-Range", "bytes 5-9/10");
	fake_done(fake);
}
END_TEST

START_TEST(a_wish_is_not_taken_for_the_one_before)
{
	static const char *const wishes[] = { "gzip", "br", "", "gzip", "gzip ;q=0", NULL, "br",
		"gzip, x-a-coding-with-a-name-that-is-longer-than-what-is-remembered-of-one" };
	static const char *const bodies[] = { "gzip bytes", "br bytes", "plain", "gzip bytes",
		"plain", "plain", "br bytes", "gzip bytes" };

	for (int i = 0; i < COUNT(wishes); i++) {
		struct fake *fake = get("/app.js", wishes[i], TREE_NOW);

		expect_body(fake, bodies[i]);
		fake_done(fake);
	}
}
END_TEST

START_TEST(each_order_has_a_number_of_its_own)
{
	bool seen[256] = { false };
	struct coding_order order;

	/* Every sequence of up to three of the three codings without repetition. */
	for (unsigned code = 0; code < 64; code++) {
		unsigned used = 0;
		bool is_order = true;

		order = (struct coding_order){ 0 };
		for (unsigned rest = code; rest > 0; rest /= 4) {
			unsigned item = rest % 4;

			is_order = is_order && item > 0 && !(used & 1u << item);
			used |= 1u << item;
			if (item > 0)
				order.items[order.count++] = (enum http_encoding)(item - 1);
		}
		if (!is_order)
			continue;
		ck_assert_uint_lt(coding_order_number(&order), 256);
		ck_assert(!seen[coding_order_number(&order)]);
		seen[coding_order_number(&order)] = true;
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("handler/precompressed");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, the_sibling_that_the_client_prefers_is_sent, 0, COUNT(choices));
	tcase_add_test(tcase, several_lines_are_one_wish);
	tcase_add_test(tcase, type_and_tag_tell_what_it_is);
	tcase_add_test(tcase, an_older_sibling_is_not_the_same_file);
	tcase_add_test(tcase, a_sibling_without_its_file_is_nothing);
	tcase_add_test(tcase, a_sibling_that_is_no_file_is_passed_over);
	tcase_add_test(tcase, a_sibling_that_comes_or_goes_is_noticed);
	tcase_add_test(tcase, without_precompressed_nothing_is_looked_for);
	tcase_add_test(tcase, not_modified_varies_too);
	tcase_add_test(tcase, a_range_is_one_of_the_coded_bytes);
	tcase_add_test(tcase, a_wish_is_not_taken_for_the_one_before);
	tcase_add_test(tcase, each_order_has_a_number_of_its_own);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
