/* SPDX-License-Identifier: MIT
 *
 * host: what the kernel lets this process do.
 */
#include "config/check.h"

#include "base/text.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIRST_FREE_PORT_FILE "/proc/sys/net/ipv4/ip_unprivileged_port_start"
#define FIRST_FREE_PORT 1024

/* The number in a file of one line, or `otherwise`. */
static int64_t
read_number(const char *path, int64_t otherwise)
{
	char bytes[32];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;
	uint64_t number;

	if (fd < 0)
		return otherwise;
	len = read(fd, bytes, sizeof(bytes));
	(void)close(fd);
	if (len > 0 && bytes[len - 1] == '\n')
		len--;
	if (len <= 0 || slice_to_u64((struct slice){ bytes, (size_t)len }, &number) < 0)
		return otherwise;
	return (int64_t)number;
}

/* capget(2): version 3 has two words of 32 capabilities each. */
static bool
has_capability(unsigned capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data) != 0)
		return true;
	return data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability);
}

void
config_host_read(struct config_host *ret_host)
{
	struct rlimit files;

	*ret_host = (struct config_host){
		.first_free_port = read_number(FIRST_FREE_PORT_FILE, FIRST_FREE_PORT),
		.may_bind_privileged = has_capability(CAP_NET_BIND_SERVICE),
		.open_files_limit = UINT64_MAX,
	};
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_max != RLIM_INFINITY)
		ret_host->open_files_limit = files.rlim_max;
}
