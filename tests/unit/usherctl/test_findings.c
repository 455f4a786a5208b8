/* SPDX-License-Identifier: MIT
 *
 * Tests of usherctl/findings: what the doctor says of which facts. Each row changes
 * something about a machine and a daemon that are well.
 */
#include "usherctl/findings.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "statuses.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

struct patient {
	struct facts facts;
	struct snapshot daemon;
};

static void
change_full(struct patient *patient)
{
	patient->daemon.listeners[0].queue_peak = 129;
	patient->daemon.listeners[0].queue_full = 14;
}

static void
change_full_and_short(struct patient *patient)
{
	change_full(patient);
	patient->facts.somaxconn = 128;
}

static void
change_full_once(struct patient *patient)
{
	patient->daemon.listeners[0].queue_full = 1;
	patient->daemon.listeners[0].queue_limit = 4096;
	patient->daemon.listeners[0].backlog = 4096;
	patient->daemon.listeners[0].queue_peak = 4097;
}

static void
change_peak(struct patient *patient)
{
	patient->daemon.listeners[0].queue_peak = 103;
}

/* Two loops, each with a queue of its own. */
static void
change_full_of_two(struct patient *patient)
{
	change_full(patient);
	patient->daemon.listeners[0].queue_limit = 256;
}

static void
change_clamp(struct patient *patient)
{
	patient->daemon.listeners[0].backlog = 8192;
	patient->facts.max_syn_backlog = 8192;
}

static void
change_clamp_of_unix(struct patient *patient)
{
	patient->daemon.listeners[0].has_queue = false;
	patient->facts.somaxconn = 100;
}

static void
change_drops(struct patient *patient)
{
	patient->daemon.listeners[0].queue_drops = 3;
}

static void
change_paused(struct patient *patient)
{
	patient->daemon.listeners[0].state = "paused";
}

static void
change_syn_backlog(struct patient *patient)
{
	patient->facts.max_syn_backlog = 64;
}

static void
change_no_cookies(struct patient *patient)
{
	patient->facts.syncookies = 0;
}

static void
change_short_and_no_cookies(struct patient *patient)
{
	patient->facts.syncookies = 0;
	patient->facts.max_syn_backlog = 64;
}

static void
change_always_cookies(struct patient *patient)
{
	patient->facts.syncookies = 2;
}

static void
change_overflow(struct patient *patient)
{
	patient->facts.abort_on_overflow = 1;
}

static void
change_migrate(struct patient *patient)
{
	patient->facts.migrate_req = 0;
}

static void
change_ports(struct patient *patient)
{
	patient->facts.first_ephemeral = 1024;
}

static void
change_reserved(struct patient *patient)
{
	patient->facts.first_ephemeral = 1024;
	(void)snprintf(patient->facts.reserved_ports, sizeof(patient->facts.reserved_ports), "%s",
	    "9000,8000-8079");
}

static void
change_machine_drops(struct patient *patient)
{
	patient->facts.listen_overflows = 6;
	patient->facts.listen_drops = 7;
}

static void
change_files(struct patient *patient)
{
	patient->facts.max_files = 1024;
	patient->facts.needed_files = 1320;
}

static void
change_stuck(struct patient *patient)
{
	patient->daemon.loops[1].answered = false;
}

static void
change_reload(struct patient *patient)
{
	patient->daemon.config.has_reloaded = true;
	patient->daemon.config.reload_at = "then";
	patient->daemon.config.reload_error = "usher.conf:3: no";
}

static void
change_log(struct patient *patient)
{
	patient->daemon.log.lost_lines = 9;
}

static void
change_stop_limit(struct patient *patient)
{
	patient->facts.stop_limit_us = 30000000;
}

static void
change_room(struct patient *patient)
{
	patient->daemon.connections.open = 901;
}

static void
change_full_house(struct patient *patient)
{
	patient->daemon.limits.connections_full = 3;
}

static void
change_full_house_now(struct patient *patient)
{
	patient->daemon.limits.connections_full = 1;
	patient->daemon.limits.connections_full_loops = 1;
	patient->daemon.connections.open = 1000;
}

static void
change_memory(struct patient *patient)
{
	patient->daemon.limits.memory_shortages = 12;
}

