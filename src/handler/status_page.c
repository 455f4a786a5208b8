/* SPDX-License-Identifier: MIT
 *
 * status_page: from the top: is all well, the plots, the listeners with their accept
 * queues, connections and requests, how connections ended, the loops, the rest.
 */
#include "handler/status_page.h"

#include <string.h>

#include "base/clock.h"
#include "handler/plot.h"
#include "http/date.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The policy has its hash, which a test computes anew. */
#define STYLE                                                                                   \
	":root{color-scheme:light dark;--ink:#1c2128;--soft:#667080;--line:#d9dee5;"            \
	"--back:#f6f7f9;--card:#fff;--a:#2563c9;--b:#c2560c;--good:#1a7f45;--bad:#c0262d;"      \
	"--warn:#a15c00}"                                                                       \
	"@media(prefers-color-scheme:dark){:root{--ink:#e4e8ee;--soft:#949eae;--line:#313a46;"  \
	"--back:#12161b;--card:#1b2129;--a:#6ea8fe;--b:#f0924b;--good:#4cc38a;--bad:#ff6b70;"   \
	"--warn:#f0b429}}"                                                                      \
	"*{box-sizing:border-box}"                                                              \
	"body{margin:0;padding:1.2rem;background:var(--back);color:var(--ink);"                 \
	"font:15px/1.45 system-ui,sans-serif;font-variant-numeric:tabular-nums}"                \
	"main{max-width:76rem;margin:auto}"                                                     \
	"header{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;align-items:baseline;"             \
	"margin:0 0 1rem}"                                                                      \
	"h1{font-size:1.35rem;margin:0}h2{font-size:1rem;margin:0 0 .5rem}"                     \
	"header span{color:var(--soft)}"                                                        \
	"header .good,.good{color:var(--good)}header .bad,.bad{color:var(--bad)}"               \
	"header .warn,.warn{color:var(--warn)}"                                                 \
	".grid{display:grid;gap:1rem;margin:0 0 1rem;"                                          \
	"grid-template-columns:repeat(auto-fill,minmax(min(100%,22rem),1fr))}"                  \
	"section,figure{background:var(--card);border:1px solid var(--line);border-radius:8px;" \
	"padding:.8rem 1rem;margin:0;min-width:0}"                                              \
	".wide{margin:0 0 1rem;overflow-x:auto}"                                                \
	"figcaption{color:var(--soft);margin:0 0 .4rem}figcaption "                             \
	"b{color:var(--ink);white-space:nowrap}"                                                \
	".plot{position:relative}"                                                              \
	".top{position:absolute;top:2px;left:4px;font-size:.75rem;color:var(--soft)}"           \
	"svg{display:block;width:100%;height:84px;overflow:visible}"                            \
	"path{fill:none;vector-effect:non-scaling-stroke;stroke-width:1.5;"                     \
	"stroke-linejoin:round}"                                                                \
	".rule{stroke:var(--line);stroke-width:1}"                                              \
	".l1{stroke:var(--a)}.l2{stroke:var(--b)}.area{fill:var(--a);opacity:.14}"              \
	".k1,.k2{display:inline-block;width:.7em;height:.7em;border-radius:2px;"                \
	"margin-left:.5em}"                                                                     \
	".k1{background:var(--a)}.k2{background:var(--b)}"                                      \
	".axis{display:flex;justify-content:space-between;font-size:.75rem;color:var(--soft)}"  \
	"table{border-collapse:collapse;width:100%}"                                            \
	"th,td{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:baseline}"            \
	"th{font-weight:500;color:var(--soft);white-space:nowrap}"                              \
	"td.n,th.n{text-align:right}tr+tr td,thead+tbody td{border-top:1px solid var(--line)}"  \
	"td:last-child,th:last-child{padding-right:0}tr.zero "                                  \
	"td{color:var(--soft)}meter{width:7rem;vertical-align:middle}"                          \
	"footer{color:var(--soft);margin:1rem 0 0}a{color:var(--a)}"

