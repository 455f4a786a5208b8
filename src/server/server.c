/* SPDX-License-Identifier: MIT
 *
 * server: the order of a life: raise the limit of descriptors, open the log,
 * bind everything, start the loops, serve, drain, report. Binding comes before
 * any thread, so a failure leaves nothing behind.
 *
 * The main thread keeps an event_base of its own for signals and for the loops'
 * word that they are empty: it stays reachable however busy the loops are.
 */
#include "server/server.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/panic.h"
#include "config/load.h"
#include "server/confinement.h"
#include "server/descriptors.h"
#include "server/privileges.h"
#include "server/reopen.h"
#include "server/report.h"
#include "server/server_private.h"

/* --- Signals ------------------------------------------------------------------ */

void
server_begin_drain(struct server *server)
{
	server->is_draining = true;
	notify_insist(&server->notify, "STOPPING=1\nSTATUS=draining");
	server_clear_store(server);
	inheritance_leave(&server->serving.inheritance);
	upgrade_cancel(server->upgrade);
	admin_note_drain(server->admin);
	reload_cancel(server->reload);
	serving_tell(&server->serving, LOOP_DRAIN);
	departure_begin(
	    &server->departure, server->base, &server->serving, &server->notify, "draining");
}

static void
end(struct server *server, int number)
{
	const char *signal_name = sigabbrev_np(number);

	if (server->is_draining) {
		log_warning("SIG%s again: stopping at once", signal_name);
		upgrade_cancel(server->upgrade);
		serving_tell(&server->serving, LOOP_STOP);
		departure_insist(&server->departure, server->base, &server->serving);
		return;
	}
	if (server_begin_keeping(server, number)) {
		log_info("SIG%s: leaving for a restart; once more stops at once", signal_name);
		return;
	}
	log_info("SIG%s: draining; once more stops at once", signal_name);
	server_begin_drain(server);
}

/* --- Reload ------------------------------------------------------------------- */

/* A configuration that was written while the last one was read is not missed. */
static void
begin_reload(struct server *server)
{
	int result;

	if (server->is_draining || upgrade_is_under_way(server->upgrade)) {
		log_warning("reload: the server drains, or is upgraded: nothing is reloaded");
		return;
	}
	if (!server->options.source.load) {
		log_warning("reload: the configuration is the program's: there is nothing to read");
		return;
	}
	server->is_reload_wanted = reload_is_under_way(server->reload);
	if (server->is_reload_wanted)
		return;
	notify_reloading(&server->notify);
	result = reload_begin(server->reload);
	if (result == 0)
		return;
	log_error("reload: no thread: %s", strerror(-result));
	notify_insist(&server->notify, "READY=1\nSTATUS=serving");
}

static void
on_verdict(const struct reload_verdict *verdict, void *arg)
{
	struct server *server = arg;

	if (!server->is_draining)
		notify_insist(&server->notify, "READY=1\nSTATUS=serving%s",
		    verdict->is_ok ? "" : "; the last reload failed, see the log");
	server_sync_store(server);
	/* Who is told may ask for the next one at once. */
	admin_note_reload(server->admin, verdict);
	if (server->options.on_reload)
		server->options.on_reload(verdict, server->options.on_reload_arg);
	if (server->is_reload_wanted)
		begin_reload(server);
}

/* --- Signals ------------------------------------------------------------------ */

static void
on_signal(int number, void *arg)
{
	struct server *server = checked_cast(arg, struct server, SERVER_MAGIC);

	if (server_pass_signal(server, number))
		return;
	if (number == SIGUSR1) {
		reopen_logs(server->serving.generation);
	} else if (number == SIGUSR2) {
		server_upgrade(server, "SIGUSR2");
	} else if (number == SIGHUP) {
		log_info("SIGHUP: reloading");
		begin_reload(server);
	} else {
		end(server, number);
	}
}

static int
hear_signals(struct server *server)
{
	signals_ignore();
	if (server->options.leaves_signals)
		return 0;
	return signals_hear(&server->signals, server->base, on_signal, server);
}

/* --- Start -------------------------------------------------------------------- */
/* On a loop's thread. */
static void
on_loop_news(void *arg)
{
	struct server *server = arg;

	bell_ring(&server->bell, SERVER_NEWS);
}

static bool
have_all_ended(const struct serving *serving)
{
	for (unsigned i = 0; i < serving->started; i++)
		if (!loop_has_ended(serving->loops[i]))
			return false;
	return true;
}

