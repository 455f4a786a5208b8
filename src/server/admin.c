/* SPDX-License-Identifier: MIT
 *
 * admin: the ways in, and who has to leave. The service holds few connections at a time;
 * at that limit each newcomer takes the place of one that keeps the service waiting, so
 * that clients who hang, however many, shut nobody out.
 */
#include "server/admin.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"
#include "net/listen_socket.h"
#include "server/admin_private.h"

#define CLIENTS_MAX 64
#define BACKLOG 128
#define SOCKET_MODE 0600
#define MILLISECOND_US (CLOCK_SECOND_US / 1000)

/* How long the last answers may take when the service ends, and how often it is looked
 * whether a connection can go. */
#define FINISH_US (2 * CLOCK_SECOND_US)
#define FINISH_STEP_US (20 * MILLISECOND_US)

/* How often room is looked for where all wait for us. */
#define ROOM_STEP_US (20 * MILLISECOND_US)

static const struct http1_limits limits = {
	.head = { .head_bytes = 8 * 1024, .target_bytes = 2 * 1024, .fields = 64 },
	.body_bytes = 64 * 1024,
	.output_bytes = 256 * 1024,
};

/* --- Making room ------------------------------------------------------------------------ */

static struct conn *
first_of(const struct conn_set *conns, enum conn_state state)
{
	struct list_link *first = list_first(&conns->lists[state]);

	return first ? list_entry(first, struct conn, link) : NULL;
}

/* The oldest of those whose next byte, or whose reading, is waited for. One without a
 * deadline waits for us. */
static struct conn *
find_waiting(const struct conn_set *conns)
{
	struct list_link *link;

	list_foreach (link, &conns->lists[CONN_BUSY]) {
		struct conn *conn = list_entry(link, struct conn, link);

		if (deadline_is_armed(&conn->deadline))
			return conn;
	}
	return NULL;
}

/* Those that have had their answer go first, then those that have begun something and do
 * not go on, then those that have not begun. */
static struct conn *
find_victim(const struct conn_set *conns)
{
	struct conn *victim = first_of(conns, CONN_LINGERING);

	if (!victim)
		victim = first_of(conns, CONN_FLUSHING);
	if (!victim)
		victim = find_waiting(conns);
	return victim ? victim : first_of(conns, CONN_IDLE);
}

static void
pause_all(struct admin_door *door, bool is_paused)
{
	for (size_t i = 0; i < door->listener_count; i++) {
		if (is_paused)
			listener_pause(door->listeners[i], LISTENER_PAUSE_CONNECTIONS);
		else
			listener_resume(door->listeners[i], LISTENER_PAUSE_CONNECTIONS);
	}
}

/* Where all wait for us, the next ones wait in the kernel's queue: until one ends, or
 * has had its answer and can be sent away, of which nobody tells. */
static void
make_room(struct admin *admin)
{
	const struct timeval step = { .tv_usec = ROOM_STEP_US };
	struct conn *victim = NULL;

	if (admin->conns.open > CLIENTS_MAX)
		victim = find_victim(&admin->conns);
	if (victim)
		conn_abort(victim, ENDING_IDLE_TIMEOUT);
	if (admin->conns.open <= CLIENTS_MAX)
		return;
	pause_all(&admin->control, true);
	pause_all(&admin->reading, true);
	(void)event_add(admin->room_timer, &step);
}

static void
on_room_step(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	make_room(checked_cast(arg, struct admin, ADMIN_MAGIC));
}

static void
on_accepted(struct listener *listener, void *arg)
{
	(void)listener;
	make_room(checked_cast(arg, struct admin, ADMIN_MAGIC));
}

/* --- The way out --------------------------------------------------------------------------- */

static void
say_finished(struct admin *admin)
{
	void (*finished)(void *arg) = admin->finished;

	admin->finished = NULL;
	if (finished)
		finished(admin->finished_arg);
}

static void
on_ended(const struct conn *conn, const struct ending *ending, void *arg)
{
	struct admin *admin = checked_cast(arg, struct admin, ADMIN_MAGIC);

	(void)conn;
	(void)ending;
	pause_all(&admin->control, false);
	pause_all(&admin->reading, false);
	if (admin->is_finishing && admin->conns.open == 0)
		say_finished(admin);
}

