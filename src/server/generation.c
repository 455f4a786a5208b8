/* SPDX-License-Identifier: MIT */
#include "server/generation.h"

#include <errno.h>
#include <stdlib.h>

#include "config/load.h"

static int
open_logs(struct generation *generation, struct text *ret_error)
{
	const struct config_log *log = &generation->config->log;
	int result = 0;

	if (log->access_format != CONFIG_ACCESS_OFF)
		result = log_file_open(&generation->access, log->access, ret_error);
	if (result == 0 && log->connections)
		result = log_file_open(&generation->connections, log->connections, ret_error);
	return result;
}

struct generation *
generation_new(struct config *config, unsigned number, atomic_uint *living, struct text *ret_error)
{
	struct generation *generation = calloc(1, sizeof(*generation));

	if (!generation) {
		text_put_string(ret_error, "no memory");
		config_free(config);
		return NULL;
	}
	generation->number = number;
	generation->config = config;
	generation->living = living;
	atomic_init(&generation->users, 1);
	atomic_fetch_add(living, 1);
	if (open_logs(generation, ret_error) == 0)
		return generation;
	generation_release(generation);
	return NULL;
}

struct generation *
generation_hold(struct generation *generation)
{
	atomic_fetch_add(&generation->users, 1);
	return generation;
}

void
generation_release(struct generation *generation)
{
	if (!generation || atomic_fetch_sub(&generation->users, 1) > 1)
		return;
	log_file_close(&generation->access);
	log_file_close(&generation->connections);
	config_free(generation->config);
	atomic_fetch_sub(generation->living, 1);
	free(generation);
}
