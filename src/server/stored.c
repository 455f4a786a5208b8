/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "net/sockinfo.h"
#include "server/binding.h"
#include "server/store.h"
#include "server/stored_private.h"

/* How long the queue of a socket that goes is looked after. */
#define HANDSHAKES_MS 100
#define HANDSHAKE_STEP_MS 10

/* --- What comes ------------------------------------------------------------------- */

static const char *
what_is_wrong(const struct stored_item *item)
{
	const int type = sockinfo_option(item->fd, SO_TYPE);

	if (item->kind != STORE_LISTENER && item->kind != STORE_CARRIER)
		return "nobody knows what it is for";
	if (item->cookie == 0)
		return "it is no socket";
	if (item->kind == STORE_CARRIER)
		return type == SOCK_SEQPACKET && sockinfo_option(item->fd, SO_DOMAIN) == AF_UNIX
		    ? NULL
		    : "it cannot carry connections";
	if (type != SOCK_STREAM && type != SOCK_SEQPACKET)
		return "it is a socket of datagrams";
	return sockinfo_option(item->fd, SO_ACCEPTCONN) == 1 ? NULL : "it does not listen";
}

static void
close_item(struct stored_item *item)
{
	if (item->fd >= 0)
		(void)close(item->fd);
	item->fd = -1;
}

static struct stored_item *
add_room(struct stored *stored)
{
	const size_t room = stored->room > 0 ? 2 * stored->room : 64;
	struct stored_item *more;

	if (stored->count < stored->room)
		return &stored->items[stored->count];
	more = stored->count < STORED_MAX ? realloc(stored->items, room * sizeof(*more)) : NULL;
	if (!more)
		return NULL;
	stored->items = more;
	stored->room = room;
	return &stored->items[stored->count];
}

void
stored_add(struct stored *stored, int fd, const char *name)
{
	struct stored_item *item = add_room(stored);
	struct store_name parsed;
	const char *wrong;

	if (!item) {
		(void)close(fd);
		return;
	}
	store_name_parse(name, &parsed);
	*item = (struct stored_item){ .fd = fd, .name = name, .kind = parsed.kind };
	item->binding = STORED_FOR_NOBODY;
	item->listener = parsed.listener[0] ? strdup(parsed.listener) : NULL;
	item->cookie = listen_socket_own(fd) == 0 ? sockinfo_cookie(fd) : 0;
	stored->count++;
	wrong = what_is_wrong(item);
	if (!wrong && item->kind == STORE_LISTENER && listen_socket_name(fd, &item->address) != 0)
		wrong = "it has no address";
	if (!wrong)
		return;
	if (item->kind != STORE_PROBE)
		log_warning("\"%s\" of the service manager's store is closed: %s", name, wrong);
	item->kind = STORE_STRANGE;
	stored->closed++;
	close_item(item);
}

/* --- Listening sockets ------------------------------------------------------------ */

static bool
is_of_transport(const struct stored_item *item, const struct transport *transport)
{
	return sockinfo_option(item->fd, SO_TYPE) == transport->type &&
	    sockinfo_option(item->fd, SO_PROTOCOL) == transport->protocol;
}

static bool
is_for(const struct stored_item *item, const struct binding *binding)
{
	if (item->kind != STORE_LISTENER || item->fd < 0 || item->binding != STORED_FOR_NOBODY ||
	    !is_of_transport(item, binding->transport))
		return false;
	if (!binding_has_any_port(binding))
		return address_equals(&item->address, &binding->asked);
	return item->listener && strcmp(item->listener, binding->config->name) == 0 &&
	    listen_socket_fits(binding->config, &binding->asked, &item->address);
}

/* One for each loop at most; of a Unix socket one for all, and of what was put there twice. */
static void
claim_for(struct stored *stored, const struct bindings *bindings, size_t index)
{
	const struct binding *binding = &bindings->items[index];
	const unsigned most = address_is_unix(&binding->asked) ? 1 : bindings->loops;
	unsigned count = 0;

	for (size_t i = 0; i < stored->count && count < most; i++) {
		if (!is_for(&stored->items[i], binding))
			continue;
		stored->items[i].binding = index;
		count++;
	}
}

/* Where those are to go who came by a socket that is not wanted any more. */
static struct address
heir_of(const struct stored_item *item, const struct bindings *bindings)
{
	for (size_t i = 0; i < bindings->count; i++) {
		const struct address *asked = &bindings->items[i].asked;

		if (address_equals(asked, &item->address) ||
		    (!address_is_unix(asked) && !address_is_unix(&item->address) &&
			address_port(asked) == address_port(&item->address)))
			return *asked;
	}
	return item->address;
}