static const struct conn_set_ops conn_ops = { .ended = on_ended };

static void
on_finish_step(evutil_socket_t fd, short events, void *arg)
{
	struct admin *admin = checked_cast(arg, struct admin, ADMIN_MAGIC);
	const struct conn_grace grace = { .most = SIZE_MAX };

	(void)fd;
	(void)events;
	if (clock_monotonic_us() >= admin->finish_until_us)
		(void)conn_set_abort_all(&admin->conns, NULL, ENDING_DRAIN_DEADLINE);
	else
		conn_set_finish_idle(&admin->conns, &grace, ENDING_DRAINED);
}

static void
close_door(struct admin_door *door)
{
	for (size_t i = 0; i < door->listener_count; i++) {
		listener_drain_begin(door->listeners[i]);
		(void)listener_drain_queue(door->listeners[i]);
		listener_drain_end(door->listeners[i]);
	}
}

void
admin_note_drain(struct admin *admin)
{
	admin->is_draining = true;
}

void
admin_finish(struct admin *admin, void (*finished)(void *arg), void *arg)
{
	const struct timeval step = { .tv_usec = FINISH_STEP_US };

	if (admin->is_finishing)
		return;
	admin->finished = finished;
	admin->finished_arg = arg;
	admin->finish_until_us = clock_monotonic_us() + FINISH_US;
	close_door(&admin->control);
	close_door(&admin->reading);
	admin->is_finishing = true;
	if (!admin->has_conns || admin->conns.open == 0) {
		say_finished(admin);
		return;
	}
	conn_set_drain(&admin->conns, NULL);
	if (event_add(admin->finish_timer, &step) != 0)
		(void)conn_set_abort_all(&admin->conns, NULL, ENDING_STOPPED);
}

/* --- Building -------------------------------------------------------------------------------- */

static int
init_conns(struct admin *admin)
{
	const struct conn_set_options options = {
		.limits = { .linger_bytes = 64 * 1024, .lingering = CLIENTS_MAX },
		.deadline_us = { [DEADLINE_IDLE] = 60 * CLOCK_SECOND_US,
		    [DEADLINE_HEAD] = 5 * CLOCK_SECOND_US,
		    [DEADLINE_BODY] = 5 * CLOCK_SECOND_US,
		    [DEADLINE_WRITE] = 10 * CLOCK_SECOND_US,
		    [DEADLINE_LINGER] = 2 * CLOCK_SECOND_US },
		.ops = &conn_ops,
		.arg = admin,
	};

	if (conn_set_init(&admin->conns, admin->base, &options) != 0)
		return -ENOMEM;
	admin->has_conns = true;
	http1_env_init(&admin->http1, &limits, NULL, &admin->counters);
	admin->finish_timer = event_new(admin->base, -1, EV_PERSIST, on_finish_step, admin);
	admin->room_timer = evtimer_new(admin->base, on_room_step, admin);
	return admin->finish_timer && admin->room_timer ? 0 : -ENOMEM;
}

static void
init_door(struct admin *admin, struct admin_door *door, bool is_read_only)
{
	struct text name = text_over(door->name, sizeof(door->name));

	text_put_string(&name, is_read_only ? "admin_readonly" : "admin");
	door->magic = ADMIN_DOOR_MAGIC;
	door->is_read_only = is_read_only;
	door->admin = admin;
	door->config = (struct config_listener){
		.name = text_string(&name), .backlog = BACKLOG, .mode = SOCKET_MODE, .nodelay = true
	};
	door->site =
	    (struct http1_site){ .ops = &admin_router_ops, .router = door, .env = &admin->http1 };
	door->service = (struct service){ .ops = &http1_protocol, .self = &door->site };
}

static int
open_one(struct admin_door *door, const struct transport *transport, const struct address *address,
    struct text *ret_error)
{
	struct admin *admin = door->admin;
	char room[ADDRESS_TEXT_MAX];
	struct text where = text_over(room, sizeof(room));
	struct listen_socket socket;
	struct listener *listener;
	int result =
	    listen_socket_open(&door->config, transport, address, false, &socket, ret_error);

