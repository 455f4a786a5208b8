/* SPDX-License-Identifier: MIT */
#include "server/store.h"

#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "net/sockinfo.h"
#include "server/binding.h"
#include "server/notify.h"

#define ANSWER_SECONDS 5
#define WAIT_MS 5000

/* --- Words ------------------------------------------------------------------------ */

int
store_put(const struct store *store, const char *name, const int *fds, size_t count, bool is_polled)
{
	char lines[STORE_NAME_MAX + 64];

	(void)snprintf(
	    lines, sizeof(lines), "FDSTORE=1\nFDNAME=%s%s", name, is_polled ? "" : "\nFDPOLL=0");
	return notify_send_fds(store->notify, lines, fds, count);
}

void
store_remove(const struct store *store, const char *name)
{
	char lines[STORE_NAME_MAX + 64];

	(void)snprintf(lines, sizeof(lines), "FDSTOREREMOVE=1\nFDNAME=%s", name);
	(void)!notify_send_fds(store->notify, lines, NULL, 0);
}

/* --- Asking ----------------------------------------------------------------------- */

static void
drop_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

void
store_forget_question(struct store *store)
{
	if (store->passing)
		event_free(store->passing);
	store->passing = NULL;
	drop_fd(&store->probe);
	drop_fd(&store->barrier);
}

/* Sends one end of a pair by `send`, and keeps the other one, which hangs up when the last
 * holder of the first has closed it. A descriptor, or a negative errno. */
static int
send_end(const struct store *store, int (*send)(const struct store *, int end))
{
	int ends[2];
	int result;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
		return -errno;
	result = send(store, ends[1]);
	(void)close(ends[1]);
	if (result == 0)
		return ends[0];
	(void)close(ends[0]);
	return result;
}

static int
send_probe(const struct store *store, int end)
{
	char name[STORE_NAME_MAX];

	return store_name_put(STORE_PROBE, 0, "", name) ? store_put(store, name, &end, 1, true)
							: -EINVAL;
}

static int
send_barrier(const struct store *store, int end)
{
	return notify_send_fds(store->notify, "BARRIER=1", &end, 1);
}

static bool
is_held(int probe)
{
	char byte;

	return recv(probe, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static void
on_passed(evutil_socket_t fd, short events, void *arg)
{
	struct store *store = arg;
	const bool is_yes = (events & EV_READ) && is_held(store->probe);
	char name[STORE_NAME_MAX];

	(void)fd;
	if (store_name_put(STORE_PROBE, 0, "", name))
		store_remove(store, name);
	store_forget_question(store);
	store->on_answer(is_yes, store->arg);
}

int
store_ask(struct store *store, struct event_base *base, void (*on_answer)(bool is_held, void *arg),
    void *arg)
{
	const struct timeval most = { .tv_sec = ANSWER_SECONDS };

	store_forget_question(store);
	store->on_answer = on_answer;
	store->arg = arg;
	store->probe = send_end(store, send_probe);
	if (store->probe < 0)
		return store->probe;
	store->barrier = send_end(store, send_barrier);
	if (store->barrier >= 0)
		store->passing = event_new(base, store->barrier, EV_READ, on_passed, store);
	if (store->passing && event_add(store->passing, &most) == 0)
		return 0;
	store_forget_question(store);
	return -EAGAIN;
}

void
store_wait(const struct store *store)
{
	int barrier = send_end(store, send_barrier);
	struct pollfd passed = { .fd = barrier, .events = POLLIN };

	if (barrier < 0)
		return;
	(void)poll(&passed, 1, WAIT_MS);
	(void)close(barrier);
}

/* --- Listening sockets ------------------------------------------------------------ */

static struct store_entry *
find(const struct store *store, uint64_t cookie)
{
	for (size_t i = 0; i < store->count; i++)
		if (store->entries[i].cookie == cookie)
			return &store->entries[i];
	return NULL;
}

bool
store_has(const struct store *store, uint64_t cookie)
{
	return find(store, cookie) != NULL;
}

int
store_note(struct store *store, uint64_t cookie, const char *name)
{
	const size_t size = (store->count + 1) * sizeof(*store->entries);
	struct store_entry *entries = realloc(store->entries, size);
	struct store_entry *entry;

	if (!entries)
		return -ENOMEM;
	store->entries = entries;
	entry = &entries[store->count];
	entry->cookie = cookie;
	entry->is_wanted = true;
	entry->name = strdup(name);
	if (!entry->name)
		return -ENOMEM;
	store->count++;
	return 0;
}

static size_t
names_bytes(const struct store *store)
{
	size_t bytes = 0;

	for (size_t i = 0; i < store->count; i++)
		bytes += strlen(store->entries[i].name) + 1;
	return bytes;
}

/* Only where any port will do is it worth to know whose it was. */
static bool
name_socket(const struct binding *binding, uint64_t cookie, char *room)
{
	return store_name_put(STORE_LISTENER, cookie,
	    binding_has_any_port(binding) ? binding->config->name : "", room);
}

static void
put_socket(struct store *store, const struct binding *binding, const struct listen_socket *socket,
    uint64_t cookie)
{
	char name[STORE_NAME_MAX];
	int result = -ENAMETOOLONG;

	if (name_socket(binding, cookie, name) &&
	    names_bytes(store) + strlen(name) < STORE_NAMES_BYTES_MAX)
		result = store_put(store, name, &socket->fd, 1, false);
	if (result == 0)
		result = store_note(store, cookie, name);
	if (result != 0)
		log_warning("listener %s: a socket of it is not in the service manager's store: %s",
		    binding->config->name, strerror(-result));
}

static void
want_socket(struct store *store, const struct binding *binding, const struct listen_socket *socket)
{
	const uint64_t cookie = socket->fd >= 0 ? sockinfo_cookie(socket->fd) : 0;
	struct store_entry *entry = find(store, cookie);

	if (cookie == 0 || socket->is_inherited)
		return;
	if (entry)
		entry->is_wanted = true;
	else
		put_socket(store, binding, socket, cookie);
}

static void
remove_unwanted(struct store *store)
{
	size_t kept = 0;

	for (size_t i = 0; i < store->count; i++) {
		struct store_entry *entry = &store->entries[i];

		if (entry->is_wanted) {
			store->entries[kept++] = *entry;
			continue;
		}
		store_remove(store, entry->name);
		free(entry->name);
	}
	store->count = kept;
}

static void
want_nothing(struct store *store)
{
	for (size_t i = 0; i < store->count; i++)
		store->entries[i].is_wanted = false;
}

void
store_sync(struct store *store, const struct bindings *bindings, const bool *only)
{
	want_nothing(store);
	for (unsigned loop = 0; loop < bindings->loops; loop++)
		for (size_t i = 0; i < bindings->count; i++)
			if (!only || only[loop * bindings->count + i])
				want_socket(
				    store, &bindings->items[i], &bindings->items[i].sockets[loop]);
	remove_unwanted(store);
}

void
store_clear(struct store *store)
{
	want_nothing(store);
	remove_unwanted(store);
}

/* --- Frame ------------------------------------------------------------------------ */

void
store_init(struct store *store, struct notify *notify)
{
	*store = (struct store){ .notify = notify, .probe = -1, .barrier = -1 };
}

void
store_done(struct store *store)
{
	store_forget_question(store);
	for (size_t i = 0; i < store->count; i++)
		free(store->entries[i].name);
	free(store->entries);
	*store = (struct store){ .probe = -1, .barrier = -1 };
}