static void
change_memory_now(struct patient *patient)
{
	patient->daemon.limits.memory_shortages = 1;
	patient->daemon.limits.memory_short_loops = 2;
}

static void
change_requests_rate(struct patient *patient)
{
	patient->daemon.limits.requests_rate = 7;
}

/* Of the causes in the status of tests there is one with a count. */
static void
rename_cause(struct patient *patient, const char *name)
{
	patient->daemon.causes[0].name = name;
	patient->daemon.causes[0].count = 5;
}

static void
change_address_limit(struct patient *patient)
{
	rename_cause(patient, "address_limit");
}

static void
change_too_slow(struct patient *patient)
{
	rename_cause(patient, "too_slow");
}

static void
change_namespace(struct patient *patient)
{
	patient->facts.is_elsewhere = true;
}

static const struct {
	void (*change)(struct patient *);
	enum severity severity;
	const char *check, *text, *mend;
} cases[] = {
	{ change_full, SEVERITY_WARNING, "queue",
	    "raise backlog of listener web from 128 to 512: it was full 14 times",
	    "backlog = 512 in listener \"web\" of /etc/usher/usher.conf; usherctl reload" },
	{ change_full_and_short, SEVERITY_WARNING, "queue",
	    "raise backlog of listener web from 128 to 512: it was full 14 times",
	    "sysctl -w net.core.somaxconn=512; backlog = 512 in" },
	{ change_full_once, SEVERITY_WARNING, "queue", "from 4096 to 16384: it was full 1 time",
	    "sysctl -w net.core.somaxconn=16384; " },
	{ change_peak, SEVERITY_WARNING, "queue",
	    "from 128 to 256: 103 waited in it at its peak, 80 %", "backlog = 256" },
	{ change_full_of_two, SEVERITY_WARNING, "queue",
	    "raise backlog of listener web from 128 to 512: it was full 14 times",
	    "backlog = 512" },
	{ change_clamp, SEVERITY_WARNING, "backlog",
	    "backlog = 8192 is configured, and the kernel keeps 128 (net.core.somaxconn)",
	    "sysctl -w net.core.somaxconn=8192; usherctl reload" },
	{ change_clamp_of_unix, SEVERITY_WARNING, "somaxconn",
	    "net.core.somaxconn = 100 clamps the longest backlog, 128",
	    "sysctl -w net.core.somaxconn=128" },
	{ change_drops, SEVERITY_WARNING, "drops",
	    "dropped 3 connections or handshakes, though its queue was never seen full", "nstat" },
	{ change_paused, SEVERITY_WARNING, "paused", "listener web accepts nobody",
	    "limits.connections" },
	{ change_syn_backlog, SEVERITY_NOTE, "max_syn_backlog",
	    "= 64 is shorter than the longest backlog, 128; SYN cookies help out",
	    "sysctl -w net.ipv4.tcp_max_syn_backlog=128" },
	{ change_no_cookies, SEVERITY_WARNING, "syncookies", "SYN cookies are off",
	    "sysctl -w net.ipv4.tcp_syncookies=1" },
	{ change_short_and_no_cookies, SEVERITY_WARNING, "max_syn_backlog",
	    "without SYN cookies handshakes are lost",
	    "sysctl -w net.ipv4.tcp_max_syn_backlog=128" },
	{ change_always_cookies, SEVERITY_NOTE, "syncookies", "always sent",
	    "sysctl -w net.ipv4.tcp_syncookies=1" },
	{ change_overflow, SEVERITY_WARNING, "abort_on_overflow", "is reset",
	    "sysctl -w net.ipv4.tcp_abort_on_overflow=0" },
	{ change_migrate, SEVERITY_NOTE, "migrate_req", "2 loops share their ports",
	    "sysctl -w net.ipv4.tcp_migrate_req=1" },
	{ change_ports, SEVERITY_NOTE, "ephemeral_ports", "port 8080 is one that outgoing",
	    "sysctl -w net.ipv4.ip_local_reserved_ports=8080" },
	{ change_reserved, SEVERITY_NOTE, "ephemeral_ports", "port 8080 is one that outgoing",
	    "sysctl -w net.ipv4.ip_local_reserved_ports=9000,8000-8079,8080" },
	{ change_machine_drops, SEVERITY_NOTE, "listen_drops",
	    "6 handshakes met a full accept queue and 7 were dropped", "ss -ltn" },
	{ change_files, SEVERITY_WARNING, "descriptors",
	    "limits.connections = 1000 needs 1320 open files, and usherd may have 1024",
	    "LimitNOFILE=1320" },
	{ change_stuck, SEVERITY_WARNING, "loops", "loop 1 does not answer", "-p 12 " },
	{ change_reload, SEVERITY_WARNING, "reload",
	    "the last reload failed, at then, so an older configuration is in force: "
	    "usher.conf:3: no",
	    "usherctl check /etc/usher/usher.conf" },
	{ change_log, SEVERITY_WARNING, "log", "9 lines of the logs were lost", "log.access" },
	{ change_stop_limit, SEVERITY_WARNING, "stop_limit",
	    "a drain may take 31 s, and the service manager kills usherd after 30 s",
	    "TimeoutStopSec=41" },
	{ change_room, SEVERITY_WARNING, "connections", "901 of limits.connections = 1000 are open",
	    "usherctl reload" },
	{ change_full_house, SEVERITY_WARNING, "connections",
	    "raise limits.connections from 1000 to 2000: it was reached 3 times",
	    "usherctl reload" },
	{ change_full_house_now, SEVERITY_WARNING, "connections",
	    "from 1000 to 2000: it was reached 1 time, and is now", "timeouts.idle" },
	{ change_memory, SEVERITY_WARNING, "memory",
	    "raise limits.memory from 64.0 MiB to 128 MiB: it was reached 12 times",
	    "memory = \"131072k\" in limits of /etc/usher/usher.conf" },
	{ change_memory_now, SEVERITY_WARNING, "memory", "it was reached 1 time, and is now",
	    "usherctl connections --state busy" },
	{ change_requests_rate, SEVERITY_NOTE, "addresses",
	    "0 connections were refused, and 7 requests answered 429", "journalctl" },
	{ change_address_limit, SEVERITY_NOTE, "addresses",
	    "5 connections were refused, and 0 requests answered 429",
	    "limits.connections_per_address" },
	{ change_too_slow, SEVERITY_NOTE, "min_rate",
	    "5 connections ended because the client was slower", "lower limits.min_rate" },
	{ change_namespace, SEVERITY_NOTE, "namespace", "another network namespace",
	    "nsenter -t 12 -n usherctl doctor" },
};

