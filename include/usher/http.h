/* SPDX-License-Identifier: MIT
 *
 * http: answering requests of HTTP/1.1 and 1.0.
 *
 *   on_request (the body is here)  ─► usher_respond, or usher_response_begin … _end ─► on_end
 *   on_head ─► on_body … on_body_end, for who takes the body as a stream
 *
 * A request that is not answered when its function returns is answered later: in another
 * function on the same loop, or by usher_request_post from any thread. It exists until its
 * on_end has returned; who may be late holds it (usher_request_hold), and is told by USHER_GONE
 * that nobody waits for the answer any more.
 *
 * The library frames the answer: Date, Server, Connection, Content-Length and
 * Transfer-Encoding are its own, the body of an answer to HEAD is left out.
 *
 * Thread: the loop's of the connection, but for what says otherwise; from another thread a call
 * returns USHER_WRONG_THREAD and has no effect.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <usher/api.h>
#include <usher/error.h>
#include <usher/server.h>

struct usher_request;

/* Bytes that stand elsewhere, not terminated; `data` is NULL where there is nothing. */
struct usher_slice {
	const char *data;
	size_t len;
};

enum usher_method {
	USHER_GET,
	USHER_HEAD,
	USHER_POST,
	USHER_PUT,
	USHER_DELETE,
	USHER_OPTIONS,
	USHER_PATCH
};

#define USHER_METHOD_BIT(method) (1u << (method))

/* How a request was over. Members may be added at the end. */
struct usher_request_end {
	bool is_complete;  /* the whole answer was handed to the connection */
	const char *cause; /* else why not: "answer_timeout", or how the connection ended */
};

/* What answers. `arg` is that given with the route. Either on_request or on_head. */
struct usher_http_ops {
	size_t size;      /* sizeof(struct usher_http_ops) */
	unsigned methods; /* bits; others are answered with 405; 0: all but OPTIONS */
	/* Of on_request: a longer body is answered with 413; 0: limits.body_bytes. */
	size_t max_body;
	/* The request is here whole. */
	void (*on_request)(struct usher_request *, void *arg);
	/* The head is here; the body follows in pieces, valid during the call. */
	void (*on_head)(struct usher_request *, void *arg);
	void (*on_body)(struct usher_request *, const char *data, size_t len, void *arg);
	void (*on_body_end)(struct usher_request *, void *arg);
	/* After USHER_FULL: what waited is sent. */
	void (*on_drained)(struct usher_request *, void *arg);
	/* The request is over; always called, once, as the last. Free what is yours. */
	void (*on_end)(struct usher_request *, const struct usher_request_end *, void *arg);
};

/* Has `ops` answer the paths of the HTTP service `service` that begin with `prefix`; the
 * longest prefix wins. The first route makes the service. `ops` and `arg` are borrowed until
 * usher_server_free. 0; USHER_EXISTS, USHER_INVALID, USHER_NO_MEMORY; USHER_WRONG_STATE once the
 * server is started. */
USHER_API int usher_server_route(struct usher_server *, const char *service, const char *prefix,
    const struct usher_http_ops *ops, void *arg) USHER_CHECKED;

/* The same for what the library answers by itself: `kind` is a key of usher.conf(5) that
 * makes a route, `value` its value: ("files", "/srv/www"), ("redirect", "/new/"),
 * ("health", "ready"). Results as above. */
USHER_API int usher_server_route_builtin(struct usher_server *, const char *service,
    const char *prefix, const char *kind, const char *value) USHER_CHECKED;

/* --- The request ------------------------------------------------------------------------
 *
 * What these give is valid until the program's function returns in which they were called.
 * Of a request that is over, or on another thread, they give nothing. */