static void
on_admin_finished(void *arg)
{
	struct server *server = arg;
	const struct timeval one_turn = { .tv_sec = 0 };

	if (!server_has_to_stay(server)) {
		(void)event_base_loopbreak(server->base);
		return;
	}
	/* A signal that has come is passed on; one that comes now waits for process_one. */
	signals_block();
	(void)event_base_loopexit(server->base, &one_turn);
}

static int
admin_stop(void *arg)
{
	struct server *server = arg;

	if (!server->is_draining)
		server_begin_drain(server);
	upgrade_cancel(server->upgrade);
	serving_tell(&server->serving, LOOP_STOP);
	return 0;
}

/* What another thread has asked for. */
static void
heed(struct server *server, unsigned bits)
{
	if (bits & SERVER_RELOAD)
		begin_reload(server);
	if (bits & SERVER_UPGRADE)
		server_upgrade(server, "upgrade");
	if (bits & SERVER_REOPEN)
		reopen_logs(server->serving.generation);
	if (bits & SERVER_DRAIN && !server->is_draining)
		server_begin_drain(server);
	if (bits & SERVER_STOP)
		(void)admin_stop(server);
}

/* The drain of the last loop ends the server's own. */
static void
on_bell(unsigned bits, void *arg)
{
	struct server *server = arg;

	heed(server, bits);
	reload_check(server->reload);
	upgrade_check(server->upgrade);
	keeping_check(&server->keeping);
	if (!server->is_draining)
		serving_reap(&server->serving);
	if (!server->is_draining && serving_count_failed(&server->serving) > 0) {
		log_error("a loop ended by itself: the others drain");
		server->has_failed = true;
		server_begin_drain(server);
	}
	if (have_all_ended(&server->serving))
		admin_finish(server->admin, on_admin_finished, server);
}

static int
make_main_loop(struct server *server, struct text *ret_error)
{
	const struct reload_options options = { .serving = &server->serving,
		.source = server->options.source,
		.on_verdict = on_verdict,
		.arg = server };

	server->base = event_base_new();
	keeping_init(&server->keeping, &server->store, &server->serving, server->base,
	    server_note_refused, server);
	if (server->base && bell_init(&server->bell, server->base, on_bell, server) == 0 &&
	    hear_signals(server) == 0) {
		server->reload = reload_new(server->base, &options);
		if (server->reload)
			return 0;
	}
	text_put_string(ret_error, "no memory");
	return -ENOMEM;
}

/* Bound, and still one thread. */
static int
give_up_privileges(struct server *server, struct text *ret_error)
{
	struct generation *generation = server->serving.generation;
	const struct confinement_files files = { server->options.report, server->options.program };
	struct log_file *logs[2];
	unsigned count = 0;

	if (generation->access.is_open)
		logs[count++] = &generation->access;
	if (generation->connections.is_open)
		logs[count++] = &generation->connections;
	return privileges_drop(generation->config, logs, count, &files, ret_error);
}

static int
admin_reload(void *arg)
{
	struct server *server = arg;

	if (server->is_draining || reload_is_under_way(server->reload) ||
	    upgrade_is_under_way(server->upgrade))
		return -EBUSY;
	begin_reload(server);
	return reload_is_under_way(server->reload) ? 0 : -EAGAIN;
}

static int
admin_drain(void *arg)
{
	struct server *server = arg;

	if (server->is_draining)
		return -EBUSY;
	server_begin_drain(server);
	return 0;
}

static const struct admin_ops admin_ops = { admin_reload, server_begin_upgrade, admin_drain,
	admin_stop };

/* Before the loops' threads run: it has to know them by then. */
static int
make_admin(struct server *server, const struct config *config, struct text *ret_error)
{
	const struct admin_options options = { .base = server->base,
		.config = config,
		.serving = &server->serving,
		.inheritance = &server->serving.inheritance,
		.ops = &admin_ops,
		.arg = server };

	server->admin = admin_new(&options, ret_error);
	return server->admin ? server_make_upgrade(server, ret_error) : -EADDRNOTAVAIL;
}

static int
begin_serving(struct server *server, struct config *config, struct text *ret_error)
{
	const unsigned loops = serving_loops_of(config);
	struct bindings bindings;
	int result = serving_make_loops(&server->serving, loops, on_loop_news, server, ret_error);

	if (result == 0)
		result = make_admin(server, config, ret_error);
	if (result == 0)
		result = bindings_resolve(&bindings, config, loops, ret_error);
	if (result != 0) {
		config_free(config);
		return result;
	}
	result = serving_change(&server->serving, config, &bindings, ret_error);
	if (result == 0)
		result = activation_finish(&server->serving.activation, ret_error);
	if (result == 0)
		result = give_up_privileges(server, ret_error);
	return result == 0 ? serving_start(&server->serving, ret_error) : result;
}

