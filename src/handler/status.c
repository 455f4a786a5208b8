/* SPDX-License-Identifier: MIT */
#include "handler/status.h"

#include <string.h>

#include "base/json.h"
#include "http/date.h"

/* --- Listeners ---------------------------------------------------------------- */

static void
put_services(struct json *json, const struct config_listener *config)
{
	json_begin_list(json, "services");
	for (size_t i = 0; config && i < config->services.count; i++)
		json_string(json, NULL, slice_of(config->services.items[i]));
	json_end_list(json);
}

static void
put_paused(struct json *json, unsigned paused)
{
	json_begin_list(json, "paused");
	for (unsigned i = 0; i < LISTENER_PAUSE_REASONS; i++)
		if (paused & (1U << i))
			json_string(json, NULL, slice_of(listener_pause_name(i)));
	json_end_list(json);
}

static void
put_queue(struct json *json, const struct snapshot_queue *queue)
{
	if (!queue->is_known) {
		json_null(json, "queue");
		return;
	}
	json_begin(json, "queue");
	json_u64(json, "length", queue->length);
	json_u64(json, "peak", queue->peak);
	json_u64(json, "limit", queue->limit);
	json_u64(json, "drops", queue->drops);
	json_u64(json, "full", queue->full);
	json_end(json);
}

static void
put_listener(struct json *json, const struct snapshot_listener *listener)
{
	const struct config_listener *config = listener->config;

	json_begin(json, NULL);
	json_string(json, "name", slice_of(listener->name));
	json_string(json, "address", slice_of(listener->address));
	json_string(json, "transport", slice_of(listener->transport));
	put_services(json, config);
	json_string(json, "state", slice_of(snapshot_listener_state(listener)));
	put_paused(json, listener->paused);
	json_u64(json, "backlog", config ? (uint64_t)config->backlog : 0);
	put_queue(json, &listener->queue);
	json_u64(json, "accepted", listener->accepted);
	json_u64(json, "refused", listener->refused);
	json_u64(json, "open", listener->open);
	json_end(json);
}

static void
put_listeners(struct json *json, const struct snapshot *snapshot)
{
	json_begin_list(json, "listeners");
	for (size_t i = 0; i < snapshot->listener_count; i++)
		put_listener(json, &snapshot->listeners[i]);
	json_end_list(json);
}

void
status_put_listeners(struct text *text, const struct snapshot *snapshot)
{
	struct json json = json_over(text);

	json_begin(&json, NULL);
	put_listeners(&json, snapshot);
	json_end(&json);
	text_put_char(text, '\n');
}

/* --- The whole ---------------------------------------------------------------- */

static void
put_time(struct json *json, const char *key, int64_t seconds)
{
	char time[HTTP_DATE_ISO_LEN];

	http_date_format_iso(seconds, time);
	json_string(json, key, (struct slice){ time, sizeof(time) });
}

static void
put_config(struct json *json, const struct snapshot_config *config)
{
	json_begin(json, "config");
	json_string(json, "file", slice_of(config->file));
	json_u64(json, "generation", config->generation);
	json_u64(json, "generations", config->generations);
	put_time(json, "loaded", config->loaded_seconds);
	if (config->reloaded_seconds == 0) {
		json_null(json, "last_reload");
	} else {
		json_begin(json, "last_reload");
		json_flag(json, "ok", config->reload_is_ok);
		put_time(json, "at", config->reloaded_seconds);
		json_string(json, "error", slice_of(config->reload_error));
		json_end(json);
	}
	json_end(json);
}

/* The member `parked` is always there, whether this version parks connections or not. */
static bool
is_state(const char *name)
{
	for (int state = CONN_BUSY; state < CONN_CLOSED; state++)
		if (strcmp(conn_state_name((enum conn_state)state), name) == 0)
			return true;
	return false;
}

