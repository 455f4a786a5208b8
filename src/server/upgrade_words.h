/* SPDX-License-Identifier: MIT
 *
 * upgrade_words: standard error of a successor until it serves: what comes is passed on to
 * this process's own, and the end of it is kept for who asks why it failed.
 *
 * Owns its pipe. Thread: the main one.
 */
#pragma once

#include <stddef.h>

#include "base/text.h"

#define UPGRADE_WORDS_MAX 4096

struct event;
struct event_base;

struct upgrade_words {
	int fd;              /* owned; -1: none */
	struct event *event; /* owned */
	char tail[UPGRADE_WORDS_MAX];
	size_t len;
};

/* With a pipe, whose other end is `ret_fd`. 0, or a negative errno. */
int upgrade_words_init(struct upgrade_words *, struct event_base *, int *ret_fd)
    __attribute__((warn_unused_result));
/* What has come by now. */
void upgrade_words_drain(struct upgrade_words *);
/* The last whole lines. */
struct slice upgrade_words_tail(const struct upgrade_words *);
void upgrade_words_done(struct upgrade_words *);
