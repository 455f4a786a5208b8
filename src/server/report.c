/* SPDX-License-Identifier: MIT */
#include "server/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"

#define REPORT_MAX 4096
#define REPORT_MODE 0644

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
	const struct drain *drain = &loop->drain;

	ending_tally_add(&report->tally, &loop->conns.tally);
	subtract(&report->tally, &loop->tally_before);
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
put_causes(struct json *json, const struct ending_tally *tally)
{
	json_begin(json, "by_cause");
	for (int i = 0; i < ENDING_CAUSE_COUNT; i++)
		if (tally->by_cause[i] > 0)
			json_u64(json, ending_label((enum ending_cause)i), tally->by_cause[i]);
	json_end(json);
	json_begin(json, "by_first_fin");
	for (int i = 0; i <= ENDING_FIN_PEERS; i++)
		json_u64(
		    json, ending_first_fin_name((enum ending_first_fin)i), tally->by_first_fin[i]);
	json_end(json);
}

static void
put_steps(struct json *json, const struct report *report)
{
	json_begin(json, "steps_us");
	for (int step = DRAIN_ANNOUNCE; step < DRAIN_DONE; step++)
		json_u64(
		    json, drain_step_name((enum drain_step)step), (uint64_t)report->step_us[step]);
	json_end(json);
}

static void
put_report(struct text *text, const struct report *report)
{
	const struct ending_tally *tally = &report->tally;
	struct json json = json_over(text);

	json_begin(&json, NULL);
	json_u64(&json, "connections", tally->total);
	json_u64(&json, "cut", report->cut);
	json_u64(&json, "resets_sent", tally->resets_sent);
	json_u64(&json, "resets_received", tally->resets_received);
	json_u64(&json, "bytes_unsent", tally->bytes_unsent);
	put_causes(&json, tally);
	put_steps(&json, report);
	json_u64(&json, "duration_us", (uint64_t)report->total_us);
	json_end(&json);
	text_put_char(text, '\n');
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
