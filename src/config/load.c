/* SPDX-License-Identifier: MIT */
#include "config/load.h"

#include "config/fill.h"
#include "config/outline.h"
#include "config/reader.h"
#include "config/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int
make_config(const char *path, cfg_t *tree, struct outline *outline, struct config **ret_config,
    struct config_errors *errors)
{
	struct config *config = calloc(1, sizeof(*config));
	int error;

	if (!config)
		return -ENOMEM;
	config->origin = strdup(path);
	error = fill_config(tree, outline, config, errors);
	if (!config->origin)
		error = -ENOMEM;
	if (error < 0)
		config_free(config);
	else
		*ret_config = config;
	return error;
}

/* Goes on where the reader found mistakes, to find those in values, too. */
static int
load_outline(const char *path, struct outline *outline, struct config **ret_config,
    struct config_errors *errors)
{
	cfg_t *tree;
	int error = tree_read(outline->text, &tree);

	if (error == -EINVAL && errors->fault_count == 0)
		config_errors_add(errors, &(struct config_subject){ { path, 0 }, NULL, NULL },
		    "libconfuse cannot read this file");
	if (error < 0)
		return error;
	error = make_config(path, tree, outline, ret_config, errors);
	(void)cfg_free(tree);
	return error;
}

int
config_load(const char *path, struct config **ret_config, struct config_errors *errors)
{
	size_t faults_before = errors->fault_count;
	struct config *config = NULL;
	struct outline outline;
	int error = outline_init(&outline);

	if (error == 0)
		error = reader_read(path, &outline, errors);
	if (error == 0)
		error = load_outline(path, &outline, &config, errors);
	outline_done(&outline);
	if (error == 0 && errors->fault_count > faults_before)
		error = -EINVAL;
	if (error < 0)
		config_free(config);
	else
		*ret_config = config;
	return error;
}
