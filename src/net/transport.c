/* SPDX-License-Identifier: MIT
 *
 * transport: the table, and the two steps before bind(2).
 */
#include "net/transport.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Linux has had it since 5.6; older headers lack the number. */
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static const struct transport transports[] = {
	{ "tcp", AF_UNSPEC, SOCK_STREAM, IPPROTO_TCP, false, "this kernel has no TCP" },
	{ "mptcp", AF_UNSPEC, SOCK_STREAM, IPPROTO_MPTCP, false,
	    "this kernel has no Multipath TCP, or net.mptcp.enabled is 0: set it to 1, or use "
	    "transport = tcp" },
	{ "sctp", AF_UNSPEC, SOCK_STREAM, IPPROTO_SCTP, false,
	    "this kernel has no SCTP: load its module (modprobe sctp), or use transport = tcp" },
	{ "unix", AF_UNIX, SOCK_STREAM, 0, false, "this kernel has no Unix sockets" },
	{ "seqpacket", AF_UNIX, SOCK_SEQPACKET, 0, true, "this kernel has no Unix sockets" },
};

const struct transport *
transport_find(const char *name)
{
	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++)
		if (strcmp(transports[i].name, name) == 0)
			return &transports[i];
	return NULL;
}

const struct transport *
transport_for(const char *name, const char *address)
{
	if (strcmp(name, "tcp") == 0 && strncmp(address, "unix:", 5) == 0)
		return transport_find("unix");
	return transport_find(name);
}

static bool
kernel_has_ipv6(void)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

static int
resolve_any(unsigned port, struct address *ret_address)
{
	struct slice host = kernel_has_ipv6() ? SLICE("::") : SLICE("0.0.0.0");

	return address_parse(host, (uint16_t)port, ret_address);
}

static bool
is_listed(const struct address *addresses, int count, const struct address *candidate)
{
	for (int i = 0; i < count; i++)
		if (address_equals(&addresses[i], candidate))
			return true;
	return false;
}

static int
resolve_name(const char *name, unsigned port, struct address *ret_addresses, size_t max,
    struct text *ret_error)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	struct addrinfo *found;
	char service[8];
	int count = 0;
	int result;

	(void)snprintf(service, sizeof(service), "%u", port & 0xffff);
	result = getaddrinfo(name, service, &hints, &found);
	if (result != 0) {
		text_put_format(ret_error, "no address for the host name \"%s\": %s", name,
		    gai_strerror(result));
		return result == EAI_MEMORY ? -ENOMEM : -ENOENT;
	}
	for (struct addrinfo *at = found; at && (size_t)count < max; at = at->ai_next) {
		struct address address;

		address_from_sockaddr(at->ai_addr, at->ai_addrlen, &address);
		if (!is_listed(ret_addresses, count, &address))
			ret_addresses[count++] = address;
	}
	freeaddrinfo(found);
	return count;
}

int
transport_resolve(const struct transport *transport, const char *address, unsigned port,
    struct address *ret_addresses, size_t max, struct text *ret_error)
{
	bool is_unix_address = strncmp(address, "unix:", 5) == 0;
	int result;

	if (is_unix_address != (transport->domain == AF_UNIX)) {
		text_put_format(ret_error, "transport %s does not go with the address \"%s\"",
		    transport->name, address);
		return -EINVAL;
	}
	if (strcmp(address, "*") == 0)
		result = resolve_any(port, &ret_addresses[0]);
	else
		result = address_parse(slice_of(address), (uint16_t)port, &ret_addresses[0]);
	if (result == 0)
		return 1;
	if (result == -EINVAL && !is_unix_address)
		return resolve_name(address, port, ret_addresses, max, ret_error);
	text_put_format(
	    ret_error, "the address \"%s\" cannot be used: %s", address, strerror(-result));
	return result;
}

static bool
means_missing(int error)
{
	return error == EPROTONOSUPPORT || error == ENOPROTOOPT || error == ESOCKTNOSUPPORT ||
	    error == EAFNOSUPPORT;
}

int
transport_socket(
    const struct transport *transport, const struct address *address, struct text *ret_error)
{
	int fd = socket(address->any.sa_family, transport->type | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    transport->protocol);
	int error = errno;

	if (fd >= 0)
		return fd;
	if (means_missing(error))
		text_put_format(ret_error, "transport %s: %s (%s)", transport->name,
		    transport->is_missing, strerror(error));
	else
		text_put_format(
		    ret_error, "transport %s: socket: %s", transport->name, strerror(error));
	return -error;
}
