/* SPDX-License-Identifier: MIT
 *
 * findings_limits: which of its limits the daemon has reached, and whom they cost
 * something.
 */
#include "usherctl/figures.h"
#include "usherctl/findings.h"

static const char *
times(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void
judge_memory(struct findings *findings, const struct snapshot *daemon)
{
	const uint64_t reached = daemon->limits.memory_shortages, most = daemon->limits.memory;
	char now_room[FIGURE_MAX], more_room[FIGURE_MAX];
	struct text now = text_over(now_room, sizeof(now_room));
	struct text more = text_over(more_room, sizeof(more_room));

	if (most == 0)
		return;
	figure_put_bytes(&now, most);
	figure_put_bytes(&more, most * 2);
	if (reached == 0) {
		findings_add(findings, SEVERITY_OK, "memory",
		    "limits.memory = %s was never reached", text_string(&now));
		return;
	}
	findings_add(findings, SEVERITY_WARNING, "memory",
	    "raise limits.memory from %s to %s: it was reached %llu time%s%s", text_string(&now),
	    text_string(&more), (unsigned long long)reached, times(reached),
	    daemon->limits.memory_short_loops > 0 ? ", and is now" : "");
	findings_mend(findings,
	    "memory = \"%lluk\" in limits of %s, usherctl reload; or lower limits.output_bytes, "
	    "and "
	    "see who reads slowly: usherctl connections --state busy",
	    (unsigned long long)(most * 2 / 1024), daemon->config.file);
}

/* That they are nearly reached is said elsewhere: they are, more than once. */
static void
judge_connections(struct findings *findings, const struct snapshot *daemon)
{
	const uint64_t limit = daemon->connections.limit, open = daemon->connections.open;
	const uint64_t reached = daemon->limits.connections_full;

	if (reached > 0)
		findings_add(findings, SEVERITY_WARNING, "connections",
		    "raise limits.connections from %llu to %llu: it was reached %llu time%s%s",
		    (unsigned long long)limit, (unsigned long long)limit * 2,
		    (unsigned long long)reached, times(reached),
		    daemon->limits.connections_full_loops > 0 ? ", and is now" : "");
	else if (limit > 0 && open >= limit - limit / 10)
		findings_add(findings, SEVERITY_WARNING, "connections",
		    "%llu of limits.connections = %llu are open: beyond, clients wait in the "
		    "accept queue, or are turned away",
		    (unsigned long long)open, (unsigned long long)limit);
	else
		return;
	findings_mend(findings,
	    "raise limits.connections, or shorten timeouts.idle, in %s; "
	    "then usherctl reload",
	    daemon->config.file);
}

/* The limit does what it is for; but the many who share an address are not one client. */
static void
judge_addresses(struct findings *findings, const struct snapshot *daemon)
{
	const uint64_t connections = snapshot_cause(daemon, "address_limit");
	const uint64_t requests = daemon->limits.requests_rate;

	if (connections == 0 && requests == 0)
		return;
	findings_add(findings, SEVERITY_NOTE, "addresses",
	    "for the limits of their address %llu connections were refused, and %llu requests "
	    "answered 429",
	    (unsigned long long)connections, (unsigned long long)requests);
	findings_mend(findings,
	    "whose they are says the log, once a minute: journalctl -u usher -g 'limits of an "
	    "address'; where many share one, raise limits.connections_per_address or "
	    "requests_per_second_per_address");
}

static void
judge_rate(struct findings *findings, const struct snapshot *daemon)
{
	const uint64_t slow = snapshot_cause(daemon, "too_slow");

	if (slow == 0)
		return;
	findings_add(findings, SEVERITY_NOTE, "min_rate",
	    "%llu connection%s ended because the client was slower than limits.min_rate",
	    (unsigned long long)slow, times(slow));
	findings_mend(findings,
	    "if they were honest (a poor line): lower limits.min_rate, or lengthen "
	    "limits.min_rate_window, in %s; usherctl reload",
	    daemon->config.file);
}

void
findings_judge_limits(struct findings *findings, const struct facts *facts)
{
	judge_connections(findings, facts->daemon);
	judge_memory(findings, facts->daemon);
	judge_addresses(findings, facts->daemon);
	judge_rate(findings, facts->daemon);
}
