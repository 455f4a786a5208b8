/* SPDX-License-Identifier: MIT
 *
 * options: the struct of options against the table of keys: defaults, units and ranges
 * are those of usher.conf(5) and stand nowhere else.
 */
#include "api/api.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "config/build.h"

#define MILLISECOND_US (CLOCK_SECOND_US / 1000)
#define ANSWER_MS 60000
#define INPUT_BYTES 65536

struct option_row {
	size_t offset; /* of an int64_t in the options */
	enum key_section section;
	const char *key;
	int64_t unit; /* of the option, in that of the key */
};

#define AT(member) offsetof(struct usher_server_options, member)

static const struct option_row rows[] = {
	{ AT(idle_ms), KEYS_TIMEOUTS, "idle", MILLISECOND_US },
	{ AT(head_ms), KEYS_TIMEOUTS, "head", MILLISECOND_US },
	{ AT(body_ms), KEYS_TIMEOUTS, "body", MILLISECOND_US },
	{ AT(write_ms), KEYS_TIMEOUTS, "write", MILLISECOND_US },
	{ AT(linger_ms), KEYS_TIMEOUTS, "linger", MILLISECOND_US },
	{ AT(connections), KEYS_LIMITS, "connections", 1 },
	{ AT(head_bytes), KEYS_LIMITS, "head_bytes", 1 },
	{ AT(body_bytes), KEYS_LIMITS, "body_bytes", 1 },
	{ AT(output_bytes), KEYS_LIMITS, "output_bytes", 1 },
	{ AT(drain_notice_ms), KEYS_DRAIN, "notice", MILLISECOND_US },
	{ AT(drain_grace_ms), KEYS_DRAIN, "idle_grace", MILLISECOND_US },
	{ AT(drain_deadline_ms), KEYS_DRAIN, "deadline", MILLISECOND_US },
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static int64_t *
member(struct usher_server_options *options, const struct option_row *row)
{
	return (int64_t *)(void *)((char *)options + row->offset);
}

/* A program that was built with other headers has another idea of the size. */
void
usher_server_options_fill(struct usher_server_options *options, size_t size)
{
	struct usher_server_options all = {
		.size = size,
		.loops = 1,
		.log_level = "info",
		.answer_ms = ANSWER_MS,
		.input_bytes = INPUT_BYTES,
	};

	if (!options || size < sizeof(all.size)) {
		(void)api_refuse(USHER_INVALID, __func__, "there are no options, or no size");
		return;
	}
	for (size_t i = 0; i < ROW_COUNT; i++)
		*member(&all, &rows[i]) =
		    config_default_number(rows[i].section, rows[i].key) / rows[i].unit;
	memset(options, 0, size);
	memcpy(options, &all, size < sizeof(all) ? size : sizeof(all));
}

/* What is about the daemon as a whole is not an embedding program's wish until it says
 * so: to confine the process, and a line for each request. */
static int
apply_own_defaults(struct config *config, struct text *problem)
{
	int error = config_set(config, "landlock", "off", problem);

	if (error == 0)
		error = config_set(config, "no_new_privileges", "false", problem);
	if (error == 0)
		error = config_set(config, "log.access_format", "off", problem);
	return error;
}

static int
apply_row(const struct option_row *row, int64_t value, struct config *config, struct text *problem)
{
	int64_t number;

	if (__builtin_mul_overflow(value, row->unit, &number)) {
		text_put_string(problem, "is out of range");
		return -EINVAL;
	}
	return config_set_number(config, row->section, row->key, number, problem);
}

static int
apply_rows(const struct usher_server_options *options, struct config *config, const char **ret_what,
    struct text *problem)
{
	struct usher_server_options copy = *options;
	int error = 0;

	for (size_t i = 0; i < ROW_COUNT && error == 0; i++) {
		*ret_what = rows[i].key;
		error = apply_row(&rows[i], *member(&copy, &rows[i]), config, problem);
	}
	return error;
}

int
api_options_apply(
    const struct usher_server_options *options, struct config *config, struct text *ret_error)
{
	char room[256];
	struct text problem = text_over(room, sizeof(room));
	const char *what = "the defaults";
	int error = apply_own_defaults(config, &problem);

	if (error == 0)
		error = apply_rows(options, config, &what, &problem);
	if (error == 0) {
		what = "log_level";
		error = config_set(
		    config, "log.level", options->log_level ? options->log_level : "", &problem);
	}
	if (error == 0) {
		what = "loops";
		error = config_set_number(config, KEYS_TOP, "loops", options->loops, &problem);
	}
	if (error == 0 && (options->answer_ms < 1 || options->input_bytes < 1)) {
		what = "answer_ms and input_bytes";
		text_put_string(&problem, "have to be positive");
		error = -EINVAL;
	}
	if (error != 0)
		text_put_format(ret_error, "option %s: %s", what,
		    error == -ENOMEM ? "no memory" : text_string(&problem));
	return error;
}