static void
put_connections(struct json *json, const struct snapshot *snapshot)
{
	json_begin(json, "connections");
	json_u64(json, "open", snapshot_open(snapshot));
	for (int state = CONN_BUSY; state < CONN_CLOSED; state++)
		json_u64(
		    json, conn_state_name((enum conn_state)state), snapshot->sum.by_state[state]);
	if (!is_state("parked"))
		json_u64(json, "parked", 0);
	json_u64(json, "limit", snapshot->connection_limit);
	json_u64(json, "accepted", snapshot->sum.accepted);
	json_u64(json, "moved", snapshot->sum.moved);
	json_u64(json, "taken_over", snapshot->sum.taken_over);
	json_end(json);
}

static void
put_limits(struct json *json, const struct snapshot *snapshot)
{
	const struct snapshot_limits *limits = &snapshot->sum.limits;

	json_begin(json, "limits");
	json_u64(json, "memory_used", limits->memory_used);
	json_u64(json, "memory", snapshot->memory_limit);
	json_u64(json, "memory_shortages", limits->shortages);
	json_u64(json, "memory_short_loops", limits->short_loops);
	json_u64(json, "connections_full", limits->fulls);
	json_u64(json, "connections_full_loops", limits->full_loops);
	json_u64(json, "requests_refused_rate", limits->requests_rate);
	json_u64(json, "requests_refused_memory", limits->requests_overload);
	json_u64(json, "addresses", snapshot->addresses);
	json_end(json);
}

static void
put_duration(struct json *json, const struct http1_counters *http)
{
	uint64_t count = 0;

	json_begin(json, "duration");
	json_u64(json, "count", http->requests);
	json_seconds(json, "sum_s", (int64_t)http->duration_us);
	json_seconds(json, "p50_s", snapshot_quantile_us(http->by_duration, 0.5));
	json_seconds(json, "p90_s", snapshot_quantile_us(http->by_duration, 0.9));
	json_seconds(json, "p99_s", snapshot_quantile_us(http->by_duration, 0.99));
	json_seconds(json, "p999_s", snapshot_quantile_us(http->by_duration, 0.999));
	json_begin_list(json, "buckets");
	for (int i = 0; i < HTTP1_DURATION_BUCKETS; i++) {
		count += http->by_duration[i];
		json_begin(json, NULL);
		if (i < HTTP1_DURATION_BOUNDS)
			json_seconds(json, "le_s", http1_duration_bounds_us[i]);
		else
			json_null(json, "le_s");
		json_u64(json, "count", count);
		json_end(json);
	}
	json_end_list(json);
	json_end(json);
}

static void
put_requests(struct json *json, const struct snapshot_part *sum)
{
	const struct http1_counters *http = &sum->http;

	json_begin(json, "requests");
	json_u64(json, "total", http->requests);
	json_u64(json, "in_flight", http->begun - http->requests);
	json_begin(json, "by_class");
	for (int i = 0; i < HTTP1_CLASS_COUNT; i++)
		json_u64(json, http1_class_name(i), http1_counters_of_class(http, i));
	json_end(json);
	json_begin(json, "by_method");
	for (int i = 0; i < HTTP_METHOD_OTHER; i++)
		json_u64(json, http_method_name((enum http_method)i),
		    http1_counters_of_method(http, (enum http_method)i));
	json_u64(json, "other", http1_counters_of_method(http, HTTP_METHOD_OTHER));
	json_end(json);
	json_u64(json, "bytes_in", sum->bytes_in);
	json_u64(json, "bytes_out", sum->bytes_out);
	put_duration(json, http);
	json_end(json);
}

