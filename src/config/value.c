/* SPDX-License-Identifier: MIT */
#include "config/value.h"

#include "base/clock.h"
#include "base/panic.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

bool
value_is_number(const struct key *key)
{
	return key->type != KEY_WORD && key->type != KEY_STRING && key->type != KEY_LIST;
}

bool
value_is_quoted(const struct key *key)
{
	return key->type != KEY_BOOL && key->type != KEY_INT && key->type != KEY_CHOICE &&
	    key->type != KEY_WORD;
}

static size_t
word_count(const struct key *key)
{
	size_t count = 0;

	while (key->words[count])
		count++;
	return count;
}

void
value_put_words(struct text *text, const struct key *key)
{
	for (size_t i = 0; key->words[i]; i++)
		text_put_format(text, "%s%s", i > 0 ? ", " : "", key->words[i]);
}

static int
find_word(const struct key *key, const char *string, int64_t *ret_index, struct text *problem)
{
	const char *nearest;

	for (size_t i = 0; key->words[i]; i++)
		if (strcmp(key->words[i], string) == 0) {
			*ret_index = (int64_t)i;
			return 0;
		}
	text_put_format(problem, "\"%s\" is none of ", string);
	value_put_words(problem, key);
	nearest = text_nearest_word(string, key->words, word_count(key));
	if (nearest)
		text_put_format(problem, "; did you mean \"%s\"?", nearest);
	return -EINVAL;
}

/* The words of libconfuse's own booleans. */
static int
parse_bool(const char *string, int64_t *ret_number)
{
	static const char *const words[] = { "false", "true", "no", "yes", "off", "on" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(string, words[i]) == 0) {
			*ret_number = (int64_t)(i % 2);
			return 0;
		}
	return -EINVAL;
}

static int
parse_int(const char *string, int64_t *ret_number)
{
	uint64_t number;
	int error;

	/* What would be below any range is out of it, and still a number. */
	if (string[0] == '-')
		return slice_to_u64(slice_of(string + 1), &number) == -EINVAL ? -EINVAL : -ERANGE;
	error = slice_to_u64(slice_of(string), &number);
	if (error < 0)
		return error;
	if (number > INT64_MAX)
		return -ERANGE;
	*ret_number = (int64_t)number;
	return 0;
}

static int
parse_size(const char *string, int64_t *ret_number)
{
	uint64_t number;
	int error;

	error = text_parse_size(string, &number);
	if (error < 0)
		return error;
	if (number > INT64_MAX)
		return -ERANGE;
	*ret_number = (int64_t)number;
	return 0;
}

static int
parse_mode(const char *string, int64_t *ret_number)
{
	size_t len = strlen(string);
	int64_t mode = 0;

	if (len == 0 || strspn(string, "01234567") != len)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		mode = mode * 8 + (string[i] - '0');
		if (mode > INT16_MAX)
			return -ERANGE;
	}
	*ret_number = mode;
	return 0;
}

static int
parse_by_type(const struct key *key, const char *string, int64_t *ret_number)
{
	switch (key->type) {
	case KEY_BOOL:
		return parse_bool(string, ret_number);
	case KEY_INT:
		return parse_int(string, ret_number);
	case KEY_SIZE:
		return parse_size(string, ret_number);
	case KEY_DURATION:
		return text_parse_duration_us(string, ret_number);
	case KEY_MODE:
		return parse_mode(string, ret_number);
	default:
		panic_at(__FILE__, __LINE__, "a key with a number is of one of these types");
	}
}

static const char *
describe(enum key_type type)
{
	switch (type) {
	case KEY_BOOL:
		return "neither true nor false";
	case KEY_INT:
		return "no whole number";
	case KEY_SIZE:
		return "no size, such as \"16k\", \"1m\" or \"2g\"";
	case KEY_DURATION:
		return "no duration, such as \"30s\", \"500ms\" or \"5m\"";
	default:
		return "no octal mode, such as \"0660\"";
	}
}

static void
put_out_of_range(struct text *problem, const struct key *key, const char *string)
{
	text_put_format(problem, "%s is out of range ", string);
	value_put(problem, key, key->min);
	text_put_string(problem, "..");
	value_put(problem, key, key->max);
}

int
value_parse(const struct key *key, const char *string, int64_t *ret_number, struct text *problem)
{
	int64_t number = 0;
	int error;

	if (key->type == KEY_CHOICE)
		return find_word(key, string, ret_number, problem);
	error = parse_by_type(key, string, &number);
	if (error == -EINVAL)
		text_put_format(problem, "\"%s\" is %s", string, describe(key->type));
	else if (error == -ERANGE ||
	    (key->type != KEY_BOOL && (number < key->min || number > key->max)))
		put_out_of_range(problem, key, string);
	else if (key->step > 0 && number % key->step != 0)
		text_put_format(problem, "%s is not a whole number of %s", string,
		    key->step == CLOCK_SECOND_US ? "seconds" : "milliseconds");
	else {
		*ret_number = number;
		return 0;
	}
	return -EINVAL;
}

int
value_check(const struct key *key, const char *string, struct text *problem)
{
	int64_t index;

	if (key->type == KEY_WORD)
		return find_word(key, string, &index, problem);
	/* A list is made empty by writing no items. */
	if (*string == '\0' && (key->type == KEY_LIST || !key->initial || *key->initial)) {
		text_put_string(problem, "cannot be empty");
		return -EINVAL;
	}
	if (key->type == KEY_STRING && key->max > 0 && strlen(string) > (size_t)key->max) {
		text_put_format(problem, "is longer than %lld bytes", (long long)key->max);
		return -EINVAL;
	}
	for (; *string && !key->is_text; string++) {
		unsigned char byte = (unsigned char)*string;

		if (byte < ' ' || byte == 0x7f) {
			text_put_format(problem, "holds the control character 0x%02x", byte);
			return -EINVAL;
		}
	}
	return 0;
}

void
value_put(struct text *text, const struct key *key, int64_t number)
{
	switch (key->type) {
	case KEY_BOOL:
		text_put_string(text, number ? "true" : "false");
		break;
	case KEY_SIZE:
		text_put_size(text, (uint64_t)number);
		break;
	case KEY_DURATION:
		text_put_duration(text, number);
		break;
	case KEY_MODE:
		text_put_format(text, "%04llo", (unsigned long long)number);
		break;
	case KEY_CHOICE:
		text_put_string(text, key->words[number]);
		break;
	default:
		text_put_u64(text, (uint64_t)number);
	}
}
