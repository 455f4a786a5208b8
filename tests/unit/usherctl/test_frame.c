/* SPDX-License-Identifier: MIT
 *
 * Tests of usherctl/canvas and usherctl/frame: no row is wider than its canvas,
 * whatever the size, and what is drawn is what was measured.
 */
#include "usherctl/frame.h"

#include <check.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "statuses.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static const struct look plain;
static const struct look coloured = { .has_colour = true };

/* All rows of a canvas, as a string. The caller frees it. */
static char *
shown(const struct canvas *canvas)
{
	char *data = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&data, &len);

	ck_assert_int_eq(canvas_print(canvas, stream), 0);
	(void)fclose(stream);
	return data;
}

static char *
draw(const struct look *look, unsigned columns, unsigned rows, const char *notice)
{
	struct snapshot before = status_of(10, 1000, 0), after = status_of(12, 1500, 32);
	struct interval interval = interval_between(&before, &after);
	struct canvas *canvas = canvas_new(look, columns, rows);
	char *text;

	frame_draw(canvas, &interval, slice_of(notice));
	ck_assert_uint_le(canvas_rows(canvas), rows);
	text = shown(canvas);
	canvas_free(canvas);
	snapshot_done(&before);
	snapshot_done(&after);
	return text;
}

static void
expect(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "without '%s':\n%s", part, text);
}

START_TEST(a_frame_says_what_happened)
{
	char *text = draw(&plain, 80, 24, NULL);

	expect(text, "usherd 0.1.0  pid 12  serving  up 12 s  configuration 1\n");
	expect(text, "per second 250");
	expect(text, "2xx 250");
	expect(text, "p50 <1.00 ms  p90 <1.00 ms  p99 9.10 ms");
	expect(text, "open 9 of 1000  busy 2  idle 5  parked 0  flushing 1  lingering 1\n");
	expect(text, "overload 0  address 0  429 0  too slow 0  buffers 25 % of 64.0 MiB\n");
	expect(text, "32/64/128 ");
	expect(text, " 250      0      9\n");
	expect(text, "client_closed 125/s 750");
	expect(text, "0 [###.........]  25 %  1 DOES NOT ANSWER\n");
	expect(text, "cpu 50 %  memory 1.00 MiB  descriptors 20 of 4096  threads 3\n");
	ck_assert_ptr_null(strstr(text, "peer_left"));
	ck_assert_ptr_null(strchr(text, '\033'));
	free(text);
}
END_TEST

/* What is refused between two frames, and what is short in the second. */
START_TEST(a_frame_says_which_limits_are_met)
{
	struct snapshot before = status_of(10, 1000, 0), after = status_of(12, 1500, 32);
	struct interval interval = interval_between(&before, &after);
	struct canvas *canvas = canvas_new(&plain, 120, 24);
	char *text;

	before.causes[0].name = after.causes[0].name = "too_slow";
	after.limits.requests_rate = 20;
	after.limits.memory_used = 68 << 20;
	after.limits.memory_short_loops = 1;
	after.limits.connections_full_loops = 1;
	frame_draw(canvas, &interval, (struct slice){ NULL, 0 });
	text = shown(canvas);
	expect(text,
	    "refused/s   FULL, SHORT OF MEMORY  overload 0  address 0  429 10.0  too slow 125  "
	    "buffers 106 % of 64.0 MiB\n");
	free(text);
	canvas_free(canvas);
	snapshot_done(&before);
	snapshot_done(&after);
}
END_TEST

START_TEST(the_queue_is_a_bar_with_a_mark_at_its_peak)
{
	char *text = draw(&plain, 80, 24, NULL);
	const char *bar = strchr(strstr(text, "web "), '[');
	size_t width = strcspn(bar + 1, "]");

	/* 32 of 128 now, 64 at the peak: a quarter is filled, the mark in the middle. */
	ck_assert_uint_ge(width, 10);
	ck_assert_uint_eq(strspn(bar + 1, "#"), width / 4);
	ck_assert_uint_eq(strcspn(bar + 1, "|"), width / 2);
	free(text);
}
END_TEST

START_TEST(colours_are_sequences_that_end_in_the_row)
{
	char *text = draw(&coloured, 80, 24, "no usherd at unix:/x");
	const char *end = text;

	expect(text, "\033[1;31mno usherd at unix:/x\033[m\n");
	while ((end = strchr(end, '\n'))) {
		const char *last = end;

		while (last > text && last[-1] != '\n' && *last != '\033')
			last--;
		if (*last == '\033')
			ck_assert_int_eq(strncmp(last, "\033[m", 3), 0);
		end++;
	}
	free(text);
}
END_TEST

