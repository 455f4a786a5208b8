/* SPDX-License-Identifier: MIT */
#include "server/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define REPORT_MAX 4096
#define REPORT_MODE 0644

static const char *const step_names[DRAIN_DONE] = {
	[DRAIN_ANNOUNCE] = "announce",
	[DRAIN_STOP_ACCEPTING] = "stop_accepting",
	[DRAIN_GRACE] = "grace",
	[DRAIN_WAIT] = "wait",
};

static void
subtract(struct ending_tally *tally, const struct ending_tally *before)
{
	for (int i = 0; i < ENDING_CAUSE_COUNT; i++)
		tally->by_cause[i] -= before->by_cause[i];
	for (int i = 0; i <= ENDING_FIN_PEERS; i++)
		tally->by_first_fin[i] -= before->by_first_fin[i];
	tally->total -= before->total;
	tally->resets_sent -= before->resets_sent;
	tally->resets_received -= before->resets_received;
	tally->bytes_unsent -= before->bytes_unsent;
}

void
report_add(struct report *report, const struct loop *loop)
{
	const struct loop_drain *drain = &loop->drain;

	ending_tally_add(&report->tally, &loop->conns.tally);
	subtract(&report->tally, &drain->before);
	report->cut += drain->cut;
	for (int step = DRAIN_ANNOUNCE; step < DRAIN_DONE; step++)
		if (drain->step_us[step] > report->step_us[step])
			report->step_us[step] = drain->step_us[step];
	if (drain->total_us > report->total_us)
		report->total_us = drain->total_us;
}

void
report_log(const struct report *report)
{
	const struct ending_tally *tally = &report->tally;
	const bool is_clean = report->cut == 0 && tally->resets_sent == 0;
	char line_text[1280];
	struct text line = text_over(line_text, sizeof(line_text));

	text_put_format(
	    &line, "drained: %llu connections ended (", (unsigned long long)tally->total);
	if (tally->total > 0)
		ending_tally_put(&line, tally);
	else
		text_put_string(&line, "none was open");
	text_put_format(&line, "), %llu cut, ", (unsigned long long)report->cut);
	if (tally->resets_sent > 0)
		text_put_format(&line, "%llu resets sent", (unsigned long long)tally->resets_sent);
	else
		text_put_string(&line, "no reset sent");
	log_if(is_clean ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "%s", text_string(&line));
}

static void
put_number(struct text *text, const char *key, uint64_t value)
{
	text_put_format(text, ",\"%s\":%llu", key, (unsigned long long)value);
}

static void
put_causes(struct text *text, const struct ending_tally *tally)
{
	const char *comma = "";

	text_put_string(text, ",\"by_cause\":{");
	for (int i = 0; i < ENDING_CAUSE_COUNT; i++) {
		if (tally->by_cause[i] == 0)
			continue;
		text_put_format(text, "%s\"%s\":%llu", comma, ending_label((enum ending_cause)i),
		    (unsigned long long)tally->by_cause[i]);
		comma = ",";
	}
	text_put_string(text, "},\"by_first_fin\":{");
	for (int i = 0; i <= ENDING_FIN_PEERS; i++)
		text_put_format(text, "%s\"%s\":%llu", i > 0 ? "," : "",
		    ending_first_fin_name((enum ending_first_fin)i),
		    (unsigned long long)tally->by_first_fin[i]);
	text_put_char(text, '}');
}

static void
put_steps(struct text *text, const struct report *report)
{
	text_put_string(text, ",\"steps_us\":{");
	for (int step = DRAIN_ANNOUNCE; step < DRAIN_DONE; step++)
		text_put_format(text, "%s\"%s\":%lld", step > DRAIN_ANNOUNCE ? "," : "",
		    step_names[step], (long long)report->step_us[step]);
	text_put_char(text, '}');
}

static void
put_report(struct text *text, const struct report *report)
{
	const struct ending_tally *tally = &report->tally;

	text_put_format(text, "{\"connections\":%llu", (unsigned long long)tally->total);
	put_number(text, "cut", report->cut);
	put_number(text, "resets_sent", tally->resets_sent);
	put_number(text, "resets_received", tally->resets_received);
	put_number(text, "bytes_unsent", tally->bytes_unsent);
	put_causes(text, tally);
	put_steps(text, report);
	put_number(text, "duration_us", (uint64_t)report->total_us);
	text_put_string(text, "}\n");
}

static int
write_whole(const char *path, struct slice bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, REPORT_MODE);
	int result = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, bytes.data, bytes.len) != (ssize_t)bytes.len)
		result = errno ? -errno : -EIO;
	if (close(fd) != 0 && result == 0)
		result = -errno;
	return result;
}

int
report_write(const struct report *report, const char *path, struct text *ret_error)
{
	char room[REPORT_MAX];
	char temporary[4096];
	struct text text = text_over(room, sizeof(room));
	struct text name = text_over(temporary, sizeof(temporary));
	int result;

	put_report(&text, report);
	text_put_format(&name, "%s.new", path);
	result =
	    name.is_truncated ? -ENAMETOOLONG : write_whole(text_string(&name), text_slice(&text));
	if (result == 0 && rename(temporary, path) != 0)
		result = -errno;
	if (result == 0)
		return 0;
	if (!name.is_truncated)
		(void)unlink(temporary);
	text_put_format(ret_error, "the report %s cannot be written: %s", path, strerror(-result));
	return result;
}