USHER_API enum usher_method usher_request_method(const struct usher_request *);
USHER_API struct usher_slice usher_request_target(const struct usher_request *); /* as received */
/* Decoded and normalized, begins with '/', and terminated with NUL. */
USHER_API struct usher_slice usher_request_path(const struct usher_request *);
USHER_API struct usher_slice
usher_request_rest(const struct usher_request *); /* after the prefix */
USHER_API struct usher_slice usher_request_query(const struct usher_request *); /* without '?' */
USHER_API struct usher_slice usher_request_host(const struct usher_request *);
/* The value of the first field line of that name, whatever its case. */
USHER_API struct usher_slice usher_request_field(const struct usher_request *, const char *name);
/* Field line `index`, from 0; false: there are not so many. */
USHER_API bool usher_request_field_at(const struct usher_request *, size_t index,
    struct usher_slice *ret_name, struct usher_slice *ret_value);
/* Of on_request: the whole body. */
USHER_API struct usher_slice usher_request_body(const struct usher_request *);
/* As usher_conn_peer; 0 where it is over. */
USHER_API int usher_request_peer(const struct usher_request *, char *buffer, size_t size);

/* No on_body and no on_body_end is called until it is resumed, which may call it at once. The
 * time for the answer
 * runs meanwhile. 0, USHER_GONE, USHER_WRONG_THREAD. */
USHER_API int usher_request_pause(struct usher_request *);
USHER_API int usher_request_resume(struct usher_request *);

/* The program's own; NULL at first. */
USHER_API void usher_request_set_data(struct usher_request *, void *data);
USHER_API void *usher_request_data(const struct usher_request *);
USHER_API struct usher_loop *usher_request_loop(const struct usher_request *);

/* --- Answers -----------------------------------------------------------------------------
 *
 * Results: 0; USHER_GONE: nobody waits any more; USHER_WRONG_STATE: it is answered already, or
 * not begun; USHER_WRONG_THREAD; USHER_INVALID; USHER_NO_MEMORY. Nothing stays half done. An
 * answer that is given outside a function of its connection goes on with the next request of
 * that, whose function may be called within. */

/* Adds a field to the answer that is to come. USHER_INVALID: the name is no token or one of the
 * library's own, or the value has control characters; USHER_TOO_MUCH: above head_bytes. */
USHER_API int usher_response_field(struct usher_request *, const char *name, const char *value);

/* A whole answer with a copy of the body. `type` is the media type, or NULL. */
USHER_API int
usher_respond(struct usher_request *, int status, const char *type, const void *body, size_t len);

/* The same with the service's page for an error status. */
USHER_API int usher_respond_error(struct usher_request *, int status);

/* Of unknown length: chunked, or until the FIN for HTTP/1.0. */
#define USHER_LENGTH_UNKNOWN INT64_C(-1)

/* Begins an answer whose body of `length` bytes follows by the calls below. */
USHER_API int usher_response_begin(struct usher_request *, int status, int64_t length);

/* A piece of the body: a copy, what stands elsewhere, a part of a file. Ownership as
 * usher_conn_send, usher_conn_send_reference and usher_conn_send_file. USHER_FULL: nothing is
 * taken, and on_drained will be called; USHER_TOO_MUCH: more than `length`. */
USHER_API int usher_response_write(struct usher_request *, const void *data, size_t len);
USHER_API int usher_response_reference(struct usher_request *, const void *data, size_t len,
    void (*release)(const void *data, size_t len, void *owner), void *owner);
USHER_API int usher_response_file(struct usher_request *, int fd, int64_t offset, int64_t length);

/* The body is complete. A body shorter than announced ends the connection, so that the client
 * cannot take it for whole. */
USHER_API int usher_response_end(struct usher_request *);

/* --- Later ------------------------------------------------------------------------------- */

/* Keeps the request for as long as it is held, also when it is over. On the loop's
 * thread. */
USHER_API void usher_request_hold(struct usher_request *);
/* Any thread. */
USHER_API void usher_request_release(struct usher_request *);

/* Any thread that holds the request: has `call` called with it on its loop. The request may
 * be over by then: every call on it says USHER_GONE. 0; USHER_ENDED, USHER_NO_MEMORY: it
 * will not be called. */
USHER_API int usher_request_post(struct usher_request *,
    void (*call)(struct usher_request *, void *arg), void *arg) USHER_CHECKED;
