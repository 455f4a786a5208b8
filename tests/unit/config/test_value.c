/* SPDX-License-Identifier: MIT
 *
 * Tests of config/value: what may be written for a key.
 */
#include "config/value.h"

#include "rig.h"

#include <errno.h>

#define S INT64_C(1000000)

static const struct {
	enum key_section section;
	const char *key;
	const char *string;
	int64_t number;
	const char *written; /* as value_put writes it; NULL: as `string` */
} number_cases[] = {
	{ KEYS_LISTENER, "port", "0", 0, NULL },
	{ KEYS_LISTENER, "port", "65535", 65535, NULL },
	{ KEYS_LISTENER, "port", "0080", 80, "80" },
	{ KEYS_LISTENER, "nodelay", "true", 1, NULL },
	{ KEYS_LISTENER, "nodelay", "Yes", 1, "true" },
	{ KEYS_LISTENER, "nodelay", "on", 1, "true" },
	{ KEYS_LISTENER, "nodelay", "false", 0, NULL },
	{ KEYS_LISTENER, "nodelay", "no", 0, "false" },
	{ KEYS_LISTENER, "nodelay", "OFF", 0, "false" },
	{ KEYS_LISTENER, "keepalive_idle", "60s", 60 * S, "1m" },
	{ KEYS_LISTENER, "keepalive_idle", "2000ms", 2 * S, "2s" },
	{ KEYS_LISTENER, "user_timeout", "0", 0, NULL },
	{ KEYS_LISTENER, "user_timeout", "1500ms", 3 * S / 2, NULL },
	{ KEYS_TIMEOUTS, "idle", "1d", 86400 * S, NULL },
	{ KEYS_TIMEOUTS, "idle", "1001us", 1001, NULL },
	{ KEYS_LIMITS, "head_bytes", "16k", 16384, NULL },
	{ KEYS_LIMITS, "head_bytes", "256", 256, NULL },
	{ KEYS_LIMITS, "head_bytes", "1M", 1048576, "1m" },
	{ KEYS_LIMITS, "linger_bytes", "1024g", INT64_C(1) << 40, NULL },
	{ KEYS_LISTENER, "mode", "0660", 0660, NULL },
	{ KEYS_LISTENER, "mode", "600", 0600, "0600" },
	{ KEYS_LISTENER, "mode", "0", 0, "0000" },
	{ KEYS_LOG, "level", "debug", LOG_LEVEL_DEBUG, NULL },
	{ KEYS_ROUTE, "health", "ready", CONFIG_HEALTH_READY, NULL },
};

START_TEST(a_number_is_read_and_written)
{
	const struct key *key = keys_find(number_cases[_i].section, number_cases[_i].key);
	const char *written =
	    number_cases[_i].written ? number_cases[_i].written : number_cases[_i].string;
	char message[128] = "", shown[128];
	struct text problem = text_over(message, sizeof(message));
	struct text text = text_over(shown, sizeof(shown));
	int64_t number = -1;

	ck_assert(value_is_number(key));
	ck_assert_int_eq(value_parse(key, number_cases[_i].string, &number, &problem), 0);
	ck_assert_int_eq(number, number_cases[_i].number);
	ck_assert_uint_eq(problem.len, 0);
	value_put(&text, key, number);
	ck_assert_str_eq(text_string(&text), written);
}
END_TEST

#define NO_DURATION "no duration, such as \"30s\", \"500ms\" or \"5m\""
#define NO_SIZE "no size, such as \"16k\", \"1m\" or \"2g\""
#define NO_MODE "no octal mode, such as \"0660\""

