/* SPDX-License-Identifier: MIT
 *
 * listen_inherited: a listening socket that somebody else bound and handed over. It is
 * taken for a listener only if it is what that listener asks for; options and backlog
 * are set as on a socket of our own.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/listen_socket.h"
#include "net/sockinfo.h"

static int
refuse(struct text *ret_error, const char *why)
{
	text_put_format(ret_error, "the inherited socket %s", why);
	return -EINVAL;
}

static int
check_kind(int fd, const struct transport *transport, struct text *ret_error)
{
	const int type = sockinfo_option(fd, SO_TYPE);

	if (type == -ENOTSOCK || type == -EBADF)
		return refuse(ret_error, "is no socket");
	if (type != transport->type || sockinfo_option(fd, SO_PROTOCOL) != transport->protocol ||
	    (sockinfo_option(fd, SO_DOMAIN) == AF_UNIX) != (transport->domain == AF_UNIX)) {
		text_put_format(ret_error,
		    "the inherited socket is not of transport %s: in the socket unit it takes "
		    "ListenStream= with an address that fits (seqpacket: ListenSequentialPacket=)",
		    transport->name);
		return -EINVAL;
	}
	if (sockinfo_option(fd, SO_ACCEPTCONN) != 1)
		return refuse(ret_error, "does not listen: the socket unit needs Accept=no");
	return 0;
}

static bool
is_wildcard(const struct address *address)
{
	if (address->any.sa_family == AF_INET)
		return address->in.sin_addr.s_addr == htonl(INADDR_ANY);
	return address->any.sa_family == AF_INET6 &&
	    IN6_IS_ADDR_UNSPECIFIED(&address->in6.sin6_addr);
}

/* Port 0 takes any port, and "*" both wildcards. */
bool
listen_socket_fits(
    const struct config_listener *config, const struct address *wanted, const struct address *bound)
{
	struct address expected = *wanted;

	if (address_is_unix(wanted) || address_is_unix(bound))
		return address_equals(wanted, bound);
	if (config->port != 0 && address_port(bound) != address_port(wanted))
		return false;
	if (strcmp(config->address, "*") == 0)
		return is_wildcard(bound);
	if (expected.any.sa_family == AF_INET6)
		expected.in6.sin6_port = htons(address_port(bound));
	else
		expected.in.sin_port = htons(address_port(bound));
	return address_equals(&expected, bound);
}

int
listen_socket_name(int fd, struct address *ret_address)
{
	struct sockaddr_storage storage;
	socklen_t len = sizeof(storage);

	if (getsockname(fd, (struct sockaddr *)&storage, &len) != 0)
		return -errno;
	address_from_sockaddr((const struct sockaddr *)&storage, len, ret_address);
	return 0;
}

int
listen_socket_own(int fd)
{
	const int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	return 0;
}

static int
make_ready(int fd, const struct config_listener *config, const struct transport *transport,
    struct text *ret_error)
{
	int result = listen_socket_own(fd);

	if (result == 0)
		result = listen_socket_set_options(fd, config, transport, false, ret_error);
	else
		text_put_format(ret_error, "the inherited socket: fcntl: %s", strerror(-result));
	if (result == 0 && listen(fd, (int)config->backlog) != 0) {
		result = -errno;
		text_put_format(ret_error, "the inherited socket: listen: %s", strerror(-result));
	}
	return result;
}

int
listen_socket_inherit(int fd, const struct config_listener *config,
    const struct transport *transport, struct listen_socket *ret_socket, struct text *ret_error)
{
	struct listen_socket made = { .fd = fd, .transport = transport, .is_inherited = true };
	int result = check_kind(fd, transport, ret_error);

	if (result == 0)
		result = make_ready(fd, config, transport, ret_error);
	if (result != 0)
		return result;
	result = listen_socket_name(fd, &made.address);
	if (result != 0) {
		text_put_format(
		    ret_error, "the inherited socket: getsockname: %s", strerror(-result));
		return result;
	}
	made.backlog = listen_socket_backlog(fd, config->backlog);
	*ret_socket = made;
	return 0;
}
