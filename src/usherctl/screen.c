/* SPDX-License-Identifier: MIT
 *
 * screen: a row is erased before it is written: a cursor that waits behind the last
 * column would erase that otherwise.
 */
#include "usherctl/screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENTER "\033[?1049h\033[?25l\033[2J"
#define LEAVE "\033[m\033[?25h\033[?1049l"

/* Signals that a mistake of ours sends. */
static const int crashes[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Only what signal-safety(7) allows. */
static void
on_crash(int number)
{
	struct termios mode;

	(void)!write(STDOUT_FILENO, LEAVE, sizeof(LEAVE) - 1);
	if (tcgetattr(STDIN_FILENO, &mode) == 0) {
		mode.c_lflag |= ICANON | ECHO;
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &mode);
	}
	(void)raise(number);
}

static void
catch_crashes(bool is_on)
{
	struct sigaction action = { .sa_handler = is_on ? on_crash : SIG_DFL,
		.sa_flags = (int)SA_RESETHAND };

	for (size_t i = 0; i < COUNT(crashes); i++)
		(void)sigaction(crashes[i], &action, NULL);
}

static int
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, data, len);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			data += written;
			len -= (size_t)written;
		}
	}
	return 0;
}

static void
take_input(struct screen *screen)
{
	struct termios mode;

	if (tcgetattr(screen->input, &screen->saved) < 0)
		return;
	screen->has_saved = true;
	mode = screen->saved;
	mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	mode.c_cc[VMIN] = 1;
	mode.c_cc[VTIME] = 0;
	(void)tcsetattr(screen->input, TCSANOW, &mode);
}

int
screen_open(struct screen *screen, int input, int output)
{
	*screen = (struct screen){ .input = input, .output = output };
	catch_crashes(true);
	take_input(screen);
	return write_all(output, ENTER, sizeof(ENTER) - 1);
}

/* What was typed meanwhile was meant for us, not for the shell. */
void
screen_close(struct screen *screen)
{
	if (screen->output < 0)
		return;
	(void)write_all(screen->output, LEAVE, sizeof(LEAVE) - 1);
	if (screen->has_saved)
		(void)tcsetattr(screen->input, TCSAFLUSH, &screen->saved);
	catch_crashes(false);
	canvas_free(screen->shown);
	*screen = (struct screen){ .input = -1, .output = -1 };
}

static bool
is_writable(int fd)
{
	struct pollfd fds = { fd, POLLOUT, 0 };

	return poll(&fds, 1, 0) == 1;
}

static bool
has_same_size(const struct canvas *a, const struct canvas *b)
{
	return a && a->columns == b->columns && a->row_max == b->row_max;
}

static struct slice
row_of(const struct canvas *canvas, unsigned row)
{
	return row < canvas_rows(canvas) ? canvas_text(canvas, row) : SLICE("");
}

static void
put_row(struct text *bytes, unsigned row, struct slice text)
{
	text_put_format(bytes, "\033[%u;1H\033[m\033[K", row + 1);
	text_put(bytes, text);
}

/* The bytes that turn what is shown into `canvas`. */
static void
put_changes(struct text *bytes, const struct canvas *shown, const struct canvas *canvas)
{
	bool is_known = has_same_size(shown, canvas);

	if (!is_known)
		text_put_string(bytes, "\033[m\033[2J");
	for (unsigned i = 0; i < canvas->row_max; i++) {
		struct slice now = row_of(canvas, i);
		struct slice then = is_known ? row_of(shown, i) : SLICE("");

		if (!slice_equals(now, then))
			put_row(bytes, i, now);
	}
}

int
screen_show(struct screen *screen, struct canvas *canvas)
{
	size_t cap = 64 + (size_t)canvas->row_max * (canvas->columns * 4 + 1100);
	char *room;
	struct text bytes;
	int error;

	if (!is_writable(screen->output)) {
		canvas_free(canvas);
		return 0;
	}
	room = malloc(cap);
	if (!room) {
		canvas_free(canvas);
		return -ENOMEM;
	}
	bytes = text_over(room, cap);
	put_changes(&bytes, screen->shown, canvas);
	error = write_all(screen->output, bytes.data, bytes.len);
	free(room);
	canvas_free(screen->shown);
	screen->shown = canvas;
	return error;
}
