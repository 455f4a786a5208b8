/* SPDX-License-Identifier: MIT
 *
 * look: the environment is read once; text is shown character by character.
 */
#include "usherctl/look.h"

#include <langinfo.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#define DEFAULT_COLUMNS 80
#define DEFAULT_ROWS 24

static bool
is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

static bool
is_smart_terminal(void)
{
	const char *term = getenv("TERM");

	return term && *term && strcmp(term, "dumb") != 0;
}

/* A size that the environment names, as it does where there is no terminal. */
static unsigned
size_from(const char *name, unsigned otherwise)
{
	uint64_t number;

	if (slice_to_u64(slice_of(getenv(name)), &number) != 0 || number == 0 || number > 1000)
		return otherwise;
	return (unsigned)number;
}

void
look_read_size(struct look *look, int fd)
{
	struct winsize size = { 0 };

	if (!look->is_terminal || ioctl(fd, TIOCGWINSZ, &size) < 0)
		size = (struct winsize){ 0 };
	look->columns = size.ws_col > 0 ? size.ws_col : size_from("COLUMNS", DEFAULT_COLUMNS);
	look->rows = size.ws_row > 0 ? size.ws_row : size_from("LINES", DEFAULT_ROWS);
}

void
look_read(struct look *ret_look, int fd)
{
	struct look look = { 0 };

	look.is_terminal = isatty(fd) == 1;
	look.is_smart = look.is_terminal && is_smart_terminal();
	look.has_colour = look.is_smart && !is_set("NO_COLOR");
	look.has_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	look_read_size(&look, fd);
	*ret_look = look;
}

const char *
look_colour(const struct look *look, enum colour colour)
{
	static const char *const sequences[] = {
		[COLOUR_NONE] = "\033[m",
		[COLOUR_BOLD] = "\033[1m",
		[COLOUR_DIM] = "\033[2m",
		[COLOUR_GOOD] = "\033[32m",
		[COLOUR_WARN] = "\033[33m",
		[COLOUR_BAD] = "\033[1;31m",
	};

	return look->has_colour ? sequences[colour] : "";
}

/* The code point of a sequence that is valid UTF-8. */
static wchar_t
decode(struct slice sequence)
{
	static const unsigned char first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	unsigned code = (unsigned char)sequence.data[0] & first_bits[sequence.len];

	for (size_t i = 1; i < sequence.len; i++)
		code = code << 6 | ((unsigned char)sequence.data[i] & 0x3f);
	return (wchar_t)code;
}

/* The next character to show, of a slice that is not empty: its bytes, and the
 * columns it takes. What cannot be shown is a '?'. */
static struct slice
next_shown(const struct look *look, struct slice slice, size_t *ret_taken, unsigned *ret_width)
{
	size_t len = slice_utf8_length(slice);
	struct slice shown = slice_first(slice, len);
	int width;

	*ret_taken = len > 0 ? len : 1;
	*ret_width = 1;
	if (len == 1 && slice.data[0] >= ' ' && slice.data[0] < 0x7f)
		return shown;
	if (len <= 1 || !look->has_utf8)
		return SLICE("?");
	width = wcwidth(decode(shown));
	if (width <= 0)
		return SLICE("?");
	*ret_width = (unsigned)width;
	return shown;
}

unsigned
look_put(struct text *text, const struct look *look, struct slice slice, unsigned columns)
{
	unsigned used = 0;

	while (slice.len > 0) {
		size_t taken;
		unsigned width;
		struct slice shown = next_shown(look, slice, &taken, &width);

		if (width > columns - used)
			break;
		text_put(text, shown);
		used += width;
		slice = slice_from(slice, taken);
	}
	return used;
}

unsigned
look_width(const struct look *look, struct slice slice)
{
	char none;
	struct text nowhere = text_over(&none, 0);

	return look_put(&nowhere, look, slice, UINT_MAX);
}
