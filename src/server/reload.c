/* SPDX-License-Identifier: MIT */
#include "server/reload.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/panic.h"
#include "config/diff.h"
#include "config/errors.h"
#include "config/keys.h"
#include "config/load.h"
#include "server/bell.h"
#include "server/confinement.h"

#define ERROR_TEXT_MAX 1024
#define CHANGE_TEXT_MAX (CONFIG_CHANGE_WHERE_MAX + CONFIG_CHANGE_VALUE_MAX * 2 + 128)
#define LOGGED_CHANGES_MAX 50
#define JOIN_SECONDS 1

enum reload_phase {
	RELOAD_IDLE,
	RELOAD_LOADING,  /* the loader's thread runs */
	RELOAD_WAITING,  /* sockets that the last one took away listen still */
	RELOAD_ADOPTING, /* the loops are told */
};

/* What the loader brings. Its thread's until it has rung. */
struct loaded {
	struct config *config;
	struct config_errors errors;
	struct bindings bindings;
	int result;
	char error[ERROR_TEXT_MAX]; /* of what is no mistake in a file */
};

struct reload {
	struct reload_options options;
	struct bell bell; /* rung by the loader */
	enum reload_phase phase;
	bool is_cancelled;
	pthread_t loader;
	struct loaded loaded;
	struct reload_verdict verdict;
};

/* --- The loader's thread ------------------------------------------------------------ */

static void
load(struct reload *reload)
{
	const struct reload_source *source = &reload->options.source;
	struct loaded *loaded = &reload->loaded;
	struct text error = text_over(loaded->error, sizeof(loaded->error));

	loaded->result = source->load(&loaded->config, &loaded->errors, source->arg);
	if (loaded->result == 0)
		loaded->result = confinement_check(loaded->config, &loaded->errors);
	if (loaded->result == 0) {
		loaded->result = bindings_resolve(
		    &loaded->bindings, loaded->config, serving_loops_of(loaded->config), &error);
		(void)text_string(&error);
	}
}

static void *
run_loader(void *arg)
{
	struct reload *reload = arg;

	load(reload);
	bell_ring(&reload->bell, 1);
	return NULL;
}

static int
start_loader(struct reload *reload)
{
	sigset_t all;
	sigset_t before;
	int result;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	result = -pthread_create(&reload->loader, NULL, run_loader, reload);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

/* --- The verdict -------------------------------------------------------------------- */

static void
add_errors(struct reload_verdict *verdict, const struct config_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++) {
		if (errors->items[i].is_warning)
			reload_verdict_add_warning(verdict, errors->items[i].text);
		else
			reload_verdict_add_error(verdict, errors->items[i].text);
	}
	verdict->left_out += errors->left_out;
}

static void
add_change(const struct config_change *change, void *arg)
{
	struct reload_verdict *verdict = arg;
	char room[CONFIG_CHANGE_WHERE_MAX + CONFIG_CHANGE_VALUE_MAX * 2];
	struct text line = text_over(room, sizeof(room));

	if (change->kind != CONFIG_KEY_CHANGED) {
		/* Of listeners it is told what becomes of their sockets. */
		if (change->section == KEYS_LISTENER)
			return;
		reload_verdict_add_change(verdict,
		    change->kind == CONFIG_SECTION_ADDED ? RELOAD_SECTION_ADDED
							 : RELOAD_SECTION_REMOVED,
		    change->where, NULL, NULL, NULL);
		return;
	}
	reload_verdict_add_change(
	    verdict, RELOAD_KEY, change->where, change->key, change->from, change->to);
	if (!change->needs_restart)
		return;
	text_put_format(&line, "%s%s%s: %s goes on until the server is restarted; then it is %s",
	    change->where, change->where[0] ? " " : "", change->key, change->from, change->to);
	reload_verdict_add_warning(verdict, text_string(&line));
}

