/* SPDX-License-Identifier: MIT
 *
 * seen: sock_diag(7) about the peer's TCP socket; SIOCOUTQ for a Unix socket,
 * whose bytes belong to the sender until they are read.
 */
#include "seen.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"

struct question {
	struct nlmsghdr header;
	struct inet_diag_req_v2 request;
};

/* Puts an address of an Internet socket where sock_diag wants it. */
static void
put_address(const struct address *address, __be32 *ret_host, __be16 *ret_port)
{
	if (address->any.sa_family == AF_INET6) {
		memcpy(ret_host, &address->in6.sin6_addr, sizeof(address->in6.sin6_addr));
		*ret_port = address->in6.sin6_port;
	} else {
		memcpy(ret_host, &address->in.sin_addr, sizeof(address->in.sin_addr));
		*ret_port = address->in.sin_port;
	}
}

/* The question for the socket whose source is our peer and whose peer we are. */
static bool
make_question(int fd, struct question *question)
{
	struct address ours = { .len = sizeof(struct sockaddr_un) };
	struct address theirs = ours;
	struct inet_diag_sockid *id = &question->request.id;

	if (getsockname(fd, &ours.any, &ours.len) < 0 ||
	    getpeername(fd, &theirs.any, &theirs.len) < 0)
		return false;
	*question = (struct question){
		.header = { .nlmsg_len = sizeof(*question),
		    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		    .nlmsg_flags = NLM_F_REQUEST },
		.request = { .sdiag_family = (__u8)ours.any.sa_family,
		    .sdiag_protocol = IPPROTO_TCP,
		    .idiag_states = ~0u },
	};
	put_address(&theirs, id->idiag_src, &id->idiag_sport);
	put_address(&ours, id->idiag_dst, &id->idiag_dport);
	id->idiag_cookie[0] = id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	return true;
}

/* What the kernel says of the TCP socket of our peer; false when it says nothing. */
static bool
ask_about_peer(int fd, struct inet_diag_msg *ret_message)
{
	struct question question;
	struct {
		struct nlmsghdr header;
		struct inet_diag_msg message;
		char rest[1024];
	} answer = { 0 };
	bool is_known;
	int netlink = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (netlink < 0)
		return false;
	is_known = make_question(fd, &question) &&
	    send(netlink, &question, sizeof(question), 0) > 0 &&
	    recv(netlink, &answer, sizeof(answer), 0) > 0 &&
	    answer.header.nlmsg_type == SOCK_DIAG_BY_FAMILY;
	(void)close(netlink);
	if (is_known)
		*ret_message = answer.message;
	return is_known;
}

static bool
tcp_has_read_all(int fd)
{
	struct inet_diag_msg message;

	return !ask_about_peer(fd, &message) || message.idiag_rqueue == 0;
}

struct peer_view
peer_view(int fd)
{
	struct inet_diag_msg message;

	if (!ask_about_peer(fd, &message))
		return (struct peer_view){ 0, false };
	return (struct peer_view){ message.idiag_state, message.idiag_inode != 0 };
}

bool
peer_has_read_all(int fd)
{
	int domain = 0, protocol = 0, unread = 0;
	socklen_t len = sizeof(int);

	(void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len);
	(void)getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len);
	if (domain == AF_UNIX)
		return ioctl(fd, SIOCOUTQ, &unread) < 0 || unread == 0;
	return protocol != IPPROTO_TCP || tcp_has_read_all(fd);
}
