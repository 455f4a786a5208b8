/* SPDX-License-Identifier: MIT */
#include "server/mailbox.h"

#include <string.h>

#include "base/panic.h"

void
mailbox_init(struct mailbox *mailbox)
{
	must(pthread_mutex_init(&mailbox->lock, NULL) == 0);
	mailbox->generation = 0;
	mailbox->count = 0;
}

void
mailbox_done(struct mailbox *mailbox)
{
	must(mailbox->count == 0);
	must(pthread_mutex_destroy(&mailbox->lock) == 0);
}

void
mailbox_open(struct mailbox *mailbox, unsigned generation)
{
	must(pthread_mutex_lock(&mailbox->lock) == 0);
	mailbox->generation = generation;
	must(pthread_mutex_unlock(&mailbox->lock) == 0);
}

size_t
mailbox_lock(struct mailbox *mailbox, unsigned generation)
{
	must(pthread_mutex_lock(&mailbox->lock) == 0);
	return mailbox->generation == generation ? MAILBOX_MAX - mailbox->count : 0;
}

void
mailbox_put(struct mailbox *mailbox, struct letter letter)
{
	must(mailbox->count < MAILBOX_MAX);
	mailbox->letters[mailbox->count++] = letter;
}

void
mailbox_unlock(struct mailbox *mailbox)
{
	must(pthread_mutex_unlock(&mailbox->lock) == 0);
}

size_t
mailbox_take(struct mailbox *mailbox, struct letter *ret_letters, bool is_last)
{
	size_t count;

	must(pthread_mutex_lock(&mailbox->lock) == 0);
	count = mailbox->count;
	memcpy(ret_letters, mailbox->letters, count * sizeof(*ret_letters));
	mailbox->count = 0;
	if (is_last)
		mailbox->generation = 0;
	must(pthread_mutex_unlock(&mailbox->lock) == 0);
	return count;
}
