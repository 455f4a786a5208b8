/* SPDX-License-Identifier: MIT */
#include "usher-load/target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "http/target.h"

/* How long an address of several may take to accept, before the next is tried. */
#define PROBE_WAIT_MS 500

static int
copy(char *to, size_t size, struct slice from)
{
	if (from.len >= size)
		return -EINVAL;
	memcpy(to, from.data, from.len);
	to[from.len] = '\0';
	return 0;
}

/* unix:/run/a.sock or unix:/run/a.sock:/path */
static int
parse_unix(struct slice url, struct target_url *result)
{
	size_t len = 5;

	while (len < url.len && url.data[len] != ':')
		len++;
	if (len == 5)
		return -EINVAL;
	if (copy(result->host, sizeof(result->host), slice_first(url, len)) != 0 ||
	    copy(result->authority, sizeof(result->authority), SLICE("localhost")) != 0)
		return -EINVAL;
	if (len == url.len)
		return copy(result->path, sizeof(result->path), SLICE("/"));
	if (len + 1 == url.len || url.data[len + 1] != '/')
		return -EINVAL;
	return copy(result->path, sizeof(result->path), slice_from(url, len + 1));
}

static struct slice
without_brackets(struct slice host)
{
	if (host.len > 2 && host.data[0] == '[')
		return (struct slice){ host.data + 1, host.len - 2 };
	return host;
}

/* The query goes with the path, and a URL without a path asks for "/". */
static int
copy_path(const struct http_target *target, struct target_url *result)
{
	struct text path = text_over(result->path, sizeof(result->path));

	text_put(&path, target->path.len > 0 ? target->path : SLICE("/"));
	if (target->query.data) {
		text_put_char(&path, '?');
		text_put(&path, target->query);
	}
	(void)text_string(&path);
	return path.is_truncated ? -EINVAL : 0;
}

static int
parse_http(struct slice url, struct target_url *result)
{
	struct http_target target;
	size_t fragment = 0;

	/* A fragment is never sent (RFC 9110 4.2.5). */
	while (fragment < url.len && url.data[fragment] != '#')
		fragment++;
	url.len = fragment;
	for (size_t i = 0; i < url.len; i++)
		if ((unsigned char)url.data[i] <= ' ' || url.data[i] == 0x7f)
			return -EINVAL;
	if (http_target_parse(url, HTTP_METHOD_GET, &target) != HTTP_REFUSAL_NONE ||
	    target.form != HTTP_TARGET_ABSOLUTE || target.authority.host.len == 0)
		return -EINVAL;
	result->port = target.authority.port != 0 ? target.authority.port : 80;
	if (copy(result->authority, sizeof(result->authority), target.authority.whole) != 0 ||
	    copy(result->host, sizeof(result->host), without_brackets(target.authority.host)) != 0)
		return -EINVAL;
	return copy_path(&target, result);
}

static int
parse_tcp(struct slice rest, struct target_url *result)
{
	struct http_authority authority;

	if (http_authority_parse(rest, &authority) != HTTP_REFUSAL_NONE || authority.port == 0)
		return -EINVAL;
	result->port = authority.port;
	if (copy(result->authority, sizeof(result->authority), rest) != 0)
		return -EINVAL;
	return copy(result->host, sizeof(result->host), without_brackets(authority.host));
}

static int
parse_any(struct slice url, struct target_url *result)
{
	if (slice_starts_with(url, SLICE("http://unix:")))
		return parse_unix(slice_from(url, strlen("http://")), result);
	if (slice_starts_with(url, SLICE("unix:")))
		return parse_unix(url, result);
	if (slice_starts_with(url, SLICE("tcp://")))
		return parse_tcp(slice_from(url, strlen("tcp://")), result);
	return parse_http(url, result);
}

/* Of "http://[fe80::1%25eth0]/" the interface (RFC 6874; a bare % does, too). An absent slice
 * where there is none. `*ret_from` is where its percent sign stands. */
static struct slice
zone_of(const char *url, const char **ret_from)
{
	const char *authority = strstr(url, "//");
	size_t len = authority ? 2 + strcspn(authority + 2, "/?#") : 0;
	const char *from = len > 0 ? memchr(authority, '%', len) : NULL;
	const char *end = len > 0 ? memchr(authority, ']', len) : NULL;

	if (!from || !end || end <= from + 1)
		return (struct slice){ NULL, 0 };
	*ret_from = from;
	if (end - from > 3 && memcmp(from, "%25", 3) == 0)
		return (struct slice){ from + 3, (size_t)(end - from) - 3 };
	return (struct slice){ from + 1, (size_t)(end - from) - 1 };
}

/* The interface is of this machine only: it is resolved, and not sent. */
static int
parse_with_zone(const char *url, const char *from, struct slice zone, struct target_url *result)
{
	char room[TARGET_AUTHORITY_MAX + TARGET_PATH_MAX];
	struct text whole = text_over(room, sizeof(room));
	struct text host = text_over(result->host, sizeof(result->host));

	text_put(&whole, (struct slice){ url, (size_t)(from - url) });
	text_put_string(&whole, zone.data + zone.len);
	if (whole.is_truncated || parse_any(text_slice(&whole), result) != 0)
		return -EINVAL;
	host.len = strlen(result->host);
	text_put_char(&host, '%');
	text_put(&host, zone);
	(void)text_string(&host);
	return host.is_truncated ? -EINVAL : 0;
}

