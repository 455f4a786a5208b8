/* SPDX-License-Identifier: MIT */
#include "server/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Numbers of every architecture that has the unified table; older headers lack them. */
#define CALL_CREATE_RULESET 444
#define CALL_ADD_RULE 445
#define CALL_RESTRICT_SELF 446

/* include/uapi/linux/landlock.h */
#define CREATE_RULESET_VERSION 1U
#define RULE_PATH_BENEATH 1

#define FS_EXECUTE UINT64_C(1)
#define FS_WRITE_FILE (UINT64_C(1) << 1)
#define FS_READ_FILE (UINT64_C(1) << 2)
#define FS_READ_DIR (UINT64_C(1) << 3)
#define FS_REMOVE_FILE (UINT64_C(1) << 5)
#define FS_MAKE_REG (UINT64_C(1) << 8)
#define FS_MAKE_SOCK (UINT64_C(1) << 9)
#define FS_TRUNCATE (UINT64_C(1) << 14)

/* All rights of a version: 1 has the first 13, 2 adds moving between directories,
 * 3 truncating. What came later concerns devices and the network. */
#define RIGHTS_1 ((UINT64_C(1) << 13) - 1)
#define RIGHTS_2 ((UINT64_C(1) << 14) - 1)
#define RIGHTS_3 ((UINT64_C(1) << 15) - 1)

struct ruleset_attributes {
	uint64_t handled_access_fs;
};

struct path_attributes {
	uint64_t allowed_access;
	int32_t parent_fd;
} __attribute__((packed));

static int
call(long result)
{
	return result < 0 ? -errno : (int)result;
}

static uint64_t
rights_of(int version)
{
	if (version >= 3)
		return RIGHTS_3;
	return version == 2 ? RIGHTS_2 : RIGHTS_1;
}

int
landlock_open(struct landlock *landlock)
{
	struct ruleset_attributes attributes;

	*landlock = (struct landlock){ .fd = -1 };
	landlock->version = call(syscall(CALL_CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION));
	if (landlock->version < 0)
		return landlock->version;
	landlock->handled = rights_of(landlock->version);
	attributes.handled_access_fs = landlock->handled;
	landlock->fd = call(syscall(CALL_CREATE_RULESET, &attributes, sizeof(attributes), 0));
	return landlock->fd < 0 ? landlock->fd : 0;
}

static uint64_t
meaning_of(unsigned rights, mode_t mode)
{
	uint64_t meaning = 0;

	if (rights & LANDLOCK_READ)
		meaning |= FS_READ_FILE | (S_ISDIR(mode) ? FS_READ_DIR : 0);
	if (rights & LANDLOCK_WRITE)
		meaning |= FS_WRITE_FILE | FS_TRUNCATE;
	if (rights & LANDLOCK_EXECUTE)
		meaning |= FS_EXECUTE;
	if ((rights & LANDLOCK_MAKE) && S_ISDIR(mode))
		meaning |= FS_MAKE_REG | FS_MAKE_SOCK | FS_REMOVE_FILE;
	return meaning;
}

int
landlock_allow(struct landlock *landlock, const char *path, unsigned rights)
{
	struct path_attributes attributes;
	struct stat status;
	int result;
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -errno;
	result = fstat(fd, &status) < 0 ? -errno : 0;
	if (result == 0) {
		attributes.parent_fd = fd;
		attributes.allowed_access = meaning_of(rights, status.st_mode) & landlock->handled;
		result =
		    call(syscall(CALL_ADD_RULE, landlock->fd, RULE_PATH_BENEATH, &attributes, 0));
	}
	(void)close(fd);
	if (result == 0)
		landlock->paths++;
	return result;
}

int
landlock_enforce(struct landlock *landlock)
{
	return call(syscall(CALL_RESTRICT_SELF, landlock->fd, 0));
}

void
landlock_close(struct landlock *landlock)
{
	if (landlock->fd >= 0)
		(void)close(landlock->fd);
	landlock->fd = -1;
}
