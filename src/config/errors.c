/* SPDX-License-Identifier: MIT
 *
 * errors: a bounded, sorted list of lines. Lack of memory loses a line but never
 * the fact that there was one.
 */
#include "config/errors.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define LINE_BYTES_MAX 1024

void
config_errors_init(struct config_errors *errors)
{
	*errors = (struct config_errors){ 0 };
}

static void
free_item(struct config_error *item)
{
	free(item->text);
	free(item->file);
}

void
config_errors_done(struct config_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++)
		free_item(&errors->items[i]);
	config_errors_init(errors);
}

static void
put_subject(struct text *text, const struct config_subject *subject)
{
	if (subject->place.file)
		text_put_format(text, "%s:", subject->place.file);
	if (subject->place.file && subject->place.line > 0)
		text_put_format(text, "%u:", subject->place.line);
	if (text->len > 0)
		text_put_char(text, ' ');
	if (subject->section && *subject->section)
		text_put_format(text, "[%s] ", subject->section);
	if (subject->key)
		text_put_format(text, "%s: ", subject->key);
}

static void
make_printable(char *string)
{
	for (; *string; string++)
		if ((unsigned char)*string < ' ' || *string == '\x7f')
			*string = '?';
}

/* Copies the line into `ret_item`. False for lack of memory. */
static bool
make_item(struct config_error *ret_item, const char *line, const struct config_place *place)
{
	struct config_error item = { .line = place->line };

	item.text = strdup(line);
	item.file = place->file ? strdup(place->file) : NULL;
	if (!item.text || (place->file && !item.file)) {
		free_item(&item);
		return false;
	}
	*ret_item = item;
	return true;
}

static bool
is_same_file(const struct config_error *a, const struct config_error *b)
{
	if (!a->file || !b->file)
		return a->file == b->file;
	return strcmp(a->file, b->file) == 0;
}

/* Lines of one file stand together, in their order; files as they came up. */
static void
insert(struct config_errors *errors, const struct config_error *item)
{
	size_t at = errors->count;

	while (at > 0 && !is_same_file(&errors->items[at - 1], item))
		at--;
	if (at == 0)
		at = errors->count;
	while (at > 0 && is_same_file(&errors->items[at - 1], item) &&
	    errors->items[at - 1].line > item->line)
		at--;
	memmove(&errors->items[at + 1], &errors->items[at],
	    (errors->count - at) * sizeof(errors->items[0]));
	errors->items[at] = *item;
	errors->count++;
}

static void add(struct config_errors *errors, const struct config_subject *subject, bool is_warning,
    const char *format, va_list arguments) __attribute__((format(printf, 4, 0)));

static void
add(struct config_errors *errors, const struct config_subject *subject, bool is_warning,
    const char *format, va_list arguments)
{
	char line[LINE_BYTES_MAX];
	struct text text = text_over(line, sizeof(line));
	struct config_error item;

	if (!is_warning)
		errors->fault_count++;
	put_subject(&text, subject);
	text_put_vformat(&text, format, arguments);
	make_printable(text_string(&text));
	if (errors->count == CONFIG_ERRORS_MAX || !make_item(&item, line, &subject->place)) {
		errors->left_out++;
		return;
	}
	item.is_warning = is_warning;
	insert(errors, &item);
}

void
config_errors_add(
    struct config_errors *errors, const struct config_subject *subject, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(errors, subject, false, format, arguments);
	va_end(arguments);
}

void
config_errors_warn(
    struct config_errors *errors, const struct config_subject *subject, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(errors, subject, true, format, arguments);
	va_end(arguments);
}
