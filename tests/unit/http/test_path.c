/* SPDX-License-Identifier: MIT
 *
 * Tests of http/path.
 */
#include "http/path.h"

#include "support.h"

/* `expected` NULL: refused. */
static const struct {
	const char *raw, *expected;
} cases[] = {
	{ "/", "/" },
	{ "/a", "/a" },
	{ "/a/", "/a/" },
	{ "/a/b.html", "/a/b.html" },
	/* repeated slashes */
	{ "//", "/" },
	{ "//a", "/a" },
	{ "///a//b///", "/a/b/" },
	{ "/a//../b", "/b" },
	/* dot segments */
	{ "/.", "/" },
	{ "/./", "/" },
	{ "/././.", "/" },
	{ "/a/.", "/a/" },
	{ "/a/./b/", "/a/b/" },
	{ "/a/b/..", "/a/" },
	{ "/a/b/../", "/a/" },
	{ "/a/..", "/" },
	{ "/a/../b", "/b" },
	{ "/a/b/c/./../../g", "/a/g" },
	{ "/mid/content=5/../6", "/mid/6" },
	{ "/a/b/../../c", "/c" },
	{ "/a/./../b/..//c/.", "/c/" },
	/* what only looks like them */
	{ "/...", "/..." },
	{ "/.a", "/.a" },
	{ "/..a/b..", "/..a/b.." },
	{ "/a./.b/", "/a./.b/" },
	{ "/.%20", "/. " },
	/* above the root */
	{ "/..", NULL },
	{ "/../", NULL },
	{ "/../a", NULL },
	{ "/./..", NULL },
	{ "//..", NULL },
	{ "/a/../..", NULL },
	{ "/a/../../b", NULL },
	{ "/a/b/../../../etc/passwd", NULL },
	/* escaped dots are dots */
	{ "/%2e", "/" },
	{ "/%2E/a", "/a" },
	{ "/a/%2e%2e/b", "/b" },
	{ "/a/.%2e/b", "/b" },
	{ "/a/%2E./b", "/b" },
	{ "/%2e%2e/", NULL },
	{ "/%2e%2e", NULL },
	{ "/.%2e/a", NULL },
	{ "/a/%2e%2e/%2e%2e/", NULL },
	/* escapes */
	{ "/a%20b", "/a b" },
	{ "/%41%7a%7A", "/Azz" },
	{ "/caf%C3%A9", "/caf\xc3\xa9" },
	{ "/%ff%80", "/\xff\x80" },
	{ "/%25", "/%" },
	{ "/%252e%252e/a", "/%2e%2e/a" },
	{ "/%252F", "/%2F" },
	{ "/a%3Fb%23c", "/a?b#c" },
	{ "/100%25/", "/100%/" },
	{ "/%", NULL },
	{ "/%2", NULL },
	{ "/%2/", NULL },
	{ "/a%", NULL },
	{ "/%zz", NULL },
	{ "/%2g", NULL },
	{ "/%g2", NULL },
	{ "/%%", NULL },
	{ "/%%41", NULL },
	{ "/% 41", NULL },
	{ "/%+1", NULL },
	{ "/%u0041", NULL },
	{ "/%2%65", NULL },
	/* what router and file system could read differently */
	{ "/a%2Fb", NULL },
	{ "/a%2fb", NULL },
	{ "/%2f", NULL },
	{ "/..%2f", NULL },
	{ "/a%5Cb", NULL },
	{ "/a%5cb", NULL },
	{ "/a\\b", NULL },
	{ "/\\..\\a", NULL },
	/* controls and what a path cannot hold */
	{ "/%00", NULL },
	{ "/a.html%00.png", NULL },
	{ "/a%0d%0aSet-Cookie:x", NULL },
	{ "/%0A", NULL },
	{ "/%1f", NULL },
	{ "/%7f", NULL },
	{ "/%7F", NULL },
	{ "/%09", NULL },
	{ "/a b", NULL },
	{ "/a\tb", NULL },
	{ "/a?b", NULL },
	{ "/a#b", NULL },
	{ "/caf\xc3\xa9", NULL },
	/* bare, as browsers send them */
	{ "/a|b", "/a|b" },
	{ "/[a]^{b}`", "/[a]^{b}`" },
	{ "/a;b=c,d!$&'()*+@:~_-.", "/a;b=c,d!$&'()*+@:~_-." },
	/* no path */
	{ NULL, NULL },
	{ "", NULL },
	{ "a", NULL },
	{ "*", NULL },
	{ "./a", NULL },
	{ "%2Fa", NULL },
	{ "http://a/", NULL },
};

START_TEST(a_path_has_one_name)
{
	char buffer[64];
	struct slice path = SLICE("untouched");
	enum http_path_verdict verdict =
	    http_path_normalize(exact(cases[_i].raw), buffer, sizeof(buffer), &path);

	if (!cases[_i].expected) {
		ck_assert_int_eq(verdict, HTTP_PATH_REFUSED);
		assert_slice(path, "untouched");
		return;
	}
	ck_assert_int_eq(verdict, HTTP_PATH_OK);
	ck_assert_ptr_eq(path.data, buffer);
	assert_slice(path, cases[_i].expected);
	ck_assert_int_eq(path.data[path.len], '\0');
}
END_TEST

