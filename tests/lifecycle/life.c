/* SPDX-License-Identifier: MIT
 *
 * life: the frame.
 */
#include "life.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netns.h"

#define SKIPPED 77

/* What the latest usherd has reported, once that was read. */
static struct bytes report;

/* Of the test's directory, if it is there. */
static void
remove_file(const char *name)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", place_dir(), name);
	(void)unlink(path);
}

static void
before_test(void)
{
	char reason[256];

	if (!netns_enter(reason, sizeof(reason)))
		wire_fail("%s", reason);
}

TCase *
life_case(Suite *suite, const char *name, int timeout_s)
{
	TCase *tcase = wire_case(suite, name, timeout_s);

	tcase_add_checked_fixture(tcase, before_test, load_end_all);
	return tcase;
}

/* Tries in a child, so that this process stays where it is. */
static bool
can_have_namespace(void)
{
	char reason[256];
	int status = 0;
	pid_t child;

	(void)fflush(stdout);
	child = fork();
	if (child == 0) {
		if (netns_enter(reason, sizeof(reason)))
			_exit(EXIT_SUCCESS);
		printf("SKIP lifecycle: %s\n", reason);
		(void)fflush(stdout);
		_exit(SKIPPED);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0) {
		printf("SKIP lifecycle: fork: %s\n", strerror(errno));
		return false;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

int
life_run(Suite *suite)
{
	if (can_have_namespace())
		return wire_run(suite);
	srunner_free(srunner_create(suite));
	return SKIPPED;
}

struct usherd *
life_start(const char *text)
{
	char *config = place_expand(text);

	remove_file("report.json");
	remove_file("connections.log");
	bytes_free(&report);
	put_file("usher.conf", config);
	free(config);
	return usherd_start_with(ARGS("-c", "@dir@/usher.conf", "-R", "@dir@/report.json"));
}

void
life_freeze(struct usherd *usherd)
{
	siginfo_t info;

	usherd_signal(usherd, SIGSTOP);
	if (waitid(P_PID, (id_t)usherd_pid(usherd), &info, WSTOPPED) < 0)
		wire_fail("waitid: %s", strerror(errno));
}

void
life_thaw(struct usherd *usherd)
{
	usherd_signal(usherd, SIGCONT);
}

/* The file @dir@/NAME; owned by the caller. */
static struct bytes
read_file(const char *name)
{
	struct bytes text = { 0 };
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", place_dir(), name);
	if (bytes_put_file(&text, path) != 0)
		wire_fail("there is no %s", path);
	return text;
}

struct slice
life_report(void)
{
	struct slice text;

	if (report.len == 0)
		report = read_file("report.json");
	text = (struct slice){ report.data, report.len };
	if (!json_is_valid(text))
		wire_fail("the report is not JSON: %s", bytes_string(&report));
	return text;
}

uint64_t
life_report_cause(const char *label)
{
	char path[64];
	struct slice value;
	uint64_t number = 0;

	(void)snprintf(path, sizeof(path), "by_cause.%s", label);
	value = json_find(life_report(), path);
	if (value.data && slice_to_u64(value, &number) != 0)
		wire_fail("the report has no number for %s", label);
	return number;
}

/* Each of these is how a connection is meant to end. */
static uint64_t
count_meant_endings(void)
{
	static const char *const meant[] = { "client_closed", "response_close", "request_limit",
		"idle_timeout", "drained", "handed_over" };
	uint64_t count = 0;

	for (size_t i = 0; i < sizeof(meant) / sizeof(meant[0]); i++)
		count += life_report_cause(meant[i]);
	return count;
}

static void
expect_report_says(struct usherd *usherd)
{
	struct slice said = life_report();
	uint64_t connections = json_number(said, "connections");
	char line[64];

	json_expect_number(said, "cut", 0);
	json_expect_number(said, "resets_sent", 0);
	json_expect_number(said, "resets_received", 0);
	json_expect_number(said, "bytes_unsent", 0);
	if (count_meant_endings() != connections)
		wire_fail("not all ended as they are meant to: %.*s", (int)said.len, said.data);
	(void)snprintf(
	    line, sizeof(line), "drained: %llu connections ended", (unsigned long long)connections);
	if (!strstr(usherd_last_line(usherd), line))
		wire_fail("the log and the report differ: %s; %.*s", usherd_last_line(usherd),
		    (int)said.len, said.data);
}

void
life_expect_whole_end(struct usherd *usherd)
{
	usherd_expect_clean_end(usherd);
	expect_report_says(usherd);
}

struct life_lines
life_connections(void)
{
	struct life_lines lines = { .text = read_file("connections.log") };

	for (const char *at = bytes_string(&lines.text); (at = strchr(at, '\n')); at++)
		lines.count++;
	for (size_t i = 0; i < lines.count; i++)
		if (!json_is_valid(life_line(&lines, i)))
			wire_fail("line %zu of the connections' log is not JSON", i + 1);
	if (lines.text.len > 0 && lines.text.data[lines.text.len - 1] != '\n')
		wire_fail("the last line of the connections' log has no end");
	return lines;
}

struct slice
life_line(const struct life_lines *lines, size_t at)
{
	const char *line = bytes_string(&lines->text);

	while (at-- > 0)
		line += strcspn(line, "\n") + 1;
	return (struct slice){ line, strcspn(line, "\n") };
}
