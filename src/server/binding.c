/* SPDX-License-Identifier: MIT
 *
 * binding: two listeners cannot have one address, so where a new socket shares a
 * port with one that goes (a wildcard that becomes one address, another transport),
 * both get SO_REUSEPORT: they stand side by side until the old one's queue is empty.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/panic.h"
#include "server/activation.h"
#include "server/binding_private.h"
#include "server/inheritance.h"
#include "server/stored.h"

/* Behind the path of a Unix socket whose place another takes. */
#define ASIDE ".new"

/* --- Which is which --------------------------------------------------------------- */

static bool
follows(const struct binding *now, const struct binding *before)
{
	if (!address_equals(&now->asked, &before->asked))
		return false;
	/* Any port is another one for each listener. */
	return address_is_unix(&now->asked) || address_port(&now->asked) != 0 ||
	    strcmp(now->config->name, before->config->name) == 0;
}

static bool
is_taken(const struct bindings *bindings, size_t count, size_t before)
{
	for (size_t i = 0; i < count; i++)
		if (bindings->items[i].fate != BINDING_ADDED && bindings->items[i].before == before)
			return true;
	return false;
}

/* A Unix socket, and one that was handed over: each loop has a copy of the descriptor. */
static bool
is_shared(const struct listen_socket *socket)
{
	return socket->transport->domain == AF_UNIX || socket->is_inherited;
}

/* In what order the kernel has the sockets of a group is known only of all old ones and all
 * new ones, and so they are all replaced where the group is to have another size: then
 * newcomers can be steered away from those that go. */
static enum binding_fate
fate_of(const struct binding *now, const struct binding *before, bool is_resized)
{
	if (now->transport != before->transport)
		return BINDING_REPLACED;
	if (is_resized && !is_shared(&before->sockets[0]))
		return BINDING_REPLACED;
	/* A Unix socket's buffers are worth no socket of their own. */
	if (address_is_unix(&now->asked) || listen_socket_can_adjust(before->config, now->config))
		return BINDING_KEPT;
	return BINDING_REPLACED;
}

void
bindings_match(struct bindings *bindings, const struct bindings *before)
{
	const bool is_resized = bindings->loops != before->loops;

	bindings->loops_before = before->loops;
	for (size_t i = 0; i < bindings->count; i++) {
		struct binding *now = &bindings->items[i];

		for (size_t j = 0; j < before->count && now->fate == BINDING_ADDED; j++) {
			if (!follows(now, &before->items[j]) || is_taken(bindings, i, j))
				continue;
			now->fate = fate_of(now, &before->items[j], is_resized);
			now->before = j;
		}
	}
}

bool
bindings_is_removed(const struct bindings *now, size_t index)
{
	return !is_taken(now, now->count, index);
}

/* --- Sockets ------------------------------------------------------------------------ */

/* Old sockets that go and have this port: beside them the new one is bound. */
static bool
share_with_leaving(const struct bindings *bindings, const struct bindings *before,
    const struct binding *now, const struct address *at)
{
	bool is_found = false;

	for (size_t i = 0; i < before->count; i++) {
		const struct binding *old = &before->items[i];

		if (address_is_unix(&old->asked) || address_is_unix(&now->asked) ||
		    address_port(&old->sockets[0].address) != address_port(at))
			continue;
		if (now->fate == BINDING_REPLACED ? now->before != i
						  : !bindings_is_removed(bindings, i))
			continue;
		for (unsigned loop = 0; loop < before->loops; loop++)
			listen_socket_share_port(&old->sockets[loop], true);
		is_found = true;
	}
	return is_found;
}

static int
share_socket(
    const struct listen_socket *first, struct listen_socket *ret_socket, struct text *ret_error)
{
	*ret_socket = *first;
	ret_socket->inode = 0; /* the first one unlinks the file */
	ret_socket->fd = fcntl(first->fd, F_DUPFD_CLOEXEC, 0);
	if (ret_socket->fd >= 0)
		return 0;
	text_put_format(ret_error, "dup: %s", strerror(errno));
	return -errno;
}

/* The sockets of further loops share the first one's port; a Unix socket cannot
 * be bound twice, nor one that was handed over, so there the loops share the socket. */
static int
open_for_loop(const struct config_listener *config, const struct listen_socket *first,
    struct listen_socket *ret_socket, struct text *ret_error)
{
	int result;

	if (!is_shared(first)) {
		result = listen_socket_open(
		    config, first->transport, &first->address, true, ret_socket, ret_error);
		if (result == 0)
			ret_socket->asked = first->asked;
		return result;
	}
	return share_socket(first, ret_socket, ret_error);
}

