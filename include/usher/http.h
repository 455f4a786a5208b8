/* SPDX-License-Identifier: MIT */
/**
 * @file
 *
 * http: answering requests of HTTP/1.1 and 1.0.
 *
 *     on_request (the body is here)  ─► usher_respond, or usher_response_begin … _end ─► on_end
 *     on_head ─► on_body … on_body_end, for who takes the body as a stream
 *
 * A request that is not answered when its function returns is answered later: in another
 * function on the same loop, or by usher_request_post() from any thread. It exists until its
 * on_end has returned; who may be late holds it (usher_request_hold()), and is told by USHER_GONE
 * that nobody waits for the answer any more.
 *
 * The library frames the answer: Date, Server, Connection, Content-Length and
 * Transfer-Encoding are its own, the body of an answer to HEAD is left out.
 *
 * Thread: the loop's of the connection, but for what says otherwise; a call from another thread
 * has no effect: it returns USHER_WRONG_THREAD, or nothing where it returns no error.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <usher/api.h>
#include <usher/error.h>
#include <usher/server.h>

struct usher_request;

/** Bytes that stand elsewhere, not terminated. */
struct usher_slice {
	const char *data; /**< NULL where there is nothing */
	size_t len;       /**< bytes */
};

/** The methods that are known; a request with another is answered with 501. */
enum usher_method {
	USHER_GET,     /**< RFC 9110 9.3.1 */
	USHER_HEAD,    /**< 9.3.2 */
	USHER_POST,    /**< 9.3.3 */
	USHER_PUT,     /**< 9.3.4 */
	USHER_DELETE,  /**< 9.3.5 */
	USHER_OPTIONS, /**< 9.3.7 */
	USHER_PATCH    /**< RFC 5789 */
};

/** The bit of a method in usher_http_ops. */
#define USHER_METHOD_BIT(method) (1u << (method))

/** How a request was over; valid during the call. Members may be added at the end. */
struct usher_request_end {
	bool is_complete;  /**< the whole answer was handed to the connection */
	const char *cause; /**< else why not: "answer_timeout", or how the connection ended */
};

/** What answers. `arg` is that given with the route. Either on_request or on_head. */
struct usher_http_ops {
	size_t size;      /**< sizeof(struct usher_http_ops) */
	unsigned methods; /**< bits; others are answered with 405; 0: all but OPTIONS */
	/** Of on_request: a longer body is answered with 413; 0: limits.body_bytes, which is the
	 * most in any case. */
	size_t max_body;
	/** The request is here whole. */
	void (*on_request)(struct usher_request *request, void *arg);
	/** The head is here; the body follows in pieces. */
	void (*on_head)(struct usher_request *request, void *arg);
	/** A piece of the body, valid during the call. */
	void (*on_body)(struct usher_request *request, const char *data, size_t len, void *arg);
	/** The body is here whole. */
	void (*on_body_end)(struct usher_request *request, void *arg);
	/** After USHER_FULL: what waited is sent. */
	void (*on_drained)(struct usher_request *request, void *arg);
	/** The request is over; always called, once, as the last. Free what is yours. */
	void (*on_end)(
	    struct usher_request *request, const struct usher_request_end *end, void *arg);
};

/**
 * Has the program answer the paths of an HTTP service that begin with a prefix; the longest
 * prefix wins. The first route makes the service, unless a file has it.
 *
 * @param server  not yet started; its thread
 * @param service its name
 * @param prefix  begins with '/'
 * @param ops     copied
 * @param arg     borrowed until usher_server_free(); handed to each of them
 * @return 0; USHER_EXISTS: that prefix is taken, or the service is none of HTTP; USHER_INVALID;
 *         USHER_NO_MEMORY; USHER_WRONG_STATE once it is started
 */
USHER_API int usher_server_route(struct usher_server *server, const char *service,
    const char *prefix, const struct usher_http_ops *ops, void *arg) USHER_CHECKED;

/**
 * The same for what the library answers by itself.
 *
 * @param server  not yet started; its thread
 * @param service its name
 * @param prefix  begins with '/'
 * @param kind    a key of usher.conf(5) that makes a route: "files", "redirect", "health"
 * @param value   its value: "/srv/www", "/new/", "ready"
 * @return as usher_server_route()
 */
USHER_API int usher_server_route_builtin(struct usher_server *server, const char *service,
    const char *prefix, const char *kind, const char *value) USHER_CHECKED;

