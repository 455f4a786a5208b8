/* SPDX-License-Identifier: MIT
 *
 * served: a program whose server is configured by a file, with the service "mirror" and the
 * route "/own" of "site" on top, as the tests of file.c and file_mistakes.c use it. Over the
 * public headers alone.
 *
 * Thread: the test's; the server runs on one of its own from served_begin on.
 */
#pragma once

#include <check.h>
#include <pthread.h>
#include <stdatomic.h>

#include <usher/usher.h>

#define SERVED_WAIT_S 60

/* Pieces of a file. */
#define WEB "listener \"web\" { address = \"127.0.0.1\" port = 0 service = \"site\" }\n"
#define RAW "listener \"raw\" { address = \"127.0.0.1\" port = 0 service = \"mirror\" }\n"
#define HERE "service \"site\" { route \"/\" { respond = 200 body = \"file\" } }\n"
#define THERE "service \"site\" { route \"/\" { respond = 200 body = \"new\" } }\n"
#define QUIET "landlock = off\nlog { access_format = off }\n"

struct served {
	char path[64]; /* of the file */
	struct usher_server *server;
	pthread_t thread; /* runs it */
	int ended;        /* what usher_server_run returned */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned reloads; /* verdicts so far */
	bool is_ok;       /* of the last one: */
	uint64_t generation;
	char error[256];
	atomic_uint loops; /* that began, less those that ended */
};

/* What the program adds: answers with the length of the body, and "own"; sends back what it
 * gets, and finishes. */
extern const struct usher_http_ops served_http;
extern const struct usher_stream_ops served_mirror;
void served_add_own(struct served *);

/* Makes the server, not yet started, and an empty file. */
void served_make(struct served *);
/* One that was not begun. */
void served_free(struct served *);
void served_write(const struct served *, const char *text);
/* What usher_server_load says of the file. */
int served_load(struct served *);
void served_begin(struct served *);
/* It has to drain in good order. */
void served_end(struct served *);
/* Returns with the verdict. */
void served_reload(struct served *);

/* A client asks listener `index`; `part` has to be in all that comes until the FIN. */
void served_expect(const struct served *, size_t index, const char *question, const char *part);
#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
#define POST_TEN(path)                                                               \
	"POST " path " HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: " \
	"10\r\n\r\n0123456789"
