/* SPDX-License-Identifier: MIT
 *
 * Tests of usherctl/facts and usherctl/service: what is read below a /proc of the
 * test's own, and what units and their properties are called.
 */
#include "usherctl/facts.h"

#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "statuses.h"
#include "usherctl/service.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static char proc[64];

static int
on_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status, (void)kind, (void)walk;
	return remove(path);
}

static void
make_proc(void)
{
	static const char *const directories[] = { "sys", "sys/net", "sys/net/core", "sys/net/ipv4",
		"12", "12/net", "12/ns", "self", "self/ns" };
	char path[256];

	(void)snprintf(proc, sizeof(proc), "/tmp/usher-facts-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(proc));
	for (int i = 0; i < COUNT(directories); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", proc, directories[i]);
		ck_assert_int_eq(mkdir(path, 0700), 0);
	}
}

static void
remove_proc(void)
{
	(void)nftw(proc, on_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void
put(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", proc, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void
put_link(const char *name, const char *target)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", proc, name);
	ck_assert_int_eq(symlink(target, path), 0);
}

START_TEST(settings_and_counters_are_read)
{
	struct facts facts;

	put("sys/net/core/somaxconn", "4096\n");
	put("sys/net/ipv4/tcp_max_syn_backlog", "512\n");
	put("sys/net/ipv4/tcp_syncookies", "1\n");
	put("sys/net/ipv4/tcp_abort_on_overflow", "0\n");
	put("sys/net/ipv4/tcp_migrate_req", "1\n");
	put("sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
	put("sys/net/ipv4/ip_local_reserved_ports", "8080\n");
	put("12/net/netstat",
	    "TcpExt: SyncookiesSent ListenOverflows X ListenDrops\nTcpExt: 0 5 9 7\n"
	    "IpExt: ListenDrops\nIpExt: 99\n");
	facts_init(&facts);
	facts_read_kernel(&facts, proc, 12);
	ck_assert_int_eq(facts.somaxconn, 4096);
	ck_assert_int_eq(facts.max_syn_backlog, 512);
	ck_assert_int_eq(facts.syncookies, 1);
	ck_assert_int_eq(facts.abort_on_overflow, 0);
	ck_assert_int_eq(facts.migrate_req, 1);
	ck_assert_int_eq(facts.first_ephemeral, 32768);
	ck_assert_int_eq(facts.last_ephemeral, 60999);
	ck_assert_str_eq(facts.reserved_ports, "8080");
	ck_assert_int_eq(facts.listen_overflows, 5);
	ck_assert_int_eq(facts.listen_drops, 7);
	ck_assert(!facts.is_elsewhere);
}
END_TEST

START_TEST(what_cannot_be_read_is_unknown)
{
	struct facts facts;

	put("sys/net/core/somaxconn", "many\n");
	put("sys/net/ipv4/tcp_syncookies", "");
	put("sys/net/ipv4/ip_local_port_range", "32768");
	put("12/net/netstat", "TcpExt: ListenOverflows ListenDrops\nTcpExt: 1");
	facts_init(&facts);
	facts_read_kernel(&facts, proc, 12);
	ck_assert_int_eq(facts.somaxconn, FACT_UNKNOWN);
	ck_assert_int_eq(facts.syncookies, FACT_UNKNOWN);
	ck_assert_int_eq(facts.migrate_req, FACT_UNKNOWN);
	ck_assert_int_eq(facts.last_ephemeral, FACT_UNKNOWN);
	ck_assert_int_eq(facts.listen_overflows, 1);
	ck_assert_int_eq(facts.listen_drops, FACT_UNKNOWN);
}
END_TEST

START_TEST(another_network_namespace_is_noticed)
{
	struct facts facts;

	put_link("self/ns/net", "net:[1]");
	put_link("12/ns/net", "net:[2]");
	facts_init(&facts);
	facts_read_kernel(&facts, proc, 12);
	ck_assert(facts.is_elsewhere);
}
END_TEST

START_TEST(the_configuration_in_force_tells_the_drain_and_the_files)
{
	struct snapshot daemon = status_of(10, 100, 0);
	struct facts facts;

	facts_init(&facts);
	facts_take_daemon(&facts, &daemon,
	    SLICE("drain { notice = \"5s\" deadline = \"40s\" }\n"
		  "limits { connections = 5000 file_cache_entries = 100 }\n"));
	ck_assert_int_eq(facts.drain_us, 45000000);
	ck_assert_int_eq(facts.needed_files, 5000 + 64 + 2 * 100);
	ck_assert_int_eq(facts.max_files, 4096);
	/* Nonsense, or none: what the status says has to do. */
	facts_init(&facts);
	facts_take_daemon(&facts, &daemon, SLICE("<html>"));
	ck_assert_int_eq(facts.drain_us, FACT_UNKNOWN);
	ck_assert_int_eq(facts.needed_files, 1000 + 64);
	facts_init(&facts);
	facts_take_daemon(&facts, &daemon, (struct slice){ NULL, 0 });
	ck_assert_int_eq(facts.needed_files, 1000 + 64);
	snapshot_done(&daemon);
}
END_TEST

static const struct {
	const char *cgroup, *unit;
} units[] = {
	{ "0::/system.slice/usher.service\n", "usher.service" },
	{ "12:cpu:/\n1:name=systemd:/system.slice/a@b.service\n0::/\n", "a@b.service" },
	{ "0::/system.slice/usher.service", "usher.service" },
	{ "0::/user.slice/user-0.slice/session-1.scope\n", NULL },
	{ "0::/\n", NULL },
	{ "", NULL },
	{ "usher.service\n", NULL },
};

START_TEST(the_unit_of_a_process_is_found)
{
	char unit[64] = "";

	ck_assert_int_eq(
	    service_unit_of(units[_i].cgroup, unit, sizeof(unit)), units[_i].unit ? 0 : -ENOENT);
	ck_assert_str_eq(unit, units[_i].unit ? units[_i].unit : "");
}
END_TEST

START_TEST(a_unit_has_its_path_on_the_bus)
{
	char path[96], small[40];

	ck_assert_int_eq(service_path_of("usher-a@b.service", path, sizeof(path)), 0);
	ck_assert_str_eq(path, "/org/freedesktop/systemd1/unit/usher_2da_40b_2eservice");
	ck_assert_int_eq(service_path_of("1.service", path, sizeof(path)), 0);
	ck_assert_str_eq(path, "/org/freedesktop/systemd1/unit/_31_2eservice");
	ck_assert_int_eq(service_path_of("usher.service", small, sizeof(small)), -ENAMETOOLONG);
}
END_TEST

/* `script` stands for busctl(1). */
static const struct {
	const char *script;
	int64_t limit_us;
} buses[] = {
	{ "#!/bin/sh\n[ \"$2\" = org.freedesktop.systemd1 ] &&\n"
	  "[ \"$3\" = /org/freedesktop/systemd1/unit/usher_2eservice ] &&\n"
	  "[ \"$4\" = org.freedesktop.systemd1.Service ] && [ \"$5\" = TimeoutStopUSec ] &&\n"
	  "echo t 90000000\n",
	    90000000 },
	{ "#!/bin/sh\necho t 18446744073709551615\n", INT64_MAX },
	{ "#!/bin/sh\necho nonsense\n", -1 },
	{ "#!/bin/sh\nexit 1\n", -1 },
	{ "#!/bin/sh\nexec tail -f /dev/null\n", -1 },
	{ "no program at all", -1 },
};

START_TEST(the_service_manager_is_asked_and_need_not_answer)
{
	char path[128];

	put("busctl", buses[_i].script);
	put("12/cgroup", "0::/system.slice/usher.service\n");
	(void)snprintf(path, sizeof(path), "%s/busctl", proc);
	ck_assert_int_eq(chmod(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s:%s", proc, getenv("PATH"));
	ck_assert_int_eq(setenv("PATH", path, 1), 0);
	ck_assert_int_eq(service_stop_limit_us(proc, 12), buses[_i].limit_us);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("facts");
	TCase *tcase = tcase_create("facts");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, make_proc, remove_proc);
	tcase_set_timeout(tcase, 20);
	tcase_add_test(tcase, settings_and_counters_are_read);
	tcase_add_test(tcase, what_cannot_be_read_is_unknown);
	tcase_add_test(tcase, another_network_namespace_is_noticed);
	tcase_add_test(tcase, the_configuration_in_force_tells_the_drain_and_the_files);
	tcase_add_loop_test(tcase, the_unit_of_a_process_is_found, 0, COUNT(units));
	tcase_add_test(tcase, a_unit_has_its_path_on_the_bus);
	tcase_add_loop_test(
	    tcase, the_service_manager_is_asked_and_need_not_answer, 0, COUNT(buses));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
