/* SPDX-License-Identifier: MIT
 *
 * check_state: what the parts of check share. check.c has the whole and its
 * limits, check_listeners.c and check_addresses.c the listeners, check_services.c
 * the services, check_log.c the logs, check_files.c what stands in the file system.
 */
#pragma once

#include <stdbool.h>

#include "config/check.h"
#include "config/keys.h"

struct checking {
	const struct config *config;
	const struct config_host *host;
	struct config_errors *errors;
};

/* A struct of a section, and how messages name it. */
struct checked {
	const struct checking *checking;
	enum key_section section;
	const void *object;
	const char *name; /* "listener web" */
};

/* Reports what is wrong with `key` of the section, or with the section as a
 * whole where that is NULL. */
void check_report(const struct checked *, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void check_warn(const struct checked *, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The service of that name, or NULL. */
const struct config_service *check_find_service(const struct config *, const char *name);

/* Where the admin service is to listen. */
void check_admin(const struct checking *);
void check_listeners(const struct checking *);
/* What one listener's address, port and transport say. */
void check_address(const struct checked *, const struct config_listener *);
/* Listeners that want the same address. */
void check_overlaps(const struct checking *);
void check_services(const struct checking *);
void check_log(const struct checking *);

/* `path` has to be a directory whose files can be served; listed, too, where
 * `is_listed`. */
void check_directory(const struct checked *, const char *key, const char *path, bool is_listed);
/* `path` has to be a regular file that can be read. */
void check_readable_file(const struct checked *, const char *key, const char *path);
/* The directory in which `path` stands has to exist. */
void check_parent(const struct checked *, const char *key, const char *path);
