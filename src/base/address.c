/* SPDX-License-Identifier: MIT
 *
 * address: between text and struct sockaddr, both ways.
 *
 * The name of a Unix socket may hold any bytes, and it reaches the log: a control
 * character is shown as '?'.
 */
#include "base/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#define UNIX_PREFIX SLICE("unix:")
#define UNIX_NAME_OFFSET offsetof(struct sockaddr_un, sun_path)

static int
parse_port(struct slice digits, uint16_t *ret_port)
{
	uint64_t port;

	if (slice_to_u64(digits, &port) < 0 || port > UINT16_MAX)
		return -EINVAL;
	*ret_port = (uint16_t)port;
	return 0;
}

/* "[HOST]:PORT", the form for hosts that hold colons (RFC 3986 3.2.2). */
static int
split_bracketed(struct slice whole, struct slice *ret_host, uint16_t *ret_port)
{
	const char *end = memchr(whole.data, ']', whole.len);
	struct slice host;

	if (!end || end[1] != ':')
		return -EINVAL;
	host = (struct slice){ whole.data + 1, (size_t)(end - whole.data) - 1 };
	if (host.len == 0 || !memchr(host.data, ':', host.len))
		return -EINVAL;
	if (parse_port(slice_from(whole, host.len + 3), ret_port) < 0)
		return -EINVAL;
	*ret_host = host;
	return 0;
}

/* "HOST:PORT". A second colon would make it unclear where the host ends. */
static int
split_plain(struct slice whole, struct slice *ret_host, uint16_t *ret_port)
{
	const char *colon = memchr(whole.data, ':', whole.len);
	struct slice host;

	if (!colon)
		return -EINVAL;
	host = (struct slice){ whole.data, (size_t)(colon - whole.data) };
	if (parse_port(slice_from(whole, host.len + 1), ret_port) < 0)
		return -EINVAL;
	*ret_host = host;
	return 0;
}

int
address_split(const char *string, struct slice *ret_host, uint16_t *ret_port)
{
	struct slice whole = slice_of(string);

	if (slice_starts_with(whole, UNIX_PREFIX)) {
		if (whole.len == UNIX_PREFIX.len)
			return -EINVAL;
		*ret_host = whole;
		*ret_port = 0;
		return 0;
	}
	if (whole.len > 0 && whole.data[0] == '[')
		return split_bracketed(whole, ret_host, ret_port);
	return split_plain(whole, ret_host, ret_port);
}

/* A path is stored with its NUL, an abstract name without; the '@' of an
 * abstract name stands for the NUL that it starts with (unix(7)). */
static int
parse_unix(struct slice name, struct address *ret_address)
{
	struct address address = { .un.sun_family = AF_UNIX };
	bool is_abstract = name.len > 0 && name.data[0] == '@';

	if (name.len == (is_abstract ? 1 : 0) || memchr(name.data, '\0', name.len))
		return -EINVAL;
	if (name.len >= sizeof(address.un.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.un.sun_path, name.data, name.len);
	if (is_abstract)
		address.un.sun_path[0] = '\0';
	address.len = (socklen_t)(UNIX_NAME_OFFSET + name.len + (is_abstract ? 0 : 1));
	*ret_address = address;
	return 0;
}

int
address_parse(struct slice host, uint16_t port, struct address *ret_address)
{
	struct address address = { 0 };
	char string[INET6_ADDRSTRLEN];

	if (slice_starts_with(host, UNIX_PREFIX))
		return parse_unix(slice_from(host, UNIX_PREFIX.len), ret_address);
	if (host.len == 0 || host.len >= sizeof(string) || memchr(host.data, '\0', host.len))
		return -EINVAL;
	memcpy(string, host.data, host.len);
	string[host.len] = '\0';
	if (inet_pton(AF_INET, string, &address.in.sin_addr) == 1) {
		address.in.sin_family = AF_INET;
		address.in.sin_port = htons(port);
		address.len = sizeof(address.in);
	} else if (inet_pton(AF_INET6, string, &address.in6.sin6_addr) == 1) {
		address.in6.sin6_family = AF_INET6;
		address.in6.sin6_port = htons(port);
		address.len = sizeof(address.in6);
	} else {
		return -EINVAL;
	}
	*ret_address = address;
	return 0;
}

/* unix(7), BUGS: for a path that fills sun_path the kernel reports one byte
 * more than struct sockaddr_un has. */
void
address_from_sockaddr(const struct sockaddr *sockaddr, socklen_t len, struct address *ret_address)
{
	*ret_address = (struct address){ 0 };
	if (len < sizeof(sockaddr->sa_family))
		return;
	if (len > sizeof(ret_address->un))
		len = sizeof(ret_address->un);
	memcpy(&ret_address->any, sockaddr, len);
	ret_address->len = len;
}

static sa_family_t
family(const struct address *address)
{
	return address->len > 0 ? address->any.sa_family : AF_UNSPEC;
}

/* The name a Unix address holds, without the NUL that ends a path; an abstract
 * name with the NUL that starts it. Empty where none was bound. */
static struct slice
unix_name(const struct address *address)
{
	const char *name = address->un.sun_path;
	size_t len = address->len > UNIX_NAME_OFFSET ? address->len - UNIX_NAME_OFFSET : 0;

	if (len > 0 && name[0] != '\0')
		len = strnlen(name, len);
	return (struct slice){ name, len };
}

static void
put_unix(struct text *text, const struct address *address)
{
	struct slice name = unix_name(address);

	text_put(text, UNIX_PREFIX);
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.data[i];

		if (i == 0 && c == '\0')
			text_put_char(text, '@');
		else
			text_put_char(text, c < 0x20 || c == 0x7f ? '?' : (char)c);
	}
}

