/* SPDX-License-Identifier: MIT */
#include "server/process_info.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

static int64_t
to_us(const struct timeval *time)
{
	return (int64_t)time->tv_sec * CLOCK_SECOND_US + time->tv_usec;
}

/* The numbers of /proc/self/statm, in pages: size, resident, … */
static void
read_memory(struct snapshot_process *process)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	char room[128];
	struct slice left;
	uint64_t numbers[2] = { 0 };
	ssize_t got = -1;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		got = read(fd, room, sizeof(room));
		(void)close(fd);
	}
	left = (struct slice){ room, got > 0 ? (size_t)got : 0 };
	for (int i = 0; i < 2 && left.len > 0; i++) {
		const size_t len = slice_length_before(left, ' ');

		(void)!slice_to_u64(slice_first(left, len), &numbers[i]);
		left = slice_from(left, len < left.len ? len + 1 : len);
	}
	process->virtual_bytes = numbers[0] * page;
	process->resident_bytes = numbers[1] * page;
}

/* Entries of a directory of /proc; one open file of it is ours. */
static uint64_t
count_entries(const char *path)
{
	DIR *directory = opendir(path);
	uint64_t count = 0;

	if (!directory)
		return 0;
	for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory))
		count += entry->d_name[0] != '.';
	(void)closedir(directory);
	return count;
}

void
process_info_read(struct snapshot_process *ret_process)
{
	struct rusage usage = { 0 };
	struct rlimit limit = { 0 };
	uint64_t open_fds = count_entries("/proc/self/fd");

	(void)getrusage(RUSAGE_SELF, &usage);
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	*ret_process = (struct snapshot_process){ .user_us = to_us(&usage.ru_utime),
		.system_us = to_us(&usage.ru_stime),
		.open_fds = open_fds > 0 ? open_fds - 1 : 0,
		.max_fds = limit.rlim_cur,
		.threads = count_entries("/proc/self/task") };
	read_memory(ret_process);
}
