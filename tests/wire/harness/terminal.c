/* SPDX-License-Identifier: MIT
 *
 * terminal: the program and its pseudo terminal; what it draws is terminal_screen's.
 */
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/list.h"
#include "place.h"
#include "terminal_screen.h"
#include "usherd.h"

struct terminal {
	struct list_link link;
	struct terminal_screen screen;
	pid_t pid; /* 0 once it was waited for */
	int fd;    /* ours */
	int other; /* theirs, kept open so that its mode can be read */
	int status;
	struct termios before;
	unsigned long bytes;
};

static struct list_link all = { &all, &all };

static void
set_size(int fd, unsigned columns, unsigned rows)
{
	struct winsize size = { .ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows };

	(void)ioctl(fd, TIOCSWINSZ, &size);
}

/* In the child: the terminal is its own, and standard input, output and error. */
static _Noreturn void
become(int fd, const char *program, char *const *argv)
{
	(void)setsid();
	(void)ioctl(fd, TIOCSCTTY, 0);
	(void)setenv("TERM", "xterm", 1);
	(void)setenv("LC_ALL", "C", 1);
	if (dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0 ||
	    dup2(fd, STDERR_FILENO) < 0)
		_exit(126);
	execvp(program, argv);
	_exit(127);
}

struct terminal *
terminal_start(const char *program, const char *const *args, unsigned columns, unsigned rows)
{
	struct terminal *terminal = calloc(1, sizeof(*terminal));
	const char *path = getenv(program);
	char *argv[16] = { (char *)(uintptr_t)path };
	int count = 1;

	if (!terminal)
		abort();
	if (!path)
		wire_fail("%s does not name the program to test", program);
	for (; *args && count < 15; args++)
		argv[count++] = place_expand(*args);
	terminal->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (terminal->fd < 0 || grantpt(terminal->fd) < 0 || unlockpt(terminal->fd) < 0)
		wire_fail("a pseudo terminal: %s", strerror(errno));
	terminal->other = open(ptsname(terminal->fd), O_RDWR | O_NOCTTY | O_CLOEXEC);
	set_size(terminal->other, columns, rows);
	(void)tcgetattr(terminal->other, &terminal->before);
	terminal_screen_init(&terminal->screen, columns, rows);
	terminal->pid = fork();
	if (terminal->pid == 0)
		become(terminal->other, path, argv);
	while (count > 1)
		free(argv[--count]);
	list_append(&all, &terminal->link);
	return terminal;
}

void
terminal_end_all(void)
{
	struct list_link *link, *following;

	list_foreach_safe (link, following, &all) {
		struct terminal *terminal = list_entry(link, struct terminal, link);

		if (terminal->pid > 0) {
			(void)kill(terminal->pid, SIGKILL);
			(void)waitpid(terminal->pid, NULL, 0);
		}
		(void)close(terminal->fd);
		(void)close(terminal->other);
		list_remove(link);
		free(terminal);
	}
}

int
terminal_fd(const struct terminal *terminal)
{
	return terminal->fd;
}

void
terminal_read(struct terminal *terminal)
{
	char bytes[4096];
	ssize_t got;

	while ((got = read(terminal->fd, bytes, sizeof(bytes))) > 0) {
		terminal->bytes += (unsigned long)got;
		for (ssize_t i = 0; i < got; i++)
			terminal_screen_take(&terminal->screen, bytes[i]);
	}
}

void
terminal_expect(struct terminal *terminal, const char *text)
{
	int64_t deadline_us = clock_monotonic_us() + WIRE_DEADLINE_US;

	for (;;) {
		struct pollfd fds = { terminal->fd, POLLIN, 0 };
		int64_t left_us = deadline_us - clock_monotonic_us();

		terminal_read(terminal);
		if (terminal_screen_holds(&terminal->screen, text))
			return;
		if (left_us <= 0 || poll(&fds, 1, (int)(left_us / 1000 + 1)) <= 0)
			wire_fail("the screen does not show '%s':\n%s", text,
			    terminal_screen_text(&terminal->screen));
	}
}

void
terminal_type(struct terminal *terminal, const char *keys)
{
	if (write(terminal->fd, keys, strlen(keys)) != (ssize_t)strlen(keys))
		wire_fail("the terminal takes no keys: %s", strerror(errno));
}

void
terminal_resize(struct terminal *terminal, unsigned columns, unsigned rows)
{
	terminal_read(terminal);
	terminal_screen_init(&terminal->screen, columns, rows);
	terminal->screen.is_alternate = true;
	terminal->screen.is_cursor_hidden = true;
	set_size(terminal->fd, columns, rows);
}

void
terminal_signal(struct terminal *terminal, int number)
{
	(void)kill(terminal->pid, number);
}

/* Waits for a change of its state; what it writes meanwhile is taken, so that it never
 * waits for us. */
static void
wait_for(struct terminal *terminal, int options)
{
	int64_t deadline_us = clock_monotonic_us() + WIRE_DEADLINE_US;
	struct pollfd fds = { terminal->fd, POLLIN, 0 };

	while (waitpid(terminal->pid, &terminal->status, WNOHANG | options) == 0) {
		if (clock_monotonic_us() > deadline_us)
			wire_fail("the program on the terminal does not end:\n%s",
			    terminal_screen_text(&terminal->screen));
		(void)poll(&fds, 1, 10);
		terminal_read(terminal);
	}
	terminal_read(terminal);
}

static void
expect_given_back(const struct terminal *terminal)
{
	struct termios now;

	if (tcgetattr(terminal->other, &now) < 0)
		wire_fail("the terminal's mode: %s", strerror(errno));
	if (now.c_lflag != terminal->before.c_lflag)
		wire_fail("the mode of the terminal is %x, and was %x", (unsigned)now.c_lflag,
		    (unsigned)terminal->before.c_lflag);
	if (terminal->screen.is_alternate || terminal->screen.is_cursor_hidden)
		wire_fail("the screen was not given back");
}

void
terminal_expect_given_back(struct terminal *terminal, int status)
{
	wait_for(terminal, 0);
	terminal->pid = 0;
	if (!WIFEXITED(terminal->status) || WEXITSTATUS(terminal->status) != status)
		wire_fail("wait status %x instead of an exit with %d:\n%s",
		    (unsigned)terminal->status, status, terminal_screen_text(&terminal->screen));
	expect_given_back(terminal);
}

void
terminal_expect_killed(struct terminal *terminal, int number)
{
	wait_for(terminal, 0);
	terminal->pid = 0;
	if (!WIFSIGNALED(terminal->status) || WTERMSIG(terminal->status) != number)
		wire_fail("wait status %x instead of an end by signal %d",
		    (unsigned)terminal->status, number);
	expect_given_back(terminal);
}

void
terminal_expect_stopped(struct terminal *terminal)
{
	wait_for(terminal, WUNTRACED);
	if (!WIFSTOPPED(terminal->status))
		wire_fail("wait status %x instead of a stop", (unsigned)terminal->status);
	expect_given_back(terminal);
}

void
terminal_continue(struct terminal *terminal)
{
	(void)kill(terminal->pid, SIGCONT);
}

const char *
terminal_row(const struct terminal *terminal, unsigned row)
{
	return terminal->screen.rows[row];
}

unsigned long
terminal_bytes(const struct terminal *terminal)
{
	return terminal->bytes;
}

bool
terminal_had_colours(const struct terminal *terminal)
{
	return terminal->screen.had_colours;
}
