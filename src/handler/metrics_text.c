/* SPDX-License-Identifier: MIT */
#include "handler/metrics_text.h"

static const char *const kind_words[] = {
	[METRICS_COUNTER] = "counter",
	[METRICS_GAUGE] = "gauge",
	[METRICS_HISTOGRAM] = "histogram",
	[METRICS_INFO] = "info",
};

/* What the format adds to the family's name in its samples. */
static const char *
suffix_of(enum metrics_kind kind)
{
	if (kind == METRICS_COUNTER)
		return "_total";
	return kind == METRICS_INFO ? "_info" : "";
}

/* In the older format the family is named as its samples are, and info is a gauge. */
void
metrics_begin(
    struct metrics_text *metrics, enum metrics_kind kind, const char *name, const char *help)
{
	const bool is_open = metrics->format == METRICS_OPENMETRICS;
	const char *suffix = is_open ? "" : suffix_of(kind);
	const char *word = kind_words[!is_open && kind == METRICS_INFO ? METRICS_GAUGE : kind];

	metrics->family = name;
	metrics->kind = kind;
	text_put_format(metrics->text, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, suffix, help, name,
	    suffix, word);
}

static void
put_escaped(struct text *text, struct slice value)
{
	while (value.len > 0) {
		size_t len = slice_utf8_length(value);

		if (len == 0)
			text_put_string(text, "\xef\xbf\xbd");
		else if (value.data[0] == '\n')
			text_put_string(text, "\\n");
		else if (value.data[0] == '\\' || value.data[0] == '"')
			text_put_format(text, "\\%c", value.data[0]);
		else
			text_put(text, slice_first(value, len));
		value = slice_from(value, len > 0 ? len : 1);
	}
}

static void
begin_sample(
    const struct metrics_text *metrics, const char *suffix, const struct metrics_label *labels)
{
	struct text *text = metrics->text;

	text_put_string(text, metrics->family);
	text_put_string(text, suffix);
	for (const struct metrics_label *label = labels; label->name; label++) {
		text_put_char(text, label == labels ? '{' : ',');
		text_put_string(text, label->name);
		text_put_string(text, "=\"");
		put_escaped(text, slice_of(label->value));
		text_put_char(text, '"');
	}
	if (labels->name)
		text_put_char(text, '}');
	text_put_char(text, ' ');
}

void
metrics_u64_of(struct metrics_text *metrics, const char *suffix, const struct metrics_label *labels,
    uint64_t value)
{
	begin_sample(metrics, suffix, labels);
	text_put_u64(metrics->text, value);
	text_put_char(metrics->text, '\n');
}

void
metrics_seconds_of(struct metrics_text *metrics, const char *suffix,
    const struct metrics_label *labels, int64_t us)
{
	begin_sample(metrics, suffix, labels);
	text_put_seconds(metrics->text, us);
	text_put_char(metrics->text, '\n');
}

void
metrics_u64(struct metrics_text *metrics, const struct metrics_label *labels, uint64_t value)
{
	metrics_u64_of(metrics, suffix_of(metrics->kind), labels, value);
}

void
metrics_seconds(struct metrics_text *metrics, const struct metrics_label *labels, int64_t us)
{
	metrics_seconds_of(metrics, suffix_of(metrics->kind), labels, us);
}

void
metrics_single(struct metrics_text *metrics, enum metrics_kind kind, const char *name,
    const char *help, uint64_t value)
{
	metrics_begin(metrics, kind, name, help);
	metrics_u64(metrics, METRICS_NO_LABELS, value);
}

void
metrics_single_seconds(struct metrics_text *metrics, enum metrics_kind kind, const char *name,
    const char *help, int64_t us)
{
	metrics_begin(metrics, kind, name, help);
	metrics_seconds(metrics, METRICS_NO_LABELS, us);
}

void
metrics_end(struct metrics_text *metrics)
{
	if (metrics->format == METRICS_OPENMETRICS)
		text_put_string(metrics->text, "# EOF\n");
}