static void
add_listeners(
    struct reload_verdict *verdict, const struct bindings *now, const struct bindings *before)
{
	static const enum reload_change_kind kinds[] = {
		[BINDING_ADDED] = RELOAD_LISTENER_ADDED,
		[BINDING_KEPT] = RELOAD_LISTENER_KEPT,
		[BINDING_REPLACED] = RELOAD_LISTENER_REPLACED,
	};

	for (size_t i = 0; i < now->count; i++)
		reload_verdict_add_change(verdict, kinds[now->items[i].fate],
		    now->items[i].config->name, NULL, NULL, NULL);
	for (size_t i = 0; i < before->count; i++)
		if (bindings_is_removed(now, i))
			reload_verdict_add_change(verdict, RELOAD_LISTENER_REMOVED,
			    before->items[i].config->name, NULL, NULL, NULL);
}

/* What went on as before is not told, nor a flood of what did not. */
static void
say_changes(const struct reload_verdict *verdict)
{
	size_t said = 0;

	for (size_t i = 0; i < verdict->change_count; i++) {
		char room[CHANGE_TEXT_MAX];
		struct text line = text_over(room, sizeof(room));

		if (verdict->changes[i].kind == RELOAD_LISTENER_KEPT)
			continue;
		if (said++ >= LOGGED_CHANGES_MAX)
			continue;
		reload_change_put(&line, &verdict->changes[i]);
		log_info("reload: %s", text_string(&line));
	}
	if (said > LOGGED_CHANGES_MAX)
		log_info("reload: and %zu changes more", said - LOGGED_CHANGES_MAX);
}

static void
say(struct reload *reload)
{
	const struct reload_verdict *verdict = &reload->verdict;

	for (size_t i = 0; i < verdict->warnings.count; i++)
		log_warning("reload: %s", verdict->warnings.items[i]);
	for (size_t i = 0; i < verdict->errors.count; i++)
		log_error("reload: %s", verdict->errors.items[i]);
	if (verdict->is_ok)
		say_changes(verdict);
	if (verdict->is_ok)
		log_info("reload: generation %llu serves", (unsigned long long)verdict->generation);
	else
		log_error("reload: nothing was changed; generation %llu goes on serving",
		    (unsigned long long)verdict->generation);
}

/* Who hears the verdict may begin the next reload, which has one of its own. */
static void
conclude(struct reload *reload, bool is_ok)
{
	const struct generation *generation = reload->options.serving->generation;
	struct reload_verdict verdict;

	reload->verdict.is_ok = is_ok;
	reload->verdict.generation = generation->number;
	say(reload);
	verdict = reload->verdict;
	reload_verdict_init(&reload->verdict);
	reload->phase = RELOAD_IDLE;
	reload->options.on_verdict(&verdict, reload->options.arg);
	reload_verdict_done(&verdict);
}

/* --- The change --------------------------------------------------------------------- */

/* The log goes on where it went if the new place cannot be had: it has to tell that. */
static void
adjust_log_target(
    struct reload_verdict *verdict, const struct config *before, const struct config *now)
{
	char room[ERROR_TEXT_MAX];
	struct text error = text_over(room, sizeof(room));

	if (strcmp(before->log.target, now->log.target) == 0)
		return;
	if (log_set_target(now->log.target, &error) != 0)
		reload_verdict_add_warning(verdict, text_string(&error));
}

static void
adjust_log_level(const struct config *before, const struct config *now)
{
	/* A level that was set by hand stays until the file says another. */
	if (before->log.level != now->log.level)
		log_set_level(now->log.level);
}

/* What is different is told of while both configurations are here. */
static int
change(struct reload *reload)
{
	struct serving *serving = reload->options.serving;
	struct generation *before = generation_hold(serving->generation);
	struct loaded *loaded = &reload->loaded;
	struct text error = text_over(loaded->error, sizeof(loaded->error));
	int result;

	bindings_match(&loaded->bindings, &serving->bindings);
	add_listeners(&reload->verdict, &loaded->bindings, &serving->bindings);
	config_diff(before->config, loaded->config, add_change, &reload->verdict);
	result = serving_change(serving, loaded->config, &loaded->bindings, &error);
	(void)text_string(&error);
	if (result == 0) {
		adjust_log_target(&reload->verdict, before->config, serving->generation->config);
		adjust_log_level(before->config, serving->generation->config);
	}
	generation_release(before);
	return result;
}

