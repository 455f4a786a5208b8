/* SPDX-License-Identifier: MIT */
#include "net/half_open.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Replies that are read at most, each with some two hundred handshakes. */
#define REPLIES_MAX 128
#define REPLY_BYTES 16384

/* The dump of the sockets in SYN-RECEIVED with our port, of one family. */
struct query {
	struct nlmsghdr header;
	struct inet_diag_req_v2 request;
};

static int
send_query(int fd, const struct listen_socket *listener, unsigned char family)
{
	const struct query query = {
		.header = { .nlmsg_len = sizeof(query),
		    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.request = { .sdiag_family = family,
		    .sdiag_protocol = IPPROTO_TCP,
		    .idiag_states = 1u << TCP_SYN_RECV,
		    .id.idiag_sport = htons(address_port(&listener->address)) },
	};

	return send(fd, &query, sizeof(query), 0) == (ssize_t)sizeof(query) ? 0 : -errno;
}

static bool
is_any_address(const struct address *address)
{
	if (address->any.sa_family == AF_INET)
		return address->in.sin_addr.s_addr == htonl(INADDR_ANY);
	return IN6_IS_ADDR_UNSPECIFIED(&address->in6.sin6_addr);
}

/* Another listener may have the same port at another address. */
static bool
is_for(const struct listen_socket *listener, const struct inet_diag_msg *found)
{
	const struct address *address = &listener->address;

	/* A Fast Open socket is a connection already, which accept(2) gave us. */
	if (found->idiag_inode != 0)
		return false;
	if (is_any_address(address))
		return true;
	if (found->idiag_family != address->any.sa_family)
		return false;
	if (found->idiag_family == AF_INET)
		return found->id.idiag_src[0] == address->in.sin_addr.s_addr;
	return memcmp(found->id.idiag_src, &address->in6.sin6_addr, sizeof(struct in6_addr)) == 0;
}

static int
error_in(struct nlmsghdr *message)
{
	const struct nlmsgerr *error = NLMSG_DATA(message);

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*error)) || error->error >= 0)
		return -EPROTO;
	return error->error;
}

/* Adds what one reply holds. 1 when more replies follow, 0 after the last, or a
 * negative errno. */
static int
count_reply(const struct listen_socket *listener, struct nlmsghdr *message, size_t len, int *count)
{
	for (; NLMSG_OK(message, len); message = NLMSG_NEXT(message, len)) {
		if (message->nlmsg_type == NLMSG_DONE)
			return 0;
		if (message->nlmsg_type == NLMSG_ERROR)
			return error_in(message);
		if (message->nlmsg_len < NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
			return -EPROTO;
		if (is_for(listener, NLMSG_DATA(message)))
			(*count)++;
	}
	return 1;
}

static int
count_family(int fd, const struct listen_socket *listener, unsigned char family, int *count)
{
	union {
		struct nlmsghdr first;
		char bytes[REPLY_BYTES];
	} reply;
	int result = send_query(fd, listener, family);

	if (result != 0)
		return result;
	result = 1;
	/* The kernel has the next reply ready when it gives one away. */
	for (int i = 0; i < REPLIES_MAX && result > 0; i++) {
		ssize_t got = recv(fd, &reply, sizeof(reply), MSG_DONTWAIT);

		if (got < 0)
			return -errno;
		result = count_reply(listener, &reply.first, (size_t)got, count);
	}
	return result < 0 ? result : 0;
}

/* The clients of a dual-stack listener are of both families. */
static int
count_families(int fd, const struct listen_socket *listener, int *count)
{
	const unsigned char family = (unsigned char)listener->address.any.sa_family;
	int result = count_family(fd, listener, family, count);

	if (result != 0 || family == AF_INET || !is_any_address(&listener->address))
		return result;
	return count_family(fd, listener, AF_INET, count);
}

int
half_open_count(const struct listen_socket *listener)
{
	const struct transport *transport = listener->transport;
	int count = 0;
	int result;
	int fd;

	if (transport->domain == AF_UNIX || transport->protocol == IPPROTO_SCTP)
		return -EOPNOTSUPP;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd < 0)
		return -errno;
	result = count_families(fd, listener, &count);
	(void)close(fd);
	return result == 0 ? count : result;
}
