/* SPDX-License-Identifier: MIT */
#include "listening.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct config_listener
plain_listener(const char *transport, char *address)
{
	static char name[] = "test";

	return (struct config_listener){ .name = name,
		.address = address,
		.transport = (char *)(uintptr_t)transport,
		.backlog = 64,
		.mode = 0600 };
}

int
try_listening_at(const struct config_listener *config, const struct address *address,
    bool share_port, struct listen_socket *ret_socket, char *ret_error)
{
	struct text error = text_over(ret_error, SENTENCE_MAX);
	int result = listen_socket_open(config, transport_for(config->transport, config->address),
	    address, share_port, ret_socket, &error);

	(void)text_string(&error);
	return result;
}

int
try_listening(
    const struct config_listener *config, struct listen_socket *ret_socket, char *ret_error)
{
	struct text error = text_over(ret_error, SENTENCE_MAX);
	struct address address;
	int count = transport_resolve(transport_for(config->transport, config->address),
	    config->address, (unsigned)config->port, &address, 1, &error);

	ck_assert_msg(count == 1, "%s", text_string(&error));
	return try_listening_at(config, &address, false, ret_socket, ret_error);
}

struct listen_socket
open_listening(const struct config_listener *config)
{
	struct listen_socket socket;
	char error[SENTENCE_MAX];

	ck_assert_msg(try_listening(config, &socket, error) == 0, "%s", error);
	return socket;
}

void
place_make(struct place *place)
{
	struct text text = text_over(place->directory, sizeof(place->directory));

	text_put_string(&text, "/tmp/usher-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(text_string(&text)));
	text = text_over(place->address, sizeof(place->address));
	text_put_format(&text, "unix:%s/s", place->directory);
	place->path = text_string(&text) + sizeof("unix:") - 1;
}

void
place_remove(const struct place *place)
{
	DIR *directory = opendir(place->directory);
	const struct dirent *entry;

	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)) != NULL)
		if (entry->d_name[0] != '.')
			ck_assert_int_eq(unlinkat(dirfd(directory), entry->d_name, 0), 0);
	ck_assert_int_eq(closedir(directory), 0);
	ck_assert_int_eq(rmdir(place->directory), 0);
}

int
try_connecting(const struct listen_socket *socket_there)
{
	const struct address *address = &socket_there->address;
	int fd = socket(address->any.sa_family, socket_there->transport->type | SOCK_CLOEXEC,
	    socket_there->transport->protocol);
	int error;

	ck_assert_int_ge(fd, 0);
	if (connect(fd, &address->any, address->len) == 0)
		return fd;
	error = errno;
	client_close(&fd);
	return -error;
}

int
connect_to(const struct listen_socket *socket_there)
{
	int fd = try_connecting(socket_there);

	ck_assert_msg(fd >= 0, "connect: %s", strerror(-fd));
	return fd;
}
