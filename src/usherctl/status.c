/* SPDX-License-Identifier: MIT
 *
 * status: `usherctl status`: one screen of what it is, what it does, how it fares.
 * Totals since the start; what happens now is `usherctl top`.
 */
#include <string.h>

#include "usherctl/canvas.h"
#include "usherctl/figures.h"
#include "usherctl/interval.h"
#include "usherctl/object.h"
#include "usherctl/snapshot.h"
#include "usherctl/verbs.h"

#define LABEL_WIDTH 15
#define ROWS_MAX 100
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A number with its label. */
struct figure {
	const char *label;
	uint64_t count;
	enum colour colour; /* where it is not 0 */
};

static void
begin(struct canvas *canvas, const char *label)
{
	canvas_begin(canvas, label, LABEL_WIDTH);
}

static void
put_figures(struct canvas *canvas, const struct figure *figures, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char room[FIGURE_MAX];
		struct text text = text_over(room, sizeof(room));

		text_put_u64(&text, figures[i].count);
		canvas_put_field(canvas, figures[i].count > 0 ? figures[i].colour : COLOUR_NONE,
		    figures[i].label, &text);
	}
}

static void
put_time(struct canvas *canvas, const char *label, double seconds)
{
	char room[FIGURE_MAX];
	struct text text = text_over(room, sizeof(room));

	figure_put_time(&text, seconds);
	canvas_put_field(canvas, COLOUR_NONE, label, &text);
}

static void
put_latency(struct canvas *canvas, const char *label, const struct snapshot *now, double seconds)
{
	char room[FIGURE_MAX];
	struct text text = text_over(room, sizeof(room));

	interval_put_latency(&text, now, seconds);
	canvas_put_field(canvas, COLOUR_NONE, label, &text);
}

static void
put_bytes(struct canvas *canvas, const char *label, uint64_t bytes)
{
	char room[FIGURE_MAX];
	struct text text = text_over(room, sizeof(room));

	figure_put_bytes(&text, bytes);
	canvas_put_field(canvas, COLOUR_NONE, label, &text);
}

static void
draw_head(struct canvas *canvas, const struct snapshot *now)
{
	char room[FIGURE_MAX];
	struct text uptime = text_over(room, sizeof(room));

	canvas_row(canvas);
	canvas_put_format(canvas, COLOUR_BOLD, "usherd %s", now->version);
	canvas_put_format(canvas, COLOUR_NONE, ", pid %llu, ", (unsigned long long)now->pid);
	canvas_put_string(
	    canvas, snapshot_is_draining(now) ? COLOUR_WARN : COLOUR_GOOD, now->state);
	figure_put_age(&uptime, now->uptime_s);
	canvas_put_format(
	    canvas, COLOUR_NONE, ", up %s, started %s", text_string(&uptime), now->started);
}

static void
draw_drain(struct canvas *canvas, const struct snapshot *now)
{
	if (!snapshot_is_draining(now))
		return;
	begin(canvas, "drain");
	canvas_put_string(canvas, COLOUR_WARN, now->drain.step);
	put_time(canvas, "since", now->drain.since_s);
	put_time(canvas, "cut after", now->drain.deadline_s);
}

static void
draw_config(struct canvas *canvas, const struct snapshot *now)
{
	char room[32];
	struct text generation = text_over(room, sizeof(room));

	text_put_u64(&generation, now->config.generation);
	if (now->config.generations > 1)
		text_put_format(
		    &generation, " (%llu in use)", (unsigned long long)now->config.generations);
	begin(canvas, "configuration");
	canvas_put_long(canvas, COLOUR_NONE, slice_of(now->config.file));
	canvas_put_field(canvas, COLOUR_NONE, "generation", &generation);
	canvas_put_format(canvas, COLOUR_NONE, "  of %s", now->config.loaded);
	if (!now->config.has_reloaded || now->config.reload_ok)
		return;
	begin(canvas, "");
	canvas_put_format(
	    canvas, COLOUR_BAD, "the last reload failed, at %s: ", now->config.reload_at);
	canvas_put_long(canvas, COLOUR_BAD, slice_of(now->config.reload_error));
}

static void
draw_listeners(struct canvas *canvas, const struct snapshot *now)
{
	begin(canvas, "listeners");
	for (size_t i = 0; i < now->listener_count && i < 20; i++) {
		const struct snapshot_listener *one = &now->listeners[i];
		char room[32];
		struct text state = text_over(room, sizeof(room));

		text_put_string(&state, one->state);
		canvas_put_field(canvas,
		    strcmp(one->state, "accepting") == 0 ? COLOUR_GOOD : COLOUR_WARN, one->name,
		    &state);
	}
	if (now->listener_count > 20)
		canvas_put_format(canvas, COLOUR_NONE, "  and %zu more", now->listener_count - 20);
}

static void
draw_connections(struct canvas *canvas, const struct snapshot *now)
{
	const struct figure figures[] = {
		{ "open", now->connections.open, COLOUR_BOLD },
		{ "limit", now->connections.limit, COLOUR_NONE },
		{ "busy", now->connections.busy, COLOUR_NONE },
		{ "idle", now->connections.idle, COLOUR_NONE },
		{ "parked", now->connections.parked, COLOUR_NONE },
		{ "flushing", now->connections.flushing, COLOUR_NONE },
		{ "lingering", now->connections.lingering, COLOUR_NONE },
		{ "accepted", now->connections.accepted, COLOUR_NONE },
	};

	begin(canvas, "connections");
	put_figures(canvas, figures, COUNT(figures));
}

