/* SPDX-License-Identifier: MIT */
#include "server/serving.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/panic.h"
#include "server/adoption.h"

void
serving_init(struct serving *serving)
{
	serving->loop_count = 0;
	serving->all_count = 0;
	serving->started = 0;
	serving->generation = NULL;
	serving->addresses = NULL;
	serving->on_loops = NULL;
	serving->activation.count = 0;
	serving->inheritance = (struct inheritance){ .link = -1, .stderr_fd = -1 };
	serving->stored = (struct stored){ .items = NULL };
	serving->store = NULL;
	serving->bindings = (struct bindings){ .items = NULL };
	atomic_init(&serving->generations, 0);
	atomic_init(&serving->ids, 0);
}

void
serving_done(struct serving *serving)
{
	if (serving->generation) {
		log_file_end(&serving->generation->access);
		log_file_end(&serving->generation->connections);
	}
	for (unsigned i = 0; i < serving->all_count; i++)
		loop_free(serving->loops[i]);
	address_table_free(serving->addresses);
	bindings_done(&serving->bindings);
	activation_done(&serving->activation);
	inheritance_done(&serving->inheritance);
	stored_done(&serving->stored);
	generation_release(serving->generation);
	must(atomic_load(&serving->generations) == 0);
}

unsigned
serving_loops_of(const struct config *config)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int64_t count = config->loops;

	if (count == 0)
		count = processors > 0 ? processors : 1;
	return count > SERVING_LOOPS_MAX ? SERVING_LOOPS_MAX : (unsigned)count;
}

/* --- Loops ---------------------------------------------------------------------------- */

static bool
is_name_taken(struct loop *const *loops, unsigned count, unsigned index)
{
	for (unsigned i = 0; i < count; i++)
		if (loops[i]->index == index)
			return true;
	return false;
}

/* With the lowest number that none of the `count` loops bears. */
static struct loop *
make_loop(
    struct serving *serving, struct loop *const *loops, unsigned count, struct text *ret_error)
{
	struct loop_options options = { .ids = &serving->ids,
		.addresses = serving->addresses,
		.on_news = serving->on_news,
		.arg = serving->arg,
		.guest = serving->guest };

	while (is_name_taken(loops, count, options.index))
		options.index++;
	return loop_new(&options, ret_error);
}

int
serving_make_loops(struct serving *serving, unsigned count, void (*on_news)(void *arg), void *arg,
    struct text *ret_error)
{
	must(count > 0 && count <= SERVING_LOOPS_MAX);
	serving->addresses = address_table_new();
	if (!serving->addresses) {
		text_put_string(ret_error, "no memory");
		return -ENOMEM;
	}
	serving->on_news = on_news;
	serving->arg = arg;
	for (unsigned i = 0; i < count; i++) {
		serving->loops[i] = make_loop(serving, serving->loops, i, ret_error);
		if (!serving->loops[i])
			return -ENOMEM;
		serving->loop_count++;
		serving->all_count++;
	}
	return 0;
}

/* Signals are the main thread's. Returns how many threads run then. */
static unsigned
start_threads(struct loop *const *loops, unsigned count, struct text *ret_error)
{
	sigset_t all;
	sigset_t before;
	unsigned started = 0;
	int result = 0;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	while (started < count && (result = loop_start(loops[started])) == 0)
		started++;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (result != 0)
		text_put_format(ret_error, "thread: %s", strerror(-result));
	return started;
}

int
serving_start(struct serving *serving, struct text *ret_error)
{
	serving->started = start_threads(serving->loops, serving->loop_count, ret_error);
	return serving->started == serving->loop_count ? 0 : -EAGAIN;
}

static void
end_loops(struct loop *const *loops, unsigned count, unsigned started)
{
	for (unsigned i = 0; i < started; i++)
		loop_tell(loops[i], LOOP_STOP);
	for (unsigned i = 0; i < count; i++) {
		if (i < started)
			loop_join(loops[i]);
		loop_free(loops[i]);
	}
}

static void
tell_of_loops(const struct serving *serving)
{
	if (serving->on_loops)
		serving->on_loops(serving->on_loops_arg);
}

static void
forget_loop(struct serving *serving, unsigned place)
{
	struct loop *loop = serving->loops[place];

	for (unsigned i = place + 1; i < serving->all_count; i++)
		serving->loops[i - 1] = serving->loops[i];
	serving->all_count--;
	serving->started--;
	loop_join(loop);
	tell_of_loops(serving);
	log_info("loop %u has ended: %llu connections went to other loops", loop->index,
	    (unsigned long long)loop->conns.moved_out);
	loop_free(loop);
}

/* Until the last change is settled others may give connections to it. */
void
serving_reap(struct serving *serving)
{
	if (!serving_is_settled(serving))
		return;
	for (unsigned i = serving->all_count; i > serving->loop_count; i--)
		if (loop_has_ended(serving->loops[i - 1]) && serving->loops[i - 1]->has_parted)
			forget_loop(serving, i - 1);
}

unsigned
serving_count_failed(const struct serving *serving)
{
	unsigned count = 0;

	for (unsigned i = 0; i < serving->started; i++)
		count += loop_has_ended(serving->loops[i]) && !serving->loops[i]->has_parted;
	return count;
}

/* --- Change ------------------------------------------------------------------------- */

/* The loops as a change leaves them: first those that take newcomers. */
struct lineup {
	struct loop *loops[SERVING_ALL_MAX];
	struct adoption *adoptions[SERVING_ALL_MAX];
	unsigned count;
	unsigned fresh; /* the place of the first that is new, */
	unsigned fresh_count;
};

/* New loops run before anything is changed: that there is no thread has to be known by
 * then. */
