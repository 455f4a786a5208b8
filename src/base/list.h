/* SPDX-License-Identifier: MIT
 *
 * list: a doubly linked, circular, intrusive list.
 *
 * Owns nothing: a link is a member of the object that stands in the list, so
 * adding and removing never allocate and never fail. A link that stands in no
 * list points at itself, which makes removal idempotent.
 *
 * Thread: none of its own; whoever owns the list owns its links.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct list_link {
	struct list_link *prev;
	struct list_link *next;
};

/* The object of `type` whose member `member` is `link`. */
#define list_entry(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

/* Walks `head` with `link`; the current link may be removed meanwhile. */
#define list_foreach_safe(link, following, head)                                  \
	for ((link) = (head)->next, (following) = (link)->next; (link) != (head); \
	     (link) = (following), (following) = (link)->next)

#define list_foreach(link, head) \
	for ((link) = (head)->next; (link) != (head); (link) = (link)->next)

/* Makes `link` an empty list, or a link that stands in none. */
static inline void
list_init(struct list_link *link)
{
	link->prev = link;
	link->next = link;
}

static inline bool
list_is_empty(const struct list_link *head)
{
	return head->next == head;
}

/* Appends `link`, which must stand in no list. */
static inline void
list_append(struct list_link *head, struct list_link *link)
{
	link->prev = head->prev;
	link->next = head;
	head->prev->next = link;
	head->prev = link;
}

/* Takes `link` out of the list it stands in, if any. */
static inline void
list_remove(struct list_link *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	list_init(link);
}

/* The first link, or NULL when the list is empty. */
static inline struct list_link *
list_first(const struct list_link *head)
{
	return head->next == head ? NULL : head->next;
}