/* --- The request ------------------------------------------------------------------------
 *
 * What these give is valid until the program's function returns in which they were called.
 * Of a request that is over, or on another thread, they give nothing. */

/**
 * Tells the method.
 *
 * @param request the request
 * @return the method; USHER_GET where there is nothing to tell
 */
USHER_API enum usher_method usher_request_method(const struct usher_request *request);

/**
 * Tells the target as it was received.
 *
 * @param request the request
 * @return path and query, undecoded
 */
USHER_API struct usher_slice usher_request_target(const struct usher_request *request);

/**
 * Tells the path, decoded and normalized.
 *
 * @param request the request
 * @return begins with '/', and is terminated with NUL
 */
USHER_API struct usher_slice usher_request_path(const struct usher_request *request);

/**
 * Tells the path after the prefix of the route.
 *
 * @param request the request
 * @return terminated with NUL
 */
USHER_API struct usher_slice usher_request_rest(const struct usher_request *request);

/**
 * Tells the query, undecoded.
 *
 * @param request the request
 * @return what stands after '?', without it
 */
USHER_API struct usher_slice usher_request_query(const struct usher_request *request);

/**
 * Tells the host that the client asked for, from the target or the field Host.
 *
 * @param request the request
 * @return the host, perhaps with a port
 */
USHER_API struct usher_slice usher_request_host(const struct usher_request *request);

/**
 * Tells the value of the first field line of a name, without blanks around it.
 *
 * @param request the request
 * @param name    whatever its case
 * @return the value; empty where the field is, and absent where there is none
 */
USHER_API struct usher_slice
usher_request_field(const struct usher_request *request, const char *name);

/**
 * Tells one field line after the other.
 *
 * @param request   the request
 * @param index     of the line, from 0
 * @param ret_name  as it was received
 * @param ret_value without blanks around it
 * @return false: there are not so many, and nothing was told
 */
USHER_API bool usher_request_field_at(const struct usher_request *request, size_t index,
    struct usher_slice *ret_name, struct usher_slice *ret_value);

/**
 * Tells the body, in and after on_request.
 *
 * @param request the request
 * @return the whole body, decoded from chunks; nothing to who takes it as a stream
 */
USHER_API struct usher_slice usher_request_body(const struct usher_request *request);

/**
 * Tells who the client is, as usher_conn_peer().
 *
 * @param request the request
 * @param buffer  gets the text, cut if need be, and NUL
 * @param size    of the buffer; 0: nothing is written
 * @return the length of the text, as snprintf(3); 0 where the request is over, and on another
 *         thread
 */
USHER_API int usher_request_peer(const struct usher_request *request, char *buffer, size_t size);

/**
 * No on_body and no on_body_end is called until it is resumed. The time for the answer runs
 * meanwhile.
 *
 * @param request the request
 * @return 0; USHER_GONE; USHER_WRONG_THREAD; USHER_INVALID
 */
USHER_API int usher_request_pause(struct usher_request *request);

/**
 * Goes on with the body, which may call on_body and on_body_end at once.
 *
 * @param request the request
 * @return 0; USHER_GONE; USHER_WRONG_THREAD; USHER_INVALID
 */
USHER_API int usher_request_resume(struct usher_request *request);

/**
 * Keeps the program's own for a request.
 *
 * @param request also one that is over, for who holds it
 * @param data    borrowed; the program frees it, in on_end say
 */
USHER_API void usher_request_set_data(struct usher_request *request, void *data);

/**
 * Gives what was kept.
 *
 * @param request also one that is over, for who holds it
 * @return that; NULL at first, and on another thread
 */
USHER_API void *usher_request_data(const struct usher_request *request);

/**
 * Tells the loop of a request. Any thread that holds it.
 *
 * @param request also one that is over, for who holds it
 * @return its loop, the library's
 */
USHER_API struct usher_loop *usher_request_loop(const struct usher_request *request);

/* --- Answers -----------------------------------------------------------------------------
 *
 * Nothing stays half done. An answer that is given outside a function of its connection goes on
 * with the next request of that, whose function may be called within. */

/**
 * Adds a field to the answer that is to come.
 *
 * @param request whose answer has not begun
 * @param name    copied
 * @param value   copied
 * @return 0; USHER_INVALID: the name is no token or one of the library's own, or the value has
 *         control characters; USHER_TOO_MUCH: all together are above head_bytes; USHER_GONE;
 *         USHER_WRONG_STATE: the answer has begun; USHER_WRONG_THREAD; USHER_NO_MEMORY
 */