static void
draw_limits(struct canvas *canvas, const struct snapshot *now)
{
	const struct figure figures[] = {
		{ "reached", now->limits.memory_shortages, COLOUR_BAD },
		{ "connections reached", now->limits.connections_full, COLOUR_BAD },
		{ "requests 429", now->limits.requests_rate, COLOUR_WARN },
		{ "503", now->limits.requests_memory, COLOUR_WARN },
		{ "addresses", now->limits.addresses, COLOUR_NONE },
	};

	begin(canvas, "limits");
	put_bytes(canvas, "memory", now->limits.memory_used);
	if (now->limits.memory > 0)
		put_bytes(canvas, "limit", now->limits.memory);
	put_figures(canvas, figures, COUNT(figures));
}

static void
draw_requests(struct canvas *canvas, const struct snapshot *now)
{
	const struct figure figures[] = {
		{ "total", now->requests.total, COLOUR_BOLD },
		{ "in flight", now->requests.in_flight, COLOUR_NONE },
		{ "2xx", now->requests.c2xx, COLOUR_GOOD },
		{ "3xx", now->requests.c3xx, COLOUR_NONE },
		{ "4xx", now->requests.c4xx, COLOUR_WARN },
		{ "5xx", now->requests.c5xx, COLOUR_BAD },
		{ "without answer", now->requests.none, COLOUR_BAD },
	};

	begin(canvas, "requests");
	put_figures(canvas, figures, COUNT(figures));
	put_bytes(canvas, "bytes in", now->requests.bytes_in);
	put_bytes(canvas, "out", now->requests.bytes_out);
	begin(canvas, "latency");
	put_latency(canvas, "p50", now, now->requests.p50_s);
	put_latency(canvas, "p90", now, now->requests.p90_s);
	put_latency(canvas, "p99", now, now->requests.p99_s);
	put_latency(canvas, "p99.9", now, now->requests.p999_s);
}

static void
draw_endings(struct canvas *canvas, const struct snapshot *now)
{
	const struct figure figures[] = {
		{ "total", now->endings.total, COLOUR_BOLD },
		{ "first FIN ours", now->endings.fin_ours, COLOUR_NONE },
		{ "theirs", now->endings.fin_peer, COLOUR_NONE },
		{ "resets sent", now->endings.resets_sent, COLOUR_BAD },
		{ "received", now->endings.resets_received, COLOUR_NONE },
	};

	begin(canvas, "endings");
	put_figures(canvas, figures, COUNT(figures));
	begin(canvas, "");
	for (size_t i = 0; i < now->cause_count; i++)
		if (now->causes[i].count > 0)
			put_figures(canvas,
			    (const struct figure[]){
				{ now->causes[i].name, now->causes[i].count, COLOUR_NONE } },
			    1);
}

static void
draw_files(struct canvas *canvas, const struct snapshot *now)
{
	const struct figure figures[] = {
		{ "hits", now->cache.hits, COLOUR_NONE },
		{ "stale", now->cache.stale, COLOUR_NONE },
		{ "misses", now->cache.misses, COLOUR_NONE },
		{ "evicted", now->cache.evicted, COLOUR_NONE },
		{ "files", now->cache.files, COLOUR_NONE },
	};

	begin(canvas, "file cache");
	put_figures(canvas, figures, COUNT(figures));
	put_bytes(canvas, "bytes", now->cache.bytes);
}

static void
draw_process(struct canvas *canvas, const struct snapshot *now)
{
	uint64_t stuck = 0;

	for (size_t i = 0; i < now->loop_count; i++)
		stuck += !now->loops[i].answered;
	begin(canvas, "process");
	put_time(canvas, "cpu user", now->process.user_s);
	put_time(canvas, "system", now->process.system_s);
	put_bytes(canvas, "memory", now->process.resident_bytes);
	put_figures(canvas,
	    (const struct figure[]){
		{ "descriptors", now->process.open_fds, COLOUR_NONE },
		{ "limit", now->process.max_fds, COLOUR_NONE },
		{ "threads", now->process.threads, COLOUR_NONE },
		{ "loops", now->loop_count, COLOUR_NONE },
		{ "that do not answer", stuck, COLOUR_BAD },
	    },
	    5);
	begin(canvas, "log");
	canvas_put_format(canvas, COLOUR_NONE, "level %s", now->log.level);
	put_figures(canvas,
	    (const struct figure[]){ { "lines lost", now->log.lost_lines, COLOUR_BAD } }, 1);
}

static int
print_status(const struct command *command, const struct snapshot *now)
{
	struct canvas *canvas = canvas_new(&command->look, command->look.columns, ROWS_MAX);
	int error;

	if (!canvas)
		return CTL_FAILED;
	draw_head(canvas, now);
	draw_drain(canvas, now);
	draw_config(canvas, now);
	draw_listeners(canvas, now);
	draw_connections(canvas, now);
	draw_limits(canvas, now);
	draw_requests(canvas, now);
	draw_endings(canvas, now);
	draw_files(canvas, now);
	draw_process(canvas, now);
	error = canvas_print(canvas, stdout);
	canvas_free(canvas);
	return error == 0 ? CTL_OK : CTL_FAILED;
}

int
verb_status(const struct command *command)
{
	struct snapshot snapshot;
	struct reply reply;
	int status = (int)verbs_ask_status(command, &reply, &snapshot);

	if (status != CTL_OK)
		return status;
	if (command->wants_json)
		verbs_print_json(&reply);
	else
		status = print_status(command, &snapshot);
	snapshot_done(&snapshot);
	reply_done(&reply);
	return status;
}