/* A machine and a daemon of which nothing is to be said. */
static void
init_patient(struct patient *patient)
{
	facts_init(&patient->facts);
	patient->daemon = status_of(100, 1000, 0);
	patient->daemon.loops[1].answered = true;
	patient->facts.daemon = &patient->daemon;
	patient->facts.somaxconn = 4096;
	patient->facts.max_syn_backlog = 4096;
	patient->facts.syncookies = 1;
	patient->facts.abort_on_overflow = 0;
	patient->facts.migrate_req = 1;
	patient->facts.first_ephemeral = 32768;
	patient->facts.last_ephemeral = 60999;
	patient->facts.listen_overflows = 0;
	patient->facts.listen_drops = 0;
	patient->facts.drain_us = 30500000;
	patient->facts.needed_files = 1320;
	patient->facts.max_files = 4096;
	patient->facts.stop_limit_us = 90000000;
}

static struct findings findings;

START_TEST(of_what_is_well_nothing_is_warned)
{
	struct patient patient;

	init_patient(&patient);
	findings_make(&findings, &patient.facts);
	ck_assert_uint_eq(findings.warnings, 0);
	for (size_t i = 0; i < findings.count; i++)
		ck_assert_msg(
		    findings.items[i].severity == SEVERITY_OK, "%s", findings.items[i].text);
	ck_assert_uint_ge(findings.count, 10);
	snapshot_done(&patient.daemon);
}
END_TEST

START_TEST(of_what_nobody_tells_nothing_is_said)
{
	struct patient patient;

	init_patient(&patient);
	facts_init(&patient.facts);
	patient.facts.daemon = &patient.daemon;
	findings_make(&findings, &patient.facts);
	ck_assert_uint_eq(findings.warnings, 0);
	snapshot_done(&patient.daemon);
}
END_TEST

