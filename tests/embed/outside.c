/* SPDX-License-Identifier: MIT
 *
 * outside: a program outside the tree, built against the installed library alone: answers
 * at once, later on the same loop, and from another thread, and shares its port with a
 * successor.
 *
 *   outside PORT
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <usher/usher.h>

/* --- At once, and later on the same loop ------------------------------------------------ */

static void
on_request(struct usher_request *request, void *arg)
{
	(void)arg;
	usher_respond(request, 200, "text/plain", "outside\n", 8);
}

/* The client may have gone meanwhile: that is no fault. */
static void
answer(struct usher_request *request, void *arg)
{
	(void)arg;
	(void)usher_respond(request, 200, "text/plain", "later\n", 6);
}

static void
on_later(struct usher_request *request, void *arg)
{
	(void)arg;
	if (usher_request_post(request, answer, NULL) != 0)
		usher_respond_error(request, 503);
}

/* --- From another thread ---------------------------------------------------------------- */

#define WAITING_MAX 256

/* Requests that the worker is to answer. */
struct work {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct usher_request *waiting[WAITING_MAX]; /* held */
	size_t count;
	bool is_over;
	unsigned long answered; /* the worker's */
};

static void
on_thread(struct usher_request *request, void *arg)
{
	struct work *work = arg;
	bool is_taken;

	usher_request_hold(request);
	pthread_mutex_lock(&work->lock);
	is_taken = work->count < WAITING_MAX;
	if (is_taken)
		work->waiting[work->count++] = request;
	pthread_cond_signal(&work->changed);
	pthread_mutex_unlock(&work->lock);
	if (is_taken)
		return;
	usher_respond_error(request, 503);
	usher_request_release(request);
}

/* NULL: there will be none any more. */
static struct usher_request *
next(struct work *work)
{
	struct usher_request *request = NULL;

	pthread_mutex_lock(&work->lock);
	while (work->count == 0 && !work->is_over)
		pthread_cond_wait(&work->changed, &work->lock);
	if (work->count > 0)
		request = work->waiting[--work->count];
	pthread_mutex_unlock(&work->lock);
	return request;
}

static void *
run_worker(void *arg)
{
	struct usher_request *request;
	struct work *work = arg;

	while ((request = next(work)) != NULL) {
		if (usher_request_post(request, answer, NULL) == 0)
			work->answered++;
		usher_request_release(request);
	}
	return NULL;
}

static void
end_worker(struct work *work, pthread_t worker)
{
	pthread_mutex_lock(&work->lock);
	work->is_over = true;
	pthread_cond_signal(&work->changed);
	pthread_mutex_unlock(&work->lock);
	pthread_join(worker, NULL);
	usher_log(USHER_LOG_INFO, "the worker answered %lu", work->answered);
}

/* --- The server ------------------------------------------------------------------------- */

static const struct usher_http_ops now = { .size = sizeof(now), .on_request = on_request };
static const struct usher_http_ops later = { .size = sizeof(later), .on_request = on_later };
static const struct usher_http_ops elsewhere = { .size = sizeof(now), .on_request = on_thread };

static int
serve(struct usher_server *server, const char *address, struct work *work)
{
	if (usher_server_route(server, "site", "/", &now, NULL) != 0 ||
	    usher_server_route(server, "site", "/later", &later, NULL) != 0 ||
	    usher_server_route(server, "site", "/thread", &elsewhere, work) != 0 ||
	    usher_server_listen(server, address, "site") != 0 ||
	    usher_server_set_listener(server, "reuse_port", "true") != 0)
		return -1;
	return usher_server_run(server);
}

int
main(int argc, char **argv)
{
	struct work work = { .lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER };
	struct usher_server_options options;
	struct usher_server *server;
	char address[64];
	pthread_t worker;
	int result = -1;

	(void)snprintf(address, sizeof(address), "127.0.0.1:%s", argc > 1 ? argv[1] : "0");
	usher_server_options_init(&options);
	options.loops = 2;
	server = usher_server_new(&options);
	if (!server || pthread_create(&worker, NULL, run_worker, &work) != 0)
		return EXIT_FAILURE;
	result = serve(server, address, &work);
	if (result < 0)
		(void)fprintf(stderr, "outside: %s\n", usher_server_error(server));
	end_worker(&work, worker);
	usher_server_free(server);
	return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