static int
add_fresh(struct serving *serving, struct lineup *lineup, unsigned wanted, struct text *ret_error)
{
	struct loop **fresh = lineup->loops + lineup->count;
	unsigned started = 0;

	lineup->fresh = lineup->count;
	while (lineup->count < lineup->fresh + wanted) {
		struct loop *loop = make_loop(serving, lineup->loops, lineup->count, ret_error);

		if (!loop)
			break;
		lineup->loops[lineup->count++] = loop;
	}
	lineup->fresh_count = lineup->count - lineup->fresh;
	if (lineup->fresh_count == wanted)
		started = start_threads(fresh, wanted, ret_error);
	if (started == wanted)
		return 0;
	end_loops(fresh, lineup->fresh_count, started);
	lineup->fresh_count = 0;
	return -ENOMEM;
}

/* A name is free only if no loop has it, so all that there are stand here while the new
 * ones get theirs; then those go to their place. */
static int
line_up(struct serving *serving, struct lineup *lineup, unsigned loops, struct text *ret_error)
{
	const unsigned now = serving->loop_count;
	const unsigned surplus = serving->all_count - now;
	const unsigned wanted = loops > now ? loops - now : 0;
	struct loop *rotated[SERVING_ALL_MAX];

	memcpy(lineup->loops, serving->loops, serving->all_count * sizeof(struct loop *));
	lineup->count = serving->all_count;
	lineup->fresh_count = 0;
	if (wanted == 0)
		return 0;
	if (lineup->count + wanted > SERVING_ALL_MAX) {
		text_put_format(ret_error,
		    "loops: %u that are surplus since earlier reloads have connections still, so "
		    "there is no room for %u more",
		    surplus, wanted);
		return -EAGAIN;
	}
	if (add_fresh(serving, lineup, wanted, ret_error) != 0)
		return -ENOMEM;
	memcpy(rotated, lineup->loops + now, (surplus + wanted) * sizeof(struct loop *));
	memcpy(lineup->loops + now, rotated + surplus, wanted * sizeof(struct loop *));
	memcpy(lineup->loops + loops, rotated, surplus * sizeof(struct loop *));
	lineup->fresh = now;
	return 0;
}

static void
give_up(struct lineup *lineup, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		adoption_free(lineup->adoptions[i]);
}

static int
make_adoptions(struct lineup *lineup, struct generation *generation,
    const struct bindings *bindings, struct text *ret_error)
{
	for (unsigned i = 0; i < lineup->count; i++) {
		lineup->adoptions[i] =
		    adoption_new(lineup->loops, i, generation, bindings, ret_error);
		if (lineup->adoptions[i])
			continue;
		give_up(lineup, i);
		return -EINVAL;
	}
	return 0;
}

static int
prepare(struct serving *serving, struct generation *generation, struct bindings *bindings,
    struct lineup *lineup, struct text *ret_error)
{
	int result;

	bindings->activation = &serving->activation;
	bindings->inheritance = &serving->inheritance;
	bindings->stored = serving->store ? &serving->stored : NULL;
	bindings->store = serving->store;
	bindings_match(bindings, &serving->bindings);
	if (bindings->stored)
		stored_claim(bindings->stored, bindings, bindings->store);
	result = bindings_open(bindings, &serving->bindings, ret_error);
	if (result != 0)
		return result;
	result = make_adoptions(lineup, generation, bindings, ret_error);
	if (result != 0)
		bindings_revert(bindings, &serving->bindings);
	return result;
}

static void
take_lineup(struct serving *serving, const struct lineup *lineup, unsigned loops)
{
	const bool is_same = loops == serving->loop_count && lineup->fresh_count == 0;

	memcpy(serving->loops, lineup->loops, lineup->count * sizeof(struct loop *));
	serving->all_count = lineup->count;
	serving->started += lineup->fresh_count;
	if (is_same)
		return;
	log_info("loops: %u in place of %u", loops, serving->loop_count);
	serving->loop_count = loops;
	tell_of_loops(serving);
}

/* From here on nothing fails. */
static void
commit(struct serving *serving, struct generation *generation, struct bindings *bindings,
    const struct lineup *lineup)
{
	bindings_take(bindings);
	bindings_log(bindings, &serving->bindings);
	bindings_done(&serving->bindings);
	serving->bindings = *bindings;
	take_lineup(serving, lineup, bindings->loops);
	for (unsigned i = 0; i < lineup->count; i++)
		loop_hand_over(lineup->loops[i], lineup->adoptions[i]);
	generation_release(serving->generation);
	serving->generation = generation;
}

int
serving_change(struct serving *serving, struct config *config, struct bindings *bindings,
    struct text *ret_error)
{
	const unsigned number = serving->generation ? serving->generation->number + 1 : 1;
	struct lineup lineup = { .count = 0 };
	struct generation *generation;
	int result = -EINVAL;

	must(serving_is_settled(serving));
	serving_reap(serving);
	generation = generation_new(config, number, &serving->generations, ret_error);
	if (generation)
		result = line_up(serving, &lineup, bindings->loops, ret_error);
	if (result == 0)
		result = prepare(serving, generation, bindings, &lineup, ret_error);
	if (result == 0) {
		commit(serving, generation, bindings, &lineup);
		return 0;
	}
	end_loops(lineup.loops + lineup.fresh, lineup.fresh_count, lineup.fresh_count);
	bindings_done(bindings);
	generation_release(generation);
	return result;
}

bool
serving_is_settled(const struct serving *serving)
{
	for (unsigned i = 0; i < serving->all_count; i++)
		if (!loop_has_taken(serving->loops[i]))
			return false;
	return true;
}

bool
serving_is_leaving(const struct serving *serving)
{
	for (unsigned i = 0; i < serving->all_count; i++)
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
