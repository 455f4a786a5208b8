/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "server/server_private.h"

/* The successor is the server now: who asks for the main process is told so. What is left
 * here is seen out without a drain of the listeners. */
static void
on_upgrade(const struct upgrade_verdict *verdict, void *arg)
{
	struct server *server = arg;

	admin_note_upgrade(server->admin, verdict);
	if (!verdict->is_ok && server->is_draining)
		return;
	if (!verdict->is_ok) {
		notify_send(
		    &server->notify, "STATUS=serving; the last upgrade failed, see the log");
		return;
	}
	server_leave_store(server, verdict->taken);
	notify_insist(&server->notify, "MAINPID=%ld\nSTATUS=handing over to pid %ld",
	    (long)verdict->pid, (long)verdict->pid);
	server->is_draining = true;
	server->is_told_to_leave = false;
	admin_note_drain(server->admin);
	departure_begin(&server->departure, server->base, &server->serving, NULL, "handing over");
}

static void
on_upgrade_lost(bool is_orderly, void *arg)
{
	struct server *server = arg;

	departure_done(&server->departure);
	server->is_draining = false;
	if (is_orderly) {
		server_begin_drain(server);
		return;
	}
	notify_insist(&server->notify,
	    "MAINPID=%ld\nREADY=1\nSTATUS=serving; a successor has gone, see the log",
	    (long)getpid());
	server_find_store(server);
}

static const struct upgrade_ops upgrade_ops = { on_upgrade, on_upgrade_lost };

int
server_begin_upgrade(const char *program, struct text *ret_error, void *arg)
{
	struct server *server = arg;

	if (server->is_draining || reload_is_under_way(server->reload) ||
	    inheritance_is_under_way(&server->serving.inheritance))
		return -EBUSY;
	if (!server->options.program) {
		text_put_string(ret_error,
		    "the program that this server is a part of cannot be "
		    "started anew by it");
		return -EPERM;
	}
	if (getpid() == 1 && server->options.leaves_signals) {
		text_put_string(ret_error,
		    "this is process 1, with whom all others end, and its signals are a program's");
		return -EPERM;
	}
	return upgrade_begin(server->upgrade, program, ret_error);
}

bool
server_has_to_stay(const struct server *server)
{
	return getpid() == 1 && upgrade_successor(server->upgrade) != 0;
}

/* It leaves already; and who is process 1 hears what is meant for the server. */
bool
server_pass_signal(struct server *server, int number)
{
	const pid_t successor = upgrade_successor(server->upgrade);
	const bool was_told = server->is_told_to_leave;

	if (successor == 0)
		return false;
	if (server_has_to_stay(server))
		(void)kill(successor, number);
	if (number == SIGUSR1)
		return false;
	if (number == SIGHUP || number == SIGUSR2)
		return server_has_to_stay(server);
	server->is_told_to_leave = true;
	if (!was_told)
		log_info("SIG%s: leaves when pid %ld has every connection; once more stops at once",
		    sigabbrev_np(number), (long)successor);
	return !was_told;
}

void
server_upgrade(struct server *server, const char *by)
{
	char room[ERROR_TEXT_MAX];
	struct text error = text_over(room, sizeof(room));
	int result = server_begin_upgrade(NULL, &error, server);

	if (result == -EBUSY)
		log_warning("%s: an upgrade, a reload or a drain is under way", by);
	else if (result != 0)
		log_error("%s: %s", by, text_string(&error));
}

/* What came of the predecessor is whole: the service manager hears it of the main process. */
void
server_note_inheritance(void *arg)
{
	struct server *server = arg;

	if (server->is_draining)
		return;
	notify_insist(&server->notify, "READY=1\nSTATUS=serving");
	server_find_store(server);
}

int
server_make_upgrade(struct server *server, struct text *ret_error)
{
	const struct upgrade_options options = { .base = server->base,
		.serving = &server->serving,
		.admin = server->admin,
		.program = server->options.program,
		.arguments = server->options.arguments,
		.environment = server->options.environment,
		.ops = &upgrade_ops,
		.arg = server };

	server->upgrade = upgrade_new(&options);
	if (server->upgrade)
		return 0;
	text_put_string(ret_error, "no memory");
	return -ENOMEM;
}
