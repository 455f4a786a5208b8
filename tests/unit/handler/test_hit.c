/* SPDX-License-Identifier: MIT
 *
 * Test of the promise that a file in the cache costs no system call: the kernel kills a
 * process that makes one. Skipped, aloud, where no such filter can be set (seccomp(2)).
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

#define SKIPPED 77 /* as Meson understands it */

#define ALLOW(number)                                        \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), \
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* Only what an allocator may need, and the way out. */
static int
forbid_system_calls(void)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(SYS_exit_group),
		ALLOW(SYS_brk),
		ALLOW(SYS_mmap),
		ALLOW(SYS_munmap),
		ALLOW(SYS_mprotect),
		ALLOW(SYS_madvise),
		ALLOW(SYS_futex),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = { sizeof(rules) / sizeof(rules[0]), rules };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

static bool
can_forbid(void)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0)
		syscall(SYS_exit_group, forbid_system_calls() == 0 ? 0 : 1);
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	    WEXITSTATUS(status) == 0;
}

static struct rig rig;

static void
set_up(void)
{
	rig_init(&rig);
	tree_write(&rig.tree, "index.html", "small");
	tree_write(&rig.tree, "index.html.gz", "gzip");
	tree_write_pattern(&rig.tree, "medium", 60000);
	tree_write_pattern(&rig.tree, "large", 100000);
	tree_mkdir(&rig.tree, "dir");
	rig_start(&rig);
}

static void
tear_down(void)
{
	rig_done(&rig);
}

/* The wait status of a process that answers `fake` under the filter. */
static int
answer_in_a_child(struct fake *fake)
{
	int status = 0;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		if (forbid_system_calls() < 0)
			_exit(1);
		fake_answer_with(fake, &fake_service, &files_kind.ops, rig.files, 1);
		syscall(SYS_exit_group, fake->status / 10);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status;
}

static const struct {
	const char *target, *fields;
	int status;
} hits[] = {
	{ "/", "", 200 },
	{ "/", "Accept-Encoding: gzip, br, zstd\r\n", 200 },
	{ "/index.html", "", 200 },
	{ "/medium", "", 200 },
	{ "/large", "", 200 },
	{ "/large", "Range: bytes=5-10\r\n", 206 },
	{ "/", "If-Modified-Since: Sun, 13 Sep 2020 12:26:40 GMT\r\n", 304 },
	{ "/missing", "", 404 },
	{ "/dir", "", 301 },
};

START_TEST(a_hit_makes_no_system_call)
{
	struct fake *first = rig_get(&rig, hits[_i].target, hits[_i].fields);
	struct fake *second = fake_get(hits[_i].target, hits[_i].fields, TREE_NOW);
	int status = answer_in_a_child(second);

	ck_assert_int_eq(first->status, hits[_i].status);
	ck_assert_msg(WIFEXITED(status), "%s made a system call", hits[_i].target);
	ck_assert_int_eq(WEXITSTATUS(status), hits[_i].status / 10);
	fake_done(first);
	fake_done(second);
}
END_TEST

START_TEST(a_look_at_the_file_system_would_be_noticed)
{
	struct fake *first = rig_get(&rig, "/", "");
	struct fake *second = fake_get("/", "", TREE_NOW + 1);

	ck_assert(WIFSIGNALED(answer_in_a_child(second)));
	fake_done(first);
	fake_done(second);
}
END_TEST

int
main(void)
{
	Suite *suite;
	TCase *tcase;

	if (!can_forbid()) {
		puts("handler/hit: SKIPPED: no system call filter can be set here");
		return SKIPPED;
	}
	suite = suite_create("handler/hit");
	tcase = tcase_create("all");
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, a_hit_makes_no_system_call, 0, COUNT(hits));
	tcase_add_test(tcase, a_look_at_the_file_system_would_be_noticed);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
