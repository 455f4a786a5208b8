/* SPDX-License-Identifier: MIT
 *
 * Tests of base/sha1.
 */
#include "base/sha1.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `text` so many times: FIPS 180-2 A.1 to A.3 and RFC 3174 7.3, but for the first. */
static const struct {
	const char *text;
	unsigned times;
	const char *digest;
} vectors[] = {
	{ "", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
	{ "abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	    "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
	{ "a", 1000000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f" },
	{ "0123456701234567012345670123456701234567012345670123456701234567", 10,
	    "dea356a2cddd90c7a7ecedc5ebb563934f460452" },
};

static char *
in_hex(const unsigned char digest[SHA1_BYTES])
{
	static char hex[2 * SHA1_BYTES + 1];

	for (size_t i = 0; i < SHA1_BYTES; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return hex;
}

START_TEST(the_published_vectors_are_met)
{
	const size_t len = strlen(vectors[_i].text);
	char *message = malloc(len * vectors[_i].times + 1);
	unsigned char digest[SHA1_BYTES];

	ck_assert_ptr_nonnull(message);
	for (size_t i = 0; i < vectors[_i].times; i++)
		memcpy(message + i * len, vectors[_i].text, len);
	sha1((struct slice){ message, len * vectors[_i].times }, digest);
	ck_assert_str_eq(in_hex(digest), vectors[_i].digest);
	free(message);
}
END_TEST

/* What ends a message is laid out anew for each length up to two blocks: the digest of
 * all their digests. */
START_TEST(every_length_of_the_last_block_is_padded_right)
{
	unsigned char digests[130 * SHA1_BYTES];
	char message[130];

	for (size_t len = 0; len < 130; len++) {
		message[len] = (char)(len * 7);
		sha1((struct slice){ message, len }, digests + len * SHA1_BYTES);
	}
	sha1((struct slice){ (const char *)digests, sizeof(digests) }, digests);
	ck_assert_str_eq(in_hex(digests), "a348dcacb5678dd8bfa021971719770d74229e78");
}
END_TEST

START_TEST(the_absent_message_is_the_empty_one)
{
	unsigned char digest[SHA1_BYTES];

	sha1((struct slice){ NULL, 0 }, digest);
	ck_assert_str_eq(in_hex(digest), vectors[0].digest);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("base/sha1");
	TCase *tcase = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tcase, the_published_vectors_are_met, 0, (int)(sizeof(vectors) / sizeof(vectors[0])));
	tcase_add_test(tcase, every_length_of_the_last_block_is_padded_right);
	tcase_add_test(tcase, the_absent_message_is_the_empty_one);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
