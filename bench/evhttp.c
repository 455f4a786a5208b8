/* SPDX-License-Identifier: MIT
 *
 * evhttp: a file server on libevent's own HTTP server, as its manual teaches to
 * write one. It shows in bench/compare what usherd adds to, or takes from, what
 * the same library gives ready-made.
 *
 *   evhttp PORT DIRECTORY      listens on 127.0.0.1
 *
 * The files of DIRECTORY, without its folders, are taken up at the start: a
 * small one is kept in memory, a large one is a file segment, which libevent maps
 * because evhttp builds the body apart from the connection's output. Neither is
 * looked at again, which is more than fair to it.
 */
#include <dirent.h>
#include <err.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 64
#define IN_MEMORY_MAX 65536
#define BACKLOG 4096
#define IDLE_SECONDS 600

struct served_file {
	char path[NAME_MAX + 2]; /* "/" and the name */
	size_t size;
	char *bytes;                           /* of a small file, or NULL */
	struct evbuffer_file_segment *segment; /* of a large one, or NULL */
};

struct site {
	size_t count;
	struct served_file files[FILES_MAX];
};

static void
load_small(struct served_file *file, int fd)
{
	file->bytes = malloc(file->size + 1);
	if (!file->bytes)
		err(1, "%s", file->path);
	if (read(fd, file->bytes, file->size) != (ssize_t)file->size)
		errx(1, "%s cannot be read whole", file->path);
	(void)close(fd);
}

static void
load_file(struct site *site, int directory, const char *name)
{
	struct served_file *file = &site->files[site->count];
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) != 0)
		err(1, "%s", name);
	if (!S_ISREG(status.st_mode)) {
		(void)close(fd);
		return;
	}
	(void)snprintf(file->path, sizeof(file->path), "/%s", name);
	file->size = (size_t)status.st_size;
	site->count++;
	if (file->size <= IN_MEMORY_MAX) {
		load_small(file, fd);
		return;
	}
	file->segment = evbuffer_file_segment_new(fd, 0, -1, EVBUF_FS_CLOSE_ON_FREE);
	if (!file->segment)
		errx(1, "%s: no file segment", name);
}

static void
load_site(struct site *site, const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	if (!directory)
		err(1, "%s", path);
	while ((entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (site->count == FILES_MAX)
			errx(1, "%s holds more than %d files", path, FILES_MAX);
		load_file(site, dirfd(directory), entry->d_name);
	}
	(void)closedir(directory);
}

static const struct served_file *
find_file(const struct site *site, const char *path)
{
	for (size_t i = 0; i < site->count; i++)
		if (strcmp(site->files[i].path, path) == 0)
			return &site->files[i];
	return NULL;
}

static int
append_file(struct evbuffer *body, const struct served_file *file)
{
	if (file->segment)
		return evbuffer_add_file_segment(body, file->segment, 0, -1);
	return evbuffer_add_reference(body, file->bytes, file->size, NULL, NULL);
}

static void
on_request(struct evhttp_request *request, void *arg)
{
	const struct served_file *file = find_file(arg, evhttp_request_get_uri(request));
	struct evbuffer *body = evhttp_request_get_output_buffer(request);

	if (!file) {
		evhttp_send_error(request, HTTP_NOTFOUND, NULL);
		return;
	}
	if (append_file(body, file) != 0 ||
	    evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type",
		"application/octet-stream") != 0) {
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
		return;
	}
	evhttp_send_reply(request, HTTP_OK, "OK", NULL);
}

static void
listen_on(struct event_base *base, struct evhttp *http, const char *port_text)
{
	char *end;
	unsigned long port = strtoul(port_text, &end, 10);
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct evconnlistener *listener;
	int on = 1;

	if (*port_text == '\0' || *end != '\0' || port == 0 || port > UINT16_MAX)
		errx(2, "%s is no port", port_text);
	address.sin_port = htons((uint16_t)port);
	listener = evconnlistener_new_bind(base, NULL, NULL,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE |
		LEV_OPT_DEFERRED_ACCEPT,
	    BACKLOG, (struct sockaddr *)&address, sizeof(address));
	if (!listener || !evhttp_bind_listener(http, listener))
		err(1, "listen on port %lu", port);
	/* Inherited. Without it a body sent by itself waits for an acknowledgement. */
	if (setsockopt(
		evconnlistener_get_fd(listener), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
		err(1, "TCP_NODELAY");
}

int
main(int argc, char **argv)
{
	static struct site site;
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct event_base *base;
	struct evhttp *http;

	if (argc != 3)
		errx(2, "usage: evhttp PORT DIRECTORY");
	(void)sigaction(SIGPIPE, &ignore, NULL);
	load_site(&site, argv[2]);
	base = event_base_new();
	http = base ? evhttp_new(base) : NULL;
	if (!http)
		errx(1, "no memory");
	evhttp_set_timeout(http, IDLE_SECONDS);
	evhttp_set_gencb(http, on_request, &site);
	listen_on(base, http, argv[1]);
	return event_base_dispatch(base) == 0 ? 0 : 1;
}
