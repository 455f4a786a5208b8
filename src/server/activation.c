/* SPDX-License-Identifier: MIT */
#include "server/activation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "server/store_name.h"
#include "server/stored.h"

/* sd_listen_fds(3): SD_LISTEN_FDS_START, and the name of what has none. */
#define FIRST_FD 3
#define NO_NAME "unknown"

/* --- The environment ------------------------------------------------------------ */

static bool
read_number(const char *name, uint64_t *ret_number)
{
	const char *value = getenv(name);

	return value && slice_to_u64(slice_of(value), ret_number) == 0;
}

/* A child of whom the sockets were given to inherits the variables, too. */
static bool
are_ours(void)
{
	uint64_t pid;

	return read_number("LISTEN_PID", &pid) && pid == (uint64_t)getpid();
}

bool
activation_is_offered(void)
{
	uint64_t count;

	return are_ours() && read_number("LISTEN_FDS", &count) && count > 0;
}

static void
forget_environment(void)
{
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
}

/* The next of the names, which stand with ':' between them; cut off there. */
static const char *
take_name(char **names)
{
	char *name = *names;
	char *colon = name ? strchr(name, ':') : NULL;

	if (!name || !*name)
		return NO_NAME;
	if (colon)
		*colon = '\0';
	*names = colon ? colon + 1 : NULL;
	return name;
}

static int
say_too_many(const char *count, struct text *ret_error)
{
	text_put_format(ret_error,
	    "LISTEN_FDS: of %s sockets that were handed over, or of their names, there are too "
	    "many: at most %d are taken",
	    count, ACTIVATION_MAX);
	return -E2BIG;
}

static int
take_socket(struct activation *activation, int fd, const char *name, struct text *ret_error)
{
	struct activation_socket *socket = &activation->sockets[activation->count];
	struct text names = text_over(activation->names + activation->names_len,
	    sizeof(activation->names) - activation->names_len);
	int result;

	text_put_string(&names, name);
	if (activation->count == ACTIVATION_MAX || names.len == names.cap || names.is_truncated)
		return say_too_many(getenv("LISTEN_FDS"), ret_error);
	socket->name = text_string(&names);
	socket->fd = fd;
	activation->names_len += names.len + 1;
	activation->count++;
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	result = listen_socket_name(fd, &socket->address);
	if (result != 0)
		text_put_format(ret_error,
		    "LISTEN_FDS: what was handed over as \"%s\" is no socket: %s", name,
		    strerror(-result));
	return result;
}

/* Sockets come first (sd_listen_fds(3)), so what stands behind one of the store is of it. */
static int
take_all(struct activation *activation, struct stored *stored, uint64_t count, char *names,
    struct text *ret_error)
{
	bool is_in_store = false;
	int result = 0;

	for (uint64_t i = 0; i < count && i <= INT32_MAX - FIRST_FD && result == 0; i++) {
		const char *name = take_name(&names);
		struct store_name parsed;

		store_name_parse(name, &parsed);
		is_in_store = is_in_store || parsed.kind != STORE_FOREIGN;
		if (!is_in_store)
			result = take_socket(activation, FIRST_FD + (int)i, name, ret_error);
		else if (fcntl(FIRST_FD + (int)i, F_GETFD) >= 0)
			stored_add(stored, FIRST_FD + (int)i, name);
	}
	return result;
}

static int
take_offered(
    struct activation *activation, struct stored *stored, uint64_t count, struct text *ret_error)
{
	const char *variable = getenv("LISTEN_FDNAMES");

	/* Without names none is of a store. */
	if (!variable && count > ACTIVATION_MAX)
		return say_too_many(getenv("LISTEN_FDS"), ret_error);
	stored->names = strdup(variable ? variable : "");
	if (!stored->names) {
		text_put_string(ret_error, "no memory");
		return -ENOMEM;
	}
	return take_all(activation, stored, count, stored->names, ret_error);
}

int
activation_init(struct activation *activation, struct stored *stored, struct text *ret_error)
{
	uint64_t count = 0;
	int result = 0;

	*activation = (struct activation){ .count = 0 };
	if (are_ours() && getenv("LISTEN_FDS")) {
		if (read_number("LISTEN_FDS", &count)) {
			result = take_offered(activation, stored, count, ret_error);
		} else {
			text_put_format(
			    ret_error, "LISTEN_FDS=%s is no number", getenv("LISTEN_FDS"));
			result = -EINVAL;
		}
	}
	forget_environment();
	return result;
}

