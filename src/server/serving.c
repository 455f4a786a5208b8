/* SPDX-License-Identifier: MIT */
#include "server/serving.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/panic.h"
#include "server/adoption.h"

void
serving_init(struct serving *serving)
{
	serving->loop_count = 0;
	serving->started = 0;
	serving->generation = NULL;
	serving->activation.count = 0;
	serving->bindings = (struct bindings){ .items = NULL };
	atomic_init(&serving->generations, 0);
}

void
serving_done(struct serving *serving)
{
	if (serving->generation) {
		log_file_end(&serving->generation->access);
		log_file_end(&serving->generation->connections);
	}
	for (unsigned i = 0; i < serving->loop_count; i++)
		loop_free(serving->loops[i]);
	bindings_done(&serving->bindings);
	activation_done(&serving->activation);
	generation_release(serving->generation);
	must(atomic_load(&serving->generations) == 0);
}

int
serving_make_loops(struct serving *serving, unsigned count, const struct loop_options *options,
    struct text *ret_error)
{
	must(count > 0 && count <= SERVING_LOOPS_MAX);
	for (unsigned i = 0; i < count; i++) {
		struct loop_options own = *options;

		own.index = i;
		own.loops = count;
		serving->loops[i] = loop_new(&own, ret_error);
		if (!serving->loops[i])
			return -ENOMEM;
		serving->loop_count++;
	}
	return 0;
}

/* Signals are the main thread's. */
int
serving_start(struct serving *serving, struct text *ret_error)
{
	sigset_t all;
	sigset_t before;
	int result = 0;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	while (serving->started < serving->loop_count && result == 0) {
		result = loop_start(serving->loops[serving->started]);
		if (result == 0)
			serving->started++;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (result != 0)
		text_put_format(ret_error, "thread: %s", strerror(-result));
	return result;
}

/* --- Change ------------------------------------------------------------------------- */

static void
give_up(struct adoption **adoptions, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		adoption_free(adoptions[i]);
}

static int
make_adoptions(struct serving *serving, struct generation *generation,
    const struct bindings *bindings, struct adoption **adoptions, struct text *ret_error)
{
	for (unsigned i = 0; i < serving->loop_count; i++) {
		adoptions[i] = adoption_new(serving->loops[i], generation, bindings, ret_error);
		if (adoptions[i])
			continue;
		give_up(adoptions, i);
		return -EINVAL;
	}
	return 0;
}

static int
prepare(struct serving *serving, struct generation *generation, struct bindings *bindings,
    struct adoption **adoptions, struct text *ret_error)
{
	int result;

	bindings->activation = &serving->activation;
	bindings_match(bindings, &serving->bindings);
	result = bindings_open(bindings, &serving->bindings, ret_error);
	if (result != 0)
		return result;
	result = make_adoptions(serving, generation, bindings, adoptions, ret_error);
	if (result != 0)
		bindings_revert(bindings, &serving->bindings);
	return result;
}

/* From here on nothing fails. */
static void
commit(struct serving *serving, struct generation *generation, struct bindings *bindings,
    struct adoption **adoptions)
{
	bindings_take(bindings);
	bindings_log(bindings, &serving->bindings);
	bindings_done(&serving->bindings);
	serving->bindings = *bindings;
	for (unsigned i = 0; i < serving->loop_count; i++)
		loop_hand_over(serving->loops[i], adoptions[i]);
	generation_release(serving->generation);
	serving->generation = generation;
}

int
serving_change(struct serving *serving, struct config *config, struct bindings *bindings,
    struct text *ret_error)
{
	const unsigned number = serving->generation ? serving->generation->number + 1 : 1;
	struct adoption *adoptions[SERVING_LOOPS_MAX] = { NULL };
	struct generation *generation;
	int result = -EINVAL;

	must(serving_is_settled(serving) && bindings->loops == serving->loop_count);
	generation = generation_new(config, number, &serving->generations, ret_error);
	if (generation)
		result = prepare(serving, generation, bindings, adoptions, ret_error);
	if (result == 0) {
		commit(serving, generation, bindings, adoptions);
		return 0;
	}
	bindings_done(bindings);
	generation_release(generation);
	return result;
}

bool
serving_is_settled(const struct serving *serving)
{
	for (unsigned i = 0; i < serving->loop_count; i++)
		if (!loop_has_taken(serving->loops[i]))
			return false;
	return true;
}

bool
serving_is_leaving(const struct serving *serving)
{
	for (unsigned i = 0; i < serving->loop_count; i++)
		if (atomic_load(&serving->loops[i]->is_leaving))
			return true;
	return false;
}

void
serving_tell(struct serving *serving, enum loop_request request)
{
	for (unsigned i = 0; i < serving->started; i++)
		loop_tell(serving->loops[i], request);
}
