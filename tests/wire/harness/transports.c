/* SPDX-License-Identifier: MIT
 *
 * transports: the table.
 */
#include "transports.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct wire_transport rows[] = {
	{ "tcp", "127.0.0.1", AF_INET, SOCK_STREAM, 0, false },
	{ "tcp", "::1", AF_INET6, SOCK_STREAM, 0, false },
	{ "tcp", "*", AF_INET6, SOCK_STREAM, 0, false },
	{ "mptcp", "127.0.0.1", AF_INET, SOCK_STREAM, IPPROTO_MPTCP, false },
	{ "unix", "unix:@dir@/stream.sock", AF_UNIX, SOCK_STREAM, 0, false },
	{ "seqpacket", "unix:@dir@/packet.sock", AF_UNIX, SOCK_SEQPACKET, 0, true },
	{ "sctp", "127.0.0.1", AF_INET, SOCK_STREAM, IPPROTO_SCTP, false },
};

int
wire_transport_count(void)
{
	return (int)(sizeof(rows) / sizeof(rows[0]));
}

const struct wire_transport *
wire_transport(int row)
{
	return &rows[row];
}

const struct wire_transport *
wire_transport_named(const char *name)
{
	for (int i = 0; i < wire_transport_count(); i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	abort();
}

bool
wire_transport_exists(const struct wire_transport *transport)
{
	int fd = socket(transport->domain, transport->type | SOCK_CLOEXEC, transport->protocol);
	struct sockaddr_in6 loopback = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	bool exists = fd >= 0;

	/* A kernel may have IPv6 and no address of it. */
	if (exists && transport->domain == AF_INET6)
		exists = bind(fd, (const struct sockaddr *)&loopback, sizeof(loopback)) == 0;
	if (fd >= 0)
		(void)close(fd);
	return exists;
}