START_TEST(a_nul_is_refused)
{
	char buffer[16];
	struct slice path;

	ck_assert_int_eq(
	    http_path_normalize(exact_bytes("/a\0b", 4), buffer, sizeof(buffer), &path),
	    HTTP_PATH_REFUSED);
	ck_assert_int_eq(http_path_normalize(exact_bytes("/a\0", 3), buffer, sizeof(buffer), &path),
	    HTTP_PATH_REFUSED);
}
END_TEST

START_TEST(a_bare_byte_is_itself_or_refused)
{
	for (int byte = 0; byte < 256; byte++) {
		char raw[] = "/a?b";
		char buffer[8];
		struct slice path;
		bool is_fine = byte > 0x20 && byte < 0x7f && !strchr("#?%\\", byte);

		raw[2] = (char)byte;
		ck_assert_int_eq(
		    http_path_normalize((struct slice){ raw, 4 }, buffer, sizeof(buffer), &path),
		    is_fine ? HTTP_PATH_OK : HTTP_PATH_REFUSED);
		if (is_fine)
			ck_assert_mem_eq(path.data, raw, 4);
	}
}
END_TEST

START_TEST(an_escaped_byte_is_decoded_or_refused)
{
	for (int byte = 0; byte < 256; byte++) {
		char raw[16], buffer[16];
		struct text text = text_over(raw, sizeof(raw));
		struct slice path;
		bool is_fine = byte >= 0x20 && byte != 0x7f && byte != '/' && byte != '\\';

		text_put_format(&text, byte % 2 ? "/a%%%02xb" : "/a%%%02Xb", (unsigned)byte);
		ck_assert_int_eq(
		    http_path_normalize(text_slice(&text), buffer, sizeof(buffer), &path),
		    is_fine ? HTTP_PATH_OK : HTTP_PATH_REFUSED);
		if (!is_fine)
			continue;
		ck_assert_uint_eq(path.len, 4);
		ck_assert_int_eq((unsigned char)path.data[2], byte);
	}
}
END_TEST

START_TEST(only_a_buffer_that_may_be_too_small_is)
{
	struct slice raw = SLICE("/abc");
	struct slice path = SLICE("untouched");
	char *buffer;

	for (size_t cap = 0; cap <= raw.len; cap++) {
		buffer = (char *)(uintptr_t)exact_bytes("12345", cap).data;
		ck_assert_int_eq(http_path_normalize(raw, buffer, cap, &path), HTTP_PATH_TOO_LONG);
		assert_slice(path, "untouched");
	}
	buffer = (char *)(uintptr_t)exact_bytes("12345", raw.len + 1).data;
	ck_assert_int_eq(http_path_normalize(raw, buffer, raw.len + 1, &path), HTTP_PATH_OK);
	assert_slice(path, "/abc");
}
END_TEST

#define LONG 100000

START_TEST(very_long_paths_are_read)
{
	static char raw[LONG], buffer[LONG + 1];
	struct slice path;

	memset(raw, 'a', LONG);
	raw[0] = '/';
	ck_assert_int_eq(
	    http_path_normalize((struct slice){ raw, LONG }, buffer, sizeof(buffer), &path),
	    HTTP_PATH_OK);
	ck_assert_uint_eq(path.len, LONG);
	memset(raw, '/', LONG);
	ck_assert_int_eq(
	    http_path_normalize((struct slice){ raw, LONG }, buffer, sizeof(buffer), &path),
	    HTTP_PATH_OK);
	assert_slice(path, "/");
	for (size_t i = 0; i < LONG / 2; i += 2)
		raw[i + 1] = 'a';
	for (size_t i = LONG / 2; i + 3 <= LONG; i += 3)
		memcpy(raw + i, "/..", 3);
	ck_assert_int_eq(http_path_normalize(
			     (struct slice){ raw, LONG - LONG / 4 }, buffer, sizeof(buffer), &path),
	    HTTP_PATH_OK);
}
END_TEST

static bool
contains(struct slice path, const char *string)
{
	return memmem(path.data, path.len, string, strlen(string)) != NULL;
}

/* What every result has to be, whatever it was made from. */
static void
assert_normal(struct slice path)
{
	char encoded[256], again[256];
	struct text text = text_over(encoded, sizeof(encoded));
	struct slice same;

	ck_assert_uint_ge(path.len, 1);
	ck_assert_int_eq(path.data[0], '/');
	ck_assert_int_eq(path.data[path.len], '\0');
	ck_assert_uint_eq(strlen(path.data), path.len);
	ck_assert(!contains(path, "//") && !contains(path, "/./") && !contains(path, "/../"));
	ck_assert(!slice_ends_with(path, SLICE("/.")) && !slice_ends_with(path, SLICE("/..")));
	http_path_put_encoded(&text, path);
	ck_assert_int_eq(
	    http_path_normalize(text_slice(&text), again, sizeof(again), &same), HTTP_PATH_OK);
	ck_assert(slice_equals(same, path));
}

