/* SPDX-License-Identifier: MIT
 *
 * metrics: the families, one function for each subject, in the order in which an operator
 * asks: the process, the listeners, the connections, the requests, the loops, the rest.
 */
#include "handler/metrics.h"

#include <string.h>

#include "base/clock.h"
#include "handler/metrics_text.h"
#include "http/qvalue.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum metrics_format
metrics_negotiate(struct slice accept)
{
	struct slice range;
	unsigned weight;
	unsigned plain = 0;
	unsigned open = 0;

	while (http_qvalue_next(&accept, &range, &weight)) {
		if (slice_equals_nocase(range, SLICE("application/openmetrics-text")))
			open = weight > open ? weight : open;
		else if (slice_equals_nocase(range, SLICE("text/plain")))
			plain = weight > plain ? weight : plain;
	}
	return open > 0 && open >= plain ? METRICS_OPENMETRICS : METRICS_TEXT;
}

struct slice
metrics_type(enum metrics_format format)
{
	if (format == METRICS_OPENMETRICS)
		return SLICE("application/openmetrics-text; version=1.0.0; charset=utf-8");
	return SLICE("text/plain; version=0.0.4; charset=utf-8");
}

/* --- The process ---------------------------------------------------------------------- */

static void
put_process(struct metrics_text *out, const struct snapshot *snapshot)
{
	const struct snapshot_process *process = &snapshot->process;

	metrics_single_seconds(out, METRICS_COUNTER, "process_cpu_seconds",
	    "CPU time of the process, user and system.", process->user_us + process->system_us);
	metrics_single(out, METRICS_GAUGE, "process_resident_memory_bytes",
	    "Memory of the process that is resident.", process->resident_bytes);
	metrics_single(out, METRICS_GAUGE, "process_virtual_memory_bytes",
	    "Address space of the process.", process->virtual_bytes);
	metrics_single(
	    out, METRICS_GAUGE, "process_open_fds", "Open file descriptors.", process->open_fds);
	metrics_single(out, METRICS_GAUGE, "process_max_fds",
	    "File descriptors that the process may open (RLIMIT_NOFILE).", process->max_fds);
	metrics_single(
	    out, METRICS_GAUGE, "process_threads", "Threads of the process.", process->threads);
	metrics_single(out, METRICS_GAUGE, "process_start_time_seconds",
	    "When the process was started, in seconds since the Epoch.",
	    (uint64_t)snapshot->started_seconds);
}

static void
put_server(struct metrics_text *out, const struct snapshot *snapshot)
{
	const struct snapshot_config *config = &snapshot->config;
	const bool was_reloaded = config->reloaded_seconds != 0;

	metrics_begin(out, METRICS_INFO, "usher_build", "The version that runs.");
	metrics_u64(out, METRICS_LABELS({ "version", snapshot->version }), 1);
	metrics_single_seconds(
	    out, METRICS_GAUGE, "usher_uptime_seconds", "Since the start.", snapshot->uptime_us);
	metrics_single(out, METRICS_GAUGE, "usher_config_generation",
	    "Which configuration is in force, counted from 1.", config->generation);
	metrics_single(out, METRICS_GAUGE, "usher_config_generations",
	    "Configurations that still have users: 1, but for a while after a reload.",
	    config->generations);
	metrics_single(out, METRICS_GAUGE, "usher_config_last_reload_successful",
	    "Whether the last reload was; 1 before the first.",
	    !was_reloaded || config->reload_is_ok);
	metrics_single(out, METRICS_GAUGE, "usher_config_last_reload_timestamp_seconds",
	    "When the last reload was, or the start.",
	    (uint64_t)(was_reloaded ? config->reloaded_seconds : config->loaded_seconds));
}

/* --- Listeners ------------------------------------------------------------------------- */

static uint64_t
accepted_of(const struct snapshot_listener *listener)
{
	return listener->accepted;
}

static uint64_t
refused_of(const struct snapshot_listener *listener)
{
	return listener->refused;
}

