/* SPDX-License-Identifier: MIT */
#include "server/conn_log.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/panic.h"
#include "http/date.h"

#define LINE_MAX_BYTES 2048
#define BUFFER_BYTES (64 * 1024)

int
conn_log_init(struct conn_log *log, struct outlet *outlet, const struct config_strings *names)
{
	log->field_count = names->count > 0 ? names->count : (size_t)CONFIG_CONN_LAST + 1;
	must(log->field_count <= CONFIG_LOG_FIELDS_MAX);
	for (size_t i = 0; i < log->field_count; i++) {
		const int id = names->count > 0 ? config_conn_field_find(names->items[i]) : (int)i;

		must(id >= 0);
		log->fields[i] = (enum config_conn_field)id;
	}
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
put_peer(struct json *line, const char *key, const struct peer *peer, bool with_port)
{
	char room[PEER_TEXT_MAX];
	struct text text = text_over(room, sizeof(room));

	if (with_port)
		peer_put(&text, peer);
	else
		peer_put_host(&text, peer);
	json_string(line, key, text_slice(&text));
}

static void
put_time(struct json *line, const char *key)
{
	char now[HTTP_DATE_ISO_LEN];

	http_date_format_iso(clock_wall_us() / CLOCK_SECOND_US, now);
	json_string(line, key, (struct slice){ now, sizeof(now) });
}

/* Who it was and where it came in. */
static void
put_who(struct json *line, enum config_conn_field field, const struct conn *conn)
{
	const char *key = config_conn_field_name(field);

	switch ((int)field) {
	case CONFIG_CONN_TIME:
		put_time(line, key);
		break;
	case CONFIG_CONN_CONNECTION:
		json_u64(line, key, conn->id);
		break;
	case CONFIG_CONN_LISTENER:
		json_string(line, key, slice_of(conn->origin->listener));
		break;
	case CONFIG_CONN_PROTOCOL:
		json_string(line, key, slice_of(conn->ops->name));
		break;
	default:
		put_peer(line, key, &conn->peer, field == CONFIG_CONN_PEER);
	}
}

static void
put_how(struct json *line, enum config_conn_field field, const struct ending *ending)
{
	const char *key = config_conn_field_name(field);

	switch ((int)field) {
	case CONFIG_CONN_CAUSE:
		json_string(line, key, slice_of(ending_label(ending->cause)));
		break;
	case CONFIG_CONN_FAULT:
		json_flag(line, key, ending_is_fault(ending->cause));
		break;
	case CONFIG_CONN_FIRST_FIN:
		json_string(line, key, slice_of(ending_first_fin_name(ending->first_fin)));
		break;
	case CONFIG_CONN_RESET_SENT:
		json_flag(line, key, ending->reset_sent);
		break;
	default:
		json_flag(line, key, ending->reset_received);
	}
}

static uint64_t
number_of(enum config_conn_field field, const struct ending *ending)
{
	switch ((int)field) {
	case CONFIG_CONN_REQUESTS:
		return ending->requests;
	case CONFIG_CONN_BYTES_IN:
		return ending->bytes_in;
	case CONFIG_CONN_BYTES_OUT:
		return ending->bytes_out;
	case CONFIG_CONN_BYTES_UNSENT:
		return ending->bytes_unsent;
	case CONFIG_CONN_BYTES_UNACKNOWLEDGED:
		return ending->bytes_unacknowledged;
	case CONFIG_CONN_AGE_US:
		return (uint64_t)ending->age_us;
	case CONFIG_CONN_QUEUED_MS:
		return ending->queued_ms;
	case CONFIG_CONN_RTT_US:
		return ending->rtt_us;
	default:
		return ending->retransmits;
	}
}

static void
put_field(struct json *line, enum config_conn_field field, const struct conn *conn,
    const struct ending *ending)
{
	if (field <= CONFIG_CONN_PEER || field == CONFIG_CONN_PEER_HOST)
		put_who(line, field, conn);
	else if (field <= CONFIG_CONN_RESET_RECEIVED)
		put_how(line, field, ending);
	else
		json_u64(line, config_conn_field_name(field), number_of(field, ending));
}

void
conn_log_put(struct conn_log *log, const struct conn *conn, const struct ending *ending)
{
	struct text text = line_buffer_begin(&log->lines);
	struct json line = json_over(&text);

	json_begin(&line, NULL);
	for (size_t i = 0; i < log->field_count; i++)
		put_field(&line, log->fields[i], conn, ending);
	json_end(&line);
	text_put_char(&text, '\n');
	line_buffer_end(&log->lines, &text);
}

void
conn_log_trace(const struct conn *conn, const struct ending *ending)
{
	char peer_text[PEER_TEXT_MAX];
	struct text peer = text_over(peer_text, sizeof(peer_text));

	peer_put(&peer, &conn->peer);
	log_debug("c%llu %s ended: %s; first FIN: %s%s%s; %llu requests, %llu bytes in, "
		  "%llu out, %llu unsent, %lld ms",
	    (unsigned long long)conn->id, text_string(&peer), ending_sentence(ending->cause),
	    ending_first_fin_name(ending->first_fin), ending->reset_sent ? "; reset sent" : "",
	    ending->reset_received ? "; reset received" : "", (unsigned long long)ending->requests,
	    (unsigned long long)ending->bytes_in, (unsigned long long)ending->bytes_out,
	    (unsigned long long)ending->bytes_unsent, (long long)(ending->age_us / 1000));
}