/* As `openssl dgst -sha256 -binary | base64` has it. */
#define STYLE_HASH "OSJtUBc13SOCKf1ZZb3h5bSBPcf3DiObDRgmAUdeemg="

struct slice
status_page_policy(void)
{
	return SLICE("default-src 'none'; style-src 'sha256-" STYLE_HASH "'; base-uri 'none'; "
		     "form-action 'none'; frame-ancestors 'none'");
}

/* --- Words and numbers ----------------------------------------------------------------- */

static void
put_escaped(struct text *text, const char *string)
{
	text_put_html(text, slice_of(string));
}

/* "3 d 4 h", "12 min", "42 s": two units at most. */
static void
put_duration(struct text *text, int64_t us)
{
	const int64_t seconds = us / CLOCK_SECOND_US;

	if (seconds >= 86400)
		text_put_format(text, "%lld d %lld h", (long long)(seconds / 86400),
		    (long long)(seconds % 86400 / 3600));
	else if (seconds >= 3600)
		text_put_format(text, "%lld h %lld min", (long long)(seconds / 3600),
		    (long long)(seconds % 3600 / 60));
	else if (seconds >= 60)
		text_put_format(
		    text, "%lld min %lld s", (long long)(seconds / 60), (long long)(seconds % 60));
	else
		text_put_format(text, "%lld s", (long long)seconds);
}

static void
put_bytes(struct text *text, uint64_t bytes)
{
	plot_put_value(text, (double)bytes, PLOT_BYTES);
}

/* Groups of three digits, with thin spaces between. */
static void
put_count(struct text *text, uint64_t count)
{
	uint64_t group = 1;

	while (count / group >= 1000)
		group *= 1000;
	text_put_u64(text, count / group);
	while (group >= 1000) {
		count %= group;
		group /= 1000;
		text_put_format(text, "&#8239;%03u", (unsigned)(count / group));
	}
}

/* A row of two cells; `name` is ours. */
static void
put_count_row(struct text *text, const char *name, uint64_t count)
{
	text_put_format(text, "<tr%s><td>%s<td class=n>", count == 0 ? " class=zero" : "", name);
	put_count(text, count);
	text_put_char(text, '\n');
}

/* --- Top -------------------------------------------------------------------------------- */

static void
put_state(struct text *text, const struct snapshot *snapshot)
{
	const struct snapshot_drain *drain = &snapshot->sum.drain;
	size_t stuck = 0;

	for (size_t i = 0; i < snapshot->loop_count; i++)
		stuck += !snapshot->loops[i].has_answered;
	if (snapshot->is_draining)
		text_put_format(text, "<b class=warn>draining: %s</b>",
		    drain->step > 0 ? drain->step_name : "beginning");
	else if (stuck > 0)
		text_put_format(
		    text, "<b class=bad>%zu of %zu loops stuck</b>", stuck, snapshot->loop_count);
	else
		text_put_string(text, "<b class=good>serving</b>");
}

static void
put_header(struct text *text, const struct snapshot *snapshot)
{
	const struct snapshot_config *config = &snapshot->config;

	text_put_format(text, "<header><h1>usher %s</h1>", snapshot->version);
	put_state(text, snapshot);
	text_put_format(text, "<span>pid %llu</span><span>up ", (unsigned long long)snapshot->pid);
	put_duration(text, snapshot->uptime_us);
	text_put_string(text, "</span><span>");
	put_escaped(text, config->file);
	text_put_format(text, ", generation %llu</span>", (unsigned long long)config->generation);
	if (config->reloaded_seconds != 0 && !config->reload_is_ok)
		text_put_string(text, "<span class=bad>the last reload failed</span>");
	text_put_string(text, "</header>\n");
}

/* --- Plots ------------------------------------------------------------------------------ */

static double
rate(uint64_t now, uint64_t before, const struct history_sample *a, const struct history_sample *b)
{
	const double seconds = (double)(a->at_us - b->at_us) / (double)CLOCK_SECOND_US;

	return seconds > 0 && now > before ? (double)(now - before) / seconds : 0;
}

