/* SPDX-License-Identifier: MIT
 *
 * Tests of base/siphash.
 */
#include "base/siphash.h"

#include <check.h>
#include <stdlib.h>

/* Key 00 01 … 0f, input 00 01 … of `len` bytes: from the paper (15) and the table of
 * vectors published with it. */
static const struct {
	size_t len;
	uint64_t hash;
} vectors[] = {
	{ 0, UINT64_C(0x726fdb47dd0e0e31) },
	{ 1, UINT64_C(0x74f839c593dc67fd) },
	{ 7, UINT64_C(0xab0200f58b01d137) },
	{ 8, UINT64_C(0x93f5f5799a932462) },
	{ 15, UINT64_C(0xa129ca6149be45e5) },
};

static const struct siphash_key key = { UINT64_C(0x0706050403020100),
	UINT64_C(0x0f0e0d0c0b0a0908) };

START_TEST(the_published_vectors_are_met)
{
	unsigned char input[16];

	for (size_t i = 0; i < sizeof(input); i++)
		input[i] = (unsigned char)i;
	ck_assert_uint_eq(siphash(&key, input, vectors[_i].len), vectors[_i].hash);
}
END_TEST

START_TEST(another_key_gives_another_hash)
{
	struct siphash_key other = { key.low, key.high + 1 };

	ck_assert_uint_ne(siphash(&key, "/index.html", 11), siphash(&other, "/index.html", 11));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("base/siphash");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tcase, the_published_vectors_are_met, 0, (int)(sizeof(vectors) / sizeof(vectors[0])));
	tcase_add_test(tcase, another_key_gives_another_hash);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