static uint64_t
open_of(const struct snapshot_listener *listener)
{
	return listener->open;
}

static uint64_t
is_draining(const struct snapshot_listener *listener)
{
	return listener->is_draining;
}

static uint64_t
length_of(const struct snapshot_listener *listener)
{
	return listener->queue.length;
}

static uint64_t
peak_of(const struct snapshot_listener *listener)
{
	return listener->queue.peak;
}

static uint64_t
limit_of(const struct snapshot_listener *listener)
{
	return listener->queue.limit;
}

static uint64_t
drops_of(const struct snapshot_listener *listener)
{
	return listener->queue.drops;
}

static uint64_t
full_of(const struct snapshot_listener *listener)
{
	return listener->queue.full;
}

/* One that drains beside its successor would have the same labels. */
static bool
is_succeeded(const struct snapshot *snapshot, const struct snapshot_listener *listener)
{
	for (size_t i = 0; listener->is_draining && i < snapshot->listener_count; i++) {
		const struct snapshot_listener *other = &snapshot->listeners[i];

		if (other != listener && strcmp(other->name, listener->name) == 0 &&
		    strcmp(other->address, listener->address) == 0)
			return true;
	}
	return false;
}

static const struct {
	enum metrics_kind kind;
	bool is_of_queue; /* left out where the transport does not tell */
	const char *name;
	const char *help;
	uint64_t (*value_of)(const struct snapshot_listener *);
} listener_families[] = {
	{ METRICS_COUNTER, false, "usher_listener_accepted", "Connections accepted.", accepted_of },
	{ METRICS_COUNTER, false, "usher_listener_refused",
	    "Connections accepted and ended at once, for want of memory.", refused_of },
	{ METRICS_GAUGE, false, "usher_listener_connections", "Connections open.", open_of },
	{ METRICS_GAUGE, false, "usher_listener_draining",
	    "1 where nobody new is accepted any more.", is_draining },
	{ METRICS_GAUGE, true, "usher_listener_queue_length",
	    "Clients in the accept queue, as of the last look.", length_of },
	{ METRICS_GAUGE, true, "usher_listener_queue_peak",
	    "The most clients that were seen in the accept queue.", peak_of },
	{ METRICS_GAUGE, true, "usher_listener_queue_limit",
	    "Length that the accept queue may reach: the backlog in effect.", limit_of },
	{ METRICS_COUNTER, true, "usher_listener_queue_drops",
	    "Handshakes that the kernel dropped, as when the accept queue is full.", drops_of },
	{ METRICS_COUNTER, true, "usher_listener_queue_full",
	    "How often the accept queue was seen at its limit.", full_of },
};

static void
put_listener_reasons(struct metrics_text *out, const struct snapshot *snapshot, bool is_now)
{
	for (size_t i = 0; i < snapshot->listener_count; i++)
		for (unsigned reason = 0; reason < LISTENER_PAUSE_REASONS; reason++) {
			const struct snapshot_listener *listener = &snapshot->listeners[i];

			if (is_succeeded(snapshot, listener))
				continue;
			metrics_u64(out,
			    METRICS_LABELS({ "listener", listener->name },
				{ "address", listener->address },
				{ "reason", listener_pause_name(reason) }),
			    is_now ? listener->paused >> reason & 1 : listener->pauses[reason]);
		}
}

static void
put_listeners(struct metrics_text *out, const struct snapshot *snapshot)
{
	for (size_t family = 0; family < COUNT(listener_families); family++) {
		metrics_begin(out, listener_families[family].kind, listener_families[family].name,
		    listener_families[family].help);
		for (size_t i = 0; i < snapshot->listener_count; i++) {
			const struct snapshot_listener *listener = &snapshot->listeners[i];

			if ((listener_families[family].is_of_queue && !listener->queue.is_known) ||
			    is_succeeded(snapshot, listener))
				continue;
			metrics_u64(out,
			    METRICS_LABELS(
				{ "listener", listener->name }, { "address", listener->address }),
			    listener_families[family].value_of(listener));
		}
	}
	metrics_begin(out, METRICS_GAUGE, "usher_listener_paused",
	    "1 where accepting is paused for that reason.");
	put_listener_reasons(out, snapshot, true);
	metrics_begin(out, METRICS_COUNTER, "usher_listener_pauses",
	    "How often accepting was paused for that reason.");
	put_listener_reasons(out, snapshot, false);
}

