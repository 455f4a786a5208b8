/* SPDX-License-Identifier: MIT
 *
 * Tests of config/scan.
 */
#include "config/scan.h"

#include "rig.h"

#include <stdlib.h>
#include <string.h>

/* The tokens of a text, as "KIND:INSIDE@LINE " each. */
static const char *
tokens_of(const char *text)
{
	static const char *const kinds[] = { "end", "word", "string", "open", "close", "left",
		"right", "equals", "append", "comma", "wrong" };
	static char shown[1024];
	struct text out = text_over(shown, sizeof(shown));
	struct scan_token token;
	struct scan scan;

	scan_init(&scan, slice_of(text));
	do {
		token = scan_next(&scan);
		text_put_string(&out, kinds[token.kind]);
		if (token.kind == SCAN_WORD || token.kind == SCAN_STRING)
			text_put_format(&out, ":%.*s", (int)token.inside.len, token.inside.data);
		text_put_format(&out, "@%u ", token.line);
	} while (token.kind != SCAN_END && token.kind != SCAN_WRONG);
	return text_string(&out);
}

static const struct {
	const char *text;
	const char *tokens;
} good_cases[] = {
	{ "", "end@1 " },
	{ " \t\r\n", "end@2 " },
	{ "port = 80", "word:port@1 equals@1 word:80@1 end@1 " },
	{ "a{b=c}", "word:a@1 open@1 word:b@1 equals@1 word:c@1 close@1 end@1 " },
	{ "x+={\"a\",'b'}",
	    "word:x@1 append@1 open@1 string:a@1 comma@1 string:b@1 close@1 end@1 " },
	{ "include(\"f\")", "word:include@1 left@1 string:f@1 right@1 end@1 " },
	{ "# one\n// two\n/* three\n * four **/ a", "word:a@4 end@4 " },
	{ "a#b\nc", "word:a@1 word:c@2 end@2 " },
	{ "http://example.org/ x", "word:http://example.org/@1 word:x@1 end@1 " },
	{ "\"# // /* { } = , + *\"", "string:# // /* { } = , + *@1 end@1 " },
	{ "\"\" ''", "string:@1 string:@1 end@1 " },
	{ "\"a\\\"b\\\\\" c", "string:a\\\"b\\\\@1 word:c@1 end@1 " },
	{ "'a\\'b\\\\' c", "string:a\\'b\\\\@1 word:c@1 end@1 " },
	{ "\"a\\\nb\" c", "string:a\\\nb@1 word:c@2 end@2 " },
	{ "'a\\\nb' c", "string:a\\\nb@1 word:c@2 end@2 " },
	{ "\"\\n\\1\\377\\xa\\xffg\"", "string:\\n\\1\\377\\xa\\xffg@1 end@1 " },
	{ "'\\0 \\x0 \\999'", "string:\\0 \\x0 \\999@1 end@1 " },
	{ "\"${HOME:-\"x\"}\"", "string:${HOME:-\"x\"}@1 end@1 " },
	{ "${HOME} \"$\" '${'", "word:${HOME}@1 string:$@1 string:${@1 end@1 " },
};

START_TEST(a_text_is_cut_into_tokens)
{
	ck_assert_str_eq(tokens_of(good_cases[_i].text), good_cases[_i].tokens);
}
END_TEST

#define UNCLOSED "the string is not closed on the line it begins"
#define BAD_ESCAPE "bad escape: \\x and one or two hexadecimal digits, or up to three octal ones"
#define BAD_OCTAL "bad escape: the number is no octal one up to 377"
#define HAS_NUL "a string cannot hold NUL"
#define STRAY "stray \"*\" or \"+\"; such a value is put in quotes"
#define NO_BRACE "\"${\" without \"}\"; a dollar sign is written \\$"

