/* SPDX-License-Identifier: MIT */
#include "config/check.h"

#include "config/check_state.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void add(const struct checked *checked, const char *key, bool is_warning, const char *format,
    va_list arguments) __attribute__((format(printf, 4, 0)));

static void
add(const struct checked *checked, const char *key, bool is_warning, const char *format,
    va_list arguments)
{
	char message[768];
	struct text text = text_over(message, sizeof(message));
	struct config_errors *errors = checked->checking->errors;
	struct config_subject subject = { .section = checked->name, .key = key };

	subject.place = keys_place(checked->section, checked->object, key);
	text_put_vformat(&text, format, arguments);
	if (is_warning)
		config_errors_warn(errors, &subject, "%s", text_string(&text));
	else
		config_errors_add(errors, &subject, "%s", text_string(&text));
}

void
check_report(const struct checked *checked, const char *key, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(checked, key, false, format, arguments);
	va_end(arguments);
}

void
check_warn(const struct checked *checked, const char *key, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(checked, key, true, format, arguments);
	va_end(arguments);
}

const struct config_service *
check_find_service(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->service_count; i++)
		if (strcmp(config->services[i].name, name) == 0)
			return &config->services[i];
	return NULL;
}

/* The file caches of the loops hold descriptors besides the connections. */
static uint64_t
reserved_files(const struct config *config)
{
	const long processors = sysconf(_SC_NPROCESSORS_ONLN);
	const int64_t loops = config->loops > 0 ? config->loops : processors > 0 ? processors : 1;
	int64_t cached = config->limits.file_cache_entries;

	if (cached > CONFIG_CACHED_FILES_MAX)
		cached = CONFIG_CACHED_FILES_MAX;
	return CONFIG_RESERVED_FILES + (uint64_t)(loops * cached);
}

static void
check_limits(const struct checking *checking)
{
	const struct config_limits *limits = &checking->config->limits;
	const struct checked checked = { checking, KEYS_LIMITS, limits, "limits" };
	uint64_t needed = (uint64_t)limits->connections + reserved_files(checking->config);
	/* Those who are turned away linger, too. */
	const bool lets_more_in = limits->overload == CONFIG_OVERLOAD_503;
	uint64_t available = checking->host->open_files_limit;

	if (lets_more_in)
		needed += (uint64_t)limits->lingering;
	if (needed > available)
		check_report(&checked, "connections",
		    "%llu%s need %llu open files, and this process may have %llu: lower it, or "
		    "raise "
		    "the limit (ulimit -Hn, LimitNOFILE=)",
		    (unsigned long long)limits->connections,
		    lets_more_in ? ", and lingering for those who are answered 503," : "",
		    (unsigned long long)needed, (unsigned long long)available);
	if (limits->target_bytes > limits->head_bytes)
		check_report(&checked, "target_bytes",
		    "is more than head_bytes: the target is a part of the head");
}

/* An idle connection is seen out when its grace is over, which takes until then. */
static void
check_drain(const struct checking *checking)
{
	const struct config_drain *drain = &checking->config->drain;
	const struct checked checked = { checking, KEYS_DRAIN, drain, "drain" };

	if (drain->deadline_us <= drain->idle_grace_us)
		check_report(&checked, "deadline",
		    "is not longer than idle_grace: every idle connection would be cut");
}

/* Landlock is for those who can gain nothing: landlock_restrict_self(2). The key that
 * is blamed is the one that somebody wrote: the other may stand at its default. */
static void
check_confinement(const struct checking *checking)
{
	const struct config *config = checking->config;
	const struct checked checked = { checking, KEYS_TOP, config, NULL };

	if (config->landlock != CONFIG_LANDLOCK_OFF && !config->no_new_privileges)
		check_report(&checked, "no_new_privileges",
		    "landlock needs it: leave it true, or set landlock = off");
}

int
config_check(
    const struct config *config, const struct config_host *host, struct config_errors *errors)
{
	const struct checking checking = { config, host, errors };
	size_t faults_before = errors->fault_count;

	check_admin(&checking);
	check_listeners(&checking);
	check_services(&checking);
	check_limits(&checking);
	check_drain(&checking);
	check_log(&checking);
	check_confinement(&checking);
	return errors->fault_count > faults_before ? -EINVAL : 0;
}
