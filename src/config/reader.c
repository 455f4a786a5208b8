/* SPDX-License-Identifier: MIT
 *
 * reader: files, includes and sections. Each function takes what its name says
 * off the file being read.
 */
#include "config/reader.h"

#include "config/load.h"
#include "config/reader_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Sections nest as keys.c says, files at most CONFIG_INCLUDE_DEPTH_MAX deep: each
 * recursion below is bounded. NOLINTBEGIN(misc-no-recursion) */

static bool read_statements(struct reader *, struct outline_node *, unsigned opened_on);

/* What a title or the name of an included file, in which nothing is replaced,
 * cannot be; or NULL. */
static const char *
check_plain(struct slice text)
{
	if (text.len == 0)
		return "cannot be empty";
	if (text.len > CONFIG_NAME_MAX)
		return "is longer than 255 bytes";
	for (size_t i = 0; i < text.len; i++)
		if (strchr("\\\t$", text.data[i]))
			return "cannot hold a backslash, a dollar sign or a tab";
	return NULL;
}

static bool
report_unclosed(struct reader *reader, const struct outline_node *node, unsigned opened_on)
{
	reader_report(reader, node, opened_on, NULL, "the \"{\" of this line is not closed");
	return false;
}

/* Skips what stands in braces after an "{" that was on line `opened_on`. */
static bool
skip_braces(struct reader *reader, const struct outline_node *node, unsigned opened_on)
{
	size_t depth = 1;

	while (depth > 0) {
		struct scan_token token = reader_next(reader);

		if (token.kind == SCAN_WRONG)
			return reader_report_token(reader, node, &token, NULL, "\"}\"");
		if (token.kind == SCAN_END)
			return report_unclosed(reader, node, opened_on);
		if (token.kind == SCAN_OPEN)
			depth++;
		else if (token.kind == SCAN_CLOSE)
			depth--;
	}
	return true;
}

/* A further section of that kind: the node, or NULL where there can be none. */
static struct outline_node *
add_section(struct reader *reader, struct outline_node *node, enum key_section section,
    struct slice title, unsigned line)
{
	struct outline_node *child;

	if (reader->section_count == CONFIG_SECTIONS_MAX) {
		reader_report(reader, node, line, NULL, "there are more than %d sections",
		    CONFIG_SECTIONS_MAX);
		return NULL;
	}
	reader->section_count++;
	child =
	    outline_add(node, section, title, (struct config_place){ reader->file->name, line });
	if (!child)
		reader->is_out_of_memory = true;
	return child;
}

/* The node for the section that begins here, or NULL where none can: sections
 * without title may be continued, those with one are told apart by it. */
static struct outline_node *
begin_section(struct reader *reader, struct outline_node *node, enum key_section section,
    struct slice title, unsigned line)
{
	struct outline_node *child = outline_child(node, section, title);
	struct config_place before;

	if (!child)
		return add_section(reader, node, section, title, line);
	if (!title.data)
		return child;
	before = child->places[keys_section(section)->key_count];
	reader_report(
	    reader, child, line, NULL, "exists already, at %s:%u", before.file, before.line);
	return NULL;
}

/* Checks name and title. 0, or -EINVAL after a report. */
static int
check_section(struct reader *reader, const struct outline_node *node, unsigned line,
    const char *name, struct slice title, enum key_section *ret_section)
{
	const struct key_section_info *info;
	enum key_section section;
	const char *problem = NULL;

	if (keys_find(node->section, name)) {
		reader_report(reader, node, line, name, "is a key: %s = ...", name);
		return -EINVAL;
	}
	if (keys_find_section(node->section, name, &section) < 0) {
		reader_report_unknown(reader, node, line, name, "section");
		return -EINVAL;
	}
	info = keys_section(section);
	if (info->title && !title.data)
		reader_report(
		    reader, node, line, name, "is written %s %s { ... }", name, info->title);
	else if (!info->title && title.data)
		reader_report(reader, node, line, name, "is written %s { ... }", name);
	else if (info->title && (problem = check_plain(title)))
		reader_report(reader, node, line, name, "its %s %s", info->title, problem);
	else {
		*ret_section = section;
		return 0;
	}
	return -EINVAL;
}

/* The section `name`, of which `token` is the title, if it has one, or "{". */
static bool
read_section(struct reader *reader, struct outline_node *node, const struct scan_token *name,
    const char *section_name, struct scan_token token)
{
	struct scan_token title = { 0 };
	struct outline_node *child = NULL;
	enum key_section section;
	bool is_whole;

	if (reader_is_value(&token)) {
		title = token;
		token = reader_next(reader);
	}
	if (token.kind != SCAN_OPEN &&
	    keys_find_section(node->section, section_name, &section) < 0) {
		reader_report_unknown(reader, node, name->line, section_name, "key");
		return false;
	}
	if (token.kind != SCAN_OPEN)
		return reader_report_token(reader, node, &token, section_name, "\"{\"");
	if (check_section(reader, node, name->line, section_name, title.inside, &section) == 0)
		child = begin_section(reader, node, section, title.inside, name->line);
	if (!child)
		return skip_braces(reader, node, token.line);
	reader_put(reader, name);
	if (title.raw.data)
		reader_put(reader, &title);
	reader_put(reader, &token);
	is_whole = read_statements(reader, child, token.line);
	if (outline_put(reader->outline, SLICE("}")) < 0)
		reader->is_out_of_memory = true;
	return is_whole;
}

