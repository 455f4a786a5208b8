/* SPDX-License-Identifier: MIT
 *
 * options_table: every option of usher-load: how it is written, what it takes,
 * which member of struct options it fills, what --help says of it.
 *
 * Owns the table. Thread: main.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum option_kind {
	OPTION_FLAG,     /* bool */
	OPTION_STRING,   /* const char * */
	OPTION_COUNT,    /* uint64_t within least and most; k, m, g as in wrk: thousands */
	OPTION_DURATION, /* int64_t, microseconds; a bare number is seconds, as in wrk */
	OPTION_SIZE,     /* uint64_t, bytes; k, m, g: powers of 1024 */
	OPTION_LIST,     /* const char *[most], its size_t follows it in struct options */
	OPTION_REFUSED,  /* wrk's, and not ours: `help` says why */
	OPTION_HELP,
	OPTION_VERSION
};

struct option_row {
	const char *section;  /* NULL: that of the row above */
	const char *name;     /* without dashes */
	char letter;          /* or 0 */
	const char *argument; /* NULL: takes none */
	enum option_kind kind;
	size_t offset;       /* of the member of struct options */
	size_t count_offset; /* OPTION_LIST: of its count */
	uint64_t least;
	uint64_t most;
	const char *help; /* lines */
};

extern const struct option_row option_rows[];
extern const size_t option_row_count;
