/* SPDX-License-Identifier: MIT */
#include "server/conn_log.h"

#include "base/clock.h"
#include "base/json.h"
#include "http/date.h"

#define LINE_MAX_BYTES 2048
#define BUFFER_BYTES (64 * 1024)

int
conn_log_init(struct conn_log *log, struct outlet *outlet)
{
	return line_buffer_init(&log->lines, outlet, BUFFER_BYTES, LINE_MAX_BYTES);
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
put_who(struct json *line, const struct conn *conn)
{
	char peer_text[PEER_TEXT_MAX];
	struct text peer = text_over(peer_text, sizeof(peer_text));
	char now[HTTP_DATE_ISO_LEN];

	http_date_format_iso(clock_wall_us() / CLOCK_SECOND_US, now);
	json_string(line, "time", (struct slice){ now, sizeof(now) });
	json_u64(line, "connection", conn->id);
	json_string(line, "listener", slice_of(conn->origin->listener));
	json_string(line, "protocol", slice_of(conn->origin->service->ops->name));
	peer_put(&peer, &conn->peer);
	json_string(line, "peer", text_slice(&peer));
}

static void
put_numbers(struct json *line, const struct ending *ending)
{
	json_u64(line, "requests", ending->requests);
	json_u64(line, "bytes_in", ending->bytes_in);
	json_u64(line, "bytes_out", ending->bytes_out);
	json_u64(line, "bytes_unsent", ending->bytes_unsent);
	json_u64(line, "bytes_unacknowledged", ending->bytes_unacknowledged);
	json_u64(line, "age_us", (uint64_t)ending->age_us);
	json_u64(line, "queued_ms", ending->queued_ms);
	json_u64(line, "rtt_us", ending->rtt_us);
	json_u64(line, "retransmits", ending->retransmits);
}

void
conn_log_put(struct conn_log *log, const struct conn *conn, const struct ending *ending)
{
	struct text text = line_buffer_begin(&log->lines);
	struct json line = json_over(&text);

	json_begin(&line, NULL);
	put_who(&line, conn);
	json_string(&line, "cause", slice_of(ending_label(ending->cause)));
	json_flag(&line, "fault", ending_is_fault(ending->cause));
	json_string(&line, "first_fin", slice_of(ending_first_fin_name(ending->first_fin)));
	json_flag(&line, "reset_sent", ending->reset_sent);
	json_flag(&line, "reset_received", ending->reset_received);
	put_numbers(&line, ending);
	json_end(&line);
	text_put_char(&text, '\n');
	line_buffer_end(&log->lines, &text);
}
