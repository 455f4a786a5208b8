/* SPDX-License-Identifier: MIT
 *
 * Tests of http/mime.
 */
#include "http/mime.h"

#include "http/mime_types.h"
#include "support.h"

#define DEFAULT "application/octet-stream"

static const struct {
	const char *extension, *type;
} built_in[] = {
#define X(extension, type) { extension, type },
	HTTP_MIME_TYPES(X)
#undef X
};

START_TEST(every_built_in_extension_is_found)
{
	ck_assert_int_ge(COUNT(built_in), 80);
	for (int i = 0; i < COUNT(built_in); i++) {
		char path[64];
		struct text text = text_over(path, sizeof(path));

		ck_assert_uint_le(strlen(built_in[i].extension), HTTP_MIME_EXTENSION_MAX);
		text_put_format(&text, "/a.b/c.%s", built_in[i].extension);
		assert_slice(http_mime_lookup(NULL, text_slice(&text)), built_in[i].type);
	}
}
END_TEST

START_TEST(the_built_in_table_is_sorted_and_lower_case)
{
	for (int i = 1; i < COUNT(built_in); i++)
		ck_assert_msg(strcmp(built_in[i - 1].extension, built_in[i].extension) < 0,
		    "%s, %s", built_in[i - 1].extension, built_in[i].extension);
	for (int i = 0; i < COUNT(built_in); i++)
		for (const char *c = built_in[i].extension; *c; c++)
			ck_assert((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9'));
}
END_TEST

static const struct {
	const char *path, *type;
} cases[] = {
	{ "/index.html", "text/html; charset=utf-8" },
	{ "/INDEX.HTM", "text/html; charset=utf-8" },
	{ "/a.css", "text/css; charset=utf-8" },
	{ "/a.js", "text/javascript; charset=utf-8" },
	{ "/a.mjs", "text/javascript; charset=utf-8" },
	{ "/a.json", "application/json" },
	{ "/a.webmanifest", "application/manifest+json" },
	{ "/a.svg", "image/svg+xml" },
	{ "/a.png", "image/png" },
	{ "/a.Jpg", "image/jpeg" },
	{ "/a.jpeg", "image/jpeg" },
	{ "/a.webp", "image/webp" },
	{ "/a.avif", "image/avif" },
	{ "/a.ico", "image/vnd.microsoft.icon" },
	{ "/a.woff2", "font/woff2" },
	{ "/a.wasm", "application/wasm" },
	{ "/a.mp4", "video/mp4" },
	{ "/a.webm", "video/webm" },
	{ "/a.mp3", "audio/mpeg" },
	{ "/a.pdf", "application/pdf" },
	{ "/a.txt", "text/plain; charset=utf-8" },
	{ "/a.md", "text/markdown; charset=utf-8" },
	{ "/a.csv", "text/csv; charset=utf-8" },
	{ "/a.xml", "application/xml" },
	{ "/a.zip", "application/zip" },
	{ "/a.tar.gz", "application/gzip" },
	{ "a.html", "text/html; charset=utf-8" },
	{ "/a.html/", DEFAULT },
	{ "/a.html/b", DEFAULT },
	{ "/a.b/c.html", "text/html; charset=utf-8" },
	{ "/.html", DEFAULT },
	{ ".html", DEFAULT },
	{ "/a/.html", DEFAULT },
	{ "/.x.html", "text/html; charset=utf-8" },
	{ "/a..html", "text/html; charset=utf-8" },
	{ "/a", DEFAULT },
	{ "/a.", DEFAULT },
	{ "/a.html.", DEFAULT },
	{ "/html", DEFAULT },
	{ "/", DEFAULT },
	{ "", DEFAULT },
	{ NULL, DEFAULT },
	{ "/a.htmlx", DEFAULT },
	{ "/a.htm l", DEFAULT },
	{ "/a.unknownextension", DEFAULT },
	{ "/a.much-longer-than-any-extension", DEFAULT },
};

START_TEST(a_file_has_the_type_of_its_extension)
{
	assert_slice(http_mime_lookup(NULL, exact(cases[_i].path)), cases[_i].type);
}
END_TEST

START_TEST(an_extension_with_a_nul_is_unknown)
{
	assert_slice(http_mime_lookup(NULL, exact_bytes("/a.js\0", 6)), DEFAULT);
	assert_slice(http_mime_lookup(NULL, exact_bytes("/a.\0", 4)), DEFAULT);
}
END_TEST

static const char file[] = "# a comment\n"
			   "\n"
			   "text/html\t\thtml  htm\n"
			   "text/x-Old\t\told OLDER # not.this\n"
			   "application/x-first\tone two\r\n"
			   "   application/x-second\ttwo\n"
			   "application/x-none\n"
			   "application/x-hash #hash\n"
			   "noslash\tns\n"
			   "two/slash/es\tts2\n"
			   "/empty\te1\n"
			   "empty/\te2\n"
			   "bad/ty\x01pe\te3\n"
			   "text/\xc3\xa9\te4\n"
			   "application/x-long\tfifteenletters1 sixteenletters12 lng\n"
			   "application/octet-stream\tpng\n"
			   "application/x-1\tagain ahem\n"
			   "application/x-2\tagain ahem\n"
			   "application/x-3\tagain again ahem\n"
			   "application/x-4\tagain\n"
			   "application/x-5\tagain\n"
			   "application/x-last\tlast";

static const struct {
	const char *path, *type;
} file_cases[] = {
	{ "/a.html", "text/html; charset=utf-8" },
	{ "/a.old", "text/x-Old; charset=utf-8" },
	{ "/a.older", "text/x-Old; charset=utf-8" },
	{ "/a.oLdEr", "text/x-Old; charset=utf-8" },
	{ "/a.this", DEFAULT },
	{ "/a.one", "application/x-first" },
	{ "/a.two", "application/x-second" },
	{ "/a.hash", DEFAULT },
	{ "/a.#hash", DEFAULT },
	{ "/a.ns", DEFAULT },
	{ "/a.ts2", DEFAULT },
	{ "/a.e1", DEFAULT },
	{ "/a.e2", DEFAULT },
	{ "/a.e3", DEFAULT },
	{ "/a.e4", DEFAULT },
	{ "/a.fifteenletters1", "application/x-long" },
	{ "/a.sixteenletters12", DEFAULT },
	{ "/a.lng", "application/x-long" },
	{ "/a.last", "application/x-last" },
	{ "/a.again", "application/x-5" },
	{ "/a.ahem", "application/x-3" },
	/* the file overrides what is built in, and leaves the rest */
	{ "/a.png", "application/octet-stream" },
	{ "/a.css", "text/css; charset=utf-8" },
};

START_TEST(a_file_of_types_comes_before_the_built_in_table)
{
	struct slice bytes = exact_bytes(file, sizeof(file) - 1);
	struct http_mime_table *table = http_mime_parse(bytes.data, bytes.len);

	ck_assert_ptr_nonnull(table);
	exact_free();
	memset(exact_copies, 0, sizeof(exact_copies));
	assert_slice(http_mime_lookup(table, slice_of(file_cases[_i].path)), file_cases[_i].type);
	http_mime_free(table);
}
END_TEST

START_TEST(an_empty_file_changes_nothing)
{
	struct http_mime_table *table = http_mime_parse("", 0);

	ck_assert_ptr_nonnull(table);
	assert_slice(http_mime_lookup(table, SLICE("/a.gif")), "image/gif");
	http_mime_free(table);
	http_mime_free(NULL);
}
END_TEST

START_TEST(any_bytes_are_a_file)
{
	uint64_t state = 1521;

	for (int round = 0; round < 2000; round++) {
		char bytes[64];
		size_t len = next_random(&state) % sizeof(bytes);
		struct http_mime_table *table;
		struct slice copy;

		for (size_t i = 0; i < len; i++)
			bytes[i] = "ab/# \t\r\n.\0\xff"[next_random(&state) % 11];
		copy = exact_bytes(bytes, len);
		table = http_mime_parse(copy.data, copy.len);
		ck_assert_ptr_nonnull(table);
		ck_assert_ptr_nonnull(http_mime_lookup(table, SLICE("/x.a")).data);
		http_mime_free(table);
		exact_free();
		memset(exact_copies, 0, sizeof(exact_copies));
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http/mime");
	TCase *tcase = tcase_create("http_mime");

	tcase_add_checked_fixture(tcase, NULL, exact_free);
	tcase_add_test(tcase, every_built_in_extension_is_found);
	tcase_add_test(tcase, the_built_in_table_is_sorted_and_lower_case);
	tcase_add_loop_test(tcase, a_file_has_the_type_of_its_extension, 0, COUNT(cases));
	tcase_add_test(tcase, an_extension_with_a_nul_is_unknown);
	tcase_add_loop_test(
	    tcase, a_file_of_types_comes_before_the_built_in_table, 0, COUNT(file_cases));
	tcase_add_test(tcase, an_empty_file_changes_nothing);
	tcase_add_test(tcase, any_bytes_are_a_file);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
