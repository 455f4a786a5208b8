/* SPDX-License-Identifier: MIT
 *
 * keys_table: prints the table of keys, so that keys.py can hold the sample
 * configuration and the manual page against it. One key per line, its fields
 * separated by tabs: section, key, default as it is written ("none": there is
 * none), range or words ("-": neither), and whether a change needs a restart.
 */
#include <stdio.h>

#include "config/keys.h"
#include "config/value.h"

static void
put_default(struct text *text, const struct key *key)
{
	if (!key->initial)
		text_put_string(text, "none");
	else if (key->type == KEY_LIST)
		text_put_format(text, *key->initial ? "{\"%s\"}" : "{%s}", key->initial);
	else
		text_put_format(text, value_is_quoted(key) ? "\"%s\"" : "%s", key->initial);
}

static void
put_range(struct text *text, const struct key *key)
{
	if (key->words) {
		value_put_words(text, key);
	} else if (value_is_number(key) && key->type != KEY_BOOL) {
		value_put(text, key, key->min);
		text_put_string(text, "..");
		value_put(text, key, key->max);
	} else {
		text_put_char(text, '-');
	}
}

static void
print_key(const struct key *key)
{
	char initial[128], range[128];
	struct text initial_text = text_over(initial, sizeof(initial));
	struct text range_text = text_over(range, sizeof(range));

	put_default(&initial_text, key);
	put_range(&range_text, key);
	printf("%s\t%s\t%s\t%s\t%s\n", keys_section(key->section)->name, key->name,
	    text_string(&initial_text), text_string(&range_text),
	    key->needs_restart ? "restart" : "reload");
}

int
main(void)
{
	for (enum key_section i = KEYS_TOP; i < KEYS_SECTION_COUNT; i++)
		for (size_t j = 0; j < keys_section(i)->key_count; j++)
			print_key(&keys_section(i)->keys[j]);
	return 0;
}