USHER_API int
usher_response_field(struct usher_request *request, const char *name, const char *value);

/**
 * Gives a whole answer.
 *
 * @param request whose answer has not begun
 * @param status  200 to 599
 * @param type    the media type, or NULL: the answer has no Content-Type but what was added
 * @param body    copied
 * @param len     bytes of it
 * @return 0; USHER_GONE: nobody waits any more; USHER_WRONG_STATE: it is answered already;
 *         USHER_WRONG_THREAD; USHER_INVALID; USHER_TOO_MUCH: the fields; USHER_NO_MEMORY
 */
USHER_API int usher_respond(
    struct usher_request *request, int status, const char *type, const void *body, size_t len);

/**
 * Gives the service's page for an error.
 *
 * @param request whose answer has not begun
 * @param status  400 to 599
 * @return as usher_respond()
 */
USHER_API int usher_respond_error(struct usher_request *request, int status);

/** Of usher_response_begin(): the body is chunked, or goes on until the FIN for HTTP/1.0. */
#define USHER_LENGTH_UNKNOWN INT64_C(-1)

/**
 * Begins an answer whose body follows.
 *
 * @param request whose answer has not begun
 * @param status  200 to 599
 * @param length  bytes of the body, or USHER_LENGTH_UNKNOWN
 * @return as usher_respond()
 */
USHER_API int usher_response_begin(struct usher_request *request, int status, int64_t length);

/**
 * Gives a piece of the body.
 *
 * @param request whose answer has begun
 * @param data    copied
 * @param len     bytes
 * @return 0; USHER_FULL: nothing is taken, and on_drained will be called; USHER_TOO_MUCH: more than
 *         was announced; USHER_GONE; USHER_WRONG_STATE: the answer has not begun, or has ended;
 *         USHER_WRONG_THREAD; USHER_INVALID
 */
USHER_API int usher_response_write(struct usher_request *request, const void *data, size_t len);

/**
 * Gives a piece of the body that stands elsewhere, without a copy.
 *
 * @param request whose answer has begun
 * @param data    has to stay as it is until it is released
 * @param len     bytes
 * @param release as of usher_conn_send_reference(); not called with USHER_WRONG_STATE and
 *                USHER_TOO_MUCH, too
 * @param owner   handed to it
 * @return as usher_response_write()
 */
USHER_API int usher_response_reference(struct usher_request *request, const void *data, size_t len,
    void (*release)(const void *data, size_t len, void *owner), void *owner);

/**
 * Gives a part of a regular file as a piece of the body.
 *
 * @param request whose answer has begun
 * @param fd      taken as by usher_conn_send_file(); it stays yours with USHER_WRONG_STATE and
 *                USHER_TOO_MUCH, too
 * @param offset  of the first byte
 * @param length  bytes
 * @return as usher_response_write(); USHER_NO_MEMORY: the connection has ended
 */
USHER_API int
usher_response_file(struct usher_request *request, int fd, int64_t offset, int64_t length);

/**
 * Ends the body. One shorter than announced ends the connection, so that the client cannot take
 * it for whole.
 *
 * @param request whose answer has begun
 * @return 0; USHER_GONE; USHER_WRONG_STATE; USHER_WRONG_THREAD; USHER_INVALID
 */
USHER_API int usher_response_end(struct usher_request *request);

/* --- Later ------------------------------------------------------------------------------- */

/**
 * Keeps the request for as long as it is held, also when it is over.
 *
 * The loop's thread, or any that holds it already.
 *
 * @param request the request
 */
USHER_API void usher_request_hold(struct usher_request *request);

/**
 * Ends one hold. Any thread.
 *
 * @param request a request that is held; it may be gone when this returns
 */
USHER_API void usher_request_release(struct usher_request *request);

/**
 * Has a function called with the request on its loop.
 *
 * The request may be over by then: every call on it says USHER_GONE. Any thread that holds it.
 *
 * @param request a request that is held, or whose function is running
 * @param call    what is called
 * @param arg     is handed to it; the program's
 * @return 0: it will be called; USHER_ENDED, USHER_NO_MEMORY, USHER_INVALID: never
 */
USHER_API int usher_request_post(struct usher_request *request,
    void (*call)(struct usher_request *request, void *arg), void *arg) USHER_CHECKED;