START_TEST(whatever_comes_out_is_normal_and_survives_encoding)
{
	static const char *const pieces[] = { "/", "/", "/", ".", ".", "%2e", "%2E", "..", "a", "b",
		"%41", "%2F", "%25", "%", "%20", "%C3", "\\", ":", "?", "%0" };
	uint64_t state = 3986;
	int accepted = 0;

	for (int round = 0; round < 20000; round++) {
		char raw[64], buffer[64];
		struct text text = text_over(raw, sizeof(raw));
		struct slice path;

		text_put_char(&text, '/');
		for (unsigned count = next_random(&state) % 14; count > 0; count--)
			text_put_string(
			    &text, pieces[next_random(&state) % (unsigned)COUNT(pieces)]);
		if (http_path_normalize(text_slice(&text), buffer, sizeof(buffer), &path) !=
		    HTTP_PATH_OK)
			continue;
		accepted++;
		ck_assert_uint_le(path.len, text.len);
		assert_normal(path);
	}
	ck_assert_int_gt(accepted, 3000);
}
END_TEST

static const struct {
	const char *path;
	bool is_hidden;
} hidden_cases[] = {
	{ "/", false },
	{ "/a", false },
	{ "/a.b/c.", false },
	{ "/.git", true },
	{ "/.git/", true },
	{ "/.git/config", true },
	{ "/a/.htaccess", true },
	{ "/a/.b/c", true },
	{ "/...", true },
	{ "/a/.", true },
	{ "/.well-known", false },
	{ "/.well-known/", false },
	{ "/.well-known/acme-challenge/x", false },
	{ "/.well-known/.secret", true },
	{ "/.well-known.bak", true },
	{ "/.well-know", true },
	{ "/.WELL-KNOWN/", true },
	{ "/a/.well-known/", true },
};

START_TEST(a_segment_that_starts_with_a_dot_is_hidden)
{
	ck_assert_int_eq(
	    http_path_is_hidden(exact(hidden_cases[_i].path)), hidden_cases[_i].is_hidden);
}
END_TEST

static const struct {
	const char *path, *encoded;
} encode_cases[] = {
	{ "", "" },
	{ "/", "/" },
	{ "/a/b-c._~", "/a/b-c._~" },
	{ "/a b", "/a%20b" },
	{ "/100%", "/100%25" },
	{ "/a?b#c", "/a%3Fb%23c" },
	{ "/caf\xc3\xa9", "/caf%C3%A9" },
	{ "/\"<>\\^`{|}[]", "/%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D" },
	{ "/!$&'()*+,;=:@", "/!$&'()*+,;=:@" },
	{ "/\r\n\x7f", "/%0D%0A%7F" },
};

START_TEST(a_path_is_escaped_for_a_header_or_a_link)
{
	char buffer[128];
	struct text text = text_over(buffer, sizeof(buffer));

	http_path_put_encoded(&text, exact(encode_cases[_i].path));
	assert_slice(text_slice(&text), encode_cases[_i].encoded);
}
END_TEST

START_TEST(only_what_the_rfc_lets_stand_stands_bare)
{
	const char *bare = "-._~!$&'()*+,;=:@/0123456789abcdefghijklmnopqrstuvwxyz"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	for (int byte = 0; byte < 256; byte++) {
		char buffer[8], c = (char)byte;
		struct text text = text_over(buffer, sizeof(buffer));

		http_path_put_encoded(&text, (struct slice){ &c, 1 });
		ck_assert_uint_eq(text.len, byte != 0 && strchr(bare, byte) ? 1 : 3);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http/path");
	TCase *normalize = tcase_create("http_path_normalize");
	TCase *rest = tcase_create("hidden, encoded");

	tcase_add_checked_fixture(normalize, NULL, exact_free);
	tcase_add_loop_test(normalize, a_path_has_one_name, 0, COUNT(cases));
	tcase_add_test(normalize, a_nul_is_refused);
	tcase_add_test(normalize, a_bare_byte_is_itself_or_refused);
	tcase_add_test(normalize, an_escaped_byte_is_decoded_or_refused);
	tcase_add_test(normalize, only_a_buffer_that_may_be_too_small_is);
	tcase_add_test(normalize, very_long_paths_are_read);
	tcase_add_test(normalize, whatever_comes_out_is_normal_and_survives_encoding);
	suite_add_tcase(suite, normalize);
	tcase_add_checked_fixture(rest, NULL, exact_free);
	tcase_add_loop_test(
	    rest, a_segment_that_starts_with_a_dot_is_hidden, 0, COUNT(hidden_cases));
	tcase_add_loop_test(rest, a_path_is_escaped_for_a_header_or_a_link, 0, COUNT(encode_cases));
	tcase_add_test(rest, only_what_the_rfc_lets_stand_stands_bare);
	suite_add_tcase(suite, rest);
	return run_suite(suite);
}