/* They become connections of the store that nothing was asked on yet. */
static void
accept_queue(struct stored *stored, size_t index, const struct address *heir)
{
	const char *name = stored->items[index].name;
	int fd;

	while ((fd = accept4(stored->items[index].fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >=
	    0) {
		struct stored_item *guest = add_room(stored);

		if (!guest) {
			(void)close(fd);
			return;
		}
		listen_socket_admit(fd);
		*guest = (struct stored_item){
			.fd = fd, .name = name, .kind = STORE_STRANGE, .is_guest = true
		};
		guest->address = *heir;
		stored->count++;
	}
}

static void
release_all(struct stored *stored, const struct bindings *bindings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct stored_item item = stored->items[i];
		const struct address heir = heir_of(&item, bindings);

		if (item.kind == STORE_LISTENER && item.binding == STORED_FOR_NOBODY)
			accept_queue(stored, i, &heir);
	}
}

static size_t
shut_unclaimed(struct stored *stored, const struct store *store)
{
	size_t count = 0;

	for (size_t i = 0; i < stored->count; i++) {
		struct stored_item *item = &stored->items[i];

		if (item->kind != STORE_LISTENER || item->binding != STORED_FOR_NOBODY)
			continue;
		listen_socket_shut(item->fd);
		store_remove(store, item->name);
		count++;
	}
	return count;
}

static void
close_unclaimed(struct stored *stored, size_t count)
{
	char room[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < count; i++) {
		struct stored_item *item = &stored->items[i];
		struct text where = text_over(room, sizeof(room));

		if (item->kind != STORE_LISTENER || item->binding != STORED_FOR_NOBODY)
			continue;
		address_put(&where, &item->address);
		log_info("a socket on %s of the service manager's store is not configured any "
			 "more, and is closed",
		    text_string(&where));
		close_item(item);
		item->kind = STORE_STRANGE;
	}
}

void
stored_claim(struct stored *stored, const struct bindings *bindings, const struct store *store)
{
	const size_t count = stored->count;

	for (size_t i = 0; i < bindings->count; i++)
		claim_for(stored, bindings, i);
	if (shut_unclaimed(stored, store) == 0)
		return;
	for (int waited = 0; waited < HANDSHAKES_MS; waited += HANDSHAKE_STEP_MS) {
		release_all(stored, bindings, count);
		(void)poll(NULL, 0, HANDSHAKE_STEP_MS);
	}
	release_all(stored, bindings, count);
	/* While the manager holds it, too, its address is not free. */
	store_wait(store);
	close_unclaimed(stored, count);
}

/* Of a Unix socket the file is ours that has its name. */
static void
find_file(struct listen_socket *socket)
{
	const char *path = socket->address.un.sun_path;
	struct stat status;

	if (!address_is_unix(&socket->address) || !path[0] || lstat(path, &status) != 0 ||
	    !S_ISSOCK(status.st_mode))
		return;
	socket->device = status.st_dev;
	socket->inode = status.st_ino;
}

int
stored_take(struct stored *stored, const struct binding *binding, size_t index, bool share_port,
    struct store *store, struct listen_socket *ret_socket, struct text *ret_error)
{
	for (size_t i = 0; i < stored->count; i++) {
		struct stored_item *item = &stored->items[i];
		int result;

		if (item->kind != STORE_LISTENER || item->fd < 0 || item->binding != index)
			continue;
		result = listen_socket_inherit(
		    item->fd, binding->config, binding->transport, ret_socket, ret_error);
		if (result == 0)
			result = store_note(store, item->cookie, item->name);
		if (result != 0)
			return result;
		/* It may have been about to close when the process before this one crashed. */
		listen_socket_reopen(item->fd);
		if (share_port)
			listen_socket_share_port(ret_socket, true);
		ret_socket->asked = binding->asked;
		ret_socket->is_inherited = false;
		find_file(ret_socket);
		item->fd = -1;
		stored->took++;
		return 0;
	}
	return -ENOENT;
}

void
stored_done(struct stored *stored)
{
	for (size_t i = 0; i < stored->count; i++) {
		close_item(&stored->items[i]);
		free(stored->items[i].listener);
	}
	free(stored->items);
	free(stored->names);
	*stored = (struct stored){ .items = NULL };
}
