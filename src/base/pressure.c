/* SPDX-License-Identifier: MIT */
#include "base/pressure.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define WHOLE_MACHINE "/proc/pressure/memory"

void
pressure_init_at(struct pressure *pressure, const char *path)
{
	*pressure = (struct pressure){ .fd = open(path, O_RDONLY | O_CLOEXEC) };
}

/* The line "0::/PATH" names the group in the one hierarchy (cgroups(7)). */
static bool
find_group(char *path, size_t cap)
{
	char line[PATH_MAX];
	FILE *file = fopen("/proc/self/cgroup", "re");
	bool is_found = false;
	int len;

	if (!file)
		return false;
	while (!is_found && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "0::/", 4) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		len = snprintf(path, cap, "/sys/fs/cgroup%s/memory.pressure", line + 3);
		is_found = len > 0 && (size_t)len < cap;
	}
	(void)fclose(file);
	return is_found;
}

void
pressure_init(struct pressure *pressure)
{
	char path[PATH_MAX];

	if (find_group(path, sizeof(path)))
		pressure_init_at(pressure, path);
	else
		*pressure = (struct pressure){ .fd = -1 };
	if (pressure->fd < 0)
		pressure_init_at(pressure, WHOLE_MACHINE);
}

void
pressure_done(struct pressure *pressure)
{
	if (pressure->fd >= 0)
		(void)close(pressure->fd);
	pressure->fd = -1;
}

/* "some avg10=1.23 avg60=…": the first line, its first number. */
static bool
read_is_high(int fd)
{
	static const char begin[] = "some avg10=";
	char text[64];
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);

	if (len < (ssize_t)sizeof(begin))
		return false;
	text[len] = '\0';
	if (strncmp(text, begin, sizeof(begin) - 1) != 0)
		return false;
	return strtol(text + sizeof(begin) - 1, NULL, 10) >= PRESSURE_HIGH_PERCENT;
}

bool
pressure_is_high(struct pressure *pressure, int64_t now_us)
{
	if (pressure->fd < 0)
		return false;
	if (now_us >= pressure->until_us) {
		pressure->is_high = read_is_high(pressure->fd);
		pressure->until_us = now_us + CLOCK_SECOND_US;
	}
	return pressure->is_high;
}
