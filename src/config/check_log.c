/* SPDX-License-Identifier: MIT
 *
 * check_log: where lines are to go, and what they are to tell.
 */
#include "config/check_state.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/log.h"
#include "config/log_fields.h"

static void
check_log_file(const struct checked *checked, const char *key, const char *path)
{
	struct stat status;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		check_report(checked, key, "%s is a directory, not a file", path);
	else
		check_parent(checked, key, path);
}

static void
check_target(const struct checked *checked, const char *target)
{
	if (log_check_target(target) != 0)
		check_report(checked, "target",
		    "\"%s\" is neither stderr nor syslog nor syslog:/SOCKET nor the absolute path "
		    "of a "
		    "file",
		    target);
	else if (target[0] == '/')
		check_log_file(checked, "target", target);
}

static bool
stands_before(const struct config_strings *fields, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcasecmp(fields->items[i], fields->items[index]) == 0)
			return true;
	return false;
}

static void
check_fields(const struct checked *checked, const char *key, const struct config_strings *fields,
    int (*find)(const char *name), const char *(*nearest)(const char *name))
{
	if (fields->count > CONFIG_LOG_FIELDS_MAX)
		check_report(checked, key, "more than %d fields", CONFIG_LOG_FIELDS_MAX);
	for (size_t i = 0; i < fields->count; i++) {
		const char *name = fields->items[i];
		const char *meant = nearest(name);

		if (find(name) < 0)
			check_report(checked, key, "there is no field \"%s\"%s%s%s", name,
			    meant ? "; did you mean \"" : "", meant ? meant : "",
			    meant ? "\"?" : "");
		else if (stands_before(fields, i))
			check_report(checked, key, "\"%s\" stands there twice", name);
	}
}

void
check_log(const struct checking *checking)
{
	const struct config_log *log = &checking->config->log;
	const struct checked checked = { checking, KEYS_LOG, log, "log" };

	check_target(&checked, log->target);
	if (log->access_format != CONFIG_ACCESS_OFF && strcmp(log->access, "-") != 0)
		check_log_file(&checked, "access", log->access);
	if (log->connections)
		check_log_file(&checked, "connections", log->connections);
	if (log->access_format == CONFIG_ACCESS_COMBINED && log->access_fields.count > 0)
		check_report(&checked, "access_fields",
		    "the combined form has fields of its own: choose access_format = json or text");
	check_fields(&checked, "access_fields", &log->access_fields, config_access_field_find,
	    config_access_field_nearest);
	check_fields(&checked, "connection_fields", &log->connection_fields, config_conn_field_find,
	    config_conn_field_nearest);
}
