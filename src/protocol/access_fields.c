/* SPDX-License-Identifier: MIT */
#include "protocol/access_fields.h"

#include <string.h>

#include "base/panic.h"
#include "http/head.h"
#include "protocol/access_log.h"

/* So much of a value of the client's is written where there is room for it. */
#define VALUE_MAX 2048
/* A byte of it takes at most four in a line (\xHH; in JSON three, for there are no
 * controls in a head but tabs). */
#define ESCAPED_MAX 4

static void
take_name(struct access_field *field, const char *name)
{
	const int id = config_access_field_find(name);

	must(id >= 0);
	field->id = (enum config_access_field)id;
	field->name = name;
	if (field->id == CONFIG_ACCESS_HEADER)
		field->header = slice_of(name + sizeof(CONFIG_ACCESS_HEADER_PREFIX) - 1);
}

void
access_fields_init(
    struct access_fields *fields, const struct config_strings *names, size_t most_bytes)
{
	size_t share;

	fields->count = names->count > 0 ? names->count : (size_t)CONFIG_ACCESS_LAST + 1;
	must(fields->count <= CONFIG_LOG_FIELDS_MAX);
	for (size_t i = 0; i < fields->count; i++)
		take_name(&fields->items[i],
		    names->count > 0 ? names->items[i]
				     : config_access_field_name((enum config_access_field)i));
	share = most_bytes / ESCAPED_MAX / (fields->count < 4 ? 4 : fields->count);
	/* Of the usual ones four are a client's. */
	if (names->count == 0)
		share = most_bytes / ESCAPED_MAX / 4;
	fields->value_max = share < VALUE_MAX ? share : VALUE_MAX;
}

static struct slice
find_header(const struct http_head *head, struct slice name)
{
	for (size_t i = 0; i < http_head_field_count(head); i++) {
		const struct http_head_field field = http_head_field_at(head, i);

		if (slice_equals_nocase(field.name, name))
			return field.value;
	}
	return (struct slice){ NULL, 0 };
}

/* What the client sent. */
static struct slice
request_value(const struct access_field *field, const struct http_head *head)
{
	if (!head)
		return (struct slice){ NULL, 0 };
	switch ((int)field->id) {
	case CONFIG_ACCESS_METHOD:
		return http_head_method_name(head);
	case CONFIG_ACCESS_TARGET:
		return http_head_target(head);
	case CONFIG_ACCESS_PATH:
		return http_head_path(head);
	case CONFIG_ACCESS_QUERY:
		return http_head_query(head);
	case CONFIG_ACCESS_VERSION:
		return slice_of(http_head_version_minor(head) ? "1.1" : "1.0");
	case CONFIG_ACCESS_HOST:
		return http_head_value(head, HTTP_FIELD_HOST);
	case CONFIG_ACCESS_REFERER:
		return http_head_value(head, HTTP_FIELD_REFERER);
	case CONFIG_ACCESS_USER_AGENT:
		return http_head_value(head, HTTP_FIELD_USER_AGENT);
	default:
		return find_header(head, field->header);
	}
}

static struct access_value
number(uint64_t value)
{
	return (struct access_value){ .is_number = true, .number = value };
}

static struct access_value
string(struct slice value)
{
	return (struct access_value){ .string = value };
}

static struct access_value
peer_value(const struct access_field *field, const struct peer *peer, char room[PEER_TEXT_MAX])
{
	struct text text = text_over(room, PEER_TEXT_MAX);

	if (field->id == CONFIG_ACCESS_PEER)
		peer_put(&text, peer);
	else
		peer_put_host(&text, peer);
	return string(text_slice(&text));
}

struct access_value
access_field_value(const struct access_fields *fields, const struct access_field *field,
    const struct access_record *record, struct slice time, char room[PEER_TEXT_MAX])
{
	struct slice value;

	switch ((int)field->id) {
	case CONFIG_ACCESS_TIME:
		return string(time);
	case CONFIG_ACCESS_LISTENER:
		return string(slice_of(record->listener));
	case CONFIG_ACCESS_PEER:
	case CONFIG_ACCESS_PEER_HOST:
		return peer_value(field, record->peer, room);
	case CONFIG_ACCESS_CONNECTION:
		return number(record->conn_id);
	case CONFIG_ACCESS_REQUEST:
		return number(record->request_number);
	case CONFIG_ACCESS_STATUS:
		return number((uint64_t)record->status);
	case CONFIG_ACCESS_BYTES:
		return number(record->bytes);
	case CONFIG_ACCESS_DURATION_US:
		return number((uint64_t)record->duration_us);
	case CONFIG_ACCESS_ENDING:
		return string(slice_of(record->ending));
	default:
		value = request_value(field, record->head);
		return string(
		    value.len > fields->value_max ? slice_first(value, fields->value_max) : value);
	}
}
