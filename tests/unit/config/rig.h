/* SPDX-License-Identifier: MIT
 *
 * rig: what the tests of config/ share: a directory of their own to write files
 * into, and what came of loading one.
 *
 * Paths are relative: each test runs in its directory (see rig_case).
 */
#pragma once

#include <check.h>
#include <stddef.h>

#include "../../suite.h"
#include "base/text.h"
#include "config/check.h"
#include "config/load.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* A test case whose tests each run in an empty directory of their own. */
TCase *rig_case(const char *name);

void rig_write(const char *path, const char *text);
void rig_write_bytes(const char *path, const char *bytes, size_t len);
void rig_make_directory(const char *path);

/* A configuration, or why there is none. */
struct rig {
	struct config *config; /* NULL where it failed */
	struct config_errors errors;
	int result;
};

/* Loads the file at `path`. The caller calls rig_done. */
struct rig rig_load(const char *path);
/* Loads `text`, as the file usher.conf. */
struct rig rig_load_text(const char *text);
void rig_done(struct rig *);

/* Checks the configuration on a machine that permits what most do: ports from
 * 1024 on, 20000 open files. `result` is that of config_check. */
void rig_check(struct rig *);
void rig_check_on(struct rig *, const struct config_host *host);

/* The errors as one text: each line ended by a newline, warnings led by
 * "warning: ". Valid until the next call. */
const char *rig_lines(const struct rig *);

/* A file with `text` in the middle of a configuration that has nothing wrong:
 * a listener `web`, and a service `site` that gives 200 for "/". */
struct rig rig_load_within(const char *section, const char *text);

/* What config_print writes. The caller frees it. */
char *rig_print(const struct config *);

struct config_listener *rig_listener(const struct rig *, const char *name);
struct config_service *rig_service(const struct rig *, const char *name);
struct config_route *rig_route(const struct rig *, const char *service, const char *prefix);