/* Byte order marks are no part of the text. */
static struct slice
skip_byte_order_mark(struct slice text)
{
	if (slice_starts_with(text, SLICE("\xef\xbb\xbf")))
		return (struct slice){ text.data + 3, text.len - 3 };
	return text;
}

/* Reads the statements of a file whose bytes are there. */
static bool
read_open_file(struct reader *reader, struct outline_node *node, struct open_file *file)
{
	struct slice text = { file->source.data, file->source.len };
	unsigned char byte;
	unsigned line;
	bool is_whole = false;

	text = skip_byte_order_mark(text);
	scan_init(&file->scan, text);
	file->includer = reader->file;
	reader->file = file;
	if (scan_is_text(text, &line, &byte))
		is_whole = read_statements(reader, node, 0);
	else
		reader_report(
		    reader, node, line, NULL, "is not text: it holds the byte 0x%02x", byte);
	reader->file = file->includer;
	return is_whole;
}

static bool
is_open(const struct reader *reader, const struct source *source)
{
	for (const struct open_file *file = reader->file; file; file = file->includer)
		if (source_is_same(&file->source, source))
			return true;
	return false;
}

/* Reads the file `path`, whose name becomes the outline's. A file of which the
 * rest makes no sense is no failure of the one that includes it. 0, or the error
 * of source_read, or -ELOOP. */
static int
read_file(struct reader *reader, struct outline_node *node, char *path)
{
	struct open_file file = { .name = outline_add_file(reader->outline, path) };
	int error;

	if (!file.name)
		return -ENOMEM;
	error = source_read(path, &file.source);
	if (error == 0 && is_open(reader, &file.source))
		error = -ELOOP;
	if (error == 0)
		(void)read_open_file(reader, node, &file);
	source_done(&file.source);
	return error;
}

static void
include_file(struct reader *reader, struct outline_node *node, struct slice name, unsigned line)
{
	char *path = source_resolve(reader->file->name, name);
	int error = path ? read_file(reader, node, path) : -ENOMEM;

	if (error == -ENOMEM)
		reader->is_out_of_memory = true;
	else if (error == -ELOOP)
		reader_report(
		    reader, node, line, "include", "%s is being read already: a loop", path);
	else if (error < 0)
		reader_report(reader, node, line, "include", "%s: %s", path, source_error(error));
}

/* The rest of an include: the name in parentheses, after the first of them. */
static bool
read_include(struct reader *reader, struct outline_node *node)
{
	struct scan_token name = reader_next(reader), end;
	const char *problem;

	if (!reader_is_value(&name))
		return reader_report_token(reader, node, &name, "include", "the name of a file");
	end = reader_next(reader);
	if (end.kind != SCAN_RIGHT)
		return reader_report_token(reader, node, &end, "include", "\")\"");
	problem = check_plain(name.inside);
	if (problem)
		reader_report(reader, node, name.line, "include", "the name of a file %s", problem);
	else if (reader->depth == CONFIG_INCLUDE_DEPTH_MAX)
		reader_report(reader, node, name.line, "include",
		    "files include files more than %d deep", CONFIG_INCLUDE_DEPTH_MAX);
	else if (reader->outline->file_count == CONFIG_FILES_MAX)
		reader_report(reader, node, name.line, "include", "more than %d files are read",
		    CONFIG_FILES_MAX);
	else {
		reader->depth++;
		include_file(reader, node, name.inside, name.line);
		reader->depth--;
	}
	return true;
}

/* One key, section or include, whose name was taken. */
static bool
read_statement(struct reader *reader, struct outline_node *node, const struct scan_token *name)
{
	char word[CONFIG_NAME_MAX + 1];
	struct text text = text_over(word, sizeof(word));
	struct scan_token token = reader_next(reader);

	text_put(&text, name->inside);
	text_string(&text);
	if (token.kind == SCAN_EQUALS || token.kind == SCAN_APPEND)
		return reader_read_assignment(reader, node, name, word, &token);
	if (token.kind == SCAN_LEFT && strcmp(word, "include") == 0)
		return read_include(reader, node);
	if (token.kind == SCAN_OPEN || (reader_is_value(&token) && !keys_find(node->section, word)))
		return read_section(reader, node, name, word, token);
	return reader_report_token(reader, node, &token, word, "\"=\"");
}

/* The statements of a section whose "{" was on line `opened_on`, up to its "}";
 * or of a file, where that is 0, up to its end. */
static bool
read_statements(struct reader *reader, struct outline_node *node, unsigned opened_on)
{
	while (!reader->is_out_of_memory) {
		struct scan_token token = reader_next(reader);

		if (token.kind == SCAN_END && opened_on > 0)
			return report_unclosed(reader, node, opened_on);
		if (token.kind == SCAN_END || (token.kind == SCAN_CLOSE && opened_on > 0))
			return true;
		if (token.kind != SCAN_WORD)
			return reader_report_token(
			    reader, node, &token, NULL, "the name of a key or section");
		if (!read_statement(reader, node, &token))
			return false;
	}
	return false;
}

/* NOLINTEND(misc-no-recursion) */

int
reader_read(const char *path, struct outline *outline, struct config_errors *errors)
{
	struct reader reader = { .outline = outline, .errors = errors };
	char *name = strdup(path);
	int error = name ? read_file(&reader, outline->top, name) : -ENOMEM;

	if (reader.is_out_of_memory)
		return -ENOMEM;
	if (error < 0 && error != -ENOMEM)
		config_errors_add(errors, &(struct config_subject){ { path, 0 }, NULL, NULL }, "%s",
		    source_error(error));
	return error;
}
