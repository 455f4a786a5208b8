/* SPDX-License-Identifier: MIT
 *
 * events: signalfd(2) and the terminal in one epoll(7) set.
 */
#include "usherctl/events.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "usherctl/dial.h"

static const int taken[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define END_OF_INPUT 4 /* Ctrl-D, which is a key like others while lines are off */

static int
add(int set, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int
events_open(struct events *events, int input)
{
	sigset_t mask;
	int error;

	(void)sigemptyset(&mask);
	for (size_t i = 0; i < COUNT(taken); i++)
		(void)sigaddset(&mask, taken[i]);
	(void)sigprocmask(SIG_BLOCK, &mask, &events->before);
	events->input = isatty(input) == 1 ? input : -1;
	events->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	events->fd = epoll_create1(EPOLL_CLOEXEC);
	error = events->signals < 0 || events->fd < 0 ? -errno : 0;
	if (error == 0)
		error = add(events->fd, events->signals);
	if (error == 0 && events->input >= 0)
		error = add(events->fd, events->input);
	if (error != 0)
		events_close(events);
	return error;
}

void
events_close(struct events *events)
{
	(void)close(events->fd);
	(void)close(events->signals);
	(void)sigprocmask(SIG_SETMASK, &events->before, NULL);
}

static enum event
read_signal(const struct events *events)
{
	struct signalfd_siginfo info;

	if (read(events->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return EVENT_NONE;
	switch (info.ssi_signo) {
	case SIGWINCH:
		return EVENT_RESIZED;
	case SIGTSTP:
		return EVENT_SUSPEND;
	default:
		return EVENT_QUIT;
	}
}

static enum event
read_key(const struct events *events)
{
	char key;

	if (read(events->input, &key, 1) != 1)
		return EVENT_QUIT;
	return key == 'q' || key == 'Q' || key == END_OF_INPUT ? EVENT_QUIT : EVENT_OTHER;
}

enum event
events_next(struct events *events, int64_t deadline_us)
{
	struct epoll_event event;
	int error = dial_wait(events->fd, EPOLLIN, -1, deadline_us);

	if (error != 0)
		return error == -ETIMEDOUT ? EVENT_NONE : EVENT_QUIT;
	if (epoll_wait(events->fd, &event, 1, 0) != 1)
		return EVENT_NONE;
	return event.data.fd == events->signals ? read_signal(events) : read_key(events);
}
