/* SPDX-License-Identifier: MIT
 *
 * options: walks argv with the table. An option without a letter is known to
 * getopt_long(3) by its row's number above those of letters.
 */
#include "usher-load/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/panic.h"
#include "usher-load/exit.h"
#include "usher-load/help.h"
#include "usher-load/options_table.h"
#include "version.h"

#define ROWS_MAX 64
#define FIRST_NUMBER 256

int
options_complain(const char *sentence)
{
	(void)fprintf(stderr, "usher-load: %s\n", sentence);
	(void)fputs("usher-load: `usher-load --help` lists the options\n", stderr);
	return EXIT_USAGE;
}

static int
number_of(size_t row)
{
	return option_rows[row].letter ? option_rows[row].letter : FIRST_NUMBER + (int)row;
}

/* The table in the forms that getopt_long(3) wants. */
static void
make_getopt(struct option longs[ROWS_MAX + 1], char shorts[2 * ROWS_MAX + 2])
{
	struct text text = text_over(shorts, 2 * ROWS_MAX + 2);

	must(option_row_count <= ROWS_MAX);
	text_put_char(&text, ':');
	for (size_t i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		longs[i] = (struct option){ row->name, row->argument ? 1 : 0, NULL, number_of(i) };
		if (row->letter) {
			text_put_char(&text, row->letter);
			if (row->argument)
				text_put_char(&text, ':');
		}
	}
	longs[option_row_count] = (struct option){ NULL, 0, NULL, 0 };
	(void)text_string(&text);
}

/* "12", "12k": thousands, as wrk counts. */
static int
parse_count(const char *value, uint64_t *ret_count)
{
	struct slice whole = slice_of(value);
	uint64_t factor = 1;
	int result;

	if (whole.len > 1) {
		char unit = whole.data[whole.len - 1] | 0x20;

		factor = unit == 'k' ? 1000 : unit == 'm' ? 1000000 : unit == 'g' ? 1000000000 : 1;
	}
	if (factor > 1)
		whole.len--;
	result = slice_to_u64(whole, ret_count);
	if (result == 0 && __builtin_mul_overflow(*ret_count, factor, ret_count))
		return -ERANGE;
	return result;
}

/* A bare number is seconds. */
static int
parse_duration(const char *value, int64_t *ret_us)
{
	uint64_t seconds;

	if (slice_to_u64(slice_of(value), &seconds) == 0 && seconds < INT64_MAX / 1000000) {
		*ret_us = (int64_t)seconds * 1000000;
		return 0;
	}
	return text_parse_duration_us(value, ret_us);
}

static int
refuse(const struct option_row *row, const char *value, const char *why)
{
	char room[400];
	struct text text = text_over(room, sizeof(room));

	text_put_format(&text, "--%s %s: %s", row->name, value, why);
	return options_complain(text_string(&text));
}

static int
take_number(const struct option_row *row, const char *value, uint64_t *member)
{
	uint64_t number;
	int result = row->kind == OPTION_SIZE ? text_parse_size(value, &number)
					      : parse_count(value, &number);

	if (result == -EINVAL)
		return refuse(row, value, "is no whole number (k, m or g may follow it)");
	if (result != 0 || number < row->least || number > row->most)
		return refuse(row, value, "is out of range");
	*member = number;
	return -1;
}

static int
take_duration(const struct option_row *row, const char *value, int64_t *member)
{
	int64_t us;

	if (parse_duration(value, &us) != 0)
		return refuse(row, value, "is no time: write 30s, 2m, 500ms");
	if (us < (int64_t)row->least || us > INT64_C(30) * 86400 * 1000000)
		return refuse(row, value, "is out of range");
	*member = us;
	return -1;
}

static int
take_element(const struct option_row *row, const char *value, const char **members, size_t *count)
{
	if (*count == row->most)
		return refuse(row, value, "is given too often");
	members[(*count)++] = value;
	return -1;
}

/* -1 to go on, or an exit status. */
static int
take(struct options *options, const struct option_row *row, const char *value)
{
	void *member = (char *)options + row->offset;

	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)member = true;
		return -1;
	case OPTION_STRING:
		*(const char **)member = value;
		return -1;
	case OPTION_COUNT:
	case OPTION_SIZE:
		return take_number(row, value, member);
	case OPTION_DURATION:
		return take_duration(row, value, member);
	case OPTION_LIST:
		return take_element(
		    row, value, member, (size_t *)(void *)((char *)options + row->count_offset));
	case OPTION_REFUSED:
		return options_complain(row->help);
	case OPTION_HELP:
		return help_print();
	case OPTION_VERSION:
		return printf("usher-load %s\n", USHER_VERSION) > 0 && fflush(stdout) == 0
		    ? EXIT_FINE
		    : EXIT_OUTPUT;
	}
	return -1;
}

/* What getopt_long(3) did not understand. */
static int
complain_of(int mark, char **argv)
{
	char room[400];
	struct text text = text_over(room, sizeof(room));
	const char *word = argv[optind - 1];

	if (mark == ':')
		text_put_format(&text, "%s needs a value", word);
	else if (optopt > 0 && optopt < FIRST_NUMBER) /* others may stand behind it */
		text_put_format(&text, "there is no option -%c", optopt);
	else
		text_put_format(&text, "there is no option %s", word);
	return options_complain(text_string(&text));
}

static const struct option_row *
row_of(int number)
{
	for (size_t i = 0; i < option_row_count; i++)
		if (number_of(i) == number)
			return &option_rows[i];
	return NULL;
}

static int
take_urls(struct options *options, int count, char **urls)
{
	if (count == 0)
		return options_complain("it needs a URL: usher-load http://127.0.0.1:8080/");
	if (count > OPTIONS_URLS_MAX)
		return options_complain("more than 64 URLs: use --request-file");
	for (int i = 0; i < count; i++)
		options->urls[options->url_count++] = urls[i];
	return -1;
}

int
options_read(struct options *options, int argc, char **argv)
{
	struct option longs[ROWS_MAX + 1];
	char shorts[2 * ROWS_MAX + 2];
	int number;

	*options = (struct options){
		.connections = 10,
		.threads = 1,
		.arrivals = "constant",
		.seed = 1,
		.pipeline = 1,
		.timeout_us = 10000000,
		.transport = "tcp",
		.settle_us = 1000000,
	};
	make_getopt(longs, shorts);
	while ((number = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct option_row *row = row_of(number);
		int status = row ? take(options, row, optarg) : complain_of(number, argv);

		if (status >= 0)
			return status;
	}
	return take_urls(options, argc - optind, argv + optind);
}