static const struct {
	const char *text;
	unsigned line;
	const char *problem;
} wrong_cases[] = {
	{ "\"", 1, UNCLOSED },
	{ "'", 1, UNCLOSED },
	{ "\n\"a\nb\"", 2, UNCLOSED },
	{ "\n\n'a\r\nb'", 3, UNCLOSED },
	{ "\"a\\", 1, UNCLOSED },
	{ "'a\\", 1, UNCLOSED },
	{ "\"a\\\r\nb\"", 1, UNCLOSED },
	{ "\"a\\\nb\nc\"", 1, UNCLOSED },
	{ "/* a\n", 1, "the comment is not closed" },
	{ "a /*/", 1, "the comment is not closed" },
	{ "\"\\0\"", 1, HAS_NUL },
	{ "\"\\000\"", 1, HAS_NUL },
	{ "\"\\x0\"", 1, HAS_NUL },
	{ "\"\\x00\"", 1, HAS_NUL },
	{ "\"\\0001\"", 1, BAD_ESCAPE },
	{ "\"\\400\"", 1, BAD_OCTAL },
	{ "\"\\8\"", 1, BAD_OCTAL },
	{ "\"\\x\"", 1, BAD_ESCAPE },
	{ "\"\\xg\"", 1, BAD_ESCAPE },
	{ "*", 1, STRAY },
	{ "+", 1, STRAY },
	{ "\"${HOME\"", 1, NO_BRACE },
	{ "\"${HOME\n}\"", 1, NO_BRACE },
	{ "${HOME", 1, NO_BRACE },
};

START_TEST(a_wrong_text_is_refused_with_its_line)
{
	struct scan scan;
	struct scan_token token;

	scan_init(&scan, slice_of(wrong_cases[_i].text));
	do
		token = scan_next(&scan);
	while (token.kind != SCAN_WRONG && token.kind != SCAN_END);
	ck_assert_int_eq(token.kind, SCAN_WRONG);
	ck_assert_str_eq(token.problem, wrong_cases[_i].problem);
	ck_assert_uint_eq(token.line, wrong_cases[_i].line);
	ck_assert_int_eq(scan_next(&scan).kind, SCAN_WRONG);
}
END_TEST

START_TEST(nothing_is_read_beyond_the_end_of_the_text)
{
	static const char *const texts[] = { "/", "/*", "\"a", "${", "+", "a", "\"\\", "\"\\x" };

	for (int i = 0; i < COUNT(texts); i++) {
		/* A copy without NUL: a sanitizer sees a byte too many. */
		size_t len = strlen(texts[i]);
		char *copy = malloc(len);
		struct scan scan;

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, texts[i], len);
		scan_init(&scan, (struct slice){ copy, len });
		for (int j = 0; j < 3; j++)
			(void)scan_next(&scan);
		free(copy);
	}
}
END_TEST

START_TEST(control_characters_are_no_text)
{
	unsigned line = 0;
	unsigned char byte = 0;

	ck_assert(scan_is_text(SLICE("a\tb\r\n\xc3\xa9"), &line, &byte));
	ck_assert(!scan_is_text(SLICE("a\nb\0c"), &line, &byte));
	ck_assert_uint_eq(line, 2);
	ck_assert_uint_eq(byte, 0);
	ck_assert(!scan_is_text(SLICE("\x7f"), &line, &byte));
	ck_assert_uint_eq(line, 1);
	ck_assert_uint_eq(byte, 0x7f);
	ck_assert(!scan_is_text(SLICE("\x1b"), &line, &byte));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config/scan");
	TCase *tcase = tcase_create("scan");

	tcase_add_loop_test(tcase, a_text_is_cut_into_tokens, 0, COUNT(good_cases));
	tcase_add_loop_test(tcase, a_wrong_text_is_refused_with_its_line, 0, COUNT(wrong_cases));
	tcase_add_test(tcase, nothing_is_read_beyond_the_end_of_the_text);
	tcase_add_test(tcase, control_characters_are_no_text);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
