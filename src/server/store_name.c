/* SPDX-License-Identifier: MIT */
#include "server/store_name.h"

#include <string.h>

#include "base/panic.h"

#define MARK '~'
/* sd_notify(3): of what was put there without a name. */
#define NAMELESS "stored"

/* --- Writing ---------------------------------------------------------------------- */

/* What may stand in a name as it is; the manager takes what is printable but ':'. */
static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '-' || c == '_' || c == '.';
}

static void
put_escaped(struct text *text, const char *name)
{
	static const char digits[] = "0123456789abcdef";

	for (; *name; name++) {
		const unsigned char c = (unsigned char)*name;

		if (is_plain(*name)) {
			text_put_char(text, *name);
			continue;
		}
		text_put_char(text, '%');
		text_put_char(text, digits[c >> 4]);
		text_put_char(text, digits[c & 15]);
	}
}

static char
letter_of(enum store_kind kind)
{
	static const char letters[] = {
		[STORE_LISTENER] = 'l', [STORE_CARRIER] = 'c', [STORE_PROBE] = 'p'
	};

	must(kind >= STORE_LISTENER && kind <= STORE_PROBE);
	return letters[kind];
}

bool
store_name_put(enum store_kind kind, uint64_t number, const char *listener, char *room)
{
	char made[STORE_NAME_MAX];
	struct text text = text_over(made, sizeof(made));

	text_put_char(&text, MARK);
	text_put_char(&text, letter_of(kind));
	if (kind == STORE_LISTENER || kind == STORE_CARRIER)
		text_put_hex(&text, number);
	if (kind == STORE_LISTENER && *listener) {
		text_put_char(&text, MARK);
		put_escaped(&text, listener);
	}
	(void)text_string(&text);
	if (text.is_truncated)
		return false;
	memcpy(room, made, text.len + 1);
	return true;
}

/* --- Reading ---------------------------------------------------------------------- */

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* As text_put_hex writes it: no leading zeros. */
static bool
take_number(const char **at, uint64_t *ret_number)
{
	const char *first = *at;
	uint64_t number = 0;

	while (hex_value(**at) >= 0 && *at - first < 16)
		number = number << 4 | (uint64_t)hex_value(*(*at)++);
	*ret_number = number;
	return *at > first && (*first != '0' || *at - first == 1);
}

static bool
take_escaped(const char *at, char *room)
{
	size_t len = 0;

	while (*at && len < STORE_NAME_MAX - 1) {
		int value = (unsigned char)*at++;

		if (value == '%') {
			const int high = hex_value(at[0]);
			const int low = high >= 0 ? hex_value(at[1]) : -1;

			if (low < 0)
				return false;
			value = high << 4 | low;
			at += 2;
			if (is_plain((char)value) || value == 0)
				return false;
		} else if (!is_plain((char)value)) {
			return false;
		}
		room[len++] = (char)value;
	}
	room[len] = '\0';
	return len > 0 && !*at;
}

static enum store_kind
read_numbered(enum store_kind kind, const char *at, struct store_name *name)
{
	if (!take_number(&at, &name->number))
		return STORE_STRANGE;
	if (!*at)
		return kind;
	if (kind == STORE_LISTENER && *at == MARK && take_escaped(at + 1, name->listener))
		return kind;
	return STORE_STRANGE;
}

static enum store_kind
read_name(const char *name, struct store_name *ret_name)
{
	if (strcmp(name, NAMELESS) == 0)
		return STORE_STRANGE;
	if (name[0] != MARK)
		return STORE_FOREIGN;
	switch (name[1]) {
	case 'l':
		return read_numbered(STORE_LISTENER, name + 2, ret_name);
	case 'c':
		return read_numbered(STORE_CARRIER, name + 2, ret_name);
	case 'p':
		return name[2] ? STORE_STRANGE : STORE_PROBE;
	default:
		return STORE_STRANGE;
	}
}

void
store_name_parse(const char *name, struct store_name *ret_name)
{
	ret_name->number = 0;
	ret_name->listener[0] = '\0';
	ret_name->kind = strlen(name) < STORE_NAME_MAX ? read_name(name, ret_name) : STORE_STRANGE;
	if (ret_name->kind == STORE_STRANGE)
		ret_name->listener[0] = '\0';
}
