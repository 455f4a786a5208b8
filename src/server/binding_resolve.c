/* SPDX-License-Identifier: MIT
 *
 * binding_resolve: the addresses of every listener of a configuration.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/panic.h"
#include "config/keys.h"
#include "server/binding_private.h"

void
binding_put_blame(struct text *text, const struct config_listener *config)
{
	const struct config_place place = keys_place(KEYS_LISTENER, config, NULL);

	if (place.file)
		text_put_format(text, "%s:%u: ", place.file, place.line);
	text_put_format(text, "[listener %s] ", config->name);
}

static int
add(struct bindings *bindings, const struct config_listener *config,
    const struct transport *transport, const struct address *asked)
{
	size_t size = (bindings->count + 1) * sizeof(struct binding);
	struct binding *more = realloc(bindings->items, size);
	struct listen_socket *sockets = calloc(bindings->loops, sizeof(*sockets));

	if (more)
		bindings->items = more;
	if (!more || !sockets) {
		free(sockets);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < bindings->loops; i++)
		sockets[i].fd = -1;
	bindings->items[bindings->count++] = (struct binding){
		.config = config, .transport = transport, .asked = *asked, .sockets = sockets
	};
	return 0;
}

static int
resolve_one(struct bindings *bindings, const struct config_listener *config, struct text *ret_error)
{
	const struct transport *transport = transport_for(config->transport, config->address);
	struct address addresses[TRANSPORT_MAX_ADDRESSES];
	int found;

	must(transport);
	found = transport_resolve(transport, config->address, (unsigned)config->port, addresses,
	    TRANSPORT_MAX_ADDRESSES, ret_error);
	for (int i = 0; i < found; i++) {
		if (add(bindings, config, transport, &addresses[i]) == 0)
			continue;
		text_put_string(ret_error, "no memory");
		return -ENOMEM;
	}
	return found < 0 ? found : 0;
}

bool
binding_has_any_port(const struct binding *binding)
{
	return !address_is_unix(&binding->asked) && address_port(&binding->asked) == 0;
}

int
bindings_resolve(
    struct bindings *bindings, const struct config *config, unsigned loops, struct text *ret_error)
{
	const size_t error_len = ret_error->len;

	*bindings = (struct bindings){ .loops = loops };
	for (size_t i = 0; i < config->listener_count; i++) {
		int result;

		binding_put_blame(ret_error, &config->listeners[i]);
		result = resolve_one(bindings, &config->listeners[i], ret_error);
		if (result != 0) {
			bindings_done(bindings);
			return result;
		}
		ret_error->len = error_len;
	}
	return 0;
}
