/* SPDX-License-Identifier: MIT
 *
 * usherd: a process, its log, and the list of those that a test started.
 */
#include "usherd.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/list.h"
#include "bytes.h"
#include "place.h"
#include "process.h"

struct usherd {
	struct list_link link;
	struct process process;
	bool is_checked; /* the test has said how it is to end */
};

static struct list_link all = { &all, &all };
static unsigned started; /* programs, so far: numbers the files of their outputs */
static struct process last_run = { .pidfd = -1 };

static const char *
program(void)
{
	const char *path = getenv("USHERD");

	if (!path)
		wire_fail("USHERD does not name the program to test");
	return path;
}

static int64_t
deadline(void)
{
	return clock_monotonic_us() + WIRE_DEADLINE_US;
}

/* What a wait for text in an output is for. */
struct wanted {
	const char *text;
	unsigned count;
};

static bool
has_lines(const char *text, const void *what)
{
	const struct wanted *wanted = what;
	unsigned count = 0;

	for (; (text = strstr(text, wanted->text)); text += strcspn(text, "\n"))
		count++;
	return count >= wanted->count;
}

static void
expect_text(struct usherd *usherd, struct output *output, const char *text, unsigned count)
{
	struct wanted wanted = { text, count };

	if (!output_wait(output, has_lines, &wanted, usherd->process.pidfd, deadline()))
		wire_fail("usherd does not say %u times: %s", count, text);
}

/* The state of the process's first thread, as proc(5) tells it; '?' where it does not. */
static char
main_thread_state(pid_t pid)
{
	char path[64], line[512];
	const char *end = NULL;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	file = fopen(path, "re");
	if (file && fgets(line, sizeof(line), file))
		end = strrchr(line, ')');
	if (file)
		(void)fclose(file);
	return end && end[1] == ' ' ? end[2] : '?';
}

/* ThreadSanitizer hands signals on by itself, and loses one that comes between "ready" and
 * the first wait of the main loop about once in five hundred starts. So it is waited for
 * until it waits: it does nothing else for longer. */
static void
await_main_loop(pid_t pid)
{
	const int64_t until_us = clock_monotonic_us() + WIRE_DEADLINE_US;

	while (strchr("RD", main_thread_state(pid)) && clock_monotonic_us() < until_us)
		(void)sched_yield();
}

struct usherd *
usherd_start_with(const char *const *args)
{
	struct usherd *usherd = calloc(1, sizeof(*usherd));
	char tag[32];

	if (!usherd)
		abort();
	(void)snprintf(tag, sizeof(tag), "usherd%u", ++started);
	process_start(&usherd->process, program(), args, tag);
	list_append(&all, &usherd->link);
	expect_text(usherd, usherd->process.err, ": ready\n", 1);
	await_main_loop(usherd->process.pid);
	return usherd;
}

struct usherd *
usherd_start(const char *text)
{
	char *config = place_expand(text);
	char path[64];

	(void)snprintf(path, sizeof(path), "@dir@/usher%u.conf", started);
	put_file(path + sizeof("@dir@/") - 1, config);
	free(config);
	return usherd_start_with(ARGS("-c", path));
}

void
usherd_signal(struct usherd *usherd, int signal_number)
{
	if (usherd->process.pid == 0 || kill(usherd->process.pid, signal_number) < 0)
		wire_fail("usherd has ended before its signal");
}

void
usherd_expect_exit(struct usherd *usherd, int status)
{
	usherd->is_checked = true;
	if (!process_wait(&usherd->process, deadline()))
		wire_fail("usherd does not end");
	usherd_check_log(usherd_log(usherd));
	if (process_exit_status(&usherd->process) != status)
		wire_fail("usherd ended with %s instead of exit status %d",
		    process_status_text(&usherd->process), status);
}

void
usherd_expect_clean_end(struct usherd *usherd)
{
	const char *line;

	usherd_expect_exit(usherd, 0);
	line = usherd_last_line(usherd);
	if (!strstr(line, "drained: ") || !strstr(line, " 0 cut, no reset sent"))
		wire_fail("the last line of the log is: %s", line);
}

void
usherd_stop(struct usherd *usherd)
{
	usherd_signal(usherd, SIGTERM);
	usherd_expect_clean_end(usherd);
}

void
usherd_expect_log(struct usherd *usherd, const char *text)
{
	expect_text(usherd, usherd->process.err, text, 1);
}

void
usherd_expect_log_times(struct usherd *usherd, const char *text, unsigned count)
{
	expect_text(usherd, usherd->process.err, text, count);
}

void
usherd_expect_output(struct usherd *usherd, const char *text)
{
	expect_text(usherd, usherd->process.out, text, 1);
}

void
usherd_refute_log(struct usherd *usherd, const char *text)
{
	if (strstr(usherd_log(usherd), text))
		wire_fail("usherd says: %s", text);
}

const char *
usherd_log(struct usherd *usherd)
{
	return output_text(usherd->process.err);
}

const char *
usherd_output(struct usherd *usherd)
{
	return output_text(usherd->process.out);
}

const char *
usherd_last_line(struct usherd *usherd)
{
	static char line[4096];
	const char *log = usherd_log(usherd);
	size_t end = strlen(log);
	size_t start;

	while (end > 0 && log[end - 1] == '\n')
		end--;
	for (start = end; start > 0 && log[start - 1] != '\n';)
		start--;
	(void)snprintf(line, sizeof(line), "%.*s", (int)(end - start), log + start);
	return line;
}

void
usherd_expect_last_line(struct usherd *usherd, const char *text)
{
	const char *line = usherd_last_line(usherd);

	if (!strstr(line, text))
		wire_fail("the last line of the log is '%s', without '%s'", line, text);
}

pid_t
usherd_pid(const struct usherd *usherd)
{
	return usherd->process.pid;
}

struct outcome
usherd_run(const char *const *args)
{
	struct outcome outcome;
	char tag[32];

	(void)snprintf(tag, sizeof(tag), "run%u", ++started);
	process_done(&last_run);
	process_start(&last_run, program(), args, tag);
	if (!process_wait(&last_run, deadline()))
		wire_fail("usherd does not end; it said: %s%s", output_text(last_run.out),
		    output_text(last_run.err));
	outcome = (struct outcome){ process_exit_status(&last_run), output_text(last_run.out),
		output_text(last_run.err) };
	usherd_check_log(outcome.err);
	return outcome;
}

void
usherd_show_logs(void)
{
	struct list_link *link;

	list_foreach (link, &all) {
		struct usherd *usherd = list_entry(link, struct usherd, link);
		const char *log = usherd_log(usherd);
		size_t len = strlen(log);

		/* The end of a long log says more than its beginning. */
		(void)fprintf(stderr, "---- log of usherd ----\n%s---- end of log ----\n",
		    len > 20000 ? log + len - 20000 : log);
	}
}

void
usherd_end_all(void)
{
	struct list_link *link, *following;

	list_foreach_safe (link, following, &all) {
		struct usherd *usherd = list_entry(link, struct usherd, link);

		if (!usherd->is_checked)
			usherd_stop(usherd);
		list_remove(link);
		process_done(&usherd->process);
		free(usherd);
	}
	process_done(&last_run);
	last_run = (struct process){ .pidfd = -1 };
}
