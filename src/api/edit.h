/* SPDX-License-Identifier: MIT
 *
 * edit: a call by which the program changed its configuration: a key, a listener, a
 * service, a route. It is done at once, so that what is wrong is told at once, and kept: a
 * configuration that is read anew by a reload gets the same.
 *
 * Thread: the server's; once it is started nothing changes any more, and the thread that
 * loads applies them.
 */
#pragma once

#include "base/list.h"
#include "base/text.h"
#include "config/config.h"

#define API_EDIT_WORDS 4
#define API_WORDS(...) ((const char *const[API_EDIT_WORDS]){ __VA_ARGS__ })

struct usher_server;

struct api_edit;

/* Does it. 0, or a negative errno; `problem` says whose fault it is, and why if that is more
 * than the error says by itself. */
typedef int api_apply(const struct api_edit *, struct config *, struct text *problem);

struct api_edit {
	struct list_link link;
	api_apply *apply;
	char *words[API_EDIT_WORDS]; /* owned */
	const void *program;         /* borrowed; of a stream or a route of the program's */
};

/* Applies the edit to the server's configuration, and keeps it with copies of `words`, of
 * which those at the end may be NULL. 0; what `apply` returned, with the sentence in the
 * server's error; USHER_NO_MEMORY; USHER_WRONG_STATE once it is started. */
int api_edit_make(struct usher_server *, api_apply *apply, const char *const words[API_EDIT_WORDS],
    const void *program) __attribute__((warn_unused_result));

/* All that were made, in their order. 0, or the error of the first that cannot be done, with a
 * sentence. Any thread, once the server is started. */
int api_edits_apply(const struct usher_server *, struct config *, struct text *problem)
    __attribute__((warn_unused_result));

void api_edits_free(struct usher_server *);
