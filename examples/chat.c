/* SPDX-License-Identifier: MIT
 *
 * chat: what one client writes, line by line, every other reads; over TCP and a Unix
 * socket at once.
 *
 *   chat 127.0.0.1:4000 unix:/tmp/chat     then: nc 127.0.0.1 4000
 *
 * It has one loop, so the room is a plain list. A client who does not read misses lines
 * rather than have the others wait. SIGTERM: everybody is told, and seen out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <usher/usher.h>

#define LINE_MAX_BYTES 1024

struct guest {
	struct guest *next;
	struct usher_conn *conn;
	unsigned missed; /* lines that he had no room for */
};

struct room {
	struct guest *guests;
};

static void
say(struct guest *guest, const char *text, size_t len)
{
	if (usher_conn_send(guest->conn, text, len) == USHER_FULL)
		guest->missed++;
}

static void
tell_others(const struct room *room, const struct guest *who, const char *line, size_t len)
{
	for (struct guest *guest = room->guests; guest; guest = guest->next)
		if (guest != who)
			say(guest, line, len);
}

static void
on_open(struct usher_conn *conn, void *arg)
{
	struct room *room = arg;
	struct guest *guest = calloc(1, sizeof(*guest));

	if (!guest) {
		usher_conn_abort(conn);
		return;
	}
	*guest = (struct guest){ .next = room->guests, .conn = conn };
	room->guests = guest;
	usher_conn_set_data(conn, guest);
	say(guest, "welcome\n", 8);
}

/* Whole lines are used; the rest of one stays until it is complete. */
static size_t
on_data(struct usher_conn *conn, const char *data, size_t len, void *arg)
{
	const struct guest *guest = usher_conn_data(conn);
	const char *end;
	size_t used = 0;

	while ((end = memchr(data + used, '\n', len - used)) != NULL) {
		size_t line = (size_t)(end - (data + used)) + 1;

		tell_others(arg, guest, data + used, line);
		used += line;
	}
	if (len - used > LINE_MAX_BYTES)
		usher_conn_finish(conn);
	return used;
}

/* He reads again: he is told what he missed. */
static void
on_drained(struct usher_conn *conn, void *arg)
{
	struct guest *guest = usher_conn_data(conn);
	char text[64];

	(void)arg;
	if (guest->missed == 0)
		return;
	(void)snprintf(text, sizeof(text), "(you missed %u lines)\n", guest->missed);
	guest->missed = 0;
	say(guest, text, strlen(text));
}

static void
on_drain(struct usher_conn *conn, void *arg)
{
	(void)arg;
	say(usher_conn_data(conn), "goodbye\n", 8);
	usher_conn_finish(conn);
}

static void
on_close(struct usher_conn *conn, const struct usher_ending *ending, void *arg)
{
	struct guest *guest = usher_conn_data(conn);
	struct room *room = arg;

	(void)ending;
	for (struct guest **at = &room->guests; *at; at = &(*at)->next) {
		if (*at != guest)
			continue;
		*at = guest->next;
		free(guest);
		return;
	}
}

static const struct usher_stream_ops chat = {
	.size = sizeof(chat),
	.on_open = on_open,
	.on_data = on_data,
	.on_drained = on_drained,
	.on_drain = on_drain,
	.on_close = on_close,
};

static int
serve(struct usher_server *server, char *const *addresses, struct room *room)
{
	if (usher_server_add_stream(server, "chat", &chat, room) != 0)
		return -1;
	for (; *addresses; addresses++)
		if (usher_server_listen(server, *addresses, "chat") != 0)
			return -1;
	return usher_server_run(server);
}

int
main(int argc, char **argv)
{
	struct usher_server_options options;
	struct usher_server *server;
	struct room room = { NULL };
	int result;

	if (argc < 2) {
		(void)fprintf(stderr, "usage: chat ADDRESS...\n");
		return 2;
	}
	usher_server_options_init(&options);
	options.idle_ms = 24 * 3600 * 1000;
	server = usher_server_new(&options);
	result = server ? serve(server, argv + 1, &room) : -1;
	if (result < 0)
		(void)fprintf(
		    stderr, "chat: %s\n", server ? usher_server_error(server) : "no memory");
	usher_server_free(server);
	return result == 0 ? 0 : 1;
}