/* Where the file of another Unix socket stands, the new one is made beside it and
 * takes its place when the reload is certain: see bindings_take. */
static int
put_aside(struct address *address, struct text *ret_error)
{
	char *path = address->un.sun_path;
	size_t len = strlen(path);

	if (path[0] == '\0' || len + sizeof(ASIDE) > sizeof(address->un.sun_path)) {
		text_put_string(ret_error,
		    "transport: it cannot change while the server runs: an abstract name, or one "
		    "as long as this, has room for one socket only; restart the server");
		return -EADDRINUSE;
	}
	memcpy(path + len, ASIDE, sizeof(ASIDE));
	address->len += (socklen_t)(sizeof(ASIDE) - 1);
	return 0;
}

static bool
stands_aside(const struct binding *binding)
{
	return binding->fate == BINDING_REPLACED && address_is_unix(&binding->asked);
}

/* Where the socket is to be bound: as asked, but a port that the kernel chose stays. */
static int
place_of(const struct binding *binding, const struct bindings *before, struct address *ret_address,
    struct text *ret_error)
{
	*ret_address = binding->asked;
	if (stands_aside(binding))
		return put_aside(ret_address, ret_error);
	if (binding->fate == BINDING_REPLACED)
		*ret_address = before->items[binding->before].sockets[0].address;
	return 0;
}

static void
close_sockets(struct binding *binding, unsigned loops)
{
	struct text ignored = text_over(NULL, 0);

	for (unsigned i = binding->first_open; i < loops; i++) {
		if (binding->sockets[i].fd < 0)
			continue;
		if (stands_aside(binding))
			(void)put_aside(&binding->sockets[i].address, &ignored);
		listen_socket_unlink(&binding->sockets[i]);
		(void)close(binding->sockets[i].fd);
		binding->sockets[i].fd = -1;
	}
	binding->is_open = false;
}

static int
open_first(struct bindings *bindings, struct binding *binding, const struct bindings *before,
    struct text *ret_error)
{
	struct address at;
	bool is_beside;
	int result = place_of(binding, before, &at, ret_error);

	if (result != 0)
		return result;
	is_beside = share_with_leaving(bindings, before, binding, &at);
	result = activation_open(bindings->activation, binding->config, binding->transport, &at,
	    is_beside || bindings->loops > 1, &binding->sockets[0], ret_error);
	if (result != 0)
		return result;
	binding->sockets[0].asked = binding->asked;
	if (stands_aside(binding))
		binding->sockets[0].address = binding->asked;
	/* It was shared with the one that goes, and shall be with nobody else. */
	if (is_beside && bindings->loops == 1 && !binding->config->reuse_port)
		listen_socket_share_port(&binding->sockets[0], false);
	return 0;
}

/* -ENOENT where there is none in the service manager's store. */
static int
take_stored(
    struct bindings *bindings, struct binding *binding, unsigned loop, struct text *ret_error)
{
	const size_t index = (size_t)(binding - bindings->items);

	if (!bindings->stored || binding->fate != BINDING_ADDED)
		return -ENOENT;
	return stored_take(bindings->stored, binding, index, bindings->loops > 1, bindings->store,
	    &binding->sockets[loop], ret_error);
}

/* -ENOENT where no predecessor has one for that loop, alive or through the
 * service manager. */
static int
inherit(struct bindings *bindings, struct binding *binding, unsigned loop, struct text *ret_error)
{
	const struct inheritance_wish wish = { .kind = HANDOVER_LISTENER,
		.loop = loop,
		.config = binding->config,
		.transport = binding->transport,
		.address = &binding->asked,
		.share_port = bindings->loops > 1 };

	int result = take_stored(bindings, binding, loop, ret_error);

	if (result != -ENOENT || !bindings->inheritance || binding->fate != BINDING_ADDED)
		return result;
	return inheritance_take(bindings->inheritance, &wish, &binding->sockets[loop], ret_error);
}

/* The predecessor's loops were fewer, perhaps; and where it has bound as another user, no
 * socket can be bound beside its own. */
static int
open_further(
    struct bindings *bindings, struct binding *binding, unsigned loop, struct text *ret_error)
{
	const size_t error_len = ret_error->len;
	struct listen_socket *sockets = binding->sockets;
	int result = inherit(bindings, binding, loop, ret_error);

	if (result != -ENOENT)
		return result;
	result = open_for_loop(binding->config, &sockets[0], &sockets[loop], ret_error);
	if (result == 0 || !bindings->inheritance)
		return result;
	ret_error->len = error_len;
	return share_socket(&sockets[0], &sockets[loop], ret_error);
}

