/* SPDX-License-Identifier: MIT
 *
 * connections: a page is a heap with the least of its rows on top, so that the best of
 * any number of connections are found in one walk over them, in the memory of those
 * that are wanted.
 */
#include "handler/connections.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "handler/query.h"

/* --- The question ------------------------------------------------------------- */

static const char *const sort_words[] = {
	[CONNECTIONS_BY_ID] = "id",
	[CONNECTIONS_BY_AGE] = "age",
	[CONNECTIONS_BY_IDLE] = "idle",
	[CONNECTIONS_BY_REQUESTS] = "requests",
	[CONNECTIONS_BY_BYTES_IN] = "bytes_in",
	[CONNECTIONS_BY_BYTES_OUT] = "bytes_out",
	[CONNECTIONS_BY_UNSENT] = "unsent",
};
#define SORT_COUNT (sizeof(sort_words) / sizeof(sort_words[0]))

static int
parse_state(struct slice value, int *ret_state)
{
	for (int state = CONN_BUSY; state < CONN_CLOSED; state++)
		if (slice_equals(value, slice_of(conn_state_name((enum conn_state)state)))) {
			*ret_state = state;
			return 0;
		}
	return -EINVAL;
}

static int
parse_sort(struct slice value, enum connections_sort *ret_sort)
{
	for (size_t i = 0; i < SORT_COUNT; i++)
		if (slice_equals(value, slice_of(sort_words[i]))) {
			*ret_sort = (enum connections_sort)i;
			return 0;
		}
	return -EINVAL;
}

static int
parse_limit(struct slice value, size_t *ret_limit)
{
	uint64_t limit;

	if (slice_to_u64(value, &limit) != 0 || limit < 1 || limit > CONNECTIONS_MAX)
		return -EINVAL;
	*ret_limit = (size_t)limit;
	return 0;
}

static int
say_states(struct text *ret_error)
{
	text_put_string(ret_error, "state is one of");
	for (int state = CONN_BUSY; state < CONN_CLOSED; state++)
		text_put_format(ret_error, "%s %s", state > CONN_BUSY ? "," : "",
		    conn_state_name((enum conn_state)state));
	return -EINVAL;
}

static int
say_sorts(struct text *ret_error)
{
	text_put_string(ret_error, "sort is one of");
	for (size_t i = 0; i < SORT_COUNT; i++)
		text_put_format(ret_error, "%s %s", i > 0 ? "," : "", sort_words[i]);
	return -EINVAL;
}

static int
say_limit(struct text *ret_error)
{
	text_put_format(ret_error, "limit is a number from 1 to %d", CONNECTIONS_MAX);
	return -EINVAL;
}

static int
parse_one(
    struct slice name, struct slice value, struct connections_query *query, struct text *ret_error)
{
	if (slice_equals(name, SLICE("state")))
		return parse_state(value, &query->state) == 0 ? 0 : say_states(ret_error);
	if (slice_equals(name, SLICE("sort")))
		return parse_sort(value, &query->sort) == 0 ? 0 : say_sorts(ret_error);
	if (slice_equals(name, SLICE("limit")))
		return parse_limit(value, &query->limit) == 0 ? 0 : say_limit(ret_error);
	text_put_string(ret_error, "the parameters are state, sort and limit");
	return -EINVAL;
}

int
connections_query_parse(
    struct slice query, struct connections_query *ret_query, struct text *ret_error)
{
	struct connections_query found = { -1, CONNECTIONS_BY_ID, CONNECTIONS_DEFAULT };
	struct slice name;
	struct slice value;

	while (query_next(&query, &name, &value))
		if (parse_one(name, value, &found, ret_error) != 0)
			return -EINVAL;
	*ret_query = found;
	return 0;
}

/* --- The page ----------------------------------------------------------------- */

struct connections_page *
connections_page_new(const struct connections_query *query)
{
	struct connections_page *page =
	    malloc(sizeof(*page) + query->limit * sizeof(struct connections_row));

	if (page)
		*page = (struct connections_page){ .query = *query };
	return page;
}

static void
swap(struct connections_row *a, struct connections_row *b)
{
	const struct connections_row kept = *a;

	*a = *b;
	*b = kept;
}