/* --- Connections ------------------------------------------------------------------------ */

static void
put_connections(struct metrics_text *out, const struct snapshot *snapshot)
{
	metrics_begin(out, METRICS_GAUGE, "usher_connections", "Connections open, by state.");
	for (int state = CONN_BUSY; state < CONN_CLOSED; state++)
		metrics_u64(out,
		    METRICS_LABELS({ "state", conn_state_name((enum conn_state)state) }),
		    snapshot->sum.by_state[state]);
	metrics_single(out, METRICS_GAUGE, "usher_connections_limit",
	    "Connections that may be open: limits.connections.", snapshot->connection_limit);
	metrics_single(out, METRICS_COUNTER, "usher_connections_accepted", "Connections accepted.",
	    snapshot->sum.accepted);
	metrics_single(out, METRICS_COUNTER, "usher_connections_moved",
	    "Connections that one loop gave to another.", snapshot->sum.moved);
	metrics_single(out, METRICS_COUNTER, "usher_connections_taken_over",
	    "Connections that came from another process, in an upgrade or a restart.",
	    snapshot->sum.taken_over);
	metrics_single(out, METRICS_COUNTER, "usher_received_bytes",
	    "Bytes received on connections.", snapshot->sum.bytes_in);
	metrics_single(out, METRICS_COUNTER, "usher_sent_bytes", "Bytes sent on connections.",
	    snapshot->sum.bytes_out);
}

static void
put_limits(struct metrics_text *out, const struct snapshot *snapshot)
{
	const struct snapshot_limits *limits = &snapshot->sum.limits;

	metrics_single(out, METRICS_GAUGE, "usher_buffered_bytes",
	    "Memory in connections, buffers and caches, as limits.memory counts it.",
	    limits->memory_used);
	metrics_single(out, METRICS_GAUGE, "usher_buffered_limit_bytes",
	    "What that may be: limits.memory; 0: no limit.", snapshot->memory_limit);
	metrics_single(out, METRICS_COUNTER, "usher_memory_shortages",
	    "How often a loop came to its share of limits.memory.", limits->shortages);
	metrics_single(out, METRICS_COUNTER, "usher_connections_full",
	    "How often a loop came to its share of limits.connections.", limits->fulls);
	metrics_begin(out, METRICS_COUNTER, "usher_requests_refused",
	    "Requests answered 429 for the rate of their address, or 503 for want of memory.");
	metrics_u64(out, METRICS_LABELS({ "reason", "rate" }), limits->requests_rate);
	metrics_u64(out, METRICS_LABELS({ "reason", "memory" }), limits->requests_overload);
	metrics_single(out, METRICS_GAUGE, "usher_client_addresses",
	    "Client addresses with connections, or whose rate is remembered.", snapshot->addresses);
}

static void
put_endings(struct metrics_text *out, const struct ending_tally *tally)
{
	metrics_begin(out, METRICS_COUNTER, "usher_connection_endings",
	    "Connections that have ended, by cause; usherd(8) explains them.");
	for (int i = 0; i < ENDING_CAUSE_COUNT; i++)
		metrics_u64(out, METRICS_LABELS({ "cause", ending_label((enum ending_cause)i) }),
		    tally->by_cause[i]);
	metrics_begin(out, METRICS_COUNTER, "usher_connection_first_fins",
	    "Connections that have ended, by who sent the first FIN.");
	for (int i = 0; i <= ENDING_FIN_PEERS; i++)
		metrics_u64(out,
		    METRICS_LABELS({ "from", ending_first_fin_name((enum ending_first_fin)i) }),
		    tally->by_first_fin[i]);
	metrics_single(out, METRICS_COUNTER, "usher_connection_resets_sent",
	    "Connections that ended with a RST of ours.", tally->resets_sent);
	metrics_single(out, METRICS_COUNTER, "usher_connection_resets_received",
	    "Connections that ended with a RST of the peer's.", tally->resets_received);
}

