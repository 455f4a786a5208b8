/* SPDX-License-Identifier: MIT */
#include "usher-load/source.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int
parse_ip(struct slice host, struct address *ret_address)
{
	int result = address_parse(host, 0, ret_address);

	return result == 0 && address_is_unix(ret_address) ? -EINVAL : result;
}

/* Later, at connect(2), the same error would look like a lack of ports. */
static bool
is_of_this_machine(const struct address *address)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is_ours = fd >= 0 && bind(fd, &address->any, address->len) == 0;

	if (fd >= 0)
		(void)close(fd);
	return is_ours;
}

static int
append(struct source_list *list, const struct address *address)
{
	if (!is_of_this_machine(address))
		return -EADDRNOTAVAIL;
	if (list->count == SOURCE_MAX)
		return -E2BIG;
	list->addresses[list->count++] = *address;
	return 0;
}

static int
add_range(struct source_list *list, struct slice first, struct slice last)
{
	struct address from, to;
	uint32_t low, high;
	int result = 0;

	if (parse_ip(first, &from) != 0 || parse_ip(last, &to) != 0 ||
	    from.any.sa_family != AF_INET || to.any.sa_family != AF_INET)
		return -EINVAL;
	low = ntohl(from.in.sin_addr.s_addr);
	high = ntohl(to.in.sin_addr.s_addr);
	if (low > high)
		return -EINVAL;
	for (uint32_t i = 0; result == 0 && i <= high - low; i++) {
		from.in.sin_addr.s_addr = htonl(low + i);
		result = append(list, &from);
	}
	return result;
}

int
source_add(struct source_list *list, const char *value, struct text *ret_error)
{
	const char *dash = strchr(value, '-');
	struct address address;
	int result;

	if (dash) {
		struct slice first = { value, (size_t)(dash - value) };

		result = add_range(list, first, slice_of(dash + 1));
	} else {
		result = parse_ip(slice_of(value), &address);
		if (result == 0)
			result = append(list, &address);
	}
	if (result == -E2BIG)
		text_put_format(
		    ret_error, "--source %s: more than %d addresses", value, SOURCE_MAX);
	else if (result == -EADDRNOTAVAIL)
		text_put_format(
		    ret_error, "--source %s: that is not an address of this machine", value);
	else if (result != 0)
		text_put_format(
		    ret_error, "--source %s: write an IP address, or 127.0.0.2-127.0.0.9", value);
	return result == 0 ? 0 : -EINVAL;
}
