/* SPDX-License-Identifier: MIT
 *
 * binding_log: what the log says of bindings.
 */
#include "base/log.h"
#include "server/binding.h"

static void
say_listening(const struct binding *binding)
{
	const struct config_listener *config = binding->config;
	const struct listen_socket *socket = &binding->sockets[0];
	char where_text[ADDRESS_TEXT_MAX];
	struct text where = text_over(where_text, sizeof(where_text));

	address_put(&where, &socket->address);
	log_info("listener %s: listening on %s (%s), backlog %u", config->name, text_string(&where),
	    socket->transport->name, socket->backlog);
	if (socket->backlog < config->backlog)
		log_warning("listener %s: backlog: the kernel took %u of %lld: set "
			    "net.core.somaxconn to %lld or more (sysctl -w "
			    "net.core.somaxconn=%lld)",
		    config->name, socket->backlog, (long long)config->backlog,
		    (long long)config->backlog, (long long)config->backlog);
}

void
bindings_log(const struct bindings *bindings, const struct bindings *before)
{
	for (size_t i = 0; i < bindings->count; i++) {
		const struct binding *now = &bindings->items[i];

		if (now->fate != BINDING_KEPT ||
		    now->config->backlog != before->items[now->before].config->backlog)
			say_listening(now);
	}
}