/* Of a sum: how much it grows in a second. */
#define RATE(name, member)                                                                        \
	static double name(const struct history_sample *now, const struct history_sample *before) \
	{                                                                                         \
		return rate(now->member, before->member, now, before);                            \
	}
/* Of a number: what it is. */
#define LEVEL(name, member)                                                                       \
	static double name(const struct history_sample *now, const struct history_sample *before) \
	{                                                                                         \
		(void)before;                                                                     \
		return (double)now->member;                                                       \
	}

RATE(requests_of, requests)
RATE(faults_of, faults)
RATE(accepts_of, accepted)
RATE(endings_of, endings)
RATE(faulty_of, faulty_endings)
RATE(sent_of, bytes_out)
RATE(received_of, bytes_in)
LEVEL(open_of, open)
LEVEL(queued_of, queued)
LEVEL(in_flight_of, in_flight)

/* Of all loops together: two that are half busy are 100 %. */
static double
busy_of(const struct history_sample *now, const struct history_sample *before)
{
	const double elapsed_us = (double)(now->at_us - before->at_us);

	return elapsed_us > 0 ? 100 * (double)(now->busy_us - before->busy_us) / elapsed_us : 0;
}

static double
quantile_of(const struct history_sample *now, const struct history_sample *before, double share)
{
	uint64_t counts[HTTP1_DURATION_BUCKETS];

	for (int i = 0; i < HTTP1_DURATION_BUCKETS; i++)
		counts[i] = now->by_duration[i] - before->by_duration[i];
	return (double)snapshot_quantile_us(counts, share) / (double)CLOCK_SECOND_US;
}

static double
most_of(const struct history_sample *now, const struct history_sample *before)
{
	return quantile_of(now, before, 0.99);
}

static double
half_of(const struct history_sample *now, const struct history_sample *before)
{
	return quantile_of(now, before, 0.5);
}

static void
put_plots(struct text *text, const struct snapshot *snapshot, const struct history *history)
{
	const double all_loops = 100 * (double)snapshot->loop_count;
	const struct plot plots[] = {
		{ "Requests", PLOT_PER_SECOND, 10,
		    { { "all", requests_of }, { "5xx", faults_of } } },
		{ "Duration", PLOT_SECONDS, 0.0001, { { "99 %", most_of }, { "50 %", half_of } } },
		{ "In flight", PLOT_COUNT, 10, { { NULL, in_flight_of } } },
		{ "Accepted", PLOT_PER_SECOND, 10, { { NULL, accepts_of } } },
		{ "Waiting in accept queues", PLOT_COUNT, 10, { { NULL, queued_of } } },
		{ "Connections open", PLOT_COUNT, 10, { { NULL, open_of } } },
		{ "Ended", PLOT_PER_SECOND, 10,
		    { { "all", endings_of }, { "faults", faulty_of } } },
		{ "Bytes", PLOT_BYTES_PER_SECOND, 1000,
		    { { "out", sent_of }, { "in", received_of } } },
		{ "Loops busy", PLOT_PERCENT, all_loops, { { NULL, busy_of } } },
	};

	text_put_string(text, "<div class=grid>\n");
	for (size_t i = 0; i < COUNT(plots); i++)
		plot_put(text, &plots[i], history);
	text_put_string(text, "</div>\n");
}

/* --- Listeners ---------------------------------------------------------------------------- */

/* A queue that was near its limit is red: there is something to do. */
static void
put_queue(struct text *text, const struct snapshot_queue *queue)
{
	const bool is_near = queue->peak * 5 > queue->limit * 4;

	if (!queue->is_known) {
		text_put_string(text, "<td class=n>–<td>–<td class=n>–<td class=n>–");
		return;
	}
	text_put_format(text,
	    "<td class=n>%llu<td><meter min=0 max=%llu high=%llu optimum=0 value=%llu></meter> "
	    "<span%s>%llu</span> of %llu<td class=n>",
	    (unsigned long long)queue->length, (unsigned long long)queue->limit,
	    (unsigned long long)(queue->limit * 4 / 5), (unsigned long long)queue->peak,
	    is_near ? " class=bad" : "", (unsigned long long)queue->peak,
	    (unsigned long long)queue->limit);
	put_count(text, queue->full);
	text_put_string(text, "<td class=n>");
	put_count(text, queue->drops);
}