START_TEST(each_trouble_is_told_once_with_what_mends_it)
{
	struct patient patient;
	const struct finding *found = NULL;
	size_t other = 0;

	init_patient(&patient);
	cases[_i].change(&patient);
	findings_make(&findings, &patient.facts);
	for (size_t i = 0; i < findings.count; i++) {
		const struct finding *one = &findings.items[i];

		if (strcmp(one->check, cases[_i].check) == 0 && one->severity != SEVERITY_OK)
			found = one;
		else
			other += one->severity == SEVERITY_WARNING;
	}
	ck_assert_ptr_nonnull(found);
	ck_assert_int_eq(found->severity, cases[_i].severity);
	ck_assert_msg(strstr(found->text, cases[_i].text) != NULL, "%s", found->text);
	ck_assert_msg(strstr(found->mend, cases[_i].mend) != NULL, "%s", found->mend);
	ck_assert_uint_eq(findings.warnings, other + (found->severity == SEVERITY_WARNING));
	snapshot_done(&patient.daemon);
}
END_TEST

START_TEST(a_reserved_port_is_no_trouble)
{
	struct patient patient;

	init_patient(&patient);
	patient.facts.first_ephemeral = 1024;
	(void)snprintf(patient.facts.reserved_ports, sizeof(patient.facts.reserved_ports), "%s",
	    "1,8000-8100");
	findings_make(&findings, &patient.facts);
	ck_assert(!findings_have(&findings, "namespace"));
	for (size_t i = 0; i < findings.count; i++)
		ck_assert_int_eq(findings.items[i].severity, SEVERITY_OK);
	snapshot_done(&patient.daemon);
}
END_TEST

/* The listener that the kernel clamps says it all. */
START_TEST(a_clamped_backlog_is_told_once)
{
	struct patient patient;

	init_patient(&patient);
	change_clamp(&patient);
	findings_make(&findings, &patient.facts);
	ck_assert_uint_eq(findings.warnings, 1);
	ck_assert(findings_have(&findings, "backlog"));
	ck_assert(!findings_have(&findings, "somaxconn"));
	snapshot_done(&patient.daemon);
}
END_TEST

START_TEST(there_are_never_too_many_findings)
{
	struct patient patient;

	init_patient(&patient);
	findings.count = findings.left_out = findings.warnings = 0;
	for (int i = 0; i < FINDINGS_MAX + 5; i++) {
		findings_add(&findings, SEVERITY_WARNING, "x", "%0400d", i);
		findings_mend(&findings, "%d", i);
	}
	ck_assert_uint_eq(findings.count, FINDINGS_MAX);
	ck_assert_uint_eq(findings.left_out, 5);
	ck_assert_uint_eq(findings.warnings, FINDINGS_MAX + 5);
	ck_assert_str_eq(findings.items[FINDINGS_MAX - 1].mend, "127");
	snapshot_done(&patient.daemon);
}
END_TEST

static const struct {
	uint64_t limit;
	bool was_full;
	uint64_t better;
} backlogs[] = {
	{ 0, true, 64 },
	{ 1, true, 64 },
	{ 128, true, 512 },
	{ 128, false, 256 },
	{ 100, false, 256 },
	{ 16384, true, 65535 },
	{ 65535, true, 65535 },
	{ UINT64_MAX / 8, true, 65535 },
};

START_TEST(a_better_backlog_is_longer_and_possible)
{
	ck_assert_uint_eq(findings_better_backlog(backlogs[_i].limit, backlogs[_i].was_full),
	    backlogs[_i].better);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("findings");
	TCase *tcase = tcase_create("findings");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, of_what_is_well_nothing_is_warned);
	tcase_add_test(tcase, of_what_nobody_tells_nothing_is_said);
	tcase_add_loop_test(tcase, each_trouble_is_told_once_with_what_mends_it, 0, COUNT(cases));
	tcase_add_test(tcase, a_reserved_port_is_no_trouble);
	tcase_add_test(tcase, a_clamped_backlog_is_told_once);
	tcase_add_test(tcase, there_are_never_too_many_findings);
	tcase_add_loop_test(tcase, a_better_backlog_is_longer_and_possible, 0, COUNT(backlogs));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