int
target_parse(const char *url, struct target_url *ret_url, struct text *ret_error)
{
	struct target_url result = { .port = 0 };
	const char *from = NULL;
	struct slice zone = zone_of(url, &from);
	int error;

	if (strncasecmp(url, "https://", strlen("https://")) == 0) {
		text_put_format(ret_error,
		    "%s: usher-load speaks no TLS: put a plain http:// listener beside it, or "
		    "measure what stands behind the TLS",
		    url);
		return -EINVAL;
	}
	error = zone.data ? parse_with_zone(url, from, zone, &result)
			  : parse_any(slice_of(url), &result);
	if (error != 0) {
		text_put_format(ret_error,
		    "\"%s\" is no URL that it can use: write http://HOST:PORT/PATH, "
		    "unix:/SOCKET:/PATH, or tcp://HOST:PORT (with --echo)",
		    url);
		return -EINVAL;
	}
	*ret_url = result;
	return 0;
}

static bool
accepts_connections(const struct transport *transport, const struct address *address)
{
	char room[1];
	struct text unused = text_over(room, sizeof(room));
	struct pollfd ready = { .events = POLLOUT };
	int error = 0;
	socklen_t len = sizeof(error);
	int fd = transport_socket(transport, address, &unused);

	if (fd < 0)
		return false;
	ready.fd = fd;
	if (connect(fd, &address->any, address->len) != 0 &&
	    (errno != EINPROGRESS || poll(&ready, 1, PROBE_WAIT_MS) != 1 ||
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0))
		error = EINVAL;
	(void)close(fd);
	return error == 0;
}

static bool
is_near_ipv4(uint32_t address)
{
	return address >> 24 == 127 || address >> 24 == 10 || address >> 20 == 0xac1 ||
	    address >> 16 == 0xc0a8 || address >> 16 == 0xa9fe || address == 0;
}

static bool
is_near_ipv6(const struct in6_addr *address)
{
	uint32_t last;

	memcpy(&last, address->s6_addr + 12, sizeof(last));
	if (IN6_IS_ADDR_V4MAPPED(address))
		return is_near_ipv4(ntohl(last));
	return IN6_IS_ADDR_LOOPBACK(address) || IN6_IS_ADDR_LINKLOCAL(address) ||
	    IN6_IS_ADDR_UNSPECIFIED(address) || (address->s6_addr[0] & 0xfe) == 0xfc;
}

bool
target_is_near(const struct address *address)
{
	if (address->any.sa_family == AF_INET)
		return is_near_ipv4(ntohl(address->in.sin_addr.s_addr));
	if (address->any.sa_family == AF_INET6)
		return is_near_ipv6(&address->in6.sin6_addr);
	return address_is_unix(address);
}

/* --- Resolving ---------------------------------------------------------- */

/* Moves those that are near to the front, in their order; how many they are. */
static int
keep_near(struct address *addresses, int count)
{
	int kept = 0;

	for (int i = 0; i < count; i++)
		if (target_is_near(&addresses[i]))
			addresses[kept++] = addresses[i];
	return kept;
}

static int
refuse_remote(const struct target_url *url, const struct address *address, struct text *error)
{
	char room[ADDRESS_TEXT_MAX];
	struct text text = text_over(room, sizeof(room));

	address_put(&text, address);
	text_put_format(error,
	    "%s is %s, which is neither loopback nor private: where you have its owner's "
	    "consent, say --allow-remote",
	    url->authority, text_string(&text));
	return -EPERM;
}

/* Without its interface the kernel does not know where to. */
static bool
lacks_zone(const struct address *address)
{
	return address->any.sa_family == AF_INET6 &&
	    IN6_IS_ADDR_LINKLOCAL(&address->in6.sin6_addr) && address->in6.sin6_scope_id == 0;
}

int
target_resolve(const struct target_url *url, const struct transport *transport, bool may_be_remote,
    struct address *ret_address, struct text *ret_error)
{
	struct address found[TRANSPORT_MAX_ADDRESSES];
	int count = transport_resolve(
	    transport, url->host, url->port, found, TRANSPORT_MAX_ADDRESSES, ret_error);
	int kept = count, chosen = 0;

	if (count < 0)
		return count;
	if (!may_be_remote)
		kept = keep_near(found, count);
	if (kept == 0)
		return refuse_remote(url, &found[0], ret_error);
	if (kept > 1)
		while (chosen < kept && !accepts_connections(transport, &found[chosen]))
			chosen++;
	chosen = chosen < kept ? chosen : 0;
	if (lacks_zone(&found[chosen])) {
		text_put_format(ret_error,
		    "%s: a link-local address needs its interface: write http://[fe80::1%%eth0]/",
		    url->authority);
		return -EINVAL;
	}
	*ret_address = found[chosen];
	return 0;
}