static void
put_listener(struct text *text, const struct snapshot_listener *listener)
{
	const char *state = snapshot_listener_state(listener);

	text_put_string(text, "<tr><td>");
	put_escaped(text, listener->name);
	text_put_string(text, "<td>");
	put_escaped(text, listener->address);
	text_put_format(
	    text, "<td class=%s>%s", strcmp(state, "accepting") == 0 ? "good" : "warn", state);
	for (unsigned i = 0; i < LISTENER_PAUSE_REASONS; i++)
		if (listener->paused >> i & 1)
			text_put_format(text, ": %s", listener_pause_name(i));
	text_put_string(text, "<td class=n>");
	put_count(text, listener->open);
	text_put_string(text, "<td class=n>");
	put_count(text, listener->accepted);
	put_queue(text, &listener->queue);
	text_put_char(text, '\n');
}

static void
put_listeners(struct text *text, const struct snapshot *snapshot)
{
	text_put_string(text,
	    "<section class=wide><h2>Listeners</h2><table><thead><tr><th>Name<th>Address"
	    "<th>State<th class=n>Open<th class=n>Accepted<th class=n>Waiting"
	    "<th>Most in the accept queue<th class=n>Full<th class=n>Dropped<tbody>\n");
	for (size_t i = 0; i < snapshot->listener_count; i++)
		put_listener(text, &snapshot->listeners[i]);
	text_put_string(text, "</table></section>\n");
}

/* --- Connections and requests ---------------------------------------------------------------- */

static void
put_connections(struct text *text, const struct snapshot *snapshot)
{
	text_put_string(text, "<section><h2>Connections</h2><table><tbody>\n");
	put_count_row(text, "open", snapshot_open(snapshot));
	for (int state = CONN_BUSY; state < CONN_CLOSED; state++)
		put_count_row(
		    text, conn_state_name((enum conn_state)state), snapshot->sum.by_state[state]);
	put_count_row(text, "limit", snapshot->connection_limit);
	put_count_row(text, "accepted since the start", snapshot->sum.accepted);
	text_put_string(text, "</table></section>\n");
}

static void
put_quantile(struct text *text, const char *name, const struct http1_counters *http, double share)
{
	text_put_format(text, "<tr><td>%s<td class=n>", name);
	plot_put_value(text,
	    (double)snapshot_quantile_us(http->by_duration, share) / (double)CLOCK_SECOND_US,
	    PLOT_SECONDS);
	text_put_char(text, '\n');
}

static void
put_requests(struct text *text, const struct snapshot_part *sum)
{
	const struct http1_counters *http = &sum->http;

	text_put_string(text, "<section><h2>Requests</h2><table><tbody>\n");
	put_count_row(text, "in flight", http->begun - http->requests);
	put_count_row(text, "since the start", http->requests);
	for (int i = 2; i < HTTP1_CLASS_COUNT; i++)
		put_count_row(text, http1_class_name(i), http1_counters_of_class(http, i));
	put_count_row(text, "without an answer", http1_counters_of_class(http, 0));
	put_quantile(text, "half took at most", http, 0.5);
	put_quantile(text, "99 % took at most", http, 0.99);
	text_put_string(text, "</table></section>\n");
}