static const struct {
	enum key_section section;
	const char *key;
	const char *string;
	const char *problem;
} wrong_cases[] = {
	{ KEYS_LISTENER, "backlog", "70000", "70000 is out of range 1..65535" },
	{ KEYS_LISTENER, "backlog", "0", "0 is out of range 1..65535" },
	{ KEYS_LISTENER, "backlog", "-1", "-1 is out of range 1..65535" },
	{ KEYS_LISTENER, "backlog", "9223372036854775808",
	    "9223372036854775808 is out of range 1..65535" },
	{ KEYS_LISTENER, "backlog", "99999999999999999999",
	    "99999999999999999999 is out of range 1..65535" },
	{ KEYS_LISTENER, "backlog", "", "\"\" is no whole number" },
	{ KEYS_LISTENER, "backlog", "-", "\"-\" is no whole number" },
	{ KEYS_LISTENER, "backlog", "+1", "\"+1\" is no whole number" },
	{ KEYS_LISTENER, "backlog", "1.5", "\"1.5\" is no whole number" },
	{ KEYS_LISTENER, "backlog", "0x10", "\"0x10\" is no whole number" },
	{ KEYS_LISTENER, "backlog", " 1", "\" 1\" is no whole number" },
	{ KEYS_LISTENER, "nodelay", "1", "\"1\" is neither true nor false" },
	{ KEYS_LISTENER, "keepalive_idle", "1500ms", "1500ms is not a whole number of seconds" },
	{ KEYS_LISTENER, "keepalive_idle", "0", "0 is out of range 1s..32767s" },
	{ KEYS_LISTENER, "user_timeout", "1500us", "1500us is not a whole number of milliseconds" },
	{ KEYS_TIMEOUTS, "idle", "60", "\"60\" is " NO_DURATION },
	{ KEYS_TIMEOUTS, "idle", "-1s", "\"-1s\" is " NO_DURATION },
	{ KEYS_TIMEOUTS, "idle", "2d", "2d is out of range 1ms..1d" },
	{ KEYS_TIMEOUTS, "idle", "99999999999999999999d",
	    "99999999999999999999d is out of range 1ms..1d" },
	{ KEYS_LIMITS, "head_bytes", "16q", "\"16q\" is " NO_SIZE },
	{ KEYS_LIMITS, "head_bytes", "-1", "\"-1\" is " NO_SIZE },
	{ KEYS_LIMITS, "head_bytes", "2m", "2m is out of range 256..1m" },
	{ KEYS_LIMITS, "head_bytes", "18446744073709551615",
	    "18446744073709551615 is out of range 256..1m" },
	{ KEYS_LISTENER, "mode", "0668", "\"0668\" is " NO_MODE },
	{ KEYS_LISTENER, "mode", "", "\"\" is " NO_MODE },
	{ KEYS_LISTENER, "mode", "01000", "01000 is out of range 0000..0777" },
	{ KEYS_LISTENER, "mode", "7777777777777777777777777",
	    "7777777777777777777777777 is out of range 0000..0777" },
	{ KEYS_LOG, "level", "inof",
	    "\"inof\" is none of error, warning, info, debug; did you mean \"info\"?" },
	{ KEYS_LOG, "level", "xyzzy", "\"xyzzy\" is none of error, warning, info, debug" },
	{ KEYS_ROUTE, "respond", "100", "100 is out of range 200..599" },
};

START_TEST(a_wrong_number_says_what_would_be_right)
{
	const struct key *key = keys_find(wrong_cases[_i].section, wrong_cases[_i].key);
	char message[256];
	struct text problem = text_over(message, sizeof(message));
	int64_t number = -7;

	ck_assert_int_eq(value_parse(key, wrong_cases[_i].string, &number, &problem), -EINVAL);
	ck_assert_str_eq(text_string(&problem), wrong_cases[_i].problem);
	ck_assert_int_eq(number, -7);
}
END_TEST

static const struct {
	enum key_section section;
	const char *key;
	const char *string;
	const char *problem; /* NULL: none */
} string_cases[] = {
	{ KEYS_LISTENER, "address", "::1", NULL },
	{ KEYS_LISTENER, "address", "", "cannot be empty" },
	{ KEYS_LISTENER, "address", "a\nb", "holds the control character 0x0a" },
	{ KEYS_LISTENER, "address", "\x7f", "holds the control character 0x7f" },
	{ KEYS_LISTENER, "owner", "", NULL },
	{ KEYS_LISTENER, "service", "", "cannot be empty" },
	{ KEYS_LISTENER, "service", "a\tb", "holds the control character 0x09" },
	{ KEYS_LISTENER, "transport", "mptcp", NULL },
	{ KEYS_LISTENER, "transport", "tpc",
	    "\"tpc\" is none of tcp, mptcp, sctp, unix, seqpacket; did you mean \"tcp\"?" },
	{ KEYS_ROUTE, "body", "a\r\n\x01", NULL },
	{ KEYS_ROUTE, "files", "", "cannot be empty" },
	{ KEYS_ROUTE, "files", "/srv/caf\xc3\xa9", NULL },
	{ KEYS_ROUTE, "type", "", "cannot be empty" },
	{ KEYS_SERVICE, "host", "example.org", NULL },
};

START_TEST(a_string_is_checked)
{
	const struct key *key = keys_find(string_cases[_i].section, string_cases[_i].key);
	const char *expected = string_cases[_i].problem;
	char message[256];
	struct text problem = text_over(message, sizeof(message));

	ck_assert_int_eq(
	    value_check(key, string_cases[_i].string, &problem), expected ? -EINVAL : 0);
	ck_assert_str_eq(text_string(&problem), expected ? expected : "");
}
END_TEST

START_TEST(a_string_is_no_longer_than_what_it_goes_into)
{
	const struct key *key = keys_find(KEYS_ROUTE, "type");
	char string[130], message[64];
	struct text problem = text_over(message, sizeof(message));

	for (size_t i = 0; i < sizeof(string); i++)
		string[i] = 'a';
	string[128] = '\0';
	ck_assert_int_eq(value_check(key, string, &problem), 0);
	string[128] = 'a';
	string[129] = '\0';
	ck_assert_int_eq(value_check(key, string, &problem), -EINVAL);
	ck_assert_str_eq(text_string(&problem), "is longer than 128 bytes");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config/value");
	TCase *tcase = tcase_create("value");

	tcase_add_loop_test(tcase, a_number_is_read_and_written, 0, COUNT(number_cases));
	tcase_add_loop_test(tcase, a_wrong_number_says_what_would_be_right, 0, COUNT(wrong_cases));
	tcase_add_loop_test(tcase, a_string_is_checked, 0, COUNT(string_cases));
	tcase_add_test(tcase, a_string_is_no_longer_than_what_it_goes_into);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