static void
sift_up(struct connections_row *rows, size_t at)
{
	while (at > 0 && rows[at].rank < rows[(at - 1) / 2].rank) {
		swap(&rows[at], &rows[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

static void
sift_down(struct connections_row *rows, size_t count)
{
	size_t at = 0;

	for (;;) {
		size_t least = at;

		for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++)
			if (rows[child].rank < rows[least].rank)
				least = child;
		if (least == at)
			return;
		swap(&rows[at], &rows[least]);
		at = least;
	}
}

/* Until the page is full a row is taken at its end, afterwards on top. */
struct connections_row *
connections_page_take(struct connections_page *page, uint64_t rank)
{
	if (page->count < page->query.limit)
		return &page->rows[page->count];
	page->left_out++;
	return rank > page->rows[0].rank ? &page->rows[0] : NULL;
}

void
connections_page_place(struct connections_page *page)
{
	if (page->left_out > 0)
		sift_down(page->rows, page->count);
	else
		sift_up(page->rows, page->count++);
}

/* --- The answer --------------------------------------------------------------- */

static const char *const wait_words[DEADLINE_KINDS] = {
	[DEADLINE_IDLE] = "idle",
	[DEADLINE_HEAD] = "head",
	[DEADLINE_BODY] = "body",
	[DEADLINE_WRITE] = "write",
	[DEADLINE_LINGER] = "linger",
};

static void
put_peer(struct json *json, const struct peer *peer)
{
	char room[PEER_TEXT_MAX];
	struct text text = text_over(room, sizeof(room));

	peer_put(&text, peer);
	json_string(json, "peer", text_slice(&text));
}

static void
put_path(struct json *json, const struct connections_row *row)
{
	if (row->has_path) {
		json_u64(json, "unacknowledged", row->unacknowledged);
		json_u64(json, "rtt_us", row->rtt_us);
	} else {
		json_null(json, "unacknowledged");
		json_null(json, "rtt_us");
	}
}

static void
put_row(struct json *json, const struct connections_row *row)
{
	const char *waits_for = row->has_deadline ? wait_words[row->waits_for] : NULL;

	json_begin(json, NULL);
	json_u64(json, "id", row->id);
	json_u64(json, "loop", row->loop);
	put_peer(json, &row->peer);
	json_string(json, "listener", slice_of(row->listener));
	json_string(json, "protocol", slice_of(row->protocol));
	json_string(json, "state", slice_of(conn_state_name(row->state)));
	json_string(json, "waits_for", slice_of(waits_for));
	json_seconds(json, "age_s", row->age_us);
	json_seconds(json, "idle_s", row->idle_us);
	json_u64(json, "requests", row->requests);
	json_u64(json, "bytes_in", row->bytes_in);
	json_u64(json, "bytes_out", row->bytes_out);
	json_u64(json, "unsent", row->unsent);
	put_path(json, row);
	json_end(json);
}

/* The best first; of equals the oldest. */
static int
compare_rows(const void *left, const void *right)
{
	const struct connections_row *a = *(const struct connections_row *const *)left;
	const struct connections_row *b = *(const struct connections_row *const *)right;

	if (a->rank != b->rank)
		return a->rank > b->rank ? -1 : 1;
	return a->id < b->id ? -1 : 1;
}

/* All rows of the pages in order. Owned by the caller. */
static const struct connections_row **
sort_rows(struct connections_page *const *pages, size_t count, size_t total)
{
	const struct connections_row **rows = calloc(total + 1, sizeof(struct connections_row *));
	size_t filled = 0;

	if (!rows)
		return NULL;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; pages[i] && j < pages[i]->count; j++)
			rows[filled++] = &pages[i]->rows[j];
	qsort(rows, total, sizeof(struct connections_row *), compare_rows);
	return rows;
}

static void
put_rows(
    struct text *text, const struct connections_row *const *rows, size_t count, size_t left_out)
{
	struct json json = json_over(text);

	json_begin(&json, NULL);
	json_begin_list(&json, "connections");
	for (size_t i = 0; i < count; i++)
		put_row(&json, rows[i]);
	json_end_list(&json);
	json_u64(&json, "left_out", left_out);
	json_end(&json);
	text_put_char(text, '\n');
}

int
connections_put(struct text *text, struct connections_page *const *pages, size_t count)
{
	const struct connections_row **rows;
	size_t total = 0;
	size_t left_out = 0;
	size_t shown = 0;

	for (size_t i = 0; i < count; i++)
		if (pages[i]) {
			total += pages[i]->count;
			left_out += pages[i]->left_out;
			shown = pages[i]->query.limit;
		}
	if (shown > total)
		shown = total;
	rows = sort_rows(pages, count, total);
	if (!rows)
		return -ENOMEM;
	put_rows(text, rows, shown, left_out + total - shown);
	free(rows);
	return 0;
}
