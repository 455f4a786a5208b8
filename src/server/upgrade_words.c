/* SPDX-License-Identifier: MIT */
#include "server/upgrade_words.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void
keep(struct upgrade_words *words, const char *bytes, size_t len)
{
	size_t over;

	if (len > sizeof(words->tail)) {
		bytes += len - sizeof(words->tail);
		len = sizeof(words->tail);
	}
	over = words->len + len > sizeof(words->tail) ? words->len + len - sizeof(words->tail) : 0;
	memmove(words->tail, words->tail + over, words->len - over);
	words->len -= over;
	memcpy(words->tail + words->len, bytes, len);
	words->len += len;
}

/* False at the end. */
static bool
read_some(struct upgrade_words *words)
{
	char bytes[2048];
	ssize_t size = read(words->fd, bytes, sizeof(bytes));

	if (size <= 0)
		return false;
	(void)!write(STDERR_FILENO, bytes, (size_t)size);
	keep(words, bytes, (size_t)size);
	return true;
}

void
upgrade_words_drain(struct upgrade_words *words)
{
	while (words->fd >= 0 && read_some(words))
		;
}

static void
on_words(evutil_socket_t fd, short events, void *arg)
{
	struct upgrade_words *words = arg;

	(void)fd;
	(void)events;
	errno = 0;
	if (!read_some(words) && errno != EAGAIN && errno != EINTR)
		(void)event_del(words->event);
}

int
upgrade_words_init(struct upgrade_words *words, struct event_base *base, int *ret_fd)
{
	int ends[2];

	*words = (struct upgrade_words){ .fd = -1 };
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -errno;
	words->fd = ends[0];
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	words->event = event_new(base, ends[0], EV_READ | EV_PERSIST, on_words, words);
	if (words->event && event_add(words->event, NULL) == 0) {
		*ret_fd = ends[1];
		return 0;
	}
	(void)close(ends[1]);
	upgrade_words_done(words);
	return -ENOMEM;
}

struct slice
upgrade_words_tail(const struct upgrade_words *words)
{
	struct slice tail = { words->tail, words->len };

	while (tail.len > 0 && tail.data[tail.len - 1] == '\n')
		tail.len--;
	return tail;
}

void
upgrade_words_done(struct upgrade_words *words)
{
	if (words->event)
		event_free(words->event);
	if (words->fd >= 0)
		(void)close(words->fd);
	words->event = NULL;
	words->fd = -1;
}
