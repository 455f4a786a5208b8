/* SPDX-License-Identifier: MIT */
#include "protocol/access_log.h"

#include <string.h>

#include "base/json.h"
#include "base/panic.h"
#include "http/date.h"
#include "http/escape.h"
#include "http/head.h"

/* So much of a value of the client's is written. A byte of it takes at most four
 * in a line (\xHH; in JSON three, for there are no controls in a head but tabs);
 * four such values, and the rest. */
#define VALUE_MAX 2048
#define VALUES_MAX_BYTES (4 * 4 * VALUE_MAX)
/* Names of fields besides: a configuration's are at most 255 bytes. */
#define LINE_MAX_BYTES (VALUES_MAX_BYTES + 6 * 1024)
#define BUFFER_BYTES (128 * 1024)

int
access_log_init(struct access_log *log, struct outlet *outlet, const struct config_log *config)
{
	must(config->access_format != CONFIG_ACCESS_OFF);
	*log = (struct access_log){ .format = config->access_format, .time_seconds = INT64_MIN };
	access_fields_init(&log->fields, &config->access_fields, VALUES_MAX_BYTES);
	return line_buffer_init(&log->lines, outlet, BUFFER_BYTES, LINE_MAX_BYTES);
}

void
access_log_done(struct access_log *log)
{
	line_buffer_done(&log->lines);
}

void
access_log_flush(struct access_log *log)
{
	line_buffer_flush(&log->lines);
}

/* The texts of a second are made once in that second. */
static void
refresh_time(struct access_log *log, int64_t seconds)
{
	if (log->time_seconds == seconds)
		return;
	log->time_seconds = seconds;
	http_date_format_log(seconds, log->time_log);
	http_date_format_iso(seconds, log->time_iso);
}

static struct slice
cut(struct slice value)
{
	if (value.len > VALUE_MAX)
		value.len = VALUE_MAX;
	return value;
}

static struct slice
field(const struct access_record *record, enum http_field id)
{
	if (!record->head)
		return (struct slice){ NULL, 0 };
	return cut(http_head_value(record->head, id));
}

static void
put_logged(struct text *line, struct slice value)
{
	if (value.data)
		http_escape_log(line, value);
	else
		text_put_char(line, '-');
}

static void
put_request_line(struct text *line, const struct access_record *record)
{
	if (!record->head) {
		text_put_char(line, '-');
		return;
	}
	text_put(line, http_head_method_name(record->head));
	text_put_char(line, ' ');
	http_escape_log(line, cut(http_head_target(record->head)));
	text_put(
	    line, http_head_version_minor(record->head) ? SLICE(" HTTP/1.1") : SLICE(" HTTP/1.0"));
}

static void
put_combined(struct text *line, const struct access_log *log, const struct access_record *record)
{
	peer_put_host(line, record->peer);
	text_put(line, SLICE(" - - ["));
	text_put(line, (struct slice){ log->time_log, HTTP_DATE_LOG_LEN });
	text_put(line, SLICE("] \""));
	put_request_line(line, record);
	text_put(line, SLICE("\" "));
	text_put_u64(line, (uint64_t)record->status);
	text_put_char(line, ' ');
	text_put_u64(line, record->bytes);
	text_put(line, SLICE(" \""));
	put_logged(line, field(record, HTTP_FIELD_REFERER));
	text_put(line, SLICE("\" \""));
	put_logged(line, field(record, HTTP_FIELD_USER_AGENT));
	text_put(line, SLICE("\" "));
	text_put_u64(line, (uint64_t)record->duration_us);
	text_put_char(line, ' ');
	text_put_u64(line, record->request_number);
	text_put_char(line, '\n');
}

static struct slice
iso_time(const struct access_log *log)
{
	return (struct slice){ log->time_iso, HTTP_DATE_ISO_LEN };
}

/* An ending is told only where there was one. */
static void
put_json(struct text *text, const struct access_log *log, const struct access_record *record)
{
	struct json line = json_over(text);

	json_begin(&line, NULL);
	for (size_t i = 0; i < log->fields.count; i++) {
		const struct access_field *at = &log->fields.items[i];
		char room[PEER_TEXT_MAX];
		struct access_value value =
		    access_field_value(&log->fields, at, record, iso_time(log), room);

		if (value.is_number)
			json_u64(&line, at->name, value.number);
		else if (value.string.data || at->id != CONFIG_ACCESS_ENDING)
			json_string(&line, at->name, value.string);
	}
	json_end(&line);
	text_put_char(text, '\n');
}

/* Blanks separate, and what a client sent is in quotes: in it there are none. */
static void
put_plain(struct text *text, const struct access_log *log, const struct access_record *record)
{
	for (size_t i = 0; i < log->fields.count; i++) {
		const struct access_field *at = &log->fields.items[i];
		char room[PEER_TEXT_MAX];
		struct access_value value =
		    access_field_value(&log->fields, at, record, iso_time(log), room);

		if (i > 0)
			text_put_char(text, ' ');
		if (value.is_number) {
			text_put_u64(text, value.number);
		} else if (!value.string.data || at->id == CONFIG_ACCESS_TIME) {
			text_put(text, value.string.data ? value.string : SLICE("-"));
		} else {
			text_put_char(text, '"');
			http_escape_log(text, value.string);
			text_put_char(text, '"');
		}
	}
	text_put_char(text, '\n');
}

void
access_log_put(struct access_log *log, const struct access_record *record)
{
	struct text line = line_buffer_begin(&log->lines);

	refresh_time(log, record->time_seconds);
	if (log->format == CONFIG_ACCESS_JSON)
		put_json(&line, log, record);
	else if (log->format == CONFIG_ACCESS_TEXT)
		put_plain(&line, log, record);
	else
		put_combined(&line, log, record);
	line_buffer_end(&log->lines, &line);
}