void
activation_done(struct activation *activation)
{
	for (size_t i = 0; i < activation->count; i++)
		if (activation->sockets[i].fd >= 0)
			(void)close(activation->sockets[i].fd);
	activation->count = 0;
}

/* --- Names ---------------------------------------------------------------------- */

static bool
has_listener(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->listener_count; i++)
		if (strcmp(config->listeners[i].name, name) == 0)
			return true;
	return false;
}

static void
put_listeners(struct text *text, const struct config *config)
{
	for (size_t i = 0; i < config->listener_count; i++)
		text_put_format(text, "%s\"%s\"", i > 0 ? ", " : "", config->listeners[i].name);
}

int
activation_check(
    const struct activation *activation, const struct config *config, struct text *ret_error)
{
	for (size_t i = 0; i < activation->count; i++) {
		if (has_listener(config, activation->sockets[i].name))
			continue;
		text_put_format(ret_error,
		    "the service manager handed over a socket named \"%s\", and no listener has "
		    "that name: set FileDescriptorName= of the socket unit to one of ",
		    activation->sockets[i].name);
		put_listeners(ret_error, config);
		return -EINVAL;
	}
	return 0;
}

/* --- Sockets -------------------------------------------------------------------- */

static bool
is_named(const struct activation_socket *socket, const char *name)
{
	return strcmp(socket->name, name) == 0;
}

static bool
has_sockets(const struct activation *activation, const char *name)
{
	for (size_t i = 0; i < activation->count; i++)
		if (is_named(&activation->sockets[i], name))
			return true;
	return false;
}

/* One that nobody has taken before others. */
static struct activation_socket *
find_socket(struct activation *activation, const struct config_listener *config,
    const struct address *address)
{
	struct activation_socket *found = NULL;

	for (size_t i = 0; i < activation->count; i++) {
		struct activation_socket *socket = &activation->sockets[i];

		if (is_named(socket, config->name) &&
		    listen_socket_fits(config, address, &socket->address) &&
		    (!found || found->fd < 0))
			found = socket;
	}
	return found;
}

static int
say_elsewhere(const struct activation *activation, const char *name, const struct address *address,
    struct text *ret_error)
{
	text_put_string(ret_error, "the service manager's socket of that name is not bound to ");
	address_put(ret_error, address);
	text_put_string(ret_error, " but to");
	for (size_t i = 0; i < activation->count; i++) {
		if (!is_named(&activation->sockets[i], name))
			continue;
		text_put_char(ret_error, ' ');
		address_put(ret_error, &activation->sockets[i].address);
	}
	text_put_string(ret_error,
	    ": let ListenStream= of the socket unit and the listener's address and port agree");
	return -EADDRNOTAVAIL;
}

static int
say_taken(const struct address *address, struct text *ret_error)
{
	text_put_string(ret_error, "the service manager's socket on ");
	address_put(ret_error, address);
	text_put_string(
	    ret_error, " was taken at the start: what is changed here takes a restart of usherd");
	return -EBUSY;
}

int
activation_open(struct activation *activation, const struct config_listener *config,
    const struct transport *transport, const struct address *address, bool share_port,
    struct listen_socket *ret_socket, struct text *ret_error)
{
	struct activation_socket *socket;
	int result;

	if (!activation || !has_sockets(activation, config->name))
		return listen_socket_open(
		    config, transport, address, share_port, ret_socket, ret_error);
	socket = find_socket(activation, config, address);
	if (!socket)
		return say_elsewhere(activation, config->name, address, ret_error);
	if (socket->fd < 0)
		return say_taken(address, ret_error);
	result = listen_socket_inherit(socket->fd, config, transport, ret_socket, ret_error);
	if (result == 0) {
		log_info(
		    "listener %s: its socket was handed over by the service manager", config->name);
		socket->fd = -1;
	}
	return result;
}

int
activation_finish(const struct activation *activation, struct text *ret_error)
{
	for (size_t i = 0; i < activation->count; i++) {
		const struct activation_socket *socket = &activation->sockets[i];

		if (socket->fd < 0)
			continue;
		text_put_format(ret_error, "the service manager's socket \"%s\" on ", socket->name);
		address_put(ret_error, &socket->address);
		text_put_format(ret_error,
		    " serves nothing: listener %s does not listen there; remove its ListenStream=, "
		    "or "
		    "give it a listener of its own",
		    socket->name);
		return -EINVAL;
	}
	return 0;
}
