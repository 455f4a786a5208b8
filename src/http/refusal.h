/* SPDX-License-Identifier: MIT
 *
 * refusal: why a request is refused: the one table of reasons, each with the
 * status that answers it.
 *
 * Owns status and wording. Which bytes deserve which refusal is decided where
 * they are read (http/request_line, http/field_lines, http/head, http/body).
 *
 * Thread: any.
 */
#pragma once

/* Identifier, status, sentence for the log. */
#define HTTP_REFUSALS(X)                                                                          \
	X(NONE, 0, "not refused")                                                                 \
	/* the request line, RFC 9112 2.2 and 3 */                                                \
	X(TLS_HELLO, 400, "a TLS ClientHello where plain HTTP is spoken")                         \
	X(NOT_HTTP, 400, "the first bytes are not those of an HTTP request")                      \
	X(EMPTY_LINES, 400, "too many empty lines before the request")                            \
	X(METHOD_SYNTAX, 400, "the method is not a token followed by one space")                  \
	X(METHOD_UNKNOWN, 501, "the method is unknown")                                           \
	X(TARGET_SYNTAX, 400, "the target holds a byte that no URI may hold, or is empty")        \
	X(TARGET_FORM, 400, "the target has no form that goes with the method")                   \
	X(TARGET_TOO_LONG, 414, "the target is longer than the limit")                            \
	X(VERSION_MISSING, 400, "the request line has no version")                                \
	X(VERSION_SYNTAX, 400, "the version is not HTTP/x.y followed by CRLF")                    \
	X(VERSION_UNSUPPORTED, 505, "the version is neither HTTP/1.0 nor HTTP/1.1")               \
	/* lines, RFC 9112 2.2 and 5 */                                                           \
	X(BARE_LF, 400, "a line ends in LF without CR")                                           \
	X(BARE_CR, 400, "a CR without LF")                                                        \
	X(HEAD_TOO_LARGE, 431, "the head is larger than the limit")                               \
	X(TOO_MANY_FIELDS, 431, "more field lines than the limit")                                \
	X(FIELD_SYNTAX, 400, "a field line is malformed")                                         \
	X(FIELD_NAME, 400, "a field line does not begin with a name and a colon")                 \
	X(FIELD_FOLDED, 400, "a field line is continued on the next (obs-fold)")                  \
	/* what the fields say, RFC 9112 3.2, 6 and RFC 9110 10.1.1 */                            \
	X(HOST_MISSING, 400, "HTTP/1.1 without Host")                                             \
	X(HOST_REPEATED, 400, "more than one Host")                                               \
	X(HOST_SYNTAX, 400, "the host is not a host name or address with an optional port")       \
	X(LENGTH_SYNTAX, 400, "Content-Length is not one decimal number")                         \
	X(LENGTH_AMBIGUOUS, 400, "more than one Content-Length, or one beside Transfer-Encoding") \
	X(CODING_REPEATED, 400, "more than one Transfer-Encoding")                                \
	X(CODING_ORDER, 400, "Transfer-Encoding does not end in exactly one chunked")             \
	X(CODING_VERSION, 400, "Transfer-Encoding in an HTTP/1.0 request")                        \
	X(CODING_UNKNOWN, 501, "a transfer coding other than chunked")                            \
	X(EXPECTATION, 417, "an expectation other than 100-continue")                             \
	/* the body, RFC 9112 7.1 */                                                              \
	X(CONTENT_TOO_LARGE, 413, "the content is larger than the limit")                         \
	X(CHUNK_SIZE, 400, "a chunk size is not a hexadecimal number of 1 to 16 digits")          \
	X(CHUNK_EXTENSION, 400, "a chunk extension is malformed")                                 \
	X(EXTENSIONS_TOO_LARGE, 413, "chunk extensions are larger than the limit")                \
	X(CHUNK_END, 400, "a chunk is not followed by CRLF")                                      \
	X(TRAILERS_TOO_LARGE, 431, "the trailers are larger than the limit")

enum http_refusal {
#define X(identifier, status, reason) HTTP_REFUSAL_##identifier,
	HTTP_REFUSALS(X)
#undef X
};

/* The status to answer; 0 for HTTP_REFUSAL_NONE. */
int http_refusal_status(enum http_refusal);
/* A sentence for the log: static, without a full stop. */
const char *http_refusal_reason(enum http_refusal);
