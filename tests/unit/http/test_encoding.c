/* SPDX-License-Identifier: MIT
 *
 * Tests of http/encoding.
 */
#include "http/encoding.h"

#include "support.h"

#define BR HTTP_ENCODING_BR
#define ZSTD HTTP_ENCODING_ZSTD
#define GZIP HTTP_ENCODING_GZIP
#define IDENTITY HTTP_ENCODING_IDENTITY
#define NONE HTTP_ENCODING_NONE

#define ALL 0xfu
#define ONLY(encoding) HTTP_ENCODING_BIT(encoding)

static const struct {
	const char *value; /* NULL: no such field */
	unsigned available;
	enum http_encoding choice;
} cases[] = {
	/* no field, an empty one */
	{ NULL, ALL, IDENTITY },
	{ NULL, ONLY(GZIP), GZIP },
	{ NULL, ONLY(GZIP) | ONLY(BR), BR },
	{ NULL, 0, NONE },
	{ "", ALL, IDENTITY },
	{ "", ONLY(GZIP), NONE },
	{ " , ", ALL, IDENTITY },
	/* usher's order among equals */
	{ "gzip, deflate, br, zstd", ALL, BR },
	{ "gzip, deflate, br, zstd", ALL & ~ONLY(BR), ZSTD },
	{ "gzip, deflate, br, zstd", ONLY(GZIP) | ONLY(IDENTITY), GZIP },
	{ "gzip, deflate, br, zstd", ONLY(IDENTITY), IDENTITY },
	{ "gzip, deflate", ALL, GZIP },
	{ "deflate", ALL, IDENTITY },
	{ "compress;q=0.5, gzip;q=1.0", ALL, GZIP },
	{ "GZIP", ALL, GZIP },
	{ "x-gzip", ALL, GZIP },
	{ "gzip", ONLY(BR) | ONLY(IDENTITY), IDENTITY },
	{ "identity, gzip", ALL, GZIP },
	/* weights */
	{ "br;q=0.5, gzip;q=0.8", ALL, GZIP },
	{ "br;q=0.8, gzip;q=0.801", ALL, GZIP },
	{ "br;q=0.5, gzip;q=0.8, zstd", ALL, ZSTD },
	{ "gzip;q=0.5, identity", ALL, IDENTITY },
	{ "gzip;q=0.5, identity;q=0.6", ALL, IDENTITY },
	{ "gzip;q=0.5, identity;q=0.5", ALL, GZIP },
	{ "gzip;q=0.001", ALL, GZIP },
	/* q=0 forbids */
	{ "br;q=0", ALL, IDENTITY },
	{ "br;q=0, gzip", ALL, GZIP },
	{ "gzip;q=0", ONLY(GZIP), NONE },
	{ "identity;q=0", ALL, NONE },
	{ "identity;q=0, gzip;q=0.1", ALL, GZIP },
	{ "identity;q=0, gzip", ONLY(IDENTITY), NONE },
	{ "gzip;q=1.0, identity;q=0.5, *;q=0", ALL, GZIP },
	{ "gzip;q=1.0, identity;q=0.5, *;q=0", ONLY(BR) | ONLY(IDENTITY), IDENTITY },
	{ "gzip;q=nonsense", ALL, IDENTITY },
	/* the rest */
	{ "*", ALL, BR },
	{ "*", ONLY(IDENTITY), IDENTITY },
	{ "*;q=0", ALL, NONE },
	{ "*;q=0, identity", ALL, IDENTITY },
	{ "*;q=0, gzip", ALL, GZIP },
	{ "*;q=0, gzip", ONLY(IDENTITY), NONE },
	{ "gzip, *;q=0.5", ALL, GZIP },
	{ "gzip;q=0.4, *;q=0.5", ALL, BR },
	{ "br;q=0, *", ALL, ZSTD },
	{ "*;q=0.5, identity;q=0.6", ALL, IDENTITY },
};

START_TEST(the_coding_is_the_one_the_client_likes_best)
{
	struct http_encoding_wishes wishes = { 0 };

	http_encoding_wish(&wishes, exact(cases[_i].value));
	ck_assert_int_eq(http_encoding_choose(&wishes, cases[_i].available), cases[_i].choice);
}
END_TEST

START_TEST(several_lines_are_one_list)
{
	struct http_encoding_wishes wishes = { 0 };

	http_encoding_wish(&wishes, SLICE("gzip;q=0.5"));
	ck_assert_int_eq(http_encoding_choose(&wishes, ALL), GZIP);
	http_encoding_wish(&wishes, SLICE("br"));
	ck_assert_int_eq(http_encoding_choose(&wishes, ALL), BR);
	http_encoding_wish(&wishes, SLICE("*;q=0"));
	ck_assert_int_eq(http_encoding_choose(&wishes, ONLY(IDENTITY)), NONE);
}
END_TEST

START_TEST(a_coding_has_a_name_and_a_suffix)
{
	assert_slice(http_encoding_name(BR), "br");
	assert_slice(http_encoding_name(ZSTD), "zstd");
	assert_slice(http_encoding_name(GZIP), "gzip");
	assert_slice(http_encoding_name(IDENTITY), "identity");
	assert_slice(http_encoding_name(NONE), "");
	assert_slice(http_encoding_suffix(BR), ".br");
	assert_slice(http_encoding_suffix(ZSTD), ".zst");
	assert_slice(http_encoding_suffix(GZIP), ".gz");
	assert_slice(http_encoding_suffix(IDENTITY), "");
	assert_slice(http_encoding_suffix(NONE), "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http/encoding");
	TCase *tcase = tcase_create("http_encoding");

	tcase_add_checked_fixture(tcase, NULL, exact_free);
	tcase_add_loop_test(tcase, the_coding_is_the_one_the_client_likes_best, 0, COUNT(cases));
	tcase_add_test(tcase, several_lines_are_one_list);
	tcase_add_test(tcase, a_coding_has_a_name_and_a_suffix);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
