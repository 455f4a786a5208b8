/* SPDX-License-Identifier: MIT
 *
 * log: builds a message on the stack, compares it with the last one, and writes it
 * whole.
 *
 * A message is one line: a control character in it is shown as '?', so that
 * nothing that slipped through unescaped can pass for a line of its own.
 */
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log_target.h"
#include "base/panic.h"

/* Bytes of the longest line, with its newline. */
#define LINE_MAX_BYTES 2048

#define CUT_MARK "\xe2\x80\xa6" /* … */

/* The longest time for which a repeated message is only counted. */
#define REPEATS_UNTOLD_US (10 * CLOCK_SECOND_US)

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

#define LEVEL_COUNT (sizeof(level_names) / sizeof(level_names[0]))

static _Atomic(enum log_level) current_level = LOG_LEVEL_INFO;
static atomic_uint_fast64_t lost_lines;
static struct log_target standard_error;

/* What the lock guards. */
static struct {
	pthread_mutex_t lock;
	struct log_target *target; /* NULL: nothing was opened yet */
	/* The last message, and how often it came again since it was told. */
	char last[LINE_MAX_BYTES];
	size_t last_len;
	enum log_level last_level;
	uint64_t repeats;
	int64_t repeats_since_us; /* when the first of these came */
	uint64_t lost_untold;
} state = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* --- Levels -------------------------------------------------------------------- */

void
log_set_level(enum log_level level)
{
	atomic_store_explicit(&current_level, level, memory_order_relaxed);
}

enum log_level
log_get_level(void)
{
	return atomic_load_explicit(&current_level, memory_order_relaxed);
}

int
log_level_from_name(const char *name)
{
	for (size_t i = 0; i < LEVEL_COUNT; i++)
		if (strcmp(name, level_names[i]) == 0)
			return (int)i;
	return -1;
}

const char *
log_level_name(enum log_level level)
{
	return level_names[level];
}

uint64_t
log_lost_lines(void)
{
	return atomic_load(&lost_lines);
}

/* --- Lines, under the lock ------------------------------------------------------- */

static void
lock(void)
{
	must(pthread_mutex_lock(&state.lock) == 0);
	if (state.target)
		return;
	log_target_open_stderr(&standard_error);
	state.target = &standard_error;
}

static void
unlock(void)
{
	must(pthread_mutex_unlock(&state.lock) == 0);
}

/* Drops the UTF-8 sequence at the end of `line`, which may have been cut. */
static void
drop_cut_sequence(struct text *line)
{
	size_t start = line->len;

	while (start > 0 && ((unsigned char)line->data[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 && (unsigned char)line->data[start - 1] >= 0xc0)
		line->len = start - 1;
}

static bool
write_line(enum log_level level, struct slice message)
{
	char data[LINE_MAX_BYTES];
	struct text line = text_over(data, sizeof(data) - sizeof(CUT_MARK));

	log_target_put_prefix(state.target, &line, level);
	text_put(&line, message);
	if (line.is_truncated) {
		drop_cut_sequence(&line);
		memcpy(data + line.len, CUT_MARK, sizeof(CUT_MARK) - 1);
		line.len += sizeof(CUT_MARK) - 1;
	}
	return log_target_write(state.target, &line);
}

static void
tell_repeats(void)
{
	char room[64];
	struct text message = text_over(room, sizeof(room));

	if (state.repeats == 0)
		return;
	text_put_string(&message, "the last message ");
	if (state.repeats == 1)
		text_put_string(&message, "once more");
	else
		text_put_format(&message, "%llu times more", (unsigned long long)state.repeats);
	if (write_line(state.last_level, text_slice(&message)))
		state.repeats = 0;
}

static void
tell_lost(void)
{
	char room[64];
	struct text message = text_over(room, sizeof(room));

	if (state.lost_untold == 0)
		return;
	text_put_format(&message, "%llu lines of this log could not be written",
	    (unsigned long long)state.lost_untold);
	if (write_line(LOG_LEVEL_WARNING, text_slice(&message)))
		state.lost_untold = 0;
}

static bool
is_last(enum log_level level, struct slice message)
{
	return state.last_len > 0 && level == state.last_level &&
	    slice_equals(message, (struct slice){ state.last, state.last_len });
}

static void
count_repeat(void)
{
	const int64_t now_us = clock_monotonic_us();

	if (state.repeats++ == 0)
		state.repeats_since_us = now_us;
	if (now_us - state.repeats_since_us >= REPEATS_UNTOLD_US)
		tell_repeats();
}

static void
tell(enum log_level level, struct slice message)
{
	tell_repeats();
	tell_lost();
	state.last_level = level;
	state.last_len = message.len;
	memcpy(state.last, message.data, message.len);
	state.repeats = 0;
	if (write_line(level, message))
		return;
	state.lost_untold++;
	state.last_len = 0; /* what nobody saw is not repeated */
	atomic_fetch_add(&lost_lines, 1);
}

/* --- Messages -------------------------------------------------------------------- */

static void
hide_controls(struct text *message)
{
	for (size_t i = 0; i < message->len; i++)
		if ((unsigned char)message->data[i] < 0x20 || message->data[i] == 0x7f)
			message->data[i] = '?';
}

void
log_at_v(enum log_level level, const char *format, va_list arguments)
{
	char data[LINE_MAX_BYTES];
	struct text message = text_over(data, sizeof(data));
	int saved_errno = errno;

	if (level > log_get_level())
		return;
	text_put_vformat(&message, format, arguments);
	hide_controls(&message);
	lock();
	if (is_last(level, text_slice(&message)))
		count_repeat();
	else
		tell(level, text_slice(&message));
	unlock();
	errno = saved_errno;
}

void
log_at(enum log_level level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_at_v(level, format, arguments);
	va_end(arguments);
}

void
log_tick(void)
{
	lock();
	if (state.repeats > 0 && clock_monotonic_us() - state.repeats_since_us >= REPEATS_UNTOLD_US)
		tell_repeats();
	tell_lost();
	unlock();
}

void
log_flush(void)
{
	lock();
	tell_repeats();
	tell_lost();
	unlock();
}

/* --- Targets --------------------------------------------------------------------- */

/* The one there was is closed; all but the first are on the heap. */
static void
replace_target(struct log_target *target)
{
	log_target_close(state.target);
	if (state.target != &standard_error)
		free(state.target);
	state.target = target;
	state.last_len = 0;
}

void
log_open(void)
{
	lock();
	replace_target(&standard_error);
	log_target_open_stderr(&standard_error);
	unlock();
}

int
log_check_target(const char *target)
{
	return log_target_check(target);
}

static int
open_target(const char *name, struct log_target **ret_target, struct text *ret_error)
{
	struct log_target *target = calloc(1, sizeof(*target));
	int result;

	if (!target) {
		text_put_string(ret_error, "no memory");
		return -ENOMEM;
	}
	result = log_target_open(target, name, ret_error);
	if (result == 0)
		*ret_target = target;
	else
		free(target);
	return result;
}

int
log_set_target(const char *name, struct text *ret_error)
{
	struct log_target *target = NULL;
	int result = open_target(name, &target, ret_error);

	if (result != 0)
		return result;
	lock();
	tell_repeats();
	replace_target(target);
	unlock();
	return 0;
}

int
log_reopen(struct text *ret_error)
{
	int result;

	lock();
	result = log_target_reopen(state.target, ret_error);
	unlock();
	return result;
}

int
log_file_descriptor(void)
{
	return log_file_path() ? state.target->outlet.fd : -1;
}

const char *
log_file_path(void)
{
	return state.target && state.target->is_file ? state.target->path : NULL;
}