static void
put_endings(struct json *json, const struct ending_tally *tally)
{
	json_begin(json, "endings");
	json_u64(json, "total", tally->total);
	json_begin(json, "by_cause");
	for (int i = 0; i < ENDING_CAUSE_COUNT; i++)
		json_u64(json, ending_label((enum ending_cause)i), tally->by_cause[i]);
	json_end(json);
	json_begin(json, "by_first_fin");
	for (int i = 0; i <= ENDING_FIN_PEERS; i++)
		json_u64(
		    json, ending_first_fin_name((enum ending_first_fin)i), tally->by_first_fin[i]);
	json_end(json);
	json_u64(json, "resets_sent", tally->resets_sent);
	json_u64(json, "resets_received", tally->resets_received);
	json_end(json);
}

static void
put_loops(struct json *json, const struct snapshot *snapshot)
{
	json_begin_list(json, "loops");
	for (size_t i = 0; i < snapshot->loop_count; i++) {
		const struct snapshot_loop *loop = &snapshot->loops[i];

		json_begin(json, NULL);
		json_u64(json, "index", loop->index);
		json_flag(json, "answered", loop->has_answered);
		json_seconds(json, "busy_s", loop->busy_us);
		json_seconds(json, "delay_s", loop->delay_us);
		json_u64(json, "turns", loop->turns);
		json_u64(json, "events", loop->events);
		json_u64(json, "connections", loop->open);
		json_end(json);
	}
	json_end_list(json);
}

static void
put_file_cache(struct json *json, const struct snapshot_part *sum)
{
	json_begin(json, "file_cache");
	json_u64(json, "hits", sum->cache.hits);
	json_u64(json, "stale", sum->cache.stale);
	json_u64(json, "misses", sum->cache.misses);
	json_u64(json, "evicted", sum->cache.evicted);
	json_u64(json, "files", sum->cached.files);
	json_u64(json, "bytes", sum->cached.bytes);
	json_u64(json, "descriptors", sum->cached.descriptors);
	json_u64(json, "verdicts", sum->cached.verdicts);
	json_end(json);
}

static void
put_log_and_drain(struct json *json, const struct snapshot *snapshot)
{
	const struct snapshot_drain *drain = &snapshot->sum.drain;
	const bool is_under_way = drain->step > 0;

	json_begin(json, "log");
	json_string(json, "level", slice_of(log_level_name(snapshot->log_level)));
	json_u64(json, "lost_lines", snapshot->sum.lost_lines);
	json_end(json);
	json_begin(json, "drain");
	json_string(json, "step", slice_of(is_under_way ? drain->step_name : "none"));
	json_seconds(json, "since_s", is_under_way ? snapshot->now_us - drain->began_us : 0);
	json_seconds(json, "deadline_s", snapshot->drain_deadline_us);
	json_end(json);
}

static void
put_process(struct json *json, const struct snapshot_process *process)
{
	json_begin(json, "process");
	json_seconds(json, "user_s", process->user_us);
	json_seconds(json, "system_s", process->system_us);
	json_u64(json, "resident_bytes", process->resident_bytes);
	json_u64(json, "open_fds", process->open_fds);
	json_u64(json, "max_fds", process->max_fds);
	json_u64(json, "threads", process->threads);
	json_end(json);
}

void
status_put(struct text *text, const struct snapshot *snapshot)
{
	struct json json = json_over(text);

	json_begin(&json, NULL);
	json_string(&json, "version", slice_of(snapshot->version));
	json_u64(&json, "pid", snapshot->pid);
	json_string(&json, "state", slice_of(snapshot->is_draining ? "draining" : "serving"));
	json_seconds(&json, "uptime_s", snapshot->uptime_us);
	put_time(&json, "started", snapshot->started_seconds);
	put_config(&json, &snapshot->config);
	put_connections(&json, snapshot);
	put_limits(&json, snapshot);
	put_requests(&json, &snapshot->sum);
	put_endings(&json, &snapshot->sum.endings);
	put_listeners(&json, snapshot);
	put_loops(&json, snapshot);
	put_file_cache(&json, &snapshot->sum);
	put_log_and_drain(&json, snapshot);
	put_process(&json, &snapshot->process);
	json_end(&json);
	text_put_char(text, '\n');
}
