/* SPDX-License-Identifier: MIT */
#include "net/peer.h"

#include <string.h>

#include "base/address.h"

static void
peer_init_unix(struct peer *peer, int fd)
{
	struct ucred credentials = { 0 };
	socklen_t len = sizeof(credentials);

	(void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &len);
	peer->un.family = AF_UNIX;
	peer->un.pid = credentials.pid;
	peer->un.uid = credentials.uid;
}

void
peer_init(struct peer *peer, int fd, const struct sockaddr *address, socklen_t len)
{
	memset(peer, 0, sizeof(*peer));
	if (len < sizeof(sa_family_t) || address->sa_family == AF_UNIX)
		peer_init_unix(peer, fd);
	else if (address->sa_family == AF_INET6)
		memcpy(&peer->in6, address, sizeof(peer->in6));
	else
		memcpy(&peer->in, address, sizeof(peer->in));
}

static struct address
peer_address(const struct peer *peer)
{
	struct address address = { .len = sizeof(struct sockaddr_in) };

	if (peer->family == AF_INET6) {
		address.in6 = peer->in6;
		address.len = sizeof(struct sockaddr_in6);
	} else {
		address.in = peer->in;
	}
	return address;
}

void
peer_put(struct text *text, const struct peer *peer)
{
	struct address address;

	if (peer->family == AF_UNIX) {
		text_put_format(
		    text, "unix:pid=%ld,uid=%lu", (long)peer->un.pid, (unsigned long)peer->un.uid);
		return;
	}
	address = peer_address(peer);
	address_put(text, &address);
}

void
peer_put_host(struct text *text, const struct peer *peer)
{
	struct address address;

	if (peer->family == AF_UNIX) {
		text_put_string(text, "unix:");
		return;
	}
	address = peer_address(peer);
	address_put_host(text, &address);
}