static void
fail(struct reload *reload)
{
	const struct loaded *loaded = &reload->loaded;

	if (loaded->error[0])
		reload_verdict_add_error(&reload->verdict, loaded->error);
	else if (reload->verdict.errors.count == 0)
		reload_verdict_add_error(&reload->verdict, strerror(-loaded->result));
	conclude(reload, false);
}

static void
settle(struct reload *reload)
{
	if (serving_is_settled(reload->options.serving))
		conclude(reload, true);
}

static void
apply(struct reload *reload)
{
	struct loaded *loaded = &reload->loaded;

	if (loaded->result == 0 && !reload->is_cancelled) {
		loaded->result = change(reload);
	} else {
		bindings_done(&loaded->bindings);
		config_free(loaded->config);
	}
	if (reload->is_cancelled)
		reload_verdict_add_error(&reload->verdict, "the server drains");
	if (loaded->result != 0 || reload->is_cancelled) {
		fail(reload);
		return;
	}
	reload->phase = RELOAD_ADOPTING;
	settle(reload);
}

static void
on_loaded(unsigned bits, void *arg)
{
	struct reload *reload = arg;

	(void)bits;
	must(pthread_join(reload->loader, NULL) == 0);
	add_errors(&reload->verdict, &reload->loaded.errors);
	config_errors_done(&reload->loaded.errors);
	reload->phase = RELOAD_WAITING;
	reload_check(reload);
}

/* --- What others call ----------------------------------------------------------------- */

struct reload *
reload_new(struct event_base *base, const struct reload_options *options)
{
	struct reload *reload = calloc(1, sizeof(*reload));

	if (!reload)
		return NULL;
	reload->options = *options;
	if (bell_init(&reload->bell, base, on_loaded, reload) == 0)
		return reload;
	free(reload);
	return NULL;
}

/* A name server that does not answer is not waited for: the thread ends with the
 * process, and what it uses stays. */
static bool
join_loader(struct reload *reload)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += JOIN_SECONDS;
	if (pthread_timedjoin_np(reload->loader, NULL, &until) == 0)
		return true;
	log_warning("reload: the configuration is still being read: leaving without it");
	return false;
}

void
reload_free(struct reload *reload)
{
	if (!reload)
		return;
	if (reload->phase == RELOAD_LOADING) {
		if (!join_loader(reload))
			return;
		config_errors_done(&reload->loaded.errors);
		bindings_done(&reload->loaded.bindings);
		config_free(reload->loaded.config);
	}
	if (reload->phase != RELOAD_IDLE)
		reload_verdict_done(&reload->verdict);
	bell_done(&reload->bell);
	free(reload);
}

int
reload_begin(struct reload *reload)
{
	int result;

	if (reload_is_under_way(reload))
		return -EBUSY;
	reload->loaded = (struct loaded){ .config = NULL };
	config_errors_init(&reload->loaded.errors);
	reload_verdict_init(&reload->verdict);
	result = start_loader(reload);
	if (result != 0) {
		config_errors_done(&reload->loaded.errors);
		reload_verdict_done(&reload->verdict);
		return result;
	}
	reload->phase = RELOAD_LOADING;
	return 0;
}

bool
reload_is_under_way(const struct reload *reload)
{
	return reload->phase != RELOAD_IDLE;
}

void
reload_check(struct reload *reload)
{
	/* Their addresses may be wanted again. */
	if (reload->phase == RELOAD_WAITING &&
	    (reload->is_cancelled || reload->loaded.result != 0 ||
		!serving_is_leaving(reload->options.serving)))
		apply(reload);
	else if (reload->phase == RELOAD_ADOPTING)
		settle(reload);
}

void
reload_cancel(struct reload *reload)
{
	reload->is_cancelled = true;
	reload_check(reload);
}
