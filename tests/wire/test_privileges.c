/* SPDX-License-Identifier: MIT
 *
 * privileges: what a server that root started is afterwards, and what it cannot reach
 * any more, though a link leads there. What takes root is skipped aloud without it.
 */
#include <dirent.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/bytes.h"
#include "harness/wire.h"

/* A user that every system has. */
#define USER "nobody"

#define SERVED(more) WEB "service \"site\" {\n" ROUTES "}\n" more
#define QUIET "log { access_format = off }\n"

/* The longest wait for a root to be looked at again. */
#define TRIES 400

static bool
has_landlock(void)
{
	return syscall(444, NULL, 0, 1U) > 0;
}

static const char *
path_of(const char *name)
{
	static char paths[4][256];
	static unsigned next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", place_dir(), name);
	return path;
}

/* Every directory on the way to the test's own lets others pass. */
static void
let_others_in(void)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s", place_dir());
	for (char *slash = path + strlen(path); slash > path; slash = strrchr(path, '/')) {
		*slash = '\0';
		if (strcmp(path, "/tmp") != 0 && *path)
			(void)chmod(path, 0755);
	}
	(void)chmod(place_dir(), 0755);
}

/* Fails unless the status of the thread has the line "NAME:\tVALUE". */
static void
expect_status(const char *thread_status, const char *name, const char *value)
{
	struct bytes text = { 0 };
	char line[256];

	(void)snprintf(line, sizeof(line), "\n%s:\t%s\n", name, value);
	ck_assert_int_eq(bytes_put_file(&text, thread_status), 0);
	ck_assert_msg(strstr(bytes_string(&text), line) != NULL, "%s has no line %s in:\n%s",
	    thread_status, line, text.data);
	bytes_free(&text);
}

/* Does so for each thread of the daemon. */
static void
expect_everywhere(const struct usherd *usherd, const char *name, const char *value)
{
	char tasks[64];
	struct dirent *entry;
	unsigned count = 0;
	DIR *directory;

	(void)snprintf(tasks, sizeof(tasks), "/proc/%d/task", (int)usherd_pid(usherd));
	directory = opendir(tasks);
	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory))) {
		char path[512];

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s/status", tasks, entry->d_name);
		expect_status(path, name, value);
		count++;
	}
	(void)closedir(directory);
	ck_assert_uint_ge(count, 2);
}

