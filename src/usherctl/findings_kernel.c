/* SPDX-License-Identifier: MIT
 *
 * findings_kernel: the settings of the network stack that a server depends on: tcp(7),
 * and ip-sysctl in the kernel's documentation.
 */
#include <string.h>

#include "base/address.h"
#include "usherctl/findings.h"

static bool
is_known(int64_t fact)
{
	return fact != FACT_UNKNOWN;
}

static uint64_t
longest_backlog(const struct snapshot *daemon)
{
	uint64_t longest = 0;

	for (size_t i = 0; i < daemon->listener_count; i++)
		if (daemon->listeners[i].backlog > longest)
			longest = daemon->listeners[i].backlog;
	return longest;
}

/* What is too short for a listener is said there; here, that nothing is. */
static void
judge_somaxconn(struct findings *findings, const struct facts *facts)
{
	uint64_t longest = longest_backlog(facts->daemon);

	if (!is_known(facts->somaxconn))
		return;
	if ((uint64_t)facts->somaxconn >= longest) {
		findings_add(findings, SEVERITY_OK, "somaxconn",
		    "net.core.somaxconn = %lld is enough for the longest backlog, %llu",
		    (long long)facts->somaxconn, (unsigned long long)longest);
		return;
	}
	if (findings_have(findings, "backlog"))
		return;
	findings_add(findings, SEVERITY_WARNING, "somaxconn",
	    "net.core.somaxconn = %lld clamps the longest backlog, %llu",
	    (long long)facts->somaxconn, (unsigned long long)longest);
	findings_mend(findings,
	    "sysctl -w net.core.somaxconn=%llu (and in /etc/sysctl.d/, to keep it); usherctl "
	    "reload",
	    (unsigned long long)longest);
}

/* Without cookies, handshakes beyond this limit are dropped; with them it hardly
 * matters. */
static void
judge_syn_backlog(struct findings *findings, const struct facts *facts)
{
	uint64_t longest = longest_backlog(facts->daemon);
	bool has_cookies = facts->syncookies != 0;

	if (!is_known(facts->max_syn_backlog))
		return;
	if ((uint64_t)facts->max_syn_backlog >= longest) {
		findings_add(findings, SEVERITY_OK, "max_syn_backlog",
		    "net.ipv4.tcp_max_syn_backlog = %lld is no shorter than any backlog",
		    (long long)facts->max_syn_backlog);
		return;
	}
	findings_add(findings, has_cookies ? SEVERITY_NOTE : SEVERITY_WARNING, "max_syn_backlog",
	    "net.ipv4.tcp_max_syn_backlog = %lld is shorter than the longest backlog, %llu%s",
	    (long long)facts->max_syn_backlog, (unsigned long long)longest,
	    has_cookies ? "; SYN cookies help out"
			: ", and without SYN cookies handshakes are lost");
	findings_mend(
	    findings, "sysctl -w net.ipv4.tcp_max_syn_backlog=%llu", (unsigned long long)longest);
}

static void
judge_syncookies(struct findings *findings, const struct facts *facts)
{
	if (!is_known(facts->syncookies))
		return;
	if (facts->syncookies == 1) {
		findings_add(findings, SEVERITY_OK, "syncookies",
		    "SYN cookies are sent when they are needed");
	} else if (facts->syncookies == 0) {
		findings_add(findings, SEVERITY_WARNING, "syncookies",
		    "SYN cookies are off: a flood of SYNs turns clients away");
		findings_mend(findings, "sysctl -w net.ipv4.tcp_syncookies=1");
	} else {
		findings_add(findings, SEVERITY_NOTE, "syncookies",
		    "SYN cookies are always sent (net.ipv4.tcp_syncookies = %lld): a setting for "
		    "tests, which loses TCP options",
		    (long long)facts->syncookies);
		findings_mend(findings, "sysctl -w net.ipv4.tcp_syncookies=1");
	}
}

static void
judge_overflow(struct findings *findings, const struct facts *facts)
{
	if (!is_known(facts->abort_on_overflow))
		return;
	if (facts->abort_on_overflow == 0) {
		findings_add(findings, SEVERITY_OK, "abort_on_overflow",
		    "a client that finds a queue full is left to try again");
		return;
	}
	findings_add(findings, SEVERITY_WARNING, "abort_on_overflow",
	    "a client that finds a queue full is reset (net.ipv4.tcp_abort_on_overflow = 1)");
	findings_mend(findings, "sysctl -w net.ipv4.tcp_abort_on_overflow=0");
}

