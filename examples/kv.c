/* SPDX-License-Identifier: MIT
 *
 * kv: a store of JSON values by key, over HTTP.
 *
 *   PUT /keys/NAME     stores the body         201, or 204 where it was there
 *   GET /keys/NAME     gives it back           200, or 404
 *   DELETE /keys/NAME  forgets it              204, or 404
 *   GET /keys          all names, as an array  200
 *   GET /slow?MS       answers after so long, from a thread of its own
 *   GET /healthz       is answered by the library
 *
 * It has several loops, so the store has a lock; it is held for a look-up, never for a
 * client. Bodies are stored as they come: whether they are JSON is the reader's to judge.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <usher/usher.h>

#define BUCKETS 1024
#define VALUE_MAX (64 * 1024)
#define KEY_MAX 200

struct entry {
	struct entry *next;
	char key[KEY_MAX + 1];
	size_t len;
	char value[];
};

struct store {
	pthread_mutex_t lock;
	struct entry *buckets[BUCKETS];
	size_t count;
};

/* --- The store ---------------------------------------------------------------------- */

static struct entry **
find(struct store *store, const char *key)
{
	unsigned hash = 5381;
	struct entry **at;

	for (const char *c = key; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	at = &store->buckets[hash % BUCKETS];
	while (*at && strcmp((*at)->key, key) != 0)
		at = &(*at)->next;
	return at;
}

/* 201: new, 204: replaced, 503: no memory. */
static int
put(struct store *store, const char *key, struct usher_slice value)
{
	struct entry *entry = malloc(sizeof(*entry) + value.len);
	struct entry **at;
	struct entry *before;

	if (!entry)
		return 503;
	(void)snprintf(entry->key, sizeof(entry->key), "%s", key);
	entry->len = value.len;
	if (value.len > 0)
		memcpy(entry->value, value.data, value.len);
	pthread_mutex_lock(&store->lock);
	at = find(store, key);
	before = *at;
	entry->next = before ? before->next : NULL;
	*at = entry;
	store->count += before == NULL;
	pthread_mutex_unlock(&store->lock);
	free(before);
	return before ? 204 : 201;
}

static int
forget(struct store *store, const char *key)
{
	struct entry **at;
	struct entry *entry;

	pthread_mutex_lock(&store->lock);
	at = find(store, key);
	entry = *at;
	if (entry)
		*at = entry->next;
	store->count -= entry != NULL;
	pthread_mutex_unlock(&store->lock);
	free(entry);
	return entry ? 204 : 404;
}

/* --- Answers ------------------------------------------------------------------------- */

static void
answer_status(struct usher_request *request, int status)
{
	if (status >= 400)
		usher_respond_error(request, status);
	else
		usher_respond(request, status, NULL, NULL, 0);
}

static void
answer_value(struct usher_request *request, struct store *store, const char *key)
{
	char value[VALUE_MAX];
	const struct entry *entry;
	size_t len = 0;

	pthread_mutex_lock(&store->lock);
	entry = *find(store, key);
	if (entry) {
		len = entry->len;
		memcpy(value, entry->value, len);
	}
	pthread_mutex_unlock(&store->lock);
	if (entry)
		usher_respond(request, 200, "application/json", value, len);
	else
		usher_respond_error(request, 404);
}

static size_t
put_quoted(char *at, const char *key)
{
	size_t len = 0;

	at[len++] = '"';
	for (; *key; key++) {
		if (*key == '"' || *key == '\\')
			at[len++] = '\\';
		at[len++] = *key;
	}
	at[len++] = '"';
	return len;
}

static void
answer_names(struct usher_request *request, struct store *store)
{
	char *names;
	size_t len = 0;

	pthread_mutex_lock(&store->lock);
	names = malloc(store->count * (2 * KEY_MAX + 3) + 2);
	if (names) {
		names[len++] = '[';
		for (size_t i = 0; i < BUCKETS; i++) {
			for (struct entry *at = store->buckets[i]; at; at = at->next) {
				if (len > 1)
					names[len++] = ',';
				len += put_quoted(names + len, at->key);
			}
		}
		names[len++] = ']';
	}
	pthread_mutex_unlock(&store->lock);
	if (names)
		usher_respond(request, 200, "application/json", names, len);
	else
		usher_respond_error(request, 503);
	free(names);
}

static void
on_keys(struct usher_request *request, void *arg)
{
	struct usher_slice rest = usher_request_rest(request);
	const char *key = rest.len > 0 ? rest.data + 1 : "";

	if (rest.len > KEY_MAX || strchr(key, '/')) {
		answer_status(request, 404);
	} else if (usher_request_method(request) == USHER_PUT && *key) {
		answer_status(request, put(arg, key, usher_request_body(request)));
	} else if (usher_request_method(request) == USHER_DELETE && *key) {
		answer_status(request, forget(arg, key));
	} else if (usher_request_method(request) == USHER_GET) {
		if (*key)
			answer_value(request, arg, key);
		else
			answer_names(request, arg);
	} else {
		answer_status(request, 405);
	}
}

/* --- From another thread ---------------------------------------------------------------- */

/* Threads that hold a request: the server outlives them. */
struct workers {
	pthread_mutex_t lock;
	pthread_cond_t none_left;
	unsigned count;
};

struct job {
	struct workers *workers;
	struct usher_request *request; /* held */
	long ms;
};

static void
count_worker(struct workers *workers, int change)
{
	pthread_mutex_lock(&workers->lock);
	workers->count += (unsigned)change;
	if (workers->count == 0)
		pthread_cond_signal(&workers->none_left);
	pthread_mutex_unlock(&workers->lock);
}

static void
wait_for_workers(struct workers *workers)
{
	pthread_mutex_lock(&workers->lock);
	while (workers->count > 0)
		pthread_cond_wait(&workers->none_left, &workers->lock);
	pthread_mutex_unlock(&workers->lock);
}

static void
finish_job(struct usher_request *request, void *arg)
{
	(void)arg;
	usher_respond(request, 200, "text/plain", "done\n", 5);
}

static void *
work(void *arg)
{
	struct job *job = arg;
	struct timespec time = { job->ms / 1000, job->ms % 1000 * 1000000 };

	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
	(void)!usher_request_post(job->request, finish_job, NULL);
	usher_request_release(job->request);
	count_worker(job->workers, -1);
	free(job);
	return NULL;
}

static void
on_slow(struct usher_request *request, void *arg)
{
	struct usher_slice query = usher_request_query(request);
	struct job *job = malloc(sizeof(*job));
	char digits[16] = "";
	pthread_t thread;

	if (job && query.len < sizeof(digits)) {
		memcpy(digits, query.len > 0 ? query.data : "", query.len);
		*job = (struct job){ arg, request, strtol(digits, NULL, 10) };
		usher_request_hold(request);
		count_worker(arg, 1);
		if (pthread_create(&thread, NULL, work, job) == 0) {
			pthread_detach(thread);
			return;
		}
		count_worker(arg, -1);
		usher_request_release(request);
	}
	free(job);
	usher_respond_error(request, 503);
}

/* --- The program --------------------------------------------------------------------------- */

static const struct usher_http_ops keys = {
	.size = sizeof(keys),
	.methods = USHER_METHOD_BIT(USHER_GET) | USHER_METHOD_BIT(USHER_PUT) |
	    USHER_METHOD_BIT(USHER_DELETE),
	.max_body = VALUE_MAX,
	.on_request = on_keys,
};

static const struct usher_http_ops slow = {
	.size = sizeof(slow),
	.methods = USHER_METHOD_BIT(USHER_GET),
	.on_request = on_slow,
};

static int
serve(
    struct usher_server *server, const char *address, struct store *store, struct workers *workers)
{
	if (usher_server_route(server, "kv", "/keys", &keys, store) != 0 ||
	    usher_server_route(server, "kv", "/slow", &slow, workers) != 0 ||
	    usher_server_route_builtin(server, "kv", "/healthz", "health", "live") != 0 ||
	    usher_server_listen(server, address, "kv") != 0)
		return -1;
	return usher_server_run(server);
}

static void
clear(struct store *store)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		while (store->buckets[i]) {
			struct entry *first = store->buckets[i];

			store->buckets[i] = first->next;
			free(first);
		}
	}
}

int
main(int argc, char **argv)
{
	static struct store store = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct workers workers = { .lock = PTHREAD_MUTEX_INITIALIZER,
		.none_left = PTHREAD_COND_INITIALIZER };
	struct usher_server_options options;
	struct usher_server *server;
	int result;

	usher_server_options_init(&options);
	options.loops = 2;
	options.answer_ms = 2000;
	server = usher_server_new(&options);
	result =
	    server ? serve(server, argc > 1 ? argv[1] : "127.0.0.1:8080", &store, &workers) : -1;
	if (result < 0)
		(void)fprintf(
		    stderr, "kv: %s\n", server ? usher_server_error(server) : "no memory");
	wait_for_workers(&workers);
	usher_server_free(server);
	clear(&store);
	return result == 0 ? 0 : 1;
}
