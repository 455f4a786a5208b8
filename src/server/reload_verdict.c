/* SPDX-License-Identifier: MIT */
#include "server/reload_verdict.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/panic.h"

static const char *const kind_names[] = {
	[RELOAD_LISTENER_ADDED] = "listener_added",
	[RELOAD_LISTENER_REMOVED] = "listener_removed",
	[RELOAD_LISTENER_KEPT] = "listener_kept",
	[RELOAD_LISTENER_REPLACED] = "listener_replaced",
	[RELOAD_SECTION_ADDED] = "section_added",
	[RELOAD_SECTION_REMOVED] = "section_removed",
	[RELOAD_KEY] = "key",
};

const char *
reload_change_kind_name(enum reload_change_kind kind)
{
	must((size_t)kind < sizeof(kind_names) / sizeof(kind_names[0]));
	return kind_names[kind];
}

void
reload_verdict_init(struct reload_verdict *verdict)
{
	*verdict = (struct reload_verdict){ .is_ok = false };
}

static void
free_change(struct reload_change *change)
{
	free(change->name);
	free(change->key);
	free(change->from);
	free(change->to);
}

static void
free_lines(struct reload_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		free(lines->items[i]);
}

void
reload_verdict_done(struct reload_verdict *verdict)
{
	for (size_t i = 0; i < verdict->change_count; i++)
		free_change(&verdict->changes[i]);
	free(verdict->changes);
	free_lines(&verdict->errors);
	free_lines(&verdict->warnings);
	reload_verdict_init(verdict);
}

/* A copy of `string`, NULL for NULL. `*is_whole` becomes false without memory. */
static char *
copy(const char *string, bool *is_whole)
{
	char *made = string ? strdup(string) : NULL;

	if (string && !made)
		*is_whole = false;
	return made;
}

static bool
fill_change(struct reload_change *change, const char *name, const char *key, const char *from,
    const char *to)
{
	bool is_whole = true;

	change->name = copy(name, &is_whole);
	change->key = copy(key, &is_whole);
	change->from = copy(from, &is_whole);
	change->to = copy(to, &is_whole);
	return is_whole;
}

/* Room for one more change, doubled as it fills. NULL at the bound, or without memory. */
static struct reload_change *
next_change(struct reload_verdict *verdict)
{
	const size_t count = verdict->change_count;
	struct reload_change *more;

	if (count >= RELOAD_CHANGES_MAX)
		return NULL;
	if (count > 0 && (count & (count - 1)) != 0)
		return &verdict->changes[count];
	more = reallocarray(verdict->changes, count > 0 ? count * 2 : 1, sizeof(*more));
	if (!more)
		return NULL;
	verdict->changes = more;
	return &verdict->changes[count];
}

void
reload_verdict_add_change(struct reload_verdict *verdict, enum reload_change_kind kind,
    const char *name, const char *key, const char *from, const char *to)
{
	struct reload_change *change = next_change(verdict);

	if (!change) {
		verdict->left_out++;
		return;
	}
	change->kind = kind;
	if (fill_change(change, name, key, from, to)) {
		verdict->change_count++;
		return;
	}
	free_change(change);
	verdict->left_out++;
}

static void
add_line(struct reload_verdict *verdict, struct reload_lines *lines, const char *line)
{
	char *made = lines->count < RELOAD_LINES_MAX ? strdup(line) : NULL;

	if (made)
		lines->items[lines->count++] = made;
	else
		verdict->left_out++;
}

void
reload_verdict_add_error(struct reload_verdict *verdict, const char *line)
{
	add_line(verdict, &verdict->errors, line);
}

void
reload_verdict_add_warning(struct reload_verdict *verdict, const char *line)
{
	add_line(verdict, &verdict->warnings, line);
}

/* --- As a line --------------------------------------------------------------- */

static void
put_key(struct text *text, const struct reload_change *change)
{
	const char *name = change->name ? change->name : "";

	text_put_string(text, name);
	if (*name)
		text_put_string(text, strchr(name, '"') ? ": " : ".");
	text_put_format(text, "%s: %s, was %s", change->key ? change->key : "",
	    change->to ? change->to : "", change->from ? change->from : "");
}

void
reload_change_put(struct text *text, const struct reload_change *change)
{
	static const struct {
		const char *prefix, *words;
	} kinds[] = {
		[RELOAD_LISTENER_ADDED] = { "listener ", "added" },
		[RELOAD_LISTENER_REMOVED] = { "listener ",
		    "removed; its connections are seen out" },
		[RELOAD_LISTENER_KEPT] = { "listener ", "kept, with its socket and its queue" },
		[RELOAD_LISTENER_REPLACED] = { "listener ",
		    "its socket was replaced, without a gap" },
		[RELOAD_SECTION_ADDED] = { "", "added" },
		[RELOAD_SECTION_REMOVED] = { "", "removed" },
	};

	if (change->kind == RELOAD_KEY) {
		put_key(text, change);
		return;
	}
	must((size_t)change->kind < sizeof(kinds) / sizeof(kinds[0]));
	text_put_format(text, "%s%s: %s", kinds[change->kind].prefix,
	    change->name ? change->name : "", kinds[change->kind].words);
}

/* --- As JSON ------------------------------------------------------------------ */

static void
put_given(struct json *json, const char *key, const char *value)
{
	if (value)
		json_string(json, key, slice_of(value));
}

static void
put_changes(struct json *json, const struct reload_verdict *verdict)
{
	json_begin_list(json, "changes");
	for (size_t i = 0; i < verdict->change_count; i++) {
		const struct reload_change *change = &verdict->changes[i];

		json_begin(json, NULL);
		put_given(json, "kind", reload_change_kind_name(change->kind));
		put_given(json, "name", change->name);
		put_given(json, "key", change->key);
		put_given(json, "from", change->from);
		put_given(json, "to", change->to);
		json_end(json);
	}
	json_end_list(json);
}

static void
put_lines(struct json *json, const char *key, const struct reload_lines *lines)
{
	json_begin_list(json, key);
	for (size_t i = 0; i < lines->count; i++)
		json_string(json, NULL, slice_of(lines->items[i]));
	json_end_list(json);
}

void
reload_verdict_put(struct text *text, const struct reload_verdict *verdict)
{
	struct json json = json_over(text);

	json_begin(&json, NULL);
	json_flag(&json, "ok", verdict->is_ok);
	json_u64(&json, "generation", verdict->generation);
	if (verdict->is_ok)
		put_changes(&json, verdict);
	else
		put_lines(&json, "errors", &verdict->errors);
	put_lines(&json, "warnings", &verdict->warnings);
	if (verdict->left_out > 0)
		json_u64(&json, "left_out", verdict->left_out);
	json_end(&json);
	text_put_char(text, '\n');
}

int
reload_verdict_status(const struct reload_verdict *verdict)
{
	if (verdict->is_ok)
		return 200;
	return verdict->is_busy ? 409 : 422;
}
