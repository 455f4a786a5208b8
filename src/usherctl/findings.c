/* SPDX-License-Identifier: MIT
 *
 * findings: the list, and what is judged of the daemon itself. The accept queues are
 * in findings_queues, the kernel's settings in findings_kernel, the limits in
 * findings_limits.
 */
#include "usherctl/findings.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

static const char *const severity_names[] = {
	[SEVERITY_OK] = "ok",
	[SEVERITY_NOTE] = "note",
	[SEVERITY_WARNING] = "warning",
};

const char *
severity_name(enum severity severity)
{
	return severity_names[severity];
}

static void
put(char *room, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

static void
put(char *room, const char *format, va_list arguments)
{
	struct text text = text_over(room, FINDING_TEXT_MAX);

	text_put_vformat(&text, format, arguments);
	(void)text_string(&text);
}

void
findings_add(
    struct findings *findings, enum severity severity, const char *check, const char *format, ...)
{
	struct finding *finding = &findings->items[findings->count];
	va_list arguments;

	findings->warnings += severity == SEVERITY_WARNING;
	if (findings->count == FINDINGS_MAX) {
		findings->left_out++;
		return;
	}
	findings->count++;
	finding->severity = severity;
	finding->check = check;
	finding->mend[0] = '\0';
	va_start(arguments, format);
	put(finding->text, format, arguments);
	va_end(arguments);
}

void
findings_mend(struct findings *findings, const char *format, ...)
{
	va_list arguments;

	if (findings->count == 0 || findings->left_out > 0)
		return;
	va_start(arguments, format);
	put(findings->items[findings->count - 1].mend, format, arguments);
	va_end(arguments);
}

bool
findings_have(const struct findings *findings, const char *check)
{
	for (size_t i = 0; i < findings->count; i++)
		if (strcmp(findings->items[i].check, check) == 0)
			return true;
	return false;
}

static void
judge_files(struct findings *findings, const struct facts *facts)
{
	if (facts->max_files == FACT_UNKNOWN || facts->needed_files == FACT_UNKNOWN)
		return;
	if (facts->max_files >= facts->needed_files) {
		findings_add(findings, SEVERITY_OK, "descriptors",
		    "%lld open files are enough for limits.connections = %llu",
		    (long long)facts->max_files,
		    (unsigned long long)facts->daemon->connections.limit);
		return;
	}
	findings_add(findings, SEVERITY_WARNING, "descriptors",
	    "limits.connections = %llu needs %lld open files, and usherd may have %lld: before "
	    "the limit is reached, accept(2) fails and clients wait",
	    (unsigned long long)facts->daemon->connections.limit, (long long)facts->needed_files,
	    (long long)facts->max_files);
	findings_mend(findings,
	    "systemctl edit usher: [Service] LimitNOFILE=%lld, then restart it; or lower "
	    "limits.connections",
	    (long long)facts->needed_files);
}

static void
judge_stop_limit(struct findings *findings, const struct facts *facts)
{
	long long drain_s = (long long)((facts->drain_us + 999999) / 1000000);
	long long limit_s = (long long)(facts->stop_limit_us / 1000000);

	if (facts->stop_limit_us == FACT_UNKNOWN || facts->drain_us == FACT_UNKNOWN)
		return;
	if (facts->stop_limit_us > facts->drain_us) {
		findings_add(findings, SEVERITY_OK, "stop_limit",
		    "the service manager waits longer than a drain may take (%lld s)", drain_s);
		return;
	}
	findings_add(findings, SEVERITY_WARNING, "stop_limit",
	    "a drain may take %lld s, and the service manager kills usherd after %lld s", drain_s,
	    limit_s);
	findings_mend(
	    findings, "systemctl edit usher: [Service] TimeoutStopSec=%lld", drain_s + 10);
}

static void
judge_reload(struct findings *findings, const struct snapshot *daemon)
{
	if (!daemon->config.has_reloaded || daemon->config.reload_ok)
		return;
	findings_add(findings, SEVERITY_WARNING, "reload",
	    "the last reload failed, at %s, so an older configuration is in force: %s",
	    daemon->config.reload_at, daemon->config.reload_error);
	findings_mend(findings, "usherctl check %s", daemon->config.file);
}

static void
judge_log(struct findings *findings, const struct snapshot *daemon)
{
	if (daemon->log.lost_lines == 0) {
		findings_add(findings, SEVERITY_OK, "log", "no line of the logs was lost");
		return;
	}
	findings_add(findings, SEVERITY_WARNING, "log",
	    "%llu lines of the logs were lost: the disk was full, or could not be written",
	    (unsigned long long)daemon->log.lost_lines);
	findings_mend(findings, "see df, and the path of log.access");
}

static void
judge_loops(struct findings *findings, const struct snapshot *daemon)
{
	size_t stuck = 0;

	for (size_t i = 0; i < daemon->loop_count; i++) {
		if (daemon->loops[i].answered)
			continue;
		stuck++;
		findings_add(findings, SEVERITY_WARNING, "loops",
		    "loop %llu does not answer: its connections are not served",
		    (unsigned long long)daemon->loops[i].index);
		findings_mend(findings,
		    "see what it waits for: gdb -p %llu -batch -ex 'thread apply all bt' (or cat "
		    "/proc/%llu/task/*/wchan)",
		    (unsigned long long)daemon->pid, (unsigned long long)daemon->pid);
	}
	if (stuck == 0)
		findings_add(
		    findings, SEVERITY_OK, "loops", "all loops answer (%zu)", daemon->loop_count);
}

void
findings_judge_daemon(struct findings *findings, const struct facts *facts)
{
	judge_files(findings, facts);
	judge_loops(findings, facts->daemon);
	judge_reload(findings, facts->daemon);
	judge_log(findings, facts->daemon);
	judge_stop_limit(findings, facts);
}

void
findings_make(struct findings *findings, const struct facts *facts)
{
	findings->count = findings->left_out = findings->warnings = 0;
	findings_judge_queues(findings, facts);
	findings_judge_kernel(findings, facts);
	findings_judge_limits(findings, facts);
	findings_judge_daemon(findings, facts);
}