static char *
put_octet(char *at, unsigned octet)
{
	if (octet >= 100)
		*at++ = (char)('0' + octet / 100);
	if (octet >= 10)
		*at++ = (char)('0' + octet / 10 % 10);
	*at++ = (char)('0' + octet % 10);
	return at;
}

/* In each line of the access log: inet_ntop(3) formats by sprintf(3), which took a quarter of
 * what a logged request costs. */
static void
put_ipv4(struct text *text, const void *in_addr)
{
	const unsigned char *octets = in_addr;
	char string[INET_ADDRSTRLEN];
	char *at = string;

	for (int i = 0; i < 4; i++) {
		if (i > 0)
			*at++ = '.';
		at = put_octet(at, octets[i]);
	}
	text_put(text, (struct slice){ string, (size_t)(at - string) });
}

static void
put_ipv6(struct text *text, const struct sockaddr_in6 *in6)
{
	char string[INET6_ADDRSTRLEN];

	text_put_string(text, inet_ntop(AF_INET6, &in6->sin6_addr, string, sizeof(string)));
	if (in6->sin6_scope_id != 0) {
		text_put_char(text, '%');
		text_put_u64(text, in6->sin6_scope_id);
	}
}

static bool
is_mapped_ipv4(const struct address *address)
{
	return family(address) == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&address->in6.sin6_addr);
}

void
address_put_host(struct text *text, const struct address *address)
{
	if (family(address) == AF_INET)
		put_ipv4(text, &address->in.sin_addr);
	else if (is_mapped_ipv4(address))
		put_ipv4(text, &address->in6.sin6_addr.s6_addr[12]);
	else if (family(address) == AF_INET6)
		put_ipv6(text, &address->in6);
	else if (family(address) == AF_UNIX)
		text_put(text, UNIX_PREFIX);
	else
		text_put_char(text, '-');
}

void
address_put(struct text *text, const struct address *address)
{
	bool has_brackets = family(address) == AF_INET6 && !is_mapped_ipv4(address);

	if (family(address) == AF_UNIX) {
		put_unix(text, address);
		return;
	}
	if (has_brackets)
		text_put_char(text, '[');
	address_put_host(text, address);
	if (has_brackets)
		text_put_char(text, ']');
	if (family(address) != AF_INET && family(address) != AF_INET6)
		return;
	text_put_char(text, ':');
	text_put_u64(text, address_port(address));
}

static bool
ipv6_equals(const struct sockaddr_in6 *a, const struct sockaddr_in6 *b)
{
	return a->sin6_port == b->sin6_port && a->sin6_scope_id == b->sin6_scope_id &&
	    memcmp(&a->sin6_addr, &b->sin6_addr, sizeof(a->sin6_addr)) == 0;
}

bool
address_equals(const struct address *a, const struct address *b)
{
	if (family(a) != family(b))
		return false;
	switch (family(a)) {
	case AF_INET:
		return a->in.sin_port == b->in.sin_port &&
		    a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	case AF_INET6:
		return ipv6_equals(&a->in6, &b->in6);
	case AF_UNIX:
		return slice_equals(unix_name(a), unix_name(b));
	default:
		return a->len == b->len && memcmp(&a->any, &b->any, a->len) == 0;
	}
}

bool
address_is_unix(const struct address *address)
{
	return family(address) == AF_UNIX;
}

uint16_t
address_port(const struct address *address)
{
	switch (family(address)) {
	case AF_INET:
		return ntohs(address->in.sin_port);
	case AF_INET6:
		return ntohs(address->in6.sin6_port);
	default:
		return 0;
	}
}
