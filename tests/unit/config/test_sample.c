/* SPDX-License-Identifier: MIT
 *
 * Tests of conf/usher.conf: it is right, it says nothing but defaults, and cut or
 * bent anywhere it is refused or read, and nothing worse.
 */
#include "config/load.h"

#include "config/keys.h"
#include "config/member.h"
#include "config/value.h"
#include "rig.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The sample, terminated. The caller frees it. */
static char *
read_sample(void)
{
	const char *path = getenv("SAMPLE");
	char *text = calloc(1, CONFIG_FILE_BYTES_MAX + 1);
	FILE *file;

	ck_assert_msg(path, "SAMPLE has to name conf/usher.conf");
	ck_assert_ptr_nonnull(text);
	file = fopen(path, "r");
	ck_assert_msg(file, "%s cannot be opened", path);
	ck_assert_uint_gt(fread(text, 1, CONFIG_FILE_BYTES_MAX, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	return text;
}

START_TEST(the_sample_can_be_used_as_it_is)
{
	char *text = read_sample();
	struct rig rig = rig_load_text(text);

	rig_check(&rig);
	ck_assert_str_eq(rig_lines(&rig), "");
	rig_done(&rig);
	free(text);
}
END_TEST

/* The members of `section` in `object` are those of one that section_init made. */
static void
expect_defaults(enum key_section section, const void *object)
{
	const struct key_section_info *info = keys_section(section);
	void *fresh = calloc(1, info->size);

	ck_assert_ptr_nonnull(fresh);
	ck_assert_int_eq(section_init(section, fresh), 0);
	for (size_t i = 0; i < info->key_count; i++)
		if (value_is_number(&info->keys[i]))
			ck_assert_msg(member_number(&info->keys[i], object) ==
				member_number(&info->keys[i], fresh),
			    "%s is not at its default", info->keys[i].name);
	section_done(section, fresh);
	free(fresh);
}

START_TEST(the_sample_says_what_would_be_so_anyway)
{
	char *text = read_sample();
	struct rig rig = rig_load_text(text);

	expect_defaults(KEYS_TOP, rig.config);
	expect_defaults(KEYS_LISTENER, rig_listener(&rig, "web"));
	expect_defaults(KEYS_SERVICE, rig_service(&rig, "site"));
	expect_defaults(KEYS_TIMEOUTS, &rig.config->timeouts);
	expect_defaults(KEYS_LIMITS, &rig.config->limits);
	expect_defaults(KEYS_DRAIN, &rig.config->drain);
	expect_defaults(KEYS_UPGRADE, &rig.config->upgrade);
	expect_defaults(KEYS_STORE, &rig.config->store);
	expect_defaults(KEYS_LOG, &rig.config->log);
	rig_done(&rig);
	free(text);
}
END_TEST

/* Takes away each "#" that begins a line and has no blank behind it; an include
 * stays off, for there is no such file. */
static void
switch_all_on(char *text)
{
	for (char *at = text; *at; at++) {
		char *mark = at + strspn(at, "\t");

		if (mark[0] == '#' && !strchr(" \t\n", mark[1]) &&
		    strncmp(mark, "#include", 8) != 0)
			*mark = ' ';
		at = strchr(at, '\n');
		if (!at)
			break;
	}
}

START_TEST(what_the_sample_has_switched_off_is_right_too)
{
	char *text = read_sample();
	struct rig rig;

	switch_all_on(text);
	rig = rig_load_text(text);
	ck_assert_str_eq(rig_lines(&rig), "");
	ck_assert_int_eq(rig_route(&rig, "site", "/files/")->kind, CONFIG_ROUTE_FILES);
	ck_assert_int_eq(rig_route(&rig, "site", "/old/")->kind, CONFIG_ROUTE_REDIRECT);
	ck_assert_int_eq(rig_service(&rig, "site")->error_pages[0].status, 404);
	rig_done(&rig);
	free(text);
}
END_TEST

/* Loads `len` bytes; that it ends is all that is asked for, and that a failure
 * has a reason (rig_load). */
static void
try_bytes(const char *bytes, size_t len)
{
	struct rig rig;

	rig_write_bytes("usher.conf", bytes, len);
	rig = rig_load("usher.conf");
	ck_assert(rig.result == 0 || rig.result == -EINVAL);
	ck_assert_ptr_null(strstr(rig_lines(&rig), "libconfuse"));
	rig_done(&rig);
}

/* In eight parts, so that they can run beside each other. */
START_TEST(the_sample_cut_at_any_byte_is_read_or_refused)
{
	char *text = read_sample();
	size_t len = strlen(text);

	switch_all_on(text);
	for (size_t i = (size_t)_i; i < len; i += 8)
		try_bytes(text, i);
	free(text);
}
END_TEST

START_TEST(the_sample_bent_at_any_byte_is_read_or_refused)
{
	static const char signs[] = "{}()=+\"'\\$#/*,\n \x01x";
	char *text = read_sample();
	size_t len = strlen(text);

	switch_all_on(text);
	for (size_t i = (size_t)_i; i < len; i += 8) {
		char kept = text[i];

		text[i] = signs[(i / 8) % (sizeof(signs) - 1)];
		try_bytes(text, len);
		text[i] = kept;
	}
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config/sample");
	TCase *right = rig_case("right");
	TCase *bent = rig_case("bent");

	tcase_add_test(right, the_sample_can_be_used_as_it_is);
	tcase_add_test(right, the_sample_says_what_would_be_so_anyway);
	tcase_add_test(right, what_the_sample_has_switched_off_is_right_too);
	tcase_add_loop_test(bent, the_sample_cut_at_any_byte_is_read_or_refused, 0, 8);
	tcase_add_loop_test(bent, the_sample_bent_at_any_byte_is_read_or_refused, 0, 8);
	tcase_set_timeout(bent, 60);
	suite_add_tcase(suite, right);
	suite_add_tcase(suite, bent);
	return run_suite(suite);
}
