/* SPDX-License-Identifier: MIT
 *
 * patience: who becomes busy stands last in his list, so of those that were busy before,
 * any that are left stand first.
 */
#include "server/patience.h"

#include <errno.h>
#include <stdlib.h>

#include "net/conn_set.h"

static int
by_id(const void *a, const void *b)
{
	const struct patience_mark *one = a;
	const struct patience_mark *other = b;

	return (one->id > other->id) - (one->id < other->id);
}

static void
mark_all(struct patience *patience, const struct list_link *list)
{
	struct list_link *link;

	list_foreach (link, list) {
		const struct conn *conn = list_entry(link, struct conn, link);

		patience->marks[patience->count++] =
		    (struct patience_mark){ conn->id, conn->requests };
	}
}

int
patience_init(struct patience *patience, const struct conn_set *conns)
{
	const size_t most =
	    conns->counts[CONN_BUSY] + conns->counts[CONN_FLUSHING] + conns->counts[CONN_LINGERING];

	patience->count = 0;
	patience->marks = calloc(most + 1, sizeof(*patience->marks));
	if (!patience->marks)
		return -ENOMEM;
	mark_all(patience, &conns->lists[CONN_BUSY]);
	mark_all(patience, &conns->lists[CONN_FLUSHING]);
	mark_all(patience, &conns->lists[CONN_LINGERING]);
	qsort(patience->marks, patience->count, sizeof(*patience->marks), by_id);
	return 0;
}

void
patience_done(struct patience *patience)
{
	free(patience->marks);
	*patience = (struct patience){ .marks = NULL };
}

static bool
is_marked(const struct patience *patience, const struct conn *conn)
{
	const struct patience_mark key = { .id = conn->id };
	const struct patience_mark *mark =
	    bsearch(&key, patience->marks, patience->count, sizeof(key), by_id);

	return mark && mark->requests == conn->requests;
}

/* Of whose request the head has not come whole, he can leave as he is. */
static bool
is_asked_still(const struct conn *conn)
{
	return deadline_is_armed(&conn->deadline) && conn->deadline.kind == DEADLINE_HEAD &&
	    conn->ops->retract;
}

static bool
has_busy(const struct patience *patience, const struct list_link *list)
{
	struct list_link *link;

	list_foreach (link, list) {
		const struct conn *conn = list_entry(link, struct conn, link);

		if (!is_asked_still(conn))
			return is_marked(patience, conn);
	}
	return false;
}

static bool
has_marked(const struct patience *patience, const struct list_link *list)
{
	struct list_link *link;

	list_foreach (link, list)
		if (is_marked(patience, list_entry(link, struct conn, link)))
			return true;
	return false;
}

bool
patience_is_over(const struct patience *patience, const struct conn_set *conns)
{
	return !has_busy(patience, &conns->lists[CONN_BUSY]) &&
	    !has_marked(patience, &conns->lists[CONN_FLUSHING]) &&
	    !has_marked(patience, &conns->lists[CONN_LINGERING]);
}
