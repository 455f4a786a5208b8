/* SPDX-License-Identifier: MIT */
#include "stage.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILE_NAME "stage-file"
#define DESCRIPTORS_MAX 1024

/* --- Saying ------------------------------------------------------------------------- */

static pthread_mutex_t saying = PTHREAD_MUTEX_INITIALIZER;

void
stage_say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	pthread_mutex_lock(&saying);
	(void)vprintf(format, arguments);
	(void)putchar('\n');
	(void)fflush(stdout);
	pthread_mutex_unlock(&saying);
	va_end(arguments);
}

static void
fail(const char *what, const char *why)
{
	(void)fprintf(stderr, "stage: %s: %s\n", what, why);
	exit(2);
}

void
stage_say_ending(const char *what, const struct usher_ending *ending)
{
	static const char *const fins[] = { "nobody", "us", "peer" };

	stage_say("%s %s by %s unsent %llu%s", what, ending->cause, fins[ending->first_fin],
	    (unsigned long long)ending->bytes_unsent, ending->reset_sent ? " reset" : "");
}

/* --- Bytes and files ------------------------------------------------------------------ */

struct reference {
	size_t len;
	unsigned released;
	char data[];
};

static atomic_uint referred, released;

/* As tests/wire/harness/place.c. */
void
stage_fill(char *data, size_t len, size_t offset)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (char)((offset + i) % 251);
}

char *
stage_bytes(size_t len, size_t offset)
{
	struct reference *reference = malloc(sizeof(*reference) + len);

	if (!reference)
		fail("bytes", "no memory");
	*reference = (struct reference){ .len = len };
	stage_fill(reference->data, len, offset);
	atomic_fetch_add(&referred, 1);
	return reference->data;
}

/* Kept for a while after it, so that a second release is seen as such: AddressSanitizer
 * does that, and aborts. */
void
stage_release(const void *data, size_t len, void *owner)
{
	struct reference *reference = (void *)((char *)owner - offsetof(struct reference, data));

	if (reference->released++ > 0 || data != owner || len != reference->len)
		abort();
	free(reference);
	stage_say("released %u", atomic_fetch_add(&released, 1) + 1);
}

int
stage_file(size_t len, size_t offset)
{
	int fd = memfd_create(FILE_NAME, MFD_CLOEXEC);
	char *bytes = malloc(len + 1);

	if (fd < 0 || !bytes)
		fail("file", "it cannot be made");
	stage_fill(bytes, len, offset);
	for (size_t done = 0; done < len;) {
		ssize_t written = write(fd, bytes + done, len - done);

		if (written <= 0)
			fail("file", "it cannot be written");
		done += (size_t)written;
	}
	free(bytes);
	return fd;
}

unsigned
stage_open_files(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < DESCRIPTORS_MAX; fd++) {
		char path[64];
		char target[256];
		ssize_t len;

		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		len = readlink(path, target, sizeof(target) - 1);
		target[len > 0 ? len : 0] = '\0';
		count += strstr(target, FILE_NAME) != NULL;
	}
	return count;
}

/* --- The server ----------------------------------------------------------------------- */

/* The connections of the loop are freed. */
static void
on_loop_end(struct usher_loop *loop, void *arg)
{
	(void)arg;
	stage_say("loop %u ends with %u held and %u files", usher_loop_index(loop),
	    atomic_load(&referred) - atomic_load(&released), stage_open_files());
	free(usher_loop_data(loop));
}

static int64_t
number_of(const char *argument)
{
	return strtoll(strchr(argument, '=') + 1, NULL, 10);
}

/* Whether it is one. */
static int
take_option(struct usher_server_options *options, const char *argument)
{
	if (strncmp(argument, "output=", 7) == 0)
		options->output_bytes = number_of(argument);
	else if (strncmp(argument, "drain=", 6) == 0)
		options->drain_deadline_ms = number_of(argument), options->drain_grace_ms = 10;
	else if (strncmp(argument, "loops=", 6) == 0)
		options->loops = (unsigned)number_of(argument);
	else if (strncmp(argument, "answer=", 7) == 0)
		options->answer_ms = number_of(argument);
	else
		return strncmp(argument, "peer_fin=", 9) == 0;
	return 1;
}

static void
listen_on(struct usher_server *server, const char *address, const char *service, const char *fin)
{
	const int is_seqpacket = strncmp(address, "seqpacket:", 10) == 0;

	if (usher_server_listen(server, address + (is_seqpacket ? 10 : 0), service) != 0 ||
	    (is_seqpacket && usher_server_set_listener(server, "transport", "seqpacket") != 0) ||
	    (fin && usher_server_set_listener(server, "on_peer_fin", fin) != 0))
		fail(address, usher_server_error(server));
}

struct usher_server *
stage_server(char **argv, const char *service)
{
	struct usher_server_options options;
	struct usher_server *server;
	const char *fin = NULL;

	usher_server_options_init(&options);
	options.log_level = "debug";
	options.body_bytes = 64 << 20;
	options.on_loop_end = on_loop_end;
	for (char **at = argv + 1; *at; at++)
		if (take_option(&options, *at) && strncmp(*at, "peer_fin=", 9) == 0)
			fin = *at + 9;
	server = usher_server_new(&options);
	if (!server)
		fail("server", "no memory");
	for (char **at = argv + 1; *at; at++)
		if (!take_option(&options, *at))
			listen_on(server, *at, service, fin);
	return server;
}

int
stage_run(struct usher_server *server)
{
	int result = usher_server_run(server);

	if (result < 0)
		fail("run", usher_server_error(server));
	usher_server_free(server);
	return result;
}
