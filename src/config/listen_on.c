/* SPDX-License-Identifier: MIT
 *
 * listen_on: the listeners that the command line or a program asks for, in place of
 * those that the configuration has, or besides them.
 */
#include "config/load.h"

#include "base/address.h"
#include "config/build.h"
#include "config/member.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What could not be written as the NAME of a listener cannot be its address. */
static bool
is_printable(const char *string)
{
	for (; *string; string++)
		if ((unsigned char)*string < ' ' || strchr("\\\"'$\x7f", *string))
			return false;
	return true;
}

static int
split(const char *address, struct slice *ret_host, uint16_t *ret_port, struct config_errors *errors)
{
	const struct config_subject subject = { .key = address };

	if (strlen(address) > CONFIG_NAME_MAX || !is_printable(address) ||
	    address_split(address, ret_host, ret_port) < 0) {
		config_errors_add(errors, &subject,
		    "is no address to listen on, such as :8080, 127.0.0.1:0, [::1]:8080 or "
		    "unix:/path");
		return -EINVAL;
	}
	if (ret_host->len == 0)
		*ret_host = SLICE("*");
	return 0;
}

/* Addresses given twice, as 127.0.0.1:0 may be, have to differ in name. */
static char *
make_name(const char *const *addresses, size_t at)
{
	char name[CONFIG_NAME_MAX + 32];
	struct text text = text_over(name, sizeof(name));
	size_t before = 0;

	for (size_t i = 0; i < at; i++)
		before += strcmp(addresses[i], addresses[at]) == 0;
	text_put_string(&text, addresses[at]);
	if (before > 0)
		text_put_format(&text, " (%zu)", before + 1);
	return strdup(text_string(&text));
}

/* The services of the new listeners. */
static struct config_strings
find_services(const struct config *config)
{
	if (config->listener_count > 0)
		return config->listeners[0].services;
	if (config->service_count > 0)
		return (struct config_strings){ &config->services[0].name, 1 };
	return (struct config_strings){ 0 };
}

/* Makes a listener for `address`, as yet without a name; `listener` can be freed on
 * failure, too. */
static int
init_listener(struct config_listener *listener, const char *address,
    const struct config_strings *services, struct config_errors *errors)
{
	char sentence[128], host[CONFIG_NAME_MAX + 1];
	struct text problem = text_over(sentence, sizeof(sentence));
	struct text host_text = text_over(host, sizeof(host));
	const char *value = host;
	struct slice host_slice;
	uint16_t port;
	int error;

	error = section_init(KEYS_LISTENER, listener);
	if (error == 0)
		error = split(address, &host_slice, &port, errors);
	if (error != 0)
		return error;
	text_put(&host_text, host_slice);
	text_string(&host_text);
	listener->port = port;
	error = member_set(keys_find(KEYS_LISTENER, "address"), listener, &value, 1, &problem);
	if (error < 0)
		return error;
	return member_set(keys_find(KEYS_LISTENER, "service"), listener,
	    (const char *const *)services->items, services->count, &problem);
}

static int
init_named(struct config_listener *listener, const struct config *config,
    const char *const *addresses, size_t at, struct config_errors *errors)
{
	const struct config_strings services = find_services(config);
	int error = init_listener(listener, addresses[at], &services, errors);

	if (error == 0)
		listener->name = make_name(addresses, at);
	return error == 0 && !listener->name ? -ENOMEM : error;
}

int
config_listen_on(
    struct config *config, const char *const *addresses, size_t count, struct config_errors *errors)
{
	struct config_listener *listeners;
	int error = 0;

	if (count == 0)
		return 0;
	listeners = calloc(count, sizeof(listeners[0]));
	if (!listeners)
		return -ENOMEM;
	for (size_t i = 0; i < count && error != -ENOMEM; i++) {
		int one = init_named(&listeners[i], config, addresses, i, errors);

		error = one < 0 ? one : error;
	}
	if (error < 0) {
		listeners_free(listeners, count);
		return error;
	}
	listeners_free(config->listeners, config->listener_count);
	config->listeners = listeners;
	config->listener_count = count;
	return 0;
}

/* Room for one more behind the `count` listeners. */
static int
make_room(struct config *config)
{
	struct config_listener *listeners = reallocarray(
	    config->listeners, config->listener_count + 1, sizeof(config->listeners[0]));

	if (!listeners)
		return -ENOMEM;
	memset(&listeners[config->listener_count], 0, sizeof(listeners[0]));
	config->listeners = listeners;
	return 0;
}

/* "app", "app-2" …: the service's name, with a number from the second on. */
static char *
make_service_name(const struct config *config, const char *service)
{
	char name[CONFIG_NAME_MAX + 32];
	struct text text = text_over(name, sizeof(name));
	size_t before = 0;

	for (size_t i = 0; i < config->listener_count; i++)
		before += strcmp(config->listeners[i].services.items[0], service) == 0;
	text_put_string(&text, service);
	if (before > 0)
		text_put_format(&text, "-%zu", before + 1);
	return strdup(text_string(&text));
}

int
config_add_listener(struct config *config, const char *address, const char *service,
    struct config_listener **ret_listener, struct config_errors *errors)
{
	char *name = strdup(service);
	const struct config_strings services = { &name, 1 };
	int error = name ? make_room(config) : -ENOMEM;
	struct config_listener listener = { 0 };

	if (error == 0)
		error = init_listener(&listener, address, &services, errors);
	free(name);
	if (error == 0) {
		listener.name = make_service_name(config, service);
		error = listener.name ? 0 : -ENOMEM;
	}
	if (error != 0) {
		section_done(KEYS_LISTENER, &listener);
		return error;
	}
	*ret_listener = &config->listeners[config->listener_count++];
	**ret_listener = listener;
	return 0;
}
