/* SPDX-License-Identifier: MIT */
#include "config/tree.h"

#include "base/panic.h"
#include "config/keys.h"

#include <errno.h>

/* Keys, sections and the end mark of the largest section. */
#define OPTIONS_MAX 48

struct options {
	cfg_opt_t of[KEYS_SECTION_COUNT][OPTIONS_MAX];
};

static size_t
add_keys(cfg_opt_t *rows, const struct key_section_info *info)
{
	for (size_t i = 0; i < info->key_count; i++) {
		const char *name = info->keys[i].name;

		rows[i] = info->keys[i].type == KEY_LIST
		    ? (cfg_opt_t)CFG_STR_LIST(name, NULL, CFGF_NODEFAULT)
		    : (cfg_opt_t)CFG_STR(name, NULL, CFGF_NODEFAULT);
	}
	return info->key_count;
}

static size_t
add_sections(struct options *options, enum key_section parent, size_t count)
{
	for (enum key_section i = KEYS_TOP + 1; i < KEYS_SECTION_COUNT; i++) {
		const struct key_section_info *info = keys_section(i);
		cfg_flag_t flags =
		    info->title ? CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES : CFGF_NODEFAULT;

		if (info->parent == parent)
			options->of[parent][count++] =
			    (cfg_opt_t)CFG_SEC(info->name, options->of[i], flags);
	}
	return count;
}

static void
make_options(struct options *options)
{
	for (enum key_section i = KEYS_TOP; i < KEYS_SECTION_COUNT; i++) {
		size_t count = keys_section(i)->key_count;

		must(count + KEYS_SECTION_COUNT < OPTIONS_MAX);
		count = add_sections(options, i, add_keys(options->of[i], keys_section(i)));
		options->of[i][count] = (cfg_opt_t)CFG_END();
	}
}

static void
on_error(cfg_t *tree, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

/* Without it libconfuse would write to standard error. Its sentences are of no
 * use: their lines are those of a text that nobody wrote. */
static void
on_error(cfg_t *tree, const char *format, va_list arguments)
{
	(void)tree;
	(void)format;
	(void)arguments;
}

int
tree_read(const char *text, cfg_t **ret_tree)
{
	struct options options;
	cfg_t *tree;
	int error = 0;

	make_options(&options);
	tree = cfg_init(options.of[KEYS_TOP], CFGF_NONE);
	if (!tree)
		return -ENOMEM;
	(void)cfg_set_error_function(tree, on_error);
	errno = 0;
	if (cfg_parse_buf(tree, text) != CFG_SUCCESS)
		error = errno == ENOMEM ? -ENOMEM : -EINVAL;
	if (error < 0)
		(void)cfg_free(tree);
	else
		*ret_tree = tree;
	return error;
}