	if (result != 0)
		return result;
	address_put(&where, &socket.address);
	listener =
	    listener_new(&door->config, &socket, &admin->conns, &door->service, on_accepted, admin);
	if (!listener) {
		text_put_string(ret_error, "no memory");
		listen_socket_unlink(&socket);
		(void)close(socket.fd);
		return -ENOMEM;
	}
	door->listeners[door->listener_count++] = listener;
	listener_start(listener);
	log_info("%s: listening on %s%s", door->config.name, text_string(&where),
	    door->is_read_only ? ", for reading only" : "");
	return 0;
}

/* `given`: "unix:/path", or "ADDRESS:PORT". */
static int
open_door(struct admin_door *door, const char *given, struct text *ret_error)
{
	struct address addresses[TRANSPORT_MAX_ADDRESSES];
	const struct transport *transport;
	char room[1024];
	struct text host = text_over(room, sizeof(room));
	struct slice part;
	uint16_t port = 0;
	int found;
	int result = address_split(given, &part, &port);

	text_put_format(ret_error, "%s: ", door->config.name);
	text_put(&host, result == 0 && part.len > 0 ? part : SLICE("*"));
	transport = result == 0 ? transport_for("tcp", text_string(&host)) : NULL;
	if (!transport || host.is_truncated) {
		text_put_format(ret_error, "%s is no address", given);
		return -EINVAL;
	}
	found = transport_resolve(
	    transport, text_string(&host), port, addresses, TRANSPORT_MAX_ADDRESSES, ret_error);
	result = found < 0 ? found : 0;
	for (int i = 0; i < found && result == 0; i++)
		result = open_one(door, transport, &addresses[i], ret_error);
	if (result == 0)
		ret_error->len = 0;
	return result;
}

static int
open_doors(struct admin *admin, const struct config *config, struct text *ret_error)
{
	int result = 0;

	init_door(admin, &admin->control, false);
	init_door(admin, &admin->reading, true);
	if (!config->admin && !config->admin_readonly)
		return 0;
	if (init_conns(admin) != 0) {
		text_put_string(ret_error, "admin: no memory");
		return -ENOMEM;
	}
	admin_routes_init(admin);
	/* Who usherd becomes later has to reach it, and to take it away in the end. */
	if (geteuid() == 0)
		admin->control.config.owner = config->user;
	if (config->admin)
		result = open_door(&admin->control, config->admin, ret_error);
	if (result == 0 && config->admin_readonly)
		result = open_door(&admin->reading, config->admin_readonly, ret_error);
	return result;
}

static void
on_loops(void *arg)
{
	struct admin *admin = checked_cast(arg, struct admin, ADMIN_MAGIC);

	collect_set_loops(admin->collect, admin->serving->loops, admin->serving->all_count);
}

struct admin *
admin_new(const struct admin_options *options, struct text *ret_error)
{
	struct admin *admin = calloc(1, sizeof(*admin));

	if (admin) {
		admin->magic = ADMIN_MAGIC;
		admin->ops = options->ops;
		admin->arg = options->arg;
		admin->base = options->base;
		admin->serving = options->serving;
		list_init(&admin->reloads);
		admin->started_us = clock_monotonic_us();
		admin->started_seconds = clock_wall_us() / CLOCK_SECOND_US;
		admin->loaded_seconds = admin->started_seconds;
		admin->collect = collect_new(options->base, SERVING_ALL_MAX);
	}
	if (!admin || !admin->collect) {
		text_put_string(ret_error, "admin: no memory, or no descriptor");
		free(admin);
		return NULL;
	}
	on_loops(admin);
	options->serving->on_loops = on_loops;
	options->serving->on_loops_arg = admin;
	if (open_doors(admin, options->config, ret_error) == 0)
		return admin;
	admin_free(admin);
	return NULL;
}

static void
free_door(struct admin_door *door)
{
	for (size_t i = 0; i < door->listener_count; i++)
		listener_free(door->listeners[i]);
	door->listener_count = 0;
}

void
admin_free(struct admin *admin)
{
	if (!admin)
		return;
	if (admin->has_conns)
		conn_set_done(&admin->conns);
	admin->serving->on_loops = NULL;
	free_door(&admin->control);
	free_door(&admin->reading);
	if (admin->has_conns)
		http1_env_done(&admin->http1);
	if (admin->finish_timer)
		event_free(admin->finish_timer);
	if (admin->room_timer)
		event_free(admin->room_timer);
	collect_free(admin->collect);
	admin->magic = 0;
	free(admin);
}