/* usherd empties the queues that it closes; what it cannot is a loop that dies, or a
 * handshake that another loop's socket began. */
static void
judge_migrate(struct findings *findings, const struct facts *facts)
{
	if (!is_known(facts->migrate_req) || facts->daemon->loop_count < 2)
		return;
	if (facts->migrate_req == 1) {
		findings_add(findings, SEVERITY_OK, "migrate_req",
		    "handshakes move to another loop when one closes its socket");
		return;
	}
	findings_add(findings, SEVERITY_NOTE, "migrate_req",
	    "%zu loops share their ports, and handshakes do not move from one to the other "
	    "(net.ipv4.tcp_migrate_req = 0): should one end, those in its queue are reset",
	    facts->daemon->loop_count);
	findings_mend(findings, "sysctl -w net.ipv4.tcp_migrate_req=1");
}

static int64_t
port_of(const struct snapshot_listener *listener)
{
	struct slice host;
	uint16_t port;

	return address_split(listener->address, &host, &port) == 0 ? port : 0;
}

/* Whether `port` is in a list such as "8080,9000-9100". */
static bool
is_reserved(const char *list, int64_t port)
{
	struct slice rest = slice_of(list), element;

	while (slice_next_element(&rest, &element)) {
		const char *dash = memchr(element.data, '-', element.len);
		size_t first_len = dash ? (size_t)(dash - element.data) : element.len;
		uint64_t first, last;

		if (slice_to_u64(slice_first(element, first_len), &first) != 0)
			continue;
		last = first;
		if (dash && slice_to_u64(slice_from(element, first_len + 1), &last) != 0)
			continue;
		if ((uint64_t)port >= first && (uint64_t)port <= last)
			return true;
	}
	return false;
}

static void
judge_ports(struct findings *findings, const struct facts *facts)
{
	size_t bad = 0;

	if (!is_known(facts->first_ephemeral) || !is_known(facts->last_ephemeral))
		return;
	for (size_t i = 0; i < facts->daemon->listener_count; i++) {
		const struct snapshot_listener *listener = &facts->daemon->listeners[i];
		int64_t port = port_of(listener);

		if (port < facts->first_ephemeral || port > facts->last_ephemeral ||
		    is_reserved(facts->reserved_ports, port))
			continue;
		bad++;
		findings_add(findings, SEVERITY_NOTE, "ephemeral_ports",
		    "listener %s: port %lld is one that outgoing connections take (%lld to %lld): "
		    "after a restart it may be taken",
		    listener->name, (long long)port, (long long)facts->first_ephemeral,
		    (long long)facts->last_ephemeral);
		findings_mend(findings, "sysctl -w net.ipv4.ip_local_reserved_ports=%s%s%lld",
		    facts->reserved_ports, facts->reserved_ports[0] ? "," : "", (long long)port);
	}
	if (bad == 0)
		findings_add(findings, SEVERITY_OK, "ephemeral_ports",
		    "outgoing connections (ports %lld to %lld) do not take a port of a listener",
		    (long long)facts->first_ephemeral, (long long)facts->last_ephemeral);
}

/* The counters are the whole namespace's: they accuse usherd only where it is alone. */
static void
judge_drops(struct findings *findings, const struct facts *facts)
{
	if (!is_known(facts->listen_overflows) || !is_known(facts->listen_drops))
		return;
	if (facts->listen_drops == 0 && facts->listen_overflows == 0) {
		findings_add(findings, SEVERITY_OK, "listen_drops",
		    "no listening socket of this machine has dropped anybody since the boot");
		return;
	}
	findings_add(findings, SEVERITY_NOTE, "listen_drops",
	    "since the boot, %lld handshakes met a full accept queue and %lld were dropped, of all "
	    "servers on this machine",
	    (long long)facts->listen_overflows, (long long)facts->listen_drops);
	findings_mend(findings, "which socket it is: ss -ltn (Recv-Q against Send-Q)");
}

void
findings_judge_kernel(struct findings *findings, const struct facts *facts)
{
	if (facts->is_elsewhere) {
		findings_add(findings, SEVERITY_NOTE, "namespace",
		    "usherd lives in another network namespace: the settings below are not its "
		    "own");
		findings_mend(findings, "nsenter -t %llu -n usherctl doctor",
		    (unsigned long long)facts->daemon->pid);
	}
	judge_somaxconn(findings, facts);
	judge_syn_backlog(findings, facts);
	judge_syncookies(findings, facts);
	judge_overflow(findings, facts);
	judge_migrate(findings, facts);
	judge_ports(findings, facts);
	judge_drops(findings, facts);
}
