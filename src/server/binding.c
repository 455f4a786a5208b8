/* SPDX-License-Identifier: MIT */
#include "server/binding.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/log.h"
#include "base/panic.h"
#include "net/listen_socket.h"
#include "net/transport.h"

static void
say_listening(const struct config_listener *config, const struct listen_socket *socket)
{
	char where_text[ADDRESS_TEXT_MAX];
	struct text where = text_over(where_text, sizeof(where_text));

	address_put(&where, &socket->address);
	log_info("listener %s: listening on %s (%s), backlog %u", config->name, text_string(&where),
	    socket->transport->name, socket->backlog);
	if (socket->backlog < config->backlog)
		log_warning("listener %s: backlog: the kernel took %u of %lld: set "
			    "net.core.somaxconn to %lld or more (sysctl -w "
			    "net.core.somaxconn=%lld)",
		    config->name, socket->backlog, (long long)config->backlog,
		    (long long)config->backlog, (long long)config->backlog);
}

/* The sockets of further loops share the first one's port; a Unix socket cannot
 * be bound twice, so there the loops share the socket. */
static int
open_for_loop(const struct config_listener *config, const struct listen_socket *first,
    struct listen_socket *ret_socket, struct text *error)
{
	if (first->transport->domain != AF_UNIX)
		return listen_socket_open(
		    config, first->transport, &first->address, true, ret_socket, error);
	*ret_socket = *first;
	ret_socket->inode = 0; /* the first one unlinks the file */
	ret_socket->fd = fcntl(first->fd, F_DUPFD_CLOEXEC, 0);
	if (ret_socket->fd >= 0)
		return 0;
	text_put_format(error, "dup: %s", strerror(errno));
	return -errno;
}

static int
listen_at(struct loop **loops, unsigned count, const struct config_listener *config,
    const struct transport *transport, const struct address *address, struct text *error)
{
	struct listen_socket first;
	struct listen_socket next;
	int result = listen_socket_open(config, transport, address, count > 1, &first, error);

	if (result != 0)
		return result;
	say_listening(config, &first);
	result = loop_listen(loops[0], config, &first);
	for (unsigned i = 1; i < count && result == 0; i++) {
		result = open_for_loop(config, &first, &next, error);
		if (result == 0)
			result = loop_listen(loops[i], config, &next);
	}
	if (result == -ENOMEM)
		text_put_string(error, "no memory");
	return result;
}

static int
open_one(
    struct loop **loops, unsigned count, const struct config_listener *config, struct text *error)
{
	const struct transport *transport = transport_for(config->transport, config->address);
	struct address addresses[TRANSPORT_MAX_ADDRESSES];
	int found;

	must(transport);
	found = transport_resolve(transport, config->address, (unsigned)config->port, addresses,
	    TRANSPORT_MAX_ADDRESSES, error);
	for (int i = 0; i < found; i++) {
		int result = listen_at(loops, count, config, transport, &addresses[i], error);

		if (result != 0)
			return result;
	}
	return found < 0 ? found : 0;
}

int
binding_open_all(
    const struct config *config, struct loop **loops, unsigned count, struct text *error)
{
	for (size_t i = 0; i < config->listener_count; i++) {
		int result;

		text_put_format(error, "listener %s: ", config->listeners[i].name);
		result = open_one(loops, count, &config->listeners[i], error);
		if (result != 0)
			return result;
		error->len = 0;
	}
	return 0;
}