static int
open_one(struct bindings *bindings, struct binding *binding, const struct bindings *before,
    struct text *ret_error)
{
	int result = inherit(bindings, binding, 0, ret_error);

	if (result == -ENOENT)
		result = open_first(bindings, binding, before, ret_error);
	for (unsigned i = 1; i < bindings->loops && result == 0; i++)
		result = open_further(bindings, binding, i, ret_error);
	if (result == 0)
		binding->is_open = true;
	else
		close_sockets(binding, bindings->loops);
	return result;
}

static int
open_new(struct bindings *bindings, const struct bindings *before, struct text *ret_error)
{
	const size_t error_len = ret_error->len;

	for (size_t i = 0; i < bindings->count; i++) {
		struct binding *binding = &bindings->items[i];
		int result;

		if (binding->fate == BINDING_KEPT)
			continue;
		binding_put_blame(ret_error, binding->config);
		result = open_one(bindings, binding, before, ret_error);
		if (result != 0)
			return result;
		ret_error->len = error_len;
	}
	return 0;
}

static unsigned
lesser(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static int
adjust_one(struct bindings *bindings, struct binding *now, const struct binding *before,
    struct text *ret_error)
{
	const unsigned kept = lesser(bindings->loops, bindings->loops_before);
	int result = 0;

	for (unsigned i = 0; i < kept && result == 0; i++) {
		now->sockets[i] = before->sockets[i];
		result =
		    listen_socket_adjust(&now->sockets[i], before->config, now->config, ret_error);
	}
	now->first_open = kept;
	now->is_open = true;
	for (unsigned i = kept; i < bindings->loops && result == 0; i++)
		result = open_for_loop(now->config, &now->sockets[0], &now->sockets[i], ret_error);
	return result;
}

static int
adjust_kept(struct bindings *bindings, const struct bindings *before, struct text *ret_error)
{
	const size_t error_len = ret_error->len;

	for (size_t i = 0; i < bindings->count; i++) {
		struct binding *now = &bindings->items[i];
		int result;

		if (now->fate != BINDING_KEPT)
			continue;
		binding_put_blame(ret_error, now->config);
		result = adjust_one(bindings, now, &before->items[now->before], ret_error);
		if (result != 0)
			return result;
		ret_error->len = error_len;
	}
	return 0;
}

void
bindings_revert(const struct bindings *bindings, const struct bindings *before)
{
	for (size_t i = 0; i < bindings->count; i++) {
		const struct binding *now = &bindings->items[i];
		struct text ignored = text_over(NULL, 0);

		if (now->fate != BINDING_KEPT)
			continue;
		for (unsigned loop = 0; loop < lesser(bindings->loops, bindings->loops_before);
		     loop++) {
			struct listen_socket socket = before->items[now->before].sockets[loop];

			(void)!listen_socket_adjust(
			    &socket, now->config, before->items[now->before].config, &ignored);
		}
	}
}

int
bindings_open(struct bindings *bindings, const struct bindings *before, struct text *ret_error)
{
	int result = open_new(bindings, before, ret_error);

	if (result != 0)
		return result;
	result = adjust_kept(bindings, before, ret_error);
	if (result != 0)
		bindings_revert(bindings, before);
	return result;
}

static void
take_place(const struct binding *binding)
{
	struct address aside = binding->asked;
	struct text ignored = text_over(NULL, 0);

	if (put_aside(&aside, &ignored) == 0 &&
	    rename(aside.un.sun_path, binding->asked.un.sun_path) == 0)
		return;
	log_error("listener %s: %s cannot take the place of %s: %s", binding->config->name,
	    aside.un.sun_path, binding->asked.un.sun_path, strerror(errno));
}

void
bindings_take(struct bindings *bindings)
{
	for (size_t i = 0; i < bindings->count; i++) {
		struct binding *binding = &bindings->items[i];

		if (stands_aside(binding))
			take_place(binding);
		else if (binding->fate == BINDING_REPLACED)
			listen_socket_steer(
			    &binding->sockets[0], bindings->loops_before, bindings->loops);
		binding->is_open = false;
	}
}

void
bindings_done(struct bindings *bindings)
{
	for (size_t i = 0; i < bindings->count; i++) {
		if (bindings->items[i].is_open)
			close_sockets(&bindings->items[i], bindings->loops);
		free(bindings->items[i].sockets);
	}
	free(bindings->items);
	*bindings = (struct bindings){ .items = NULL };
}
