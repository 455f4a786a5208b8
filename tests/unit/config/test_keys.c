/* SPDX-License-Identifier: MIT
 *
 * Tests of config/keys and config/member: the table is sound.
 */
#include "config/keys.h"

#include "config/member.h"
#include "config/value.h"
#include "rig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

START_TEST(rows_stand_in_their_section_under_one_name)
{
	const struct key_section_info *info = keys_section((enum key_section)_i);

	for (size_t i = 0; i < info->key_count; i++) {
		const struct key *key = &info->keys[i];

		ck_assert_int_eq(key->section, _i);
		ck_assert_ptr_eq(keys_find(key->section, key->name), key);
		ck_assert_uint_eq(keys_index(key), i);
		ck_assert_str_ne(key->help, "");
		ck_assert_uint_lt(key->offset, info->size);
		ck_assert_int_eq(
		    key->words != NULL, key->type == KEY_CHOICE || key->type == KEY_WORD);
	}
}
END_TEST

/* The default's text is read back from the member that it was put into. */
static void
expect_default(const struct key *key, const void *object)
{
	char shown[256];
	struct text text = text_over(shown, sizeof(shown));
	char message[256];
	struct text problem = text_over(message, sizeof(message));
	int64_t number;

	if (value_is_number(key)) {
		number = member_number(key, object);
		value_put(&text, key, number);
		ck_assert_int_eq(value_parse(key, text_string(&text), &number, &problem), 0);
		ck_assert_int_eq(number, member_number(key, object));
	} else if (key->type == KEY_LIST) {
		ck_assert_uint_eq(member_list(key, object)->count, *key->initial != '\0');
	} else if (*key->initial) {
		ck_assert_str_eq(member_string(key, object), key->initial);
	} else {
		ck_assert_ptr_null(member_string(key, object));
	}
}

START_TEST(every_default_is_a_value_of_its_key)
{
	const struct key_section_info *info = keys_section((enum key_section)_i);
	void *object = calloc(1, info->size);

	ck_assert_ptr_nonnull(object);
	ck_assert_int_eq(section_init((enum key_section)_i, object), 0);
	for (size_t i = 0; i < info->key_count; i++)
		if (info->keys[i].initial)
			expect_default(&info->keys[i], object);
	section_done((enum key_section)_i, object);
	free(object);
}
END_TEST

START_TEST(words_of_choices_stand_in_the_order_of_their_enum)
{
	ck_assert_str_eq(keys_find(KEYS_SERVICE, "protocol")->words[CONFIG_DISCARD], "discard");
	ck_assert_str_eq(
	    keys_find(KEYS_LISTENER, "on_peer_fin")->words[CONFIG_PEER_FIN_ABORT], "abort");
	ck_assert_str_eq(
	    keys_find(KEYS_LOG, "access_format")->words[CONFIG_ACCESS_COMBINED], "combined");
	ck_assert_str_eq(keys_find(KEYS_LOG, "access_format")->words[CONFIG_ACCESS_JSON], "json");
	ck_assert_str_eq(keys_find(KEYS_ROUTE, "autoindex")->words[CONFIG_AUTOINDEX_HTML], "html");
	ck_assert_str_eq(keys_find(KEYS_ROUTE, "autoindex")->words[CONFIG_AUTOINDEX_JSON], "json");
	ck_assert_str_eq(keys_find(KEYS_ROUTE, "health")->words[CONFIG_HEALTH_READY], "ready");
	for (int level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++)
		ck_assert_str_eq(keys_find(KEYS_LOG, "level")->words[level],
		    log_level_name((enum log_level)level));
}
END_TEST

START_TEST(sections_are_found_where_they_stand)
{
	enum key_section section = KEYS_TOP;

	ck_assert_int_eq(keys_find_section(KEYS_TOP, "listener", &section), 0);
	ck_assert_int_eq(section, KEYS_LISTENER);
	ck_assert_int_eq(keys_find_section(KEYS_SERVICE, "route", &section), 0);
	ck_assert_int_eq(section, KEYS_ROUTE);
	ck_assert_int_eq(keys_find_section(KEYS_TOP, "route", &section), -ENOENT);
	ck_assert_int_eq(keys_find_section(KEYS_TOP, "", &section), -ENOENT);
	ck_assert_int_eq(section, KEYS_ROUTE);
}
END_TEST

START_TEST(the_nearest_word_is_of_the_same_section)
{
	ck_assert_str_eq(keys_nearest(KEYS_LIMITS, "conections"), "connections");
	ck_assert_str_eq(keys_nearest(KEYS_TOP, "lisener"), "listener");
	ck_assert_str_eq(keys_nearest(KEYS_TOP, "inklude"), "include");
	ck_assert_str_eq(keys_nearest(KEYS_SERVICE, "routes"), "route");
	ck_assert_ptr_null(keys_nearest(KEYS_TOP, "backlog"));
}
END_TEST

START_TEST(a_place_is_the_keys_or_its_sections)
{
	struct rig rig = rig_load_within("limits", "\n\nfields = 5");
	const struct config *config = rig.config;

	ck_assert_uint_eq(keys_place(KEYS_LIMITS, &config->limits, "fields").line, 4);
	ck_assert_str_eq(keys_place(KEYS_LIMITS, &config->limits, "fields").file, "usher.conf");
	ck_assert_uint_eq(keys_place(KEYS_LIMITS, &config->limits, "connections").line, 1);
	ck_assert_uint_eq(keys_place(KEYS_LIMITS, &config->limits, NULL).line, 1);
	ck_assert_ptr_null(keys_place(KEYS_DRAIN, &config->drain, "notice").file);
	ck_assert_uint_eq(rig_listener(&rig, "web")->line, 6);
	rig_done(&rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config/keys");
	TCase *tcase = rig_case("keys");

	tcase_add_loop_test(
	    tcase, rows_stand_in_their_section_under_one_name, 0, KEYS_SECTION_COUNT);
	tcase_add_loop_test(tcase, every_default_is_a_value_of_its_key, 0, KEYS_SECTION_COUNT);
	tcase_add_test(tcase, words_of_choices_stand_in_the_order_of_their_enum);
	tcase_add_test(tcase, sections_are_found_where_they_stand);
	tcase_add_test(tcase, the_nearest_word_is_of_the_same_section);
	tcase_add_test(tcase, a_place_is_the_keys_or_its_sections);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
