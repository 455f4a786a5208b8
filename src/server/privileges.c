/* SPDX-License-Identifier: MIT
 *
 * privileges: the order matters. The rules of the Landlock are made while root may open
 * every path; groups go before the user, for afterwards they may not; and the Landlock
 * comes last, for it takes no_new_privs.
 */
#include "server/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "server/confinement.h"
#include "server/log_file.h"

/* Capabilities are numbered from 0; the kernel says where they end (prctl(2)). */
#define CAPABILITIES_MAX 64

struct account {
	const char *name;
	uid_t uid;
	gid_t gid;
};

static int
fail(struct text *ret_error, int error, const char *what)
{
	text_put_format(ret_error, "%s: %s", what, strerror(error));
	return -error;
}

/* --- The user ---------------------------------------------------------------------- */

static int
find_account(const char *name, struct account *ret_account, struct text *ret_error)
{
	const struct passwd *entry;

	errno = 0;
	entry = getpwnam(name);
	if (!entry) {
		text_put_format(ret_error, "user: this system has no user \"%s\"%s%s", name,
		    errno ? ": " : "", errno ? strerror(errno) : "");
		return -ENOENT;
	}
	*ret_account = (struct account){ name, entry->pw_uid, entry->pw_gid };
	return 0;
}

/* What is reached by `path` is given away only if it is the file that stands there: no
 * link of somebody who may write in that directory. */
static bool
is_the_file(int fd, const char *path)
{
	struct stat open_one, named;

	return fstat(fd, &open_one) == 0 && lstat(path, &named) == 0 && S_ISREG(named.st_mode) &&
	    named.st_nlink == 1 && named.st_uid == 0 && named.st_ino == open_one.st_ino &&
	    named.st_dev == open_one.st_dev;
}

static void
give_file(const struct account *account, const char *path, int fd)
{
	if (!path || fd < 0 || !is_the_file(fd, path))
		return;
	if (fchown(fd, account->uid, account->gid) != 0)
		log_warning("the log file %s stays root's: %s", path, strerror(errno));
}

/* A directory in which the user may make no file: after a rotation, the new log has to
 * be there already. */
static void
warn_of_directory(const struct account *account, const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	char room[4096];
	struct text parent = text_over(room, sizeof(room));

	if (!slash || strncmp(path, "/dev/", 5) == 0)
		return;
	text_put(&parent, (struct slice){ path, slash > path ? (size_t)(slash - path) : 1 });
	if (access(text_string(&parent), W_OK | X_OK) != 0)
		log_warning("user %s may not write in %s: %s can be opened again (SIGUSR1) only "
			    "if the rotation makes it for that user",
		    account->name, room, path);
}

/* Nothing of it is left to be gained again, by whatever program is started. */
static void
drop_bounding_set(void)
{
	for (unsigned long i = 0; i < CAPABILITIES_MAX; i++)
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1)
			(void)prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

static int
drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capset, &header, none) == 0 ? 0 : -errno;
}

static int
become(const struct account *account, struct text *ret_error)
{
	int result;

	drop_bounding_set();
	if (initgroups(account->name, account->gid) != 0)
		return fail(ret_error, errno, "user: initgroups");
	if (setresgid(account->gid, account->gid, account->gid) != 0)
		return fail(ret_error, errno, "user: setresgid");
	if (setresuid(account->uid, account->uid, account->uid) != 0)
		return fail(ret_error, errno, "user: setresuid");
	result = drop_capabilities();
	if (result != 0)
		return fail(ret_error, -result, "user: capset");
	/* There must be no way back. */
	if (account->uid != 0 && (setuid(0) == 0 || seteuid(0) == 0))
		return fail(ret_error, EPERM, "user: root could be gained again");
	return 0;
}

static int
change_user(const struct config *config, struct log_file *const *logs, unsigned log_count,
    struct text *ret_error)
{
	struct account account;
	int result = find_account(config->user, &account, ret_error);

	if (result != 0)
		return result;
	if (geteuid() != 0) {
		if (geteuid() != account.uid)
			log_warning("user: not started as root: goes on as user %u, not as %s",
			    (unsigned)geteuid(), config->user);
		return 0;
	}
	for (unsigned i = 0; i < log_count; i++)
		give_file(&account, logs[i]->path, logs[i]->outlet.fd);
	give_file(&account, log_file_path(), log_file_descriptor());
	result = become(&account, ret_error);
	if (result != 0)
		return result;
	log_info("runs as user %s (%u), group %u, without any capability", account.name,
	    (unsigned)account.uid, (unsigned)account.gid);
	for (unsigned i = 0; i < log_count; i++)
		warn_of_directory(&account, logs[i]->path);
	warn_of_directory(&account, log_file_path());
	return 0;
}

/* --- All ---------------------------------------------------------------------------- */

static int
make_rules(const struct config *config, const struct confinement_files *files,
    struct landlock *ret_landlock, struct text *ret_error)
{
	int result;

	*ret_landlock = (struct landlock){ .fd = -1 };
	if (config->landlock == CONFIG_LANDLOCK_OFF)
		return 0;
	result = confinement_make(ret_landlock, config, files, ret_error);
	if (result != -ENOSYS && result != -EOPNOTSUPP)
		return result;
	ret_error->len = 0;
	log_info("this kernel has no Landlock, or has it switched off: the file system stays open");
	return 0;
}

static int
enforce(const struct config *config, struct landlock *landlock, struct text *ret_error)
{
	int result;

	if (config->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail(ret_error, errno, "no_new_privileges: prctl");
	if (landlock->fd < 0)
		return 0;
	result = landlock_enforce(landlock);
	/* Each process of a row of upgrades adds its rules to those before: at most 16 times
	 * (landlock(7)). The older ones hold on. */
	if (result == -E2BIG) {
		log_info("Landlock: the rules of the processes before this one stay in force");
		return 0;
	}
	if (result != 0)
		return fail(ret_error, -result, "landlock");
	log_info("Landlock (version %d) confines it to %u paths%s", landlock->version,
	    landlock->paths, config->no_new_privileges ? "; no new privileges" : "");
	return 0;
}

int
privileges_drop(const struct config *config, struct log_file *const *logs, unsigned log_count,
    const struct confinement_files *files, struct text *ret_error)
{
	struct landlock landlock;
	int result = make_rules(config, files, &landlock, ret_error);

	if (result == 0 && config->user)
		result = change_user(config, logs, log_count, ret_error);
	if (result == 0)
		result = enforce(config, &landlock, ret_error);
	landlock_close(&landlock);
	return result;
}