START_TEST(root_becomes_the_user_and_keeps_no_capability)
{
	static const char *const sets[] = { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" };
	const struct passwd *account = getpwnam(USER);
	struct usherd *usherd;
	struct client *client;
	char ids[128];

	if (geteuid() != 0 || !account) {
		WIRE_SKIP("takes root, and the user " USER);
		return;
	}
	(void)snprintf(ids, sizeof(ids), "%u\t%u\t%u\t%u", account->pw_uid, account->pw_uid,
	    account->pw_uid, account->pw_uid);
	usherd = usherd_start(SERVED("loops = 2\nuser = \"" USER "\"\n" QUIET));
	usherd_expect_log(usherd, "runs as user " USER);
	expect_everywhere(usherd, "Uid", ids);
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		expect_everywhere(usherd, sets[i], "0000000000000000");
	expect_everywhere(usherd, "NoNewPrivs", "1");
	client = wire_connect(usherd, "web");
	send_get(client, "/hello");
	expect_response(client, 200);
}
END_TEST

START_TEST(each_switch_can_be_off)
{
	struct usherd *usherd =
	    usherd_start(SERVED("no_new_privileges = false\nlandlock = off\n" QUIET));

	expect_everywhere(usherd, "NoNewPrivs", "0");
	usherd_refute_log(usherd, "Landlock");
	usherd_refute_log(usherd, "runs as user");
}
END_TEST

START_TEST(landlock_without_no_new_privileges_is_refused)
{
	struct outcome outcome;

	put_file("usher.conf", "no_new_privileges = false\n" SERVED(QUIET));
	outcome = usherd_run(ARGS("-t", "-c", "@dir@/usher.conf"));
	ck_assert_int_eq(outcome.status, 1);
	ck_assert_ptr_nonnull(strstr(
	    outcome.err, "usher.conf:1: no_new_privileges: landlock needs it: leave it true"));
}
END_TEST

START_TEST(a_user_that_does_not_exist_ends_the_start)
{
	struct outcome outcome;

	put_file("usher.conf", SERVED("user = \"no-such-user\"\n" QUIET));
	outcome = usherd_run(ARGS("-c", "@dir@/usher.conf"));
	ck_assert_int_eq(outcome.status, 1);
	ck_assert_ptr_nonnull(strstr(outcome.err, "this system has no user \"no-such-user\""));
}
END_TEST

START_TEST(a_log_is_opened_again_by_the_user)
{
	const struct passwd *account = getpwnam(USER);
	struct usherd *usherd;
	struct stat status;

	if (geteuid() != 0 || !account) {
		WIRE_SKIP("takes root, and the user " USER);
		return;
	}
	let_others_in();
	ck_assert_int_eq(mkdir(path_of("logs"), 0755), 0);
	ck_assert_int_eq(chown(path_of("logs"), account->pw_uid, account->pw_gid), 0);
	usherd =
	    usherd_start(SERVED("user = \"" USER "\"\nlog { access = \"@dir@/logs/access\" }\n"));
	ck_assert_int_eq(stat(path_of("logs/access"), &status), 0);
	ck_assert_uint_eq(status.st_uid, account->pw_uid);
	ck_assert_int_eq(rename(path_of("logs/access"), path_of("logs/access.1")), 0);
	usherd_signal(usherd, SIGUSR1);
	usherd_expect_log(usherd, "/logs/access is open again");
	usherd_refute_log(usherd, "may not write in");
}
END_TEST

START_TEST(a_directory_that_the_user_may_not_write_in_is_told)
{
	if (geteuid() != 0 || !getpwnam(USER)) {
		WIRE_SKIP("takes root, and the user " USER);
		return;
	}
	let_others_in();
	ck_assert_int_eq(mkdir(path_of("logs"), 0755), 0);
	usherd_expect_log(
	    usherd_start(SERVED("user = \"" USER "\"\nlog { access = \"@dir@/logs/access\" }\n")),
	    "user " USER " may not write in ");
}
END_TEST

/* --- Landlock ------------------------------------------------------------------ */

/* A log that became a link to somewhere else. */
static struct usherd *
divert_log(const char *config)
{
	struct usherd *usherd;

	put_file("elsewhere/precious", "kept\n");
	ck_assert_int_eq(mkdir(path_of("logs"), 0755), 0);
	usherd = usherd_start(config);
	ck_assert_int_eq(unlink(path_of("logs/access")), 0);
	ck_assert_int_eq(symlink(path_of("elsewhere/precious"), path_of("logs/access")), 0);
	usherd_signal(usherd, SIGUSR1);
	return usherd;
}

#define LOGGED "log { access = \"@dir@/logs/access\" }\n"

START_TEST(a_log_that_became_a_link_is_not_written_through)
{
	if (!has_landlock()) {
		WIRE_SKIP("this kernel has no Landlock");
		return;
	}
	usherd_expect_log(divert_log(SERVED(LOGGED)), "Permission denied; the old file goes on");
	ck_assert_int_eq(unlink(path_of("logs/access")), 0);
}
END_TEST

START_TEST(without_landlock_a_log_may_be_a_link)
{
	usherd_expect_log(
	    divert_log(SERVED("landlock = off\n" LOGGED)), "/logs/access is open again");
}
END_TEST

/* Asks for "/secret" until the status is `status`: a root is looked at once a second. */
static void
expect_in_time(struct usherd *usherd, int status)
{
	struct client *client = wire_connect(usherd, "web");
	int last = 0;

	for (int i = 0; i < TRIES; i++) {
		send_get(client, "/secret");
		last = read_response(client);
		if (last == status)
			return;
		(void)poll(NULL, 0, 10);
	}
	ck_abort_msg("the status is %d, not %d", last, status);
}

/* The root gives way to a link, to a directory whose parent has no root in it. */
static struct usherd *
replace_root(const char *more, const char *target)
{
	char config[1024];
	struct usherd *usherd;
	char *text;

	put_file("web/www/secret", "of the root\n");
	put_file("web/next/secret", "of the next root\n");
	put_file("vault/deep/secret", "of nobody's\n");
	(void)snprintf(config, sizeof(config),
	    "%s" WEB "service \"site\" { route \"/\" { files = \"@dir@/web/www\" } }\n" QUIET,
	    more);
	text = place_expand(config);
	put_file("conf/usher.conf", text); /* its directory may be read */
	free(text);
	usherd = usherd_start_with(ARGS("-c", "@dir@/conf/usher.conf"));
	expect_in_time(usherd, 200);
	ck_assert_int_eq(rename(path_of("web/www"), path_of("web/old")), 0);
	ck_assert_int_eq(symlink(path_of(target), path_of("web/www")), 0);
	return usherd;
}

START_TEST(a_root_that_became_a_link_out_of_the_roots_cannot_be_read)
{
	if (!has_landlock()) {
		WIRE_SKIP("this kernel has no Landlock");
		return;
	}
	expect_in_time(replace_root("", "vault/deep"), 403);
}
END_TEST

START_TEST(without_landlock_it_can)
{
	struct usherd *usherd = replace_root("landlock = off\n", "vault/deep");
	struct client *client = wire_connect(usherd, "web");

	for (int i = 0; i < TRIES; i++) {
		send_get(client, "/secret");
		(void)read_response(client);
		if (strstr(bytes_string(&last_response(client)->body), "of nobody's"))
			return;
		(void)poll(NULL, 0, 10);
	}
	ck_abort_msg("the new root is not served");
}
END_TEST

START_TEST(a_root_may_be_replaced_by_one_beside_it)
{
	struct usherd *usherd = replace_root("", "web/next");
	struct client *client = wire_connect(usherd, "web");

	for (int i = 0; i < TRIES; i++) {
		send_get(client, "/secret");
		(void)read_response(client);
		if (strstr(bytes_string(&last_response(client)->body), "of the next root"))
			return;
		(void)poll(NULL, 0, 10);
	}
	ck_abort_msg("the new root is not served");
}
END_TEST

START_TEST(but_not_where_landlock_is_strict)
{
	if (!has_landlock()) {
		WIRE_SKIP("this kernel has no Landlock");
		return;
	}
	expect_in_time(replace_root("landlock = strict\n", "web/next"), 403);
}
END_TEST

/* --- A reload ------------------------------------------------------------------- */

static struct usherd *
reload_to(const char *more)
{
	char config[1024];
	struct usherd *usherd;

	put_file("web/www/secret", "of the root\n");
	(void)snprintf(config, sizeof(config),
	    "%s" WEB "service \"site\" { route \"/\" { files = \"@dir@/web/www\" } }\n" QUIET,
	    more);
	usherd = usherd_start(config);
	(void)snprintf(config, sizeof(config),
	    "%s" WEB "service \"site\" { route \"/\" { files = \"/usr/share\" } }\n" QUIET, more);
	put_file("usher0.conf", config);
	usherd_signal(usherd, SIGHUP);
	return usherd;
}

START_TEST(a_root_beyond_the_landlock_fails_a_reload)
{
	struct usherd *usherd;

	if (!has_landlock()) {
		WIRE_SKIP("this kernel has no Landlock");
		return;
	}
	usherd = reload_to("");
	usherd_expect_log(usherd, "/usr/share is beyond what this process may read");
	usherd_expect_log(usherd, "reload: nothing was changed");
	expect_in_time(usherd, 200);
}
END_TEST

START_TEST(without_landlock_any_root_may_come)
{
	usherd_expect_log(reload_to("landlock = off\n"), "reload: generation 2 serves");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("privileges");
	TCase *user = wire_case(suite, "user", 60);
	TCase *landlock = wire_case(suite, "landlock", 60);

	tcase_add_test(user, root_becomes_the_user_and_keeps_no_capability);
	tcase_add_test(user, each_switch_can_be_off);
	tcase_add_test(user, landlock_without_no_new_privileges_is_refused);
	tcase_add_test(user, a_user_that_does_not_exist_ends_the_start);
	tcase_add_test(user, a_log_is_opened_again_by_the_user);
	tcase_add_test(user, a_directory_that_the_user_may_not_write_in_is_told);
	tcase_add_test(landlock, a_log_that_became_a_link_is_not_written_through);
	tcase_add_test(landlock, without_landlock_a_log_may_be_a_link);
	tcase_add_test(landlock, a_root_that_became_a_link_out_of_the_roots_cannot_be_read);
	tcase_add_test(landlock, without_landlock_it_can);
	tcase_add_test(landlock, a_root_may_be_replaced_by_one_beside_it);
	tcase_add_test(landlock, but_not_where_landlock_is_strict);
	tcase_add_test(landlock, a_root_beyond_the_landlock_fails_a_reload);
	tcase_add_test(landlock, without_landlock_any_root_may_come);
	return wire_run(suite);
}
