/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <math.h>

#include "base/panic.h"

struct json
json_over(struct text *text)
{
	return (struct json){ .text = text };
}

/* What stands before a value. */
static void
begin_value(struct json *json, const char *key)
{
	if (json->needs_comma)
		text_put_char(json->text, ',');
	json->needs_comma = true;
	if (!key)
		return;
	text_put_char(json->text, '"');
	text_put_string(json->text, key);
	text_put(json->text, SLICE("\":"));
}

static void
begin_level(struct json *json, const char *key, char bracket)
{
	begin_value(json, key);
	text_put_char(json->text, bracket);
	json->needs_comma = false;
}

/* What was ended is itself a value of the level above. */
static void
end_level(struct json *json, char bracket)
{
	text_put_char(json->text, bracket);
	json->needs_comma = true;
}

void
json_begin(struct json *json, const char *key)
{
	begin_level(json, key, '{');
}

void
json_end(struct json *json)
{
	end_level(json, '}');
}

void
json_begin_list(struct json *json, const char *key)
{
	begin_level(json, key, '[');
}

void
json_end_list(struct json *json)
{
	end_level(json, ']');
}

void
json_string(struct json *json, const char *key, struct slice value)
{
	if (!value.data) {
		json_null(json, key);
		return;
	}
	begin_value(json, key);
	text_put_char(json->text, '"');
	text_put_json(json->text, value);
	text_put_char(json->text, '"');
}

void
json_u64(struct json *json, const char *key, uint64_t value)
{
	begin_value(json, key);
	text_put_u64(json->text, value);
}

void
json_flag(struct json *json, const char *key, bool value)
{
	begin_value(json, key);
	text_put(json->text, value ? SLICE("true") : SLICE("false"));
}

void
json_null(struct json *json, const char *key)
{
	begin_value(json, key);
	text_put(json->text, SLICE("null"));
}

void
json_seconds(struct json *json, const char *key, int64_t us)
{
	begin_value(json, key);
	text_put_seconds(json->text, us);
}

void
json_real(struct json *json, const char *key, double value, int decimals)
{
	must(decimals >= 0 && decimals <= 17);
	if (!isfinite(value)) {
		json_null(json, key);
		return;
	}
	begin_value(json, key);
	text_put_format(json->text, "%.*f", decimals, value);
}
