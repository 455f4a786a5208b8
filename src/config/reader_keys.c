/* SPDX-License-Identifier: MIT
 *
 * reader_keys: keys and their values, and how the reader reports.
 */
#include "config/load.h"
#include "config/reader_state.h"

#define MESSAGE_BYTES_MAX 768
#define SECTION_NAME_BYTES_MAX (2 * CONFIG_NAME_MAX + 64)
#define SHOWN_BYTES_MAX 40

struct scan_token
reader_next(struct reader *reader)
{
	return scan_next(&reader->file->scan);
}

bool
reader_is_value(const struct scan_token *token)
{
	return token->kind == SCAN_WORD || token->kind == SCAN_STRING;
}

void
reader_put(struct reader *reader, const struct scan_token *token)
{
	if (outline_put(reader->outline, token->raw) < 0)
		reader->is_out_of_memory = true;
}

void
reader_report(struct reader *reader, const struct outline_node *node, unsigned line,
    const char *key, const char *format, ...)
{
	char name[SECTION_NAME_BYTES_MAX], message[MESSAGE_BYTES_MAX];
	struct text name_text = text_over(name, sizeof(name));
	struct text message_text = text_over(message, sizeof(message));
	struct config_subject subject = { { reader->file->name, line }, NULL, key };
	va_list arguments;

	outline_put_name(&name_text, node);
	subject.section = text_string(&name_text);
	va_start(arguments, format);
	text_put_vformat(&message_text, format, arguments);
	va_end(arguments);
	config_errors_add(reader->errors, &subject, "%s", text_string(&message_text));
}

bool
reader_report_token(struct reader *reader, const struct outline_node *node,
    const struct scan_token *token, const char *key, const char *expected)
{
	int shown = (int)(token->raw.len < SHOWN_BYTES_MAX ? token->raw.len : SHOWN_BYTES_MAX);

	if (token->kind == SCAN_WRONG)
		reader_report(reader, node, token->line, key, "%s", token->problem);
	else if (token->kind == SCAN_END)
		reader_report(
		    reader, node, token->line, key, "the file ends where %s is due", expected);
	else
		reader_report(reader, node, token->line, key, "%s is due before %.*s", expected,
		    shown, token->raw.data);
	return false;
}

void
reader_report_unknown(struct reader *reader, const struct outline_node *node, unsigned line,
    const char *name, const char *what)
{
	const char *nearest = keys_nearest(node->section, name);

	if (nearest)
		reader_report(
		    reader, node, line, name, "unknown %s; did you mean \"%s\"?", what, nearest);
	else
		reader_report(reader, node, line, name, "unknown %s", what);
}

/* The sentence for a name that is no key. */
static void
report_no_key(
    struct reader *reader, const struct outline_node *node, unsigned line, const char *name)
{
	enum key_section section;
	const char *title;

	if (keys_find_section(node->section, name, &section) < 0) {
		reader_report_unknown(reader, node, line, name, "key");
		return;
	}
	title = keys_section(section)->title;
	reader_report(reader, node, line, name, "is a section: %s%s%s { ... }", name,
	    title ? " " : "", title ? title : "");
}

/* The key that is given a value here, or NULL where it cannot be. */
static const struct key *
check_key(struct reader *reader, const struct outline_node *node, unsigned line, const char *name,
    enum scan_kind sign)
{
	const struct key *key = keys_find(node->section, name);
	struct config_place before;

	if (!key) {
		report_no_key(reader, node, line, name);
		return NULL;
	}
	before = node->places[keys_index(key)];
	if (sign == SCAN_EQUALS && before.file) {
		reader_report(reader, node, line, name, "is given twice; first at %s:%u",
		    before.file, before.line);
		return NULL;
	}
	if (sign == SCAN_APPEND && key->type != KEY_LIST) {
		reader_report(reader, node, line, name, "\"+=\" adds to lists only");
		return NULL;
	}
	return key;
}

/* The items of a list, up to its "}". */
static bool
read_items(struct reader *reader, const struct outline_node *node, const char *name, bool is_kept)
{
	for (;;) {
		struct scan_token item = reader_next(reader), sign;

		if (item.kind != SCAN_CLOSE && !reader_is_value(&item))
			return reader_report_token(reader, node, &item, name, "a value or \"}\"");
		if (is_kept)
			reader_put(reader, &item);
		if (item.kind == SCAN_CLOSE)
			return true;
		sign = reader_next(reader);
		if (sign.kind != SCAN_COMMA && sign.kind != SCAN_CLOSE)
			return reader_report_token(reader, node, &sign, name, "\",\" or \"}\"");
		if (is_kept)
			reader_put(reader, &sign);
		if (sign.kind == SCAN_CLOSE)
			return true;
	}
}

static bool
read_value(struct reader *reader, const struct outline_node *node, const char *name, bool is_kept)
{
	struct scan_token token = reader_next(reader);

	if (token.kind != SCAN_OPEN && !reader_is_value(&token))
		return reader_report_token(reader, node, &token, name, "a value");
	if (is_kept)
		reader_put(reader, &token);
	return token.kind == SCAN_OPEN ? read_items(reader, node, name, is_kept) : true;
}

static bool
is_list_next(const struct reader *reader)
{
	struct scan ahead = reader->file->scan;

	return scan_next(&ahead).kind == SCAN_OPEN;
}

bool
reader_read_assignment(struct reader *reader, struct outline_node *node,
    const struct scan_token *name, const char *key_name, const struct scan_token *sign)
{
	const struct key *key = check_key(reader, node, name->line, key_name, sign->kind);
	size_t start = reader->outline->text_len;

	if (key && key->type != KEY_LIST && is_list_next(reader)) {
		reader_report(reader, node, name->line, key_name, "takes one value, not a list");
		key = NULL;
	}
	if (key) {
		reader_put(reader, name);
		reader_put(reader, sign);
	}
	if (!read_value(reader, node, key_name, key != NULL)) {
		outline_take_back(reader->outline, start);
		return false;
	}
	if (key && !node->places[keys_index(key)].file)
		node->places[keys_index(key)] =
		    (struct config_place){ reader->file->name, name->line };
	return true;
}
