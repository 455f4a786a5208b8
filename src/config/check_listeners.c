/* SPDX-License-Identifier: MIT
 *
 * check_listeners: what listeners say of services, of protocols and of users.
 */
#include "config/check_state.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <strings.h>

#define SUGGESTED_MAX 256

static void
report_unknown_service(const struct checked *checked, const char *name)
{
	const struct config *config = checked->checking->config;
	const char *names[SUGGESTED_MAX];
	size_t count = 0;
	const char *nearest;

	for (; count < config->service_count && count < SUGGESTED_MAX; count++)
		names[count] = config->services[count].name;
	nearest = text_nearest_word(name, names, count);
	if (nearest)
		check_report(checked, "service", "there is no service \"%s\"; did you mean \"%s\"?",
		    name, nearest);
	else
		check_report(checked, "service", "there is no service \"%s\"", name);
}

static bool
is_named_before(const struct config_strings *names, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(names->items[i], names->items[at]) == 0)
			return true;
	return false;
}

/* Reports the host names that both services have. */
static void
check_two_hosts(
    const struct checked *checked, const struct config_service *a, const struct config_service *b)
{
	for (size_t i = 0; i < a->hosts.count; i++)
		for (size_t j = 0; j < b->hosts.count; j++)
			if (strcasecmp(a->hosts.items[i], b->hosts.items[j]) == 0)
				check_report(checked, "service",
				    "the services \"%s\" and \"%s\" both have the host %s", a->name,
				    b->name, a->hosts.items[i]);
}

/* Whether two services of one listener can be told apart. */
static void
check_two_services(
    const struct checked *checked, const struct config_service *a, const struct config_service *b)
{
	if (a->protocol != CONFIG_HTTP || b->protocol != CONFIG_HTTP)
		check_report(checked, "service",
		    "\"%s\" and \"%s\" cannot share a listener: only services with protocol = http "
		    "are told apart, by their hosts",
		    a->name, b->name);
	else if (a->hosts.count == 0 && b->hosts.count == 0)
		check_report(checked, "service",
		    "neither \"%s\" nor \"%s\" has a host: nothing tells them apart", a->name,
		    b->name);
	else
		check_two_hosts(checked, a, b);
}

static void
check_service_names(const struct checked *checked, const struct config_strings *names)
{
	const struct config *config = checked->checking->config;

	if (names->count == 0)
		check_report(checked, NULL,
		    "has no service: name one of the configuration, as in service = \"site\"");
	for (size_t i = 0; i < names->count; i++) {
		const struct config_service *service = check_find_service(config, names->items[i]);

		if (!service)
			report_unknown_service(checked, names->items[i]);
		else if (is_named_before(names, i))
			check_report(checked, "service", "names \"%s\" twice", names->items[i]);
		else
			for (size_t j = 0; j < i; j++) {
				const struct config_service *other =
				    check_find_service(config, names->items[j]);

				if (other && !is_named_before(names, j))
					check_two_services(checked, other, service);
			}
	}
}

/* HTTP needs a stream of bytes; a seqpacket socket cuts it where it was sent. */
static void
check_protocols(const struct checked *checked, const struct config_listener *listener)
{
	for (size_t i = 0; i < listener->services.count; i++) {
		const char *name = listener->services.items[i];
		const struct config_service *service =
		    check_find_service(checked->checking->config, name);

		if (service && service->protocol == CONFIG_HTTP &&
		    strcmp(listener->transport, "seqpacket") == 0)
			check_report(checked, "transport",
			    "seqpacket keeps messages apart and http needs a stream: use unix for "
			    "the service \"%s\"",
			    name);
	}
}

static bool
is_decimal(const char *string)
{
	return strspn(string, "0123456789") == strlen(string);
}

static void
check_owners(const struct checked *checked, const struct config_listener *listener)
{
	const char *owner = listener->owner;
	const char *group = listener->group;

	if (owner && !is_decimal(owner) && !getpwnam(owner))
		check_report(checked, "owner", "there is no user \"%s\"", owner);
	if (group && !is_decimal(group) && !getgrnam(group))
		check_report(checked, "group", "there is no group \"%s\"", group);
}

static void
check_listener(const struct checking *checking, const struct config_listener *listener)
{
	char name[512];
	struct text text = text_over(name, sizeof(name));
	struct checked checked = { checking, KEYS_LISTENER, listener, NULL };

	text_put_format(&text, "listener %s", listener->name);
	checked.name = text_string(&text);
	check_address(&checked, listener);
	check_service_names(&checked, &listener->services);
	check_protocols(&checked, listener);
	check_owners(&checked, listener);
}

void
check_listeners(const struct checking *checking)
{
	const struct config *config = checking->config;
	const struct config_subject subject = { .place = { config->origin, 0 } };

	if (config->listener_count == 0)
		config_errors_add(checking->errors, &subject,
		    "there is no listener: add one, as in listener \"web\" { service = \"site\" }");
	for (size_t i = 0; i < config->listener_count; i++)
		check_listener(checking, &config->listeners[i]);
	check_overlaps(checking);
}