static void
put_endings(struct text *text, const struct ending_tally *tally)
{
	text_put_string(text, "<section><h2>How connections ended</h2><table><tbody>\n");
	for (int i = 0; i < ENDING_CAUSE_COUNT; i++)
		if (tally->by_cause[i] > 0)
			put_count_row(
			    text, ending_sentence((enum ending_cause)i), tally->by_cause[i]);
	put_count_row(text, "in all", tally->total);
	put_count_row(text, "first FIN ours", tally->by_first_fin[ENDING_FIN_OURS]);
	put_count_row(text, "first FIN the peer’s", tally->by_first_fin[ENDING_FIN_PEERS]);
	put_count_row(text, "resets sent", tally->resets_sent);
	put_count_row(text, "resets received", tally->resets_received);
	text_put_string(text, "</table></section>\n");
}

/* --- Loops and the rest ---------------------------------------------------------------------- */

static void
put_loops(struct text *text, const struct snapshot *snapshot)
{
	text_put_string(text,
	    "<section><h2>Loops</h2><table><thead><tr><th>Loop<th class=n>Connections"
	    "<th class=n>Turns<th class=n>CPU<th>&nbsp;<tbody>\n");
	for (size_t i = 0; i < snapshot->loop_count; i++) {
		const struct snapshot_loop *loop = &snapshot->loops[i];

		text_put_format(text, "<tr><td>%u<td class=n>", loop->index);
		put_count(text, loop->open);
		text_put_string(text, "<td class=n>");
		put_count(text, loop->turns);
		text_put_string(text, "<td class=n>");
		put_duration(text, loop->busy_us);
		text_put_string(
		    text, loop->has_answered ? "<td class=good>well\n" : "<td class=bad>stuck\n");
	}
	text_put_string(text, "</table></section>\n");
}

static void
put_bytes_row(struct text *text, const char *name, uint64_t bytes)
{
	text_put_format(text, "<tr><td>%s<td class=n>", name);
	put_bytes(text, bytes);
	text_put_char(text, '\n');
}

static void
put_rest(struct text *text, const struct snapshot *snapshot)
{
	const struct snapshot_part *sum = &snapshot->sum;

	text_put_string(text, "<section><h2>Process and caches</h2><table><tbody>\n");
	put_bytes_row(text, "memory", snapshot->process.resident_bytes);
	put_count_row(text, "open files", snapshot->process.open_fds);
	put_count_row(text, "… of at most", snapshot->process.max_fds);
	put_bytes_row(text, "received", sum->bytes_in);
	put_bytes_row(text, "sent", sum->bytes_out);
	put_count_row(text, "files from the cache", sum->cache.hits + sum->cache.stale);
	put_count_row(text, "… looked up on disk", sum->cache.misses);
	put_bytes_row(text, "… kept in memory", sum->cached.bytes);
	put_bytes_row(text, "counted by limits.memory", sum->limits.memory_used);
	put_count_row(text, "… whose limit was reached, times", sum->limits.shortages);
	put_count_row(text, "limits.connections was reached, times", sum->limits.fulls);
	put_count_row(text, "requests refused with 429", sum->limits.requests_rate);
	put_count_row(text, "lost log lines", sum->lost_lines);
	text_put_string(text, "</table></section>\n");
}

void
status_page_put(struct text *text, const struct snapshot *snapshot, const struct history *history)
{
	text_put_string(text,
	    "<!DOCTYPE html>\n<html lang=en>\n<meta charset=utf-8>\n"
	    "<meta name=viewport content=\"width=device-width\">\n"
	    "<meta http-equiv=refresh content=5>\n<title>usher</title>\n"
	    "<style>" STYLE "</style>\n<main>\n");
	put_header(text, snapshot);
	put_plots(text, snapshot, history);
	put_listeners(text, snapshot);
	text_put_string(text, "<div class=grid>\n");
	put_connections(text, snapshot);
	put_requests(text, &snapshot->sum);
	put_endings(text, &snapshot->sum.endings);
	put_loops(text, snapshot);
	put_rest(text, snapshot);
	text_put_string(text,
	    "</div>\n<footer>Anew every 5 seconds. For programs: <a href=/status>status</a>, "
	    "<a href=/metrics>metrics</a>, <a href=/connections>connections</a>, "
	    "<a href=/config>configuration</a>.</footer>\n</main>\n</html>\n");
}
