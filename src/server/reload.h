/* SPDX-License-Identifier: MIT
 *
 * reload: from a request for it to the verdict. The configuration is read and host
 * names are resolved on a thread of its own, for both may take long; then the main
 * thread changes what serves, or leaves it as it was; and when every loop serves the new
 * generation, the verdict is out.
 *
 * Thread: the main one, but for the loader's own.
 */
#pragma once

#include <stdbool.h>

#include "server/reload_verdict.h"
#include "server/serving.h"

struct event_base;
struct reload;
struct config_errors;

/* Where a configuration comes from. `load` makes and checks one: 0, or a negative errno;
 * `errors` has the sentences, of warnings too. It is called on a thread of its own. */
struct reload_source {
	int (*load)(struct config **ret_config, struct config_errors *errors, void *arg);
	void *arg;
};

struct reload_options {
	struct serving *serving; /* borrowed */
	struct reload_source source;
	/* The verdict is valid during the call. */
	void (*on_verdict)(const struct reload_verdict *, void *arg);
	void *arg;
};

/* The caller frees it with reload_free. NULL: no memory, no descriptor. */
struct reload *
reload_new(struct event_base *, const struct reload_options *) __attribute__((warn_unused_result));

/* Waits for the loader, if it is at work; there is no verdict then. NULL is allowed. */
void reload_free(struct reload *);

/* Begins. 0; -EBUSY where one is under way; or a negative errno of pthread_create(3). The
 * verdict comes later, also where it is 0. */
int reload_begin(struct reload *) __attribute__((warn_unused_result));

bool reload_is_under_way(const struct reload *);

/* A loop has taken the change, perhaps: the verdict may be due. */
void reload_check(struct reload *);

/* The server drains: what is under way ends without a change, if none was made yet. */
void reload_cancel(struct reload *);