static const struct {
	unsigned columns, rows;
} sizes[] = { { 80, 24 }, { 40, 10 }, { 1, 1 }, { 2, 50 }, { 7, 3 }, { 20, 5 }, { 72, 15 },
	{ 79, 16 }, { 132, 43 }, { 400, 400 }, { 1000, 1000 }, { 0, 0 } };

START_TEST(no_size_is_too_small_or_too_large)
{
	char *text = draw(&plain, sizes[_i].columns, sizes[_i].rows, "notice");
	unsigned rows = 0;

	for (const char *at = text; *at; at += strcspn(at, "\n") + 1, rows++)
		ck_assert_uint_le(strcspn(at, "\n"), sizes[_i].columns);
	ck_assert_uint_le(rows, sizes[_i].rows);
	free(text);
}
END_TEST

START_TEST(a_low_screen_shows_the_listeners_all_the_same)
{
	char *text = draw(&plain, 40, 10, NULL);

	expect(text, "web ");
	expect(text, "32/64/128");
	free(text);
}
END_TEST

START_TEST(what_a_daemon_sends_steers_no_terminal)
{
	struct canvas *canvas = canvas_new(&plain, 40, 2);
	char *text;

	canvas_row(canvas);
	canvas_put_string(canvas, COLOUR_NONE, "a\033[2Jb\x07\x9b\xc2\x9b\xff\n\rc");
	text = shown(canvas);
	ck_assert_str_eq(text,
	    "a?[2Jb????"
	    "??c\n");
	free(text);
	canvas_free(canvas);
}
END_TEST

START_TEST(beyond_ascii_only_where_the_locale_has_it)
{
	const struct look utf8 = { .has_utf8 = true };
	struct canvas *canvas = canvas_new(&utf8, 10, 3);
	char *text;

	if (!setlocale(LC_CTYPE, "C.UTF-8")) {
		canvas_free(canvas);
		return;
	}
	canvas_row(canvas);
	canvas_put_bar(canvas, COLOUR_NONE, 4, 0.5625, -1);
	canvas_row(canvas);
	canvas_put_string(canvas, COLOUR_NONE, "日本語日本語");
	canvas_row(canvas);
	canvas_put_string(canvas, COLOUR_NONE, "é\xff");
	text = shown(canvas);
	ck_assert_str_eq(text, "[██▎ ]\n日本語日本\né?\n");
	free(text);
	canvas_free(canvas);
}
END_TEST

static const struct {
	double part, peak;
	const char *bar;
} bars[] = {
	{ 0, -1, "[........]" },
	{ 0.001, -1, "[#.......]" },
	{ 0.5, -1, "[####....]" },
	{ 1, -1, "[########]" },
	{ 7, 9, "[########]" },
	{ -1, 0.5, "[....|...]" },
	{ 0.5, 1, "[####...|]" },
	{ 0.25, 0.01, "[##......]" },
};

START_TEST(a_bar_is_as_full_as_it_says)
{
	struct canvas *canvas = canvas_new(&plain, 40, 1);
	char *text;

	canvas_row(canvas);
	canvas_put_bar(canvas, COLOUR_NONE, 8, bars[_i].part, bars[_i].peak);
	text = shown(canvas);
	ck_assert_int_eq(strncmp(text, bars[_i].bar, 10), 0);
	free(text);
	canvas_free(canvas);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("frame");
	TCase *tcase = tcase_create("frame");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, a_frame_says_what_happened);
	tcase_add_test(tcase, a_frame_says_which_limits_are_met);
	tcase_add_test(tcase, the_queue_is_a_bar_with_a_mark_at_its_peak);
	tcase_add_test(tcase, colours_are_sequences_that_end_in_the_row);
	tcase_add_loop_test(tcase, no_size_is_too_small_or_too_large, 0, COUNT(sizes));
	tcase_add_test(tcase, a_low_screen_shows_the_listeners_all_the_same);
	tcase_add_test(tcase, what_a_daemon_sends_steers_no_terminal);
	tcase_add_test(tcase, beyond_ascii_only_where_the_locale_has_it);
	tcase_add_loop_test(tcase, a_bar_is_as_full_as_it_says, 0, COUNT(bars));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
