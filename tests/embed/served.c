/* SPDX-License-Identifier: MIT */
#include "served.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "local.h"

/* --- The program ---------------------------------------------------------------------- */

static void
on_request(struct usher_request *request, void *arg)
{
	char room[32];
	int len = snprintf(room, sizeof(room), "%zu own", usher_request_body(request).len);

	(void)arg;
	(void)usher_respond(request, 200, "text/plain", room, (size_t)len);
}

static size_t
on_data(struct usher_conn *conn, const char *data, size_t len, void *arg)
{
	(void)arg;
	(void)usher_conn_send(conn, data, len);
	(void)usher_conn_finish(conn);
	return len;
}

const struct usher_http_ops served_http = { .size = sizeof(served_http), .on_request = on_request };
const struct usher_stream_ops served_mirror = { .size = sizeof(served_mirror), .on_data = on_data };

static void
on_reload(struct usher_server *server, const struct usher_reload *reload, void *arg)
{
	struct served *served = arg;

	ck_assert_ptr_eq(server, served->server);
	ck_assert_int_eq(pthread_mutex_lock(&served->lock), 0);
	served->is_ok = reload->is_ok;
	served->generation = reload->generation;
	served->error[0] = '\0';
	if (reload->error_count > 0)
		(void)snprintf(served->error, sizeof(served->error), "%s", reload->errors[0]);
	served->reloads++;
	ck_assert_int_eq(pthread_cond_signal(&served->changed), 0);
	ck_assert_int_eq(pthread_mutex_unlock(&served->lock), 0);
}

static void
on_loop_begin(struct usher_loop *loop, void *arg)
{
	struct served *served = arg;

	(void)loop;
	atomic_fetch_add(&served->loops, 1);
}

static void
on_loop_end(struct usher_loop *loop, void *arg)
{
	struct served *served = arg;

	(void)loop;
	atomic_fetch_sub(&served->loops, 1);
}

void
served_add_own(struct served *served)
{
	ck_assert_int_eq(
	    usher_server_add_stream(served->server, "mirror", &served_mirror, NULL), 0);
	ck_assert_int_eq(usher_server_route(served->server, "site", "/own", &served_http, NULL), 0);
}

void
served_write(const struct served *served, const char *text)
{
	FILE *file = fopen(served->path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

void
served_make(struct served *served)
{
	struct usher_server_options options;
	int fd;

	*served = (struct served){ .path = "/tmp/usher-embed-file-XXXXXX" };
	ck_assert_int_eq(pthread_mutex_init(&served->lock, NULL), 0);
	ck_assert_int_eq(pthread_cond_init(&served->changed, NULL), 0);
	fd = mkstemp(served->path);
	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	usher_server_options_init(&options);
	options.leaves_signals = true;
	options.on_reload = on_reload;
	options.on_loop_begin = on_loop_begin;
	options.on_loop_end = on_loop_end;
	options.arg = served;
	served->server = usher_server_new(&options);
	ck_assert_ptr_nonnull(served->server);
}

int
served_load(struct served *served)
{
	const struct usher_source source = { .size = sizeof(source), .file = served->path };

	return usher_server_load(served->server, &source);
}

static void *
run(void *arg)
{
	struct served *served = arg;

	served->ended = usher_server_run(served->server);
	return NULL;
}

void
served_begin(struct served *served)
{
	ck_assert_msg(
	    usher_server_start(served->server) == 0, "%s", usher_server_error(served->server));
	ck_assert_int_eq(pthread_create(&served->thread, NULL, run, served), 0);
}

void
served_end(struct served *served)
{
	ck_assert_int_eq(usher_server_drain(served->server), 0);
	ck_assert_int_eq(pthread_join(served->thread, NULL), 0);
	ck_assert_int_eq(served->ended, 0);
	ck_assert_uint_eq(atomic_load(&served->loops), 0);
	usher_server_free(served->server);
	ck_assert_int_eq(unlink(served->path), 0);
}

void
served_free(struct served *served)
{
	usher_server_free(served->server);
	ck_assert_int_eq(unlink(served->path), 0);
}

/* Until its verdict. */
void
served_reload(struct served *served)
{
	struct timespec until;
	unsigned before;

	ck_assert_int_eq(clock_gettime(CLOCK_REALTIME, &until), 0);
	until.tv_sec += SERVED_WAIT_S;
	ck_assert_int_eq(pthread_mutex_lock(&served->lock), 0);
	before = served->reloads;
	ck_assert_int_eq(usher_server_reload(served->server), 0);
	while (served->reloads == before)
		ck_assert_int_eq(
		    pthread_cond_timedwait(&served->changed, &served->lock, &until), 0);
	ck_assert_int_eq(pthread_mutex_unlock(&served->lock), 0);
}

/* --- Clients -------------------------------------------------------------------------- */

/* All that comes until the FIN. */
static const char *
ask(const struct served *served, size_t listener, const char *question, char *answer, size_t size)
{
	int fd = local_connect(served->server, listener);
	size_t len = 0;
	ssize_t got;

	ck_assert_int_eq(send(fd, question, strlen(question), 0), (int)strlen(question));
	while ((got = recv(fd, answer + len, size - 1 - len, 0)) > 0)
		len += (size_t)got;
	ck_assert_int_eq(got, 0);
	answer[len] = '\0';
	(void)close(fd);
	return answer;
}

void
served_expect(const struct served *served, size_t listener, const char *question, const char *part)
{
	char answer[4096];

	ask(served, listener, question, answer, sizeof(answer));
	ck_assert_msg(strstr(answer, part) != NULL, "%s is not in: %s", part, answer);
}