/* --- Requests ----------------------------------------------------------------------------- */

static const char *
method_label(int method)
{
	return method == HTTP_METHOD_OTHER ? "other" : http_method_name((enum http_method)method);
}

static void
put_durations(struct metrics_text *out, const struct http1_counters *http)
{
	char room[32];
	uint64_t count = 0;

	metrics_begin(out, METRICS_HISTOGRAM, "usher_http_request_duration_seconds",
	    "From a request's first byte to the end of its answer.");
	for (int i = 0; i < HTTP1_DURATION_BUCKETS; i++) {
		struct text bound = text_over(room, sizeof(room));

		if (i < HTTP1_DURATION_BOUNDS)
			text_put_seconds(&bound, http1_duration_bounds_us[i]);
		else
			text_put_string(&bound, "+Inf");
		count += http->by_duration[i];
		metrics_u64_of(
		    out, "_bucket", METRICS_LABELS({ "le", text_string(&bound) }), count);
	}
	metrics_seconds_of(out, "_sum", METRICS_NO_LABELS, (int64_t)http->duration_us);
	metrics_u64_of(out, "_count", METRICS_NO_LABELS, count);
}

static void
put_requests(struct metrics_text *out, const struct http1_counters *http)
{
	metrics_begin(out, METRICS_COUNTER, "usher_http_requests",
	    "Requests that are over, by method and class of status; none: without an answer.");
	for (int method = 0; method < HTTP1_METHOD_COUNT; method++)
		for (int i = 0; i < HTTP1_CLASS_COUNT; i++)
			metrics_u64(out,
			    METRICS_LABELS({ "method", method_label(method) },
				{ "class", http1_class_name(i) }),
			    http->by[method][i]);
	metrics_single(out, METRICS_GAUGE, "usher_http_requests_in_flight",
	    "Requests that have begun and are not over.", http->begun - http->requests);
	put_durations(out, http);
}

/* --- Loops ---------------------------------------------------------------------------------- */

enum loop_figure { LOOP_BUSY, LOOP_TURNS, LOOP_EVENTS, LOOP_OPEN, LOOP_ANSWERS, LOOP_DELAY };

static const struct {
	enum metrics_kind kind;
	enum loop_figure figure;
	const char *name;
	const char *help;
} loop_families[] = {
	{ METRICS_COUNTER, LOOP_BUSY, "usher_loop_busy_seconds",
	    "CPU time of the loop's thread: its share of a second is how busy it is." },
	{ METRICS_COUNTER, LOOP_TURNS, "usher_loop_turns", "Turns of the loop." },
	{ METRICS_COUNTER, LOOP_EVENTS, "usher_loop_events",
	    "Events of sockets and deadlines that it has handled." },
	{ METRICS_GAUGE, LOOP_OPEN, "usher_loop_connections", "Connections of the loop." },
	{ METRICS_GAUGE, LOOP_ANSWERS, "usher_loop_responding",
	    "0 where the loop is stuck: its figures are old then." },
	{ METRICS_GAUGE, LOOP_DELAY, "usher_loop_delay_seconds",
	    "How long the loop took to answer the last question for figures." },
};

