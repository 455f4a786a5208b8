/* SPDX-License-Identifier: MIT
 *
 * upgrade: until the successor has taken a batch, the descriptors of its connections stay
 * open here: should it end before, they come back to their loop and nothing is lost.
 */
#include "server/upgrade.h"

#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"
#include "server/admin.h"
#include "server/successor.h"
#include "server/upgrade_private.h"

#define ERROR_MAX 1024

/* --- The end of it ------------------------------------------------------------------------ */

static void
drop(struct event **event)
{
	if (*event)
		event_free(*event);
	*event = NULL;
}

/* Batches have gone home by now, or are given up. */
static void
forget(struct upgrade *upgrade)
{
	drop(&upgrade->reading);
	drop(&upgrade->writing);
	drop(&upgrade->overdue);
	upgrade_words_done(&upgrade->words);
	if (upgrade->link >= 0)
		(void)close(upgrade->link);
	upgrade->link = -1;
	free(upgrade->offers);
	free(upgrade->letter);
	upgrade->offers = NULL;
	upgrade->letter = NULL;
	for (unsigned i = 0; i < SERVING_ALL_MAX; i++)
		emigrants_free(upgrade->sending[i].emigrants);
	memset(upgrade->sending, 0, sizeof(upgrade->sending));
	upgrade->phase = UPGRADE_IDLE;
}

static void
conclude(struct upgrade *upgrade, const char *why)
{
	struct upgrade_verdict verdict = { .pid = upgrade->pid, .error = why };

	upgrade_words_drain(&upgrade->words);
	verdict.words = upgrade_words_tail(&upgrade->words);
	upgrade->phase = UPGRADE_IDLE;
	upgrade->options.ops->on_verdict(&verdict, upgrade->options.arg);
	forget(upgrade);
}

static void
fail(struct upgrade *upgrade, const char *why)
{
	log_error("upgrade: %s; this process goes on serving", why);
	conclude(upgrade, why);
}

static void
fail_ended(struct upgrade *upgrade, const char *words)
{
	char how[64];
	char why[ERROR_MAX + 128];

	successor_end(upgrade->pid, how, sizeof(how));
	(void)snprintf(why, sizeof(why), "the successor, pid %ld, %s%s%s", (long)upgrade->pid, how,
	    *words ? ": " : " before it served", words);
	fail(upgrade, why);
}

static void
lose(struct upgrade *upgrade, bool is_orderly)
{
	char how[64];

	/* Two that serve without knowing of each other would be one too many. */
	if (!is_orderly)
		successor_end(upgrade->pid, how, sizeof(how));
	log_warning("upgrade: the successor, pid %ld, %s before it had every connection: %s",
	    (long)upgrade->pid, is_orderly ? "drains" : "has gone",
	    is_orderly ? "the others are seen out here" : "this process serves on");
	upgrade_take_back(upgrade);
	admin_take_back(upgrade->options.admin);
	forget(upgrade);
	upgrade->options.ops->on_lost(is_orderly, upgrade->options.arg);
}

static void
on_writable(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	upgrade_send_all(arg);
}

/* --- Handing over ------------------------------------------------------------------------- */

static void
leave(struct upgrade *upgrade)
{
	const struct handover_message message = { .type = HANDOVER_DONE };

	(void)!handover_send(upgrade->link, &message, NULL, 0);
	log_info("upgrade: every connection is the successor's, pid %ld, or has ended",
	    (long)upgrade->pid);
	forget(upgrade);
	upgrade->phase = UPGRADE_LEAVING;
	admin_abandon(upgrade->options.admin);
	serving_tell(upgrade->options.serving, LOOP_LEAVE);
}

void
upgrade_check(struct upgrade *upgrade)
{
	if (upgrade->phase != UPGRADE_HANDING)
		return;
	upgrade_collect(upgrade);
	upgrade_send_all(upgrade);
	if (upgrade_is_empty(upgrade))
		leave(upgrade);
}

