/* SPDX-License-Identifier: MIT
 *
 * check_addresses: addresses, ports and transports, and who else wants them.
 */
#include "config/check_state.h"

#include "base/address.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static bool
is_unix(const struct config_listener *listener)
{
	return slice_starts_with(slice_of(listener->address), SLICE("unix:"));
}

static void
check_transport(const struct checked *checked, const struct config_listener *listener)
{
	bool is_unix_transport = strcmp(listener->transport, "unix") == 0 ||
	    strcmp(listener->transport, "seqpacket") == 0;

	if (is_unix_transport && !is_unix(listener))
		check_report(checked, "transport",
		    "%s needs an address of the form unix:/path, not \"%s\"", listener->transport,
		    listener->address);
	else if (is_unix(listener) && !is_unix_transport && strcmp(listener->transport, "tcp") != 0)
		check_report(checked, "transport",
		    "%s does not go with a unix: address: leave it out, or use unix or seqpacket",
		    listener->transport);
}

/* Something that is no socket would not be replaced. */
static void
check_socket_path(const struct checked *checked, const char *key, const char *path)
{
	struct stat status;

	if (path[0] == '@')
		return;
	if (path[0] != '/')
		check_report(checked, key,
		    "the path of a Unix socket begins with \"/\", or with \"@\" without a file");
	else if (lstat(path, &status) == 0 && !S_ISSOCK(status.st_mode))
		check_report(checked, key, "%s exists and is not a socket", path);
	else
		check_parent(checked, key, path);
}

static void
check_unix_address(const struct checked *checked, const char *key, const char *given)
{
	struct address address;
	int error = address_parse(slice_of(given), 0, &address);

	if (error == -ENAMETOOLONG)
		check_report(checked, key,
		    "%s is too long: the path of a Unix socket has at most 107 bytes", given);
	else if (error < 0)
		check_report(checked, key,
		    "\"%s\" names no socket: it is written unix:/path, or unix:@name", given);
	else
		check_socket_path(checked, key, given + strlen("unix:"));
}

/* What makes `given` neither an address nor a host name (RFC 1123 2.1), or NULL. */
static const char *
find_mistake(const char *given)
{
	static const char digits[] = "0123456789";
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t len = strlen(given);
	const char *at = given;

	if (given[0] == '[')
		return "an IPv6 address stands here without brackets";
	if (strchr(given, ':') && strchr(given, ':') == strrchr(given, ':'))
		return "the port is given apart, as in port = 8080";
	if (strchr(given, ':'))
		return "it is no IPv6 address";
	while (*at && (strchr(digits, *at) || strchr(letters, *at) || strchr("-._", *at)))
		at++;
	if (*at)
		return "it is neither an address nor a host name";
	return strspn(given, "0123456789.") == len ? "it is no IPv4 address" : NULL;
}

static void
check_host_address(const struct checked *checked, const char *given)
{
	struct address address;
	const char *mistake;

	/* The zone of a link-local address is for the resolver to know. */
	if (strcmp(given, "*") == 0 || strchr(given, '%') ||
	    address_parse(slice_of(given), 0, &address) == 0)
		return;
	mistake = find_mistake(given);
	if (mistake)
		check_report(
		    checked, "address", "\"%s\" cannot be listened on: %s", given, mistake);
}

static void
check_privilege(const struct checked *checked, int64_t port)
{
	const struct config_host *host = checked->checking->host;

	if (port > 0 && port < host->first_free_port && !host->may_bind_privileged)
		check_report(checked, "port",
		    "%lld is below %lld, which needs a privilege: use a higher port, or give "
		    "usherd CAP_NET_BIND_SERVICE (AmbientCapabilities=, setcap)",
		    (long long)port, (long long)host->first_free_port);
}

void
check_address(const struct checked *checked, const struct config_listener *listener)
{
	check_transport(checked, listener);
	if (is_unix(listener)) {
		check_unix_address(checked, "address", listener->address);
		return;
	}
	check_host_address(checked, listener->address);
	check_privilege(checked, listener->port);
}