/* What the surroundings give: sockets, and where the log goes. */
static int
take_surroundings(struct server *server, const struct config *config, struct text *ret_error)
{
	struct activation *activation = &server->serving.activation;
	int result = log_set_target(config->log.target, ret_error);

	if (result == 0)
		result = activation_init(activation, &server->serving.stored, ret_error);
	if (result == 0)
		result = inheritance_init(&server->serving.inheritance, ret_error);
	return result == 0 ? activation_check(activation, config, ret_error) : result;
}

static int
start_watchdog(struct server *server, struct text *ret_error)
{
	int result =
	    watchdog_start(&server->watchdog, server->base, &server->serving, &server->notify);

	if (result != 0)
		text_put_string(ret_error, "no memory");
	return result;
}

/* --- End ---------------------------------------------------------------------- */

static enum server_status
report(const struct server *server)
{
	struct report report = { .cut = 0 };
	char error_text[ERROR_TEXT_MAX];
	struct text error = text_over(error_text, sizeof(error_text));

	for (unsigned i = 0; i < server->serving.started; i++)
		report_add(&report, server->serving.loops[i]);
	if (server->options.report && report_write(&report, server->options.report, &error) != 0)
		log_error("%s", text_string(&error));
	report_log(&report);
	if (server->has_failed)
		return SERVER_FAILED;
	return report.cut > 0 ? SERVER_CUT_SHORT : SERVER_OK;
}

static void
clean_up(struct server *server)
{
	reload_free(server->reload);
	upgrade_free(server->upgrade);
	admin_free(server->admin);
	keeping_done(&server->keeping);
	store_done(&server->store);
	serving_done(&server->serving);
	signals_done(&server->signals);
	watchdog_done(&server->watchdog);
	departure_done(&server->departure);
	bell_done(&server->bell);
	if (server->base)
		event_base_free(server->base);
}

static void
join_loops(struct server *server)
{
	for (unsigned i = 0; i < server->serving.started; i++)
		loop_join(server->serving.loops[i]);
}

static int
begin(struct server *server, struct config *config, struct text *ret_error)
{
	int result = take_surroundings(server, config, ret_error);

	if (result == 0)
		result = make_main_loop(server, ret_error);
	if (result != 0) {
		config_free(config);
		return result;
	}
	result = begin_serving(server, config, ret_error);
	if (result == 0)
		stored_settle(&server->serving.stored, &server->serving, &server->store);
	return result == 0 ? start_watchdog(server, ret_error) : result;
}

struct server *
server_start(struct config *config, const struct server_options *options, struct text *ret_error)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server) {
		text_put_string(ret_error, "no memory");
		config_free(config);
		return NULL;
	}
	server->magic = SERVER_MAGIC;
	server->options = *options;
	server->bell.fd = -1;
	log_set_level(config->log.level);
	notify_open(&server->notify);
	watchdog_init(&server->watchdog);
	descriptors_raise_limit();
	serving_init(&server->serving);
	store_init(&server->store, &server->notify);
	server->serving.store = &server->store;
	server->serving.guest = server->options.guest;
	if (begin(server, config, ret_error) == 0)
		return server;
	inheritance_decline(&server->serving.inheritance, text_string(ret_error));
	server_free(server);
	return NULL;
}

enum server_status
server_serve(struct server *server)
{
	log_info("ready");
	notify_insist(&server->notify, "READY=1\nSTATUS=serving");
	inheritance_accept(&server->serving.inheritance, server->base, &server->serving,
	    server_note_inheritance, server);
	if (!inheritance_is_under_way(&server->serving.inheritance))
		server_find_store(server);
	if (event_base_dispatch(server->base) != 0)
		log_error("the main loop failed: %s", strerror(errno));
	join_loops(server);
	server->has_served = true;
	keeping_report(&server->keeping);
	return report(server);
}

void
server_free(struct server *server)
{
	if (!server)
		return;
	if (!server->has_served) {
		serving_tell(&server->serving, LOOP_STOP);
		join_loops(server);
	}
	clean_up(server);
	notify_close(&server->notify);
	log_flush();
	free(server);
}

void
server_tell(struct server *server, enum server_request request)
{
	bell_ring(&server->bell, request);
}

const struct serving *
server_serving(const struct server *server)
{
	return &server->serving;
}
