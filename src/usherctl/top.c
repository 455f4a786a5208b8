/* SPDX-License-Identifier: MIT
 *
 * top: `usherctl top`: asks, draws, waits for a key or the next second. Where the
 * output is no terminal whose cursor can be moved, or with --once, one frame of text.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "usherctl/events.h"
#include "usherctl/frame.h"
#include "usherctl/screen.h"
#include "usherctl/verbs.h"

#define TEXT_ROWS 200 /* of a frame that is no screen */
#define AT_ONCE_US (CLOCK_SECOND_US / 20)

struct top {
	const struct command *command;
	struct look look;
	struct client client;
	struct events events;
	struct screen screen;
	struct snapshot before, now; /* zeros: none yet */
	char notice[ASK_WHY_MAX];    /* why `now` is old; "" */
	enum ctl_status status;      /* of the last question */
};

/* Takes `snapshot` as the newest. */
static void
take_snapshot(struct top *top, const struct snapshot *snapshot)
{
	snapshot_done(&top->before);
	top->before = top->now;
	top->now = *snapshot;
	top->notice[0] = '\0';
}

static void
ask_again(struct top *top)
{
	char room[sizeof(top->notice)];
	struct text why = text_over(room, sizeof(room));
	struct snapshot snapshot;
	struct reply reply;

	top->status = ask(&top->client, "GET", "/status", &reply, &why);
	if (top->status == CTL_OK && snapshot_read(&snapshot, reply.object) != 0) {
		text_put_string(&why, "the answer is no status of usherd");
		top->status = CTL_BAD_ANSWER;
	}
	if (top->status == CTL_OK)
		take_snapshot(top, &snapshot);
	else if (top->status != CTL_INTERRUPTED)
		memcpy(top->notice, text_string(&why), why.len + 1);
	reply_done(&reply);
}

/* Of a notice, a frame has room for the first line: what is wrong, without advice. */
static struct canvas *
draw(const struct top *top, unsigned rows)
{
	struct canvas *canvas = canvas_new(&top->look, top->look.columns, rows);
	struct interval interval =
	    interval_between(top->before.root ? &top->before : NULL, &top->now);
	struct slice notice = { top->notice, strcspn(top->notice, "\n") };

	if (canvas)
		frame_draw(canvas, &interval, notice);
	return canvas;
}

static int
show(struct top *top)
{
	struct canvas *canvas = draw(top, top->look.rows);

	return canvas ? screen_show(&top->screen, canvas) : -ENOMEM;
}

/* Ctrl-Z: the shell gets its terminal, and we get it again when it says so. */
static int
suspend(struct top *top)
{
	screen_close(&top->screen);
	(void)raise(SIGSTOP);
	look_read_size(&top->look, STDOUT_FILENO);
	return screen_open(&top->screen, STDIN_FILENO, STDOUT_FILENO);
}

/* Deals with keys and signals until it is time for the next frame. False: quit. */
static bool
wait_for_next(struct top *top, int64_t deadline_us)
{
	for (;;) {
		switch (events_next(&top->events, deadline_us)) {
		case EVENT_NONE:
			return true;
		case EVENT_RESIZED:
			look_read_size(&top->look, STDOUT_FILENO);
			break;
		case EVENT_SUSPEND:
			if (suspend(top) != 0)
				return false;
			break;
		case EVENT_QUIT:
			return false;
		case EVENT_OTHER:
		default:
			continue;
		}
		if (show(top) != 0)
			return false;
	}
}

/* When the next frame is due: each has its time from the first on, so that they do not
 * drift; but a question that a key interrupted is asked again at once. */
static int64_t
next_frame(const struct top *top, int64_t last_us)
{
	int64_t now_us = clock_monotonic_us();
	int64_t next_us = last_us + top->command->interval_us;

	if (top->status == CTL_INTERRUPTED)
		return now_us + AT_ONCE_US;
	return next_us > now_us ? next_us : now_us + AT_ONCE_US;
}

static void
run_frames(struct top *top)
{
	int64_t next_us = clock_monotonic_us();

	while (show(top) == 0) {
		next_us = next_frame(top, next_us);
		if (!wait_for_next(top, next_us))
			return;
		ask_again(top);
	}
}

static int
run_live(struct top *top)
{
	int error;

	ask_again(top);
	if (top->status != CTL_OK) {
		verbs_complain(top->command, slice_of(top->notice));
		return (int)top->status;
	}
	error = events_open(&top->events, STDIN_FILENO);
	if (error == 0) {
		top->client.interrupt_fd = top->events.fd;
		error = screen_open(&top->screen, STDIN_FILENO, STDOUT_FILENO);
		if (error == 0)
			run_frames(top);
		screen_close(&top->screen);
		events_close(&top->events);
	}
	if (error == 0)
		return CTL_OK;
	verbs_complain(top->command, slice_of(strerror(-error)));
	return CTL_FAILED;
}

/* Two questions, since a rate needs two. */
static int
run_once(struct top *top)
{
	struct timespec wait = { .tv_sec = top->command->interval_us / CLOCK_SECOND_US,
		.tv_nsec = top->command->interval_us % CLOCK_SECOND_US * 1000 };
	struct canvas *canvas;
	int error;

	ask_again(top);
	if (top->status == CTL_OK) {
		(void)nanosleep(&wait, NULL);
		ask_again(top);
	}
	if (top->status != CTL_OK) {
		verbs_complain(top->command, slice_of(top->notice));
		return (int)top->status;
	}
	canvas = draw(top, TEXT_ROWS);
	error = canvas ? canvas_print(canvas, stdout) : -ENOMEM;
	canvas_free(canvas);
	return error == 0 ? CTL_OK : CTL_FAILED;
}

int
verb_top(const struct command *command)
{
	struct top top = { .command = command,
		.look = command->look,
		.client = command->client,
		.screen = { .input = -1, .output = -1 } };
	int status =
	    command->wants_once || !command->look.is_smart ? run_once(&top) : run_live(&top);

	snapshot_done(&top.before);
	snapshot_done(&top.now);
	return status;
}