static void
put_loop(struct metrics_text *out, enum loop_figure figure, const struct snapshot_loop *loop)
{
	char room[16];
	struct text index = text_over(room, sizeof(room));
	const struct metrics_label labels[] = { { "loop", room }, { NULL, NULL } };

	text_put_u64(&index, loop->index);
	(void)text_string(&index);
	switch (figure) {
	case LOOP_BUSY:
		metrics_seconds(out, labels, loop->busy_us);
		break;
	case LOOP_TURNS:
		metrics_u64(out, labels, loop->turns);
		break;
	case LOOP_EVENTS:
		metrics_u64(out, labels, loop->events);
		break;
	case LOOP_OPEN:
		metrics_u64(out, labels, loop->open);
		break;
	case LOOP_ANSWERS:
		metrics_u64(out, labels, loop->has_answered);
		break;
	case LOOP_DELAY:
		metrics_seconds(out, labels, loop->delay_us);
		break;
	}
}

static void
put_loops(struct metrics_text *out, const struct snapshot *snapshot)
{
	for (size_t family = 0; family < COUNT(loop_families); family++) {
		metrics_begin(out, loop_families[family].kind, loop_families[family].name,
		    loop_families[family].help);
		for (size_t i = 0; i < snapshot->loop_count; i++)
			put_loop(out, loop_families[family].figure, &snapshot->loops[i]);
	}
}

/* --- The rest --------------------------------------------------------------------------------- */

static void
put_file_cache(struct metrics_text *out, const struct snapshot_part *sum)
{
	metrics_begin(out, METRICS_COUNTER, "usher_file_cache_lookups",
	    "Paths looked up in the file caches; stale: found, and confirmed by the file system.");
	metrics_u64(out, METRICS_LABELS({ "result", "hit" }), sum->cache.hits);
	metrics_u64(out, METRICS_LABELS({ "result", "stale" }), sum->cache.stale);
	metrics_u64(out, METRICS_LABELS({ "result", "miss" }), sum->cache.misses);
	metrics_single(out, METRICS_COUNTER, "usher_file_cache_evictions",
	    "Entries that had to go for lack of room.", sum->cache.evicted);
	metrics_begin(out, METRICS_GAUGE, "usher_file_cache_entries",
	    "Entries of the file caches: files in memory, open files, other verdicts.");
	metrics_u64(out, METRICS_LABELS({ "kind", "file" }), sum->cached.files);
	metrics_u64(out, METRICS_LABELS({ "kind", "descriptor" }), sum->cached.descriptors);
	metrics_u64(out, METRICS_LABELS({ "kind", "verdict" }), sum->cached.verdicts);
	metrics_single(out, METRICS_GAUGE, "usher_file_cache_bytes",
	    "Bodies kept in memory by the file caches.", sum->cached.bytes);
}

static void
put_drain(struct metrics_text *out, const struct snapshot *snapshot)
{
	static const char *const steps[] = { "announce", "stop_accepting", "grace", "wait",
		"done" };
	const struct snapshot_drain *drain = &snapshot->sum.drain;

	metrics_single(out, METRICS_GAUGE, "usher_draining", "1 while the server drains.",
	    snapshot->is_draining);
	metrics_begin(out, METRICS_GAUGE, "usher_drain_step", "1 for the step of the drain.");
	for (unsigned i = 0; i < COUNT(steps); i++)
		metrics_u64(out, METRICS_LABELS({ "step", steps[i] }), drain->step == i + 1);
}

void
metrics_put(struct text *text, const struct snapshot *snapshot, enum metrics_format format)
{
	struct metrics_text out = { .text = text, .format = format };

	put_server(&out, snapshot);
	put_process(&out, snapshot);
	put_listeners(&out, snapshot);
	put_connections(&out, snapshot);
	put_limits(&out, snapshot);
	put_endings(&out, &snapshot->sum.endings);
	put_requests(&out, &snapshot->sum.http);
	put_loops(&out, snapshot);
	put_file_cache(&out, &snapshot->sum);
	put_drain(&out, snapshot);
	metrics_single(&out, METRICS_COUNTER, "usher_log_lost_lines",
	    "Lines of the access and connections' logs that could not be written.",
	    snapshot->sum.lost_lines);
	metrics_end(&out);
}
