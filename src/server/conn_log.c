/* SPDX-License-Identifier: MIT */
#include "server/conn_log.h"

#include "base/clock.h"
#include "http/date.h"

#define LINE_MAX_BYTES 2048
#define BUFFER_BYTES (64 * 1024)

int
conn_log_init(struct conn_log *log, int fd)
{
	return line_buffer_init(&log->lines, fd, BUFFER_BYTES, LINE_MAX_BYTES);
}

void
conn_log_done(struct conn_log *log)
{
	line_buffer_done(&log->lines);
}

void
conn_log_flush(struct conn_log *log)
{
	line_buffer_flush(&log->lines);
}

static void
put_string(struct text *line, const char *key, const char *value)
{
	text_put_format(line, ",\"%s\":\"", key);
	text_put_json(line, slice_of(value));
	text_put_char(line, '"');
}

static void
put_flag(struct text *line, const char *key, bool value)
{
	text_put_format(line, ",\"%s\":%s", key, value ? "true" : "false");
}

static void
put_number(struct text *line, const char *key, uint64_t value)
{
	text_put_format(line, ",\"%s\":%llu", key, (unsigned long long)value);
}

static void
put_who(struct text *line, const struct conn *conn)
{
	char peer_text[PEER_TEXT_MAX];
	struct text peer = text_over(peer_text, sizeof(peer_text));
	char now[HTTP_DATE_ISO_LEN];

	http_date_format_iso(clock_wall_us() / CLOCK_SECOND_US, now);
	text_put_string(line, "{\"time\":\"");
	text_put(line, (struct slice){ now, sizeof(now) });
	text_put_char(line, '"');
	put_number(line, "connection", conn->id);
	put_string(line, "listener", conn->origin->listener);
	put_string(line, "protocol", conn->origin->service->ops->name);
	peer_put(&peer, &conn->peer);
	put_string(line, "peer", text_string(&peer));
}

static void
put_numbers(struct text *line, const struct ending *ending)
{
	put_number(line, "requests", ending->requests);
	put_number(line, "bytes_in", ending->bytes_in);
	put_number(line, "bytes_out", ending->bytes_out);
	put_number(line, "bytes_unsent", ending->bytes_unsent);
	put_number(line, "bytes_unacknowledged", ending->bytes_unacknowledged);
	put_number(line, "age_us", (uint64_t)ending->age_us);
	put_number(line, "queued_ms", ending->queued_ms);
	put_number(line, "rtt_us", ending->rtt_us);
	put_number(line, "retransmits", ending->retransmits);
}

void
conn_log_put(struct conn_log *log, const struct conn *conn, const struct ending *ending)
{
	struct text line = line_buffer_begin(&log->lines);

	put_who(&line, conn);
	put_string(&line, "cause", ending_label(ending->cause));
	put_flag(&line, "fault", ending_is_fault(ending->cause));
	put_string(&line, "first_fin", ending_first_fin_name(ending->first_fin));
	put_flag(&line, "reset_sent", ending->reset_sent);
	put_flag(&line, "reset_received", ending->reset_received);
	put_numbers(&line, ending);
	text_put_string(&line, "}\n");
	line_buffer_end(&log->lines, &line);
}
