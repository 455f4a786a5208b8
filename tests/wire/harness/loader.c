/* SPDX-License-Identifier: MIT
 *
 * loader: a process, and its time line as a table of columns.
 */
#include "loader.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/text.h"
#include "bytes.h"
#include "place.h"
#include "process.h"

#define COLUMNS_MAX 96
/* The first columns are no outcomes: times, and sums of those that follow. */
#define FIRST_OUTCOME "answered"

struct loader {
	struct list_link link;
	struct process process;
	char csv[64];          /* below the test's directory, with @dir@ */
	struct bytes csv_text; /* once it was read */
};

static struct list_link all = { &all, &all };
static unsigned started;

static const char *
program(void)
{
	const char *path = getenv("USHER_LOAD");

	if (!path)
		wire_fail("USHER_LOAD does not name the program to test");
	return path;
}

static struct loader *
make(void)
{
	struct loader *loader = calloc(1, sizeof(*loader));

	if (!loader)
		abort();
	(void)snprintf(loader->csv, sizeof(loader->csv), "@dir@/load%u.csv", ++started);
	return loader;
}

static struct loader *
begin(struct loader *loader, const char *what, const char *const *args)
{
	char tag[32];

	(void)snprintf(tag, sizeof(tag), "load%u", started);
	process_start(&loader->process, what, args, tag);
	list_append(&all, &loader->link);
	return loader;
}

struct loader *
loader_start(const char *const *args)
{
	const char *all_args[PROCESS_MAX_ARGS] = { "--csv" };
	struct loader *loader = make();
	size_t count = 1;

	all_args[count++] = loader->csv;
	for (; *args; args++) {
		if (count == PROCESS_MAX_ARGS - 2)
			wire_fail("too many arguments");
		all_args[count++] = *args;
	}
	all_args[count] = NULL;
	return begin(loader, program(), all_args);
}

struct loader *
loader_start_shell(const char *command)
{
	struct loader *loader = make();
	struct bytes line = { 0 };

	bytes_put_format(&line, "%s --csv %s", command, loader->csv);
	(void)begin(loader, "sh", ARGS("-c", line.data));
	bytes_free(&line);
	return loader;
}

void
loader_signal(struct loader *loader, int signal_number)
{
	if (loader->process.pid == 0 || kill(loader->process.pid, signal_number) < 0)
		wire_fail("usher-load has ended before its signal");
}

void
loader_expect_exit(struct loader *loader, int status)
{
	if (!process_wait(&loader->process, clock_monotonic_us() + WIRE_DEADLINE_US))
		wire_fail("usher-load does not end");
	usherd_check_log(loader_errors(loader));
	if (process_exit_status(&loader->process) != status)
		wire_fail("usher-load ended with %s instead of exit status %d; it said: %s%s",
		    process_status_text(&loader->process), status, loader_output(loader),
		    loader_errors(loader));
}

struct loader *
loader_run(const char *const *args, int status)
{
	struct loader *loader = loader_start(args);

	loader_expect_exit(loader, status);
	return loader;
}

/* --- The time line -------------------------------------------------------- */

static const char *
time_line(struct loader *loader)
{
	char *path;

	if (loader->csv_text.len > 0)
		return loader->csv_text.data;
	path = place_expand(loader->csv);
	if (bytes_put_file(&loader->csv_text, path) != 0)
		wire_fail("there is no time line %s; it said: %s", path, loader_errors(loader));
	free(path);
	return bytes_string(&loader->csv_text);
}

static struct slice
cut(const char **at, char end)
{
	struct slice piece = { *at, strcspn(*at, end == '\n' ? "\n" : ",\n") };

	*at += piece.len;
	if (**at == end)
		(*at)++;
	return piece;
}

/* The index of the column, or -1. */
static int
column_index(struct loader *loader, const char *name)
{
	const char *at = time_line(loader);

	for (int i = 0; *at && *at != '\n'; i++)
		if (slice_equals(cut(&at, ','), slice_of(name)))
			return i;
	return -1;
}

static uint64_t
sum_of_column(struct loader *loader, int column)
{
	const char *at = time_line(loader);
	uint64_t sum = 0, number;

	for (cut(&at, '\n'); *at;) {
		struct slice line = cut(&at, '\n');
		const char *cell = line.data;

		for (int i = 0; i < column; i++)
			(void)cut(&cell, ',');
		if (slice_to_u64(cut(&cell, ','), &number) != 0)
			wire_fail(
			    "no number in column %d of: %.*s", column, (int)line.len, line.data);
		sum += number;
	}
	return sum;
}

uint64_t
loader_count(struct loader *loader, const char *column)
{
	int index = column_index(loader, column);

	if (index < 0)
		wire_fail("the time line has no column %s", column);
	return sum_of_column(loader, index);
}

void
loader_expect_count(struct loader *loader, const char *column, uint64_t count)
{
	uint64_t found = loader_count(loader, column);

	if (found != count)
		wire_fail("%s is %llu instead of %llu; it said: %s", column,
		    (unsigned long long)found, (unsigned long long)count, loader_output(loader));
}

double
loader_json_number(struct loader *loader, const char *part, const char *name)
{
	char key[64];
	const char *at = strstr(loader_output(loader), "\"whole\":");

	(void)snprintf(key, sizeof(key), "\"%s\":", part);
	at = at ? strstr(at, key) : NULL;
	(void)snprintf(key, sizeof(key), "\"%s\":", name);
	at = at ? strstr(at, key) : NULL;
	if (!at)
		wire_fail("no %s in %s of: %s", name, part, loader_output(loader));
	return strtod(at + strlen(key), NULL);
}

static bool
is_among(struct slice name, const char *const *names)
{
	for (; *names; names++)
		if (slice_equals(name, slice_of(*names)))
			return true;
	return false;
}

void
loader_expect_no_other(struct loader *loader, const char *const *columns)
{
	const char *at = time_line(loader);
	int first = column_index(loader, FIRST_OUTCOME);

	for (int i = 0; *at && *at != '\n'; i++) {
		struct slice name = cut(&at, ',');

		if (i >= first && !is_among(name, columns) && sum_of_column(loader, i) != 0)
			wire_fail("%.*s is %llu; it said: %s", (int)name.len, name.data,
			    (unsigned long long)sum_of_column(loader, i), loader_output(loader));
	}
}

/* --- Words ---------------------------------------------------------------- */

const char *
loader_output(struct loader *loader)
{
	return output_text(loader->process.out);
}

const char *
loader_errors(struct loader *loader)
{
	return output_text(loader->process.err);
}

static void
expect_said(const char *text, const char *part)
{
	if (!strstr(text, part))
		wire_fail("without '%s': %s", part, text);
}

void
loader_expect_output(struct loader *loader, const char *text)
{
	expect_said(loader_output(loader), text);
}

void
loader_expect_errors(struct loader *loader, const char *text)
{
	expect_said(loader_errors(loader), text);
}

void
loader_end_all(void)
{
	struct list_link *link, *following;

	list_foreach_safe (link, following, &all) {
		struct loader *loader = list_entry(link, struct loader, link);

		list_remove(link);
		process_done(&loader->process);
		bytes_free(&loader->csv_text);
		free(loader);
	}
}

const char *
loader_url(uint16_t port, const char *path)
{
	static char urls[4][128];
	static unsigned next;
	char *url = urls[next++ % 4];

	(void)snprintf(url, sizeof(urls[0]), "http://127.0.0.1:%u%s", port, path);
	return url;
}
