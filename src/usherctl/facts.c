/* SPDX-License-Identifier: MIT
 *
 * facts: small files of proc(5). The counters are read for the daemon's process, in
 * its network namespace; the settings can only be read in ours.
 */
#include "usherctl/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "config/check.h"
#include "config/load.h"

#define FILE_MAX 32768 /* of netstat; the settings are far shorter */
#define PATH_MAX_BYTES 512

void
facts_init(struct facts *facts)
{
	*facts = (struct facts){
		.somaxconn = FACT_UNKNOWN,
		.max_syn_backlog = FACT_UNKNOWN,
		.syncookies = FACT_UNKNOWN,
		.abort_on_overflow = FACT_UNKNOWN,
		.migrate_req = FACT_UNKNOWN,
		.first_ephemeral = FACT_UNKNOWN,
		.last_ephemeral = FACT_UNKNOWN,
		.listen_overflows = FACT_UNKNOWN,
		.listen_drops = FACT_UNKNOWN,
		.drain_us = FACT_UNKNOWN,
		.needed_files = FACT_UNKNOWN,
		.max_files = FACT_UNKNOWN,
		.stop_limit_us = FACT_UNKNOWN,
	};
}

/* --- Files ---------------------------------------------------------------------- */

/* The beginning of a file, as a string; "" where it cannot be read. */
static void
read_file(const char *proc, const char *name, char *content, size_t cap)
{
	char path[PATH_MAX_BYTES];
	ssize_t got = 0;
	size_t len = 0;
	int fd;

	content[0] = '\0';
	(void)snprintf(path, sizeof(path), "%s/%s", proc, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	while (len < cap - 1 && (got = read(fd, content + len, cap - 1 - len)) > 0)
		len += (size_t)got;
	content[len] = '\0';
	(void)close(fd);
}

/* The word at the beginning of `rest`, which goes on behind it. */
static struct slice
next_word(struct slice *rest)
{
	struct slice word;
	size_t blanks = 0, len = 0;

	while (blanks < rest->len && strchr(" \t\n", rest->data[blanks]))
		blanks++;
	*rest = slice_from(*rest, blanks);
	while (len < rest->len && !strchr(" \t\n", rest->data[len]))
		len++;
	word = slice_first(*rest, len);
	*rest = slice_from(*rest, len);
	return word;
}

static int64_t
next_number(struct slice *rest)
{
	uint64_t number;

	if (slice_to_u64(next_word(rest), &number) != 0 || number > INT64_MAX)
		return FACT_UNKNOWN;
	return (int64_t)number;
}

static int64_t
read_setting(const char *proc, const char *name)
{
	char content[64];
	struct slice rest;

	read_file(proc, name, content, sizeof(content));
	rest = slice_of(content);
	return next_number(&rest);
}

static void
read_ports(struct facts *facts, const char *proc)
{
	char content[64];
	struct slice rest;

	read_file(proc, "sys/net/ipv4/ip_local_port_range", content, sizeof(content));
	rest = slice_of(content);
	facts->first_ephemeral = next_number(&rest);
	facts->last_ephemeral = next_number(&rest);
	read_file(proc, "sys/net/ipv4/ip_local_reserved_ports", facts->reserved_ports,
	    sizeof(facts->reserved_ports));
	facts->reserved_ports[strcspn(facts->reserved_ports, "\n")] = '\0';
}

/* netstat has two lines for each kind: names, and numbers in the same order. */
static struct slice
line_of(const char *content, const char *start, unsigned which)
{
	const char *line = content;

	while (line && *line) {
		size_t len = strcspn(line, "\n");

		if (strncmp(line, start, strlen(start)) == 0 && which-- == 0)
			return (struct slice){ line, len };
		line += len;
		line += *line == '\n';
	}
	return (struct slice){ "", 0 };
}

static void
take_counter(struct facts *facts, struct slice name, int64_t count)
{
	if (slice_equals(name, SLICE("ListenOverflows")))
		facts->listen_overflows = count;
	else if (slice_equals(name, SLICE("ListenDrops")))
		facts->listen_drops = count;
}

static void
read_counters(struct facts *facts, const char *proc, uint64_t pid)
{
	char content[FILE_MAX], path[64];
	struct slice names, numbers;

	(void)snprintf(path, sizeof(path), "%llu/net/netstat", (unsigned long long)pid);
	read_file(proc, path, content, sizeof(content));
	if (!content[0])
		read_file(proc, "net/netstat", content, sizeof(content));
	names = line_of(content, "TcpExt:", 0);
	numbers = line_of(content, "TcpExt:", 1);
	(void)next_word(&names);
	(void)next_word(&numbers);
	for (;;) {
		struct slice name = next_word(&names);

		if (name.len == 0)
			break;
		take_counter(facts, name, next_number(&numbers));
	}
}

/* Only root and the user of the daemon may look. */
static bool
is_elsewhere(const char *proc, uint64_t pid)
{
	char path[PATH_MAX_BYTES], ours[64] = { 0 }, theirs[64] = { 0 };

	(void)snprintf(path, sizeof(path), "%s/self/ns/net", proc);
	if (readlink(path, ours, sizeof(ours) - 1) < 0)
		return false;
	(void)snprintf(path, sizeof(path), "%s/%llu/ns/net", proc, (unsigned long long)pid);
	if (readlink(path, theirs, sizeof(theirs) - 1) < 0)
		return false;
	return strcmp(ours, theirs) != 0;
}

void
facts_read_kernel(struct facts *facts, const char *proc, uint64_t pid)
{
	facts->somaxconn = read_setting(proc, "sys/net/core/somaxconn");
	facts->max_syn_backlog = read_setting(proc, "sys/net/ipv4/tcp_max_syn_backlog");
	facts->syncookies = read_setting(proc, "sys/net/ipv4/tcp_syncookies");
	facts->abort_on_overflow = read_setting(proc, "sys/net/ipv4/tcp_abort_on_overflow");
	facts->migrate_req = read_setting(proc, "sys/net/ipv4/tcp_migrate_req");
	read_ports(facts, proc);
	read_counters(facts, proc, pid);
	facts->is_elsewhere = is_elsewhere(proc, pid);
}

/* --- The daemon ------------------------------------------------------------------- */

/* The configuration that usherd prints is one that it reads: as a file that has no
 * name. */
static struct config *
load_config(struct slice text)
{
	struct config_errors errors;
	struct config *config = NULL;
	char path[64];
	int fd = memfd_create("usher.conf", MFD_CLOEXEC);

	if (fd < 0)
		return NULL;
	config_errors_init(&errors);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, text.data, text.len) != (ssize_t)text.len ||
	    config_load(path, &config, &errors) != 0)
		config = NULL;
	config_errors_done(&errors);
	(void)close(fd);
	return config;
}

static void
take_config(struct facts *facts, const struct config *config, size_t loops)
{
	const struct config_drain *drain = &config->drain;
	int64_t cached = config->limits.file_cache_entries;

	if (cached > CONFIG_CACHED_FILES_MAX)
		cached = CONFIG_CACHED_FILES_MAX;
	facts->drain_us = drain->notice_us + drain->deadline_us;
	facts->needed_files =
	    config->limits.connections + CONFIG_RESERVED_FILES + (int64_t)loops * cached;
}

void
facts_take_daemon(struct facts *facts, const struct snapshot *snapshot, struct slice text)
{
	struct config *config = text.data ? load_config(text) : NULL;

	facts->daemon = snapshot;
	if (snapshot->process.max_fds > 0 && snapshot->process.max_fds < INT64_MAX)
		facts->max_files = (int64_t)snapshot->process.max_fds;
	facts->needed_files = (int64_t)snapshot->connections.limit + CONFIG_RESERVED_FILES;
	if (config)
		take_config(facts, config, snapshot->loop_count);
	config_free(config);
}