/* From now on the successor is the server. */
static void
hand_over(struct upgrade *upgrade, const struct handover_ready *ready)
{
	const struct serving *serving = upgrade->options.serving;
	struct upgrade_verdict verdict = {
		.is_ok = true, .pid = upgrade->pid, .taken = ready->taken
	};

	for (size_t i = 0; i < upgrade->offer_count; i++) {
		verdict.sockets += ready->taken[i];
		verdict.left += !ready->taken[i];
	}
	upgrade->phase = UPGRADE_HANDING;
	drop(&upgrade->overdue);
	log_info("upgrade: pid %ld serves, with %u of %zu sockets; connections follow",
	    (long)upgrade->pid, verdict.sockets, upgrade->offer_count);
	upgrade->options.ops->on_verdict(&verdict, upgrade->options.arg);
	admin_hand_over(
	    upgrade->options.admin, ready->taken + serving->bindings.count * serving->loop_count);
	for (unsigned i = 0; i < serving->started; i++)
		if (upgrade_order_loop(upgrade, ready, i) != 0)
			log_error("upgrade: no memory: loop %u keeps its connections", i);
}

/* --- Hearing ------------------------------------------------------------------------------ */

static void
hear(struct upgrade *upgrade, const struct handover_message *message)
{
	const bool is_starting = upgrade->phase == UPGRADE_STARTING;

	if (message->type == HANDOVER_READY && is_starting &&
	    message->ready.sockets == upgrade->offer_count) {
		hand_over(upgrade, &message->ready);
	} else if (message->type == HANDOVER_DECLINE && is_starting) {
		fail_ended(upgrade, message->words);
	} else if (message->type == HANDOVER_TAKEN && !is_starting) {
		upgrade_note_taken(upgrade, message->number);
		upgrade_check(upgrade);
	} else if (message->type == HANDOVER_LEAVING && !is_starting) {
		lose(upgrade, true);
	} else {
		log_error("upgrade: \"%s\" was not expected of the successor",
		    handover_type_name(message->type));
	}
}

static void
on_readable(evutil_socket_t fd, short events, void *arg)
{
	struct upgrade *upgrade = arg;
	int result = handover_receive(fd, upgrade->letter);

	(void)events;
	if (result == 0)
		hear(upgrade, &upgrade->letter->message);
	else if (result == -EAGAIN)
		return;
	else if (upgrade->phase == UPGRADE_STARTING)
		fail_ended(upgrade,
		    result == -EPROTONOSUPPORT ? "it speaks another version of the handover" : "");
	else
		lose(upgrade, false);
}

static void
on_overdue(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	fail_ended(arg, "it did not serve within upgrade.timeout");
}

/* --- Beginning ---------------------------------------------------------------------------- */

/* Found as execvp(3) does. */
static void
search_path(const char *name, struct text *path)
{
	const char *list = getenv("PATH");

	while (list && *list) {
		const size_t len = strcspn(list, ":");

		path->len = 0;
		text_put(path, (struct slice){ list, len });
		text_put_format(path, "/%s", name);
		if (!path->is_truncated && access(text_string(path), X_OK) == 0)
			return;
		list += len + (list[len] == ':');
	}
	path->len = 0;
}

void
upgrade_find_program(const char *name, struct text *path)
{
	char directory[PATH_MAX];

	if (name[0] == '/')
		text_put_string(path, name);
	else if (strchr(name, '/') && getcwd(directory, sizeof(directory)))
		text_put_format(path, "%s/%s", directory, name);
	else
		search_path(name, path);
	(void)text_string(path);
}

static int
make_link(struct upgrade *upgrade, int *ret_other)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
		return -errno;
	upgrade->link = ends[0];
	*ret_other = ends[1];
	return 0;
}

