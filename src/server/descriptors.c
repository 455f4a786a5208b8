/* SPDX-License-Identifier: MIT */
#include "server/descriptors.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"

/* Half of what the check of the configuration keeps free (CONFIG_RESERVED_FILES); the
 * rest is open from the start. */
#define RESERVED 32

/* Each connection takes a descriptor, and each file that is sent. */
void
descriptors_raise_limit(void)
{
	struct rlimit limit;
	rlim_t before;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
		return;
	before = limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		log_warning(
		    "RLIMIT_NOFILE stays at %llu: %s", (unsigned long long)before, strerror(errno));
	else
		log_info("RLIMIT_NOFILE is raised from %llu to its hard limit, %llu",
		    (unsigned long long)before, (unsigned long long)limit.rlim_max);
}

int
descriptors_first_reserved(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > INT_MAX)
		return 0;
	if (limit.rlim_cur < (rlim_t)RESERVED * 2)
		return (int)limit.rlim_cur / 2;
	return (int)limit.rlim_cur - RESERVED;
}