void
check_admin(const struct checking *checking)
{
	const struct config *config = checking->config;
	const struct checked checked = { checking, KEYS_TOP, config, NULL };
	struct slice host;
	uint16_t port;

	if (config->admin && !slice_starts_with(slice_of(config->admin), SLICE("unix:")))
		check_report(&checked, "admin",
		    "\"%s\" is not of the form unix:/path: the admin service steers the server, so "
		    "it is not for the network; for figures alone there is admin_readonly",
		    config->admin);
	else if (config->admin)
		check_unix_address(&checked, "admin", config->admin);
	if (config->admin_readonly &&
	    (address_split(config->admin_readonly, &host, &port) != 0 ||
		slice_starts_with(slice_of(config->admin_readonly), SLICE("unix:"))))
		check_report(&checked, "admin_readonly",
		    "\"%s\" is not of the form ADDRESS:PORT, such as 127.0.0.1:9400",
		    config->admin_readonly);
}

/* The addresses that a listener takes on its port. */
struct span {
	bool has_all_v4;
	bool has_all_v6;
	struct address address; /* a single one, len 0: none */
	const char *name;       /* a host name, which is not looked up; or NULL */
};

static bool
is_all_zero(const struct in6_addr *address)
{
	return IN6_IS_ADDR_UNSPECIFIED(address);
}

static struct span
find_span(const struct config_listener *listener)
{
	struct span span = { 0 };
	const struct sockaddr_in6 *in6 = &span.address.in6;

	if (strcmp(listener->address, "*") == 0)
		return (struct span){ .has_all_v4 = !listener->v6only, .has_all_v6 = true };
	if (address_parse(slice_of(listener->address), 0, &span.address) < 0) {
		span.name = listener->address;
		return span;
	}
	if (span.address.any.sa_family == AF_INET)
		span.has_all_v4 = span.address.in.sin_addr.s_addr == INADDR_ANY;
	else if (span.address.any.sa_family == AF_INET6 && is_all_zero(&in6->sin6_addr)) {
		span.has_all_v6 = true;
		span.has_all_v4 = !listener->v6only;
	}
	return span;
}

/* Whether `all`, which takes every address of a family or two, takes `other`'s. */
static bool
takes(const struct span *all, const struct span *other)
{
	bool is_v4 = other->address.len > 0 && other->address.any.sa_family == AF_INET;
	bool is_v6 = other->address.len > 0 && other->address.any.sa_family == AF_INET6;

	if (other->name)
		return all->has_all_v4 && all->has_all_v6;
	return (all->has_all_v4 && (is_v4 || other->has_all_v4)) ||
	    (all->has_all_v6 && (is_v6 || other->has_all_v6));
}

static bool
spans_overlap(const struct span *a, const struct span *b)
{
	if (takes(a, b) || takes(b, a))
		return true;
	if (a->name || b->name)
		return a->name && b->name && strcasecmp(a->name, b->name) == 0;
	return a->address.len > 0 && address_equals(&a->address, &b->address);
}

/* Ports of SCTP are others than those of TCP, which Multipath TCP shares. */
static bool
listeners_overlap(const struct config_listener *a, const struct config_listener *b)
{
	struct span span_a, span_b;

	if (is_unix(a) || is_unix(b))
		return strcmp(a->address, b->address) == 0;
	if (a->port != b->port || a->port == 0)
		return false;
	if ((strcmp(a->transport, "sctp") == 0) != (strcmp(b->transport, "sctp") == 0))
		return false;
	span_a = find_span(a);
	span_b = find_span(b);
	return spans_overlap(&span_a, &span_b);
}

static void
report_overlap(const struct checking *checking, const struct config_listener *listener,
    const struct config_listener *before)
{
	char name[512];
	struct text text = text_over(name, sizeof(name));
	struct checked checked = { checking, KEYS_LISTENER, listener, NULL };
	const char *key = is_unix(listener) ? "address" : "port";
	struct config_place place = keys_place(KEYS_LISTENER, before, NULL);

	text_put_format(&text, "listener %s", listener->name);
	checked.name = text_string(&text);
	if (place.file)
		check_report(&checked, key, "the address is taken by listener \"%s\", at %s:%u",
		    before->name, place.file, place.line);
	else
		check_report(
		    &checked, key, "the address is taken by listener \"%s\"", before->name);
}

void
check_overlaps(const struct checking *checking)
{
	const struct config_listener *listeners = checking->config->listeners;

	for (size_t i = 0; i < checking->config->listener_count; i++)
		for (size_t j = 0; j < i; j++)
			if (listeners_overlap(&listeners[i], &listeners[j])) {
				report_overlap(checking, &listeners[i], &listeners[j]);
				break;
			}
}