static int
make_events(struct upgrade *upgrade)
{
	struct event_base *base = upgrade->options.base;
	const int64_t timeout_us = upgrade->options.serving->generation->config->upgrade.timeout_us;
	const struct timeval timeout = { .tv_sec = timeout_us / CLOCK_SECOND_US,
		.tv_usec = timeout_us % CLOCK_SECOND_US };

	upgrade->letter = malloc(sizeof(*upgrade->letter));
	upgrade->reading =
	    event_new(base, upgrade->link, EV_READ | EV_PERSIST, on_readable, upgrade);
	upgrade->writing = event_new(base, upgrade->link, EV_WRITE, on_writable, upgrade);
	upgrade->overdue = evtimer_new(base, on_overdue, upgrade);
	if (upgrade->letter && upgrade->reading && upgrade->writing && upgrade->overdue &&
	    event_add(upgrade->reading, NULL) == 0 && event_add(upgrade->overdue, &timeout) == 0)
		return 0;
	return -ENOMEM;
}

static int
start(struct upgrade *upgrade, const char *program)
{
	struct successor successor = { .program = program,
		.arguments = upgrade->options.arguments,
		.environment = upgrade->options.environment,
		.link = -1,
		.stderr_fd = -1 };
	int result = upgrade_make_offers(upgrade);

	if (result == 0)
		result = make_link(upgrade, &successor.link);
	if (result == 0)
		result = make_events(upgrade);
	if (result == 0)
		result = upgrade_words_init(
		    &upgrade->words, upgrade->options.base, &successor.stderr_fd);
	if (result == 0)
		result = successor_start(&successor, &upgrade->pid);
	if (successor.link >= 0)
		(void)close(successor.link);
	if (successor.stderr_fd >= 0)
		(void)close(successor.stderr_fd);
	return result;
}

static const char *
hint_at(const struct config *config)
{
	switch (config->landlock) {
	case CONFIG_LANDLOCK_STRICT:
		return "; under landlock = strict this process may start none";
	case CONFIG_LANDLOCK_ON:
		return "; under landlock = on it has to stand in the directory of usherd";
	case CONFIG_LANDLOCK_OFF:
		break;
	}
	return "";
}

int
upgrade_begin(struct upgrade *upgrade, const char *program, struct text *ret_error)
{
	int result;

	if (upgrade->phase != UPGRADE_IDLE)
		return -EBUSY;
	if (!program)
		program = upgrade->options.program;
	upgrade->words.fd = -1;
	result = start(upgrade, program);
	if (result == 0) {
		log_info("upgrade: %s was started, pid %ld", program, (long)upgrade->pid);
		upgrade->phase = UPGRADE_STARTING;
		upgrade_send_all(upgrade);
		return 0;
	}
	forget(upgrade);
	text_put_format(ret_error, "%s cannot be started: %s%s", program, strerror(-result),
	    result == -EACCES ? hint_at(upgrade->options.serving->generation->config) : "");
	return result;
}

struct upgrade *
upgrade_new(const struct upgrade_options *options)
{
	struct upgrade *upgrade = calloc(1, sizeof(*upgrade));

	if (!upgrade)
		return NULL;
	upgrade->options = *options;
	upgrade->link = -1;
	upgrade->words.fd = -1;
	return upgrade;
}

void
upgrade_free(struct upgrade *upgrade)
{
	if (!upgrade)
		return;
	upgrade_cancel(upgrade);
	forget(upgrade);
	free(upgrade);
}

bool
upgrade_is_under_way(const struct upgrade *upgrade)
{
	return upgrade->phase != UPGRADE_IDLE;
}

pid_t
upgrade_successor(const struct upgrade *upgrade)
{
	return upgrade->phase >= UPGRADE_HANDING ? upgrade->pid : 0;
}

void
upgrade_cancel(struct upgrade *upgrade)
{
	char how[64];

	if (upgrade->phase == UPGRADE_STARTING) {
		successor_end(upgrade->pid, how, sizeof(how));
		conclude(upgrade, "the server drains: the successor was ended");
	} else if (upgrade->phase == UPGRADE_HANDING) {
		forget(upgrade);
	}
}
