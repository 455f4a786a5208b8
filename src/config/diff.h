/* SPDX-License-Identifier: MIT
 *
 * diff: what is different between two configurations, key by key, for whoever asked
 * for a reload and wants to see what it changed.
 *
 * Sections are the same where their names are: listeners and services by name, routes
 * by prefix, error pages by status. Which sockets stay is not asked here: a listener
 * may keep its socket under another name (server/binding).
 *
 * Owns nothing. Thread: any.
 */
#pragma once

#include <stdbool.h>

#include "config/config.h"
#include "config/keys.h"

/* Room for the texts of a change; what is longer is cut, with an ellipsis. */
#define CONFIG_CHANGE_WHERE_MAX 640
#define CONFIG_CHANGE_VALUE_MAX 160

enum config_change_kind { CONFIG_SECTION_ADDED, CONFIG_SECTION_REMOVED, CONFIG_KEY_CHANGED };

/* The texts are valid during the call that hands the change over. */
struct config_change {
	enum config_change_kind kind;
	enum key_section section;
	const char *where; /* `limits`, `service "site" route "/img"`; empty: the top */
	const char *key;   /* its name; NULL where a section came or went */
	const char *from;  /* as -T prints it, without quotes; likewise */
	const char *to;
	bool needs_restart; /* the running process goes on with `from` */
};

/* Calls `on_change` for each difference, in the order of the table of keys: the top,
 * listeners, services with what is in them, then the other sections. */
void config_diff(const struct config *before, const struct config *after,
    void (*on_change)(const struct config_change *, void *arg), void *arg);
