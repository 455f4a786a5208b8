/* SPDX-License-Identifier: MIT
 *
 * target: which form it has, then its parts. That no byte of it is outside the
 * grammar was checked when the request line was read.
 */
#include "http/target.h"

#include <arpa/inet.h>
#include <string.h>

#include "http/chars.h"

static void
split_query(struct slice path_and_query, struct http_target *target)
{
	const char *mark = NULL;

	if (path_and_query.len > 0)
		mark = memchr(path_and_query.data, '?', path_and_query.len);
	target->path = path_and_query;
	target->query = (struct slice){ NULL, 0 };
	if (mark) {
		size_t len = (size_t)(mark - path_and_query.data);

		target->path = slice_first(path_and_query, len);
		target->query = slice_from(path_and_query, len + 1);
	}
}

/* Bytes of "http://" or "https://" at the beginning, or 0. */
static size_t
scheme_length(struct slice target)
{
	static const struct slice schemes[] = { { "http://", 7 }, { "https://", 8 } };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t len = schemes[i].len;

		if (target.len >= len && slice_equals_nocase(slice_first(target, len), schemes[i]))
			return len;
	}
	return 0;
}

static enum http_refusal
parse_absolute(struct slice target, enum http_method method, struct http_target *result)
{
	struct slice rest = slice_from(target, scheme_length(target));
	size_t len = 0;
	enum http_refusal refusal;

	if (rest.len == target.len)
		return HTTP_REFUSAL_TARGET_FORM;
	while (len < rest.len && rest.data[len] != '/' && rest.data[len] != '?')
		len++;
	if (len == 0)
		return HTTP_REFUSAL_HOST_SYNTAX;
	refusal = http_authority_parse(slice_first(rest, len), &result->authority);
	if (refusal != HTTP_REFUSAL_NONE)
		return refusal;
	result->form = HTTP_TARGET_ABSOLUTE;
	split_query(slice_from(rest, len), result);
	if (result->path.len == 0)
		result->path =
		    method == HTTP_METHOD_OPTIONS && !result->query.data ? SLICE("*") : SLICE("/");
	return HTTP_REFUSAL_NONE;
}

static enum http_refusal
parse_connect(struct slice target, struct http_target *result)
{
	enum http_refusal refusal = http_authority_parse(target, &result->authority);

	if (refusal != HTTP_REFUSAL_NONE)
		return refusal;
	if (result->authority.port == 0)
		return HTTP_REFUSAL_TARGET_FORM;
	result->form = HTTP_TARGET_AUTHORITY;
	result->path = slice_first(target, 0);
	return HTTP_REFUSAL_NONE;
}

enum http_refusal
http_target_parse(struct slice target, enum http_method method, struct http_target *ret_target)
{
	struct http_target result = { .form = HTTP_TARGET_ORIGIN };
	enum http_refusal refusal = HTTP_REFUSAL_NONE;

	if (method == HTTP_METHOD_CONNECT) {
		refusal = parse_connect(target, &result);
	} else if (target.data[0] == '/') {
		split_query(target, &result);
	} else if (method == HTTP_METHOD_OPTIONS && slice_equals(target, SLICE("*"))) {
		result.form = HTTP_TARGET_ASTERISK;
		result.path = target;
	} else {
		refusal = parse_absolute(target, method, &result);
	}
	if (refusal == HTTP_REFUSAL_NONE)
		*ret_target = result;
	return refusal;
}

/* Bytes of "[IPv6 address]" at the beginning, or 0. */
static size_t
ip_literal_length(struct slice authority)
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr unused;
	const char *end = memchr(authority.data, ']', authority.len);
	size_t len;

	if (!end)
		return 0;
	len = (size_t)(end - authority.data) - 1;
	if (len >= sizeof(address))
		return 0;
	memcpy(address, authority.data + 1, len);
	address[len] = '\0';
	return inet_pton(AF_INET6, address, &unused) == 1 ? len + 2 : 0;
}

static bool
is_escape(struct slice rest)
{
	return rest.len >= 3 && rest.data[0] == '%' && http_is_hex_digit(rest.data[1]) &&
	    http_is_hex_digit(rest.data[2]);
}

/* Bytes of a registered name or an IPv4 address at the beginning. */
static size_t
name_length(struct slice authority)
{
	size_t len = 0;

	while (len < authority.len) {
		if (http_is_host_char(authority.data[len]))
			len++;
		else if (is_escape(slice_from(authority, len)))
			len += 3;
		else
			break;
	}
	return len;
}

/* ":80", ":" or nothing. */
static bool
parse_port(struct slice rest, uint16_t *ret_port)
{
	uint64_t port = 0;

	if (rest.len > 0 && rest.data[0] != ':')
		return false;
	if (rest.len > 1) {
		if (slice_to_u64(slice_from(rest, 1), &port) < 0 || port == 0 || port > UINT16_MAX)
			return false;
	}
	*ret_port = (uint16_t)port;
	return true;
}

enum http_refusal
http_authority_parse(struct slice authority, struct http_authority *ret_authority)
{
	struct http_authority result = { .whole = authority };
	size_t len = 0;

	if (authority.len > 0) {
		len = authority.data[0] == '[' ? ip_literal_length(authority)
					       : name_length(authority);
		if (len == 0 || !parse_port(slice_from(authority, len), &result.port))
			return HTTP_REFUSAL_HOST_SYNTAX;
	}
	result.host = slice_first(authority, len);
	*ret_authority = result;
	return HTTP_REFUSAL_NONE;
}
