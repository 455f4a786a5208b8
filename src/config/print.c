/* SPDX-License-Identifier: MIT */
#include "config/print.h"

#include "config/keys.h"
#include "config/member.h"
#include "config/value.h"

#include <errno.h>
#include <string.h>

/* What is being written, and how deep. */
struct printer {
	FILE *stream;
	int depth;
};

static void
begin_line(const struct printer *printer)
{
	for (int i = 0; i < printer->depth; i++)
		(void)fputc('\t', printer->stream);
}

/* As a string that libconfuse reads back byte for byte: $ begins a variable. */
static void
put_quoted(FILE *stream, const char *string)
{
	(void)fputc('"', stream);
	for (; *string; string++) {
		unsigned char byte = (unsigned char)*string;

		if (byte == '\n')
			(void)fputs("\\n", stream);
		else if (byte < ' ' || byte == 0x7f)
			(void)fprintf(stream, "\\x%02x", byte);
		else if (strchr("\"\\$", *string))
			(void)fprintf(stream, "\\%c", *string);
		else
			(void)fputc(*string, stream);
	}
	(void)fputc('"', stream);
}

/* Titles are written without escapes; so one holds one sort of quotes at most. */
static void
put_title(FILE *stream, const char *title)
{
	char quote = strchr(title, '"') ? '\'' : '"';

	(void)fprintf(stream, "%c%s%c", quote, title, quote);
}

static void
put_list(FILE *stream, const struct config_strings *list)
{
	(void)fputc('{', stream);
	for (size_t i = 0; i < list->count; i++) {
		if (i > 0)
			(void)fputs(", ", stream);
		put_quoted(stream, list->items[i]);
	}
	(void)fputc('}', stream);
}

static void
put_member(FILE *stream, const struct key *key, const void *object)
{
	char number[64];
	struct text text = text_over(number, sizeof(number));
	const char *string;

	if (key->type == KEY_LIST) {
		put_list(stream, member_list(key, object));
	} else if (value_is_number(key)) {
		value_put(&text, key, member_number(key, object));
		(void)fprintf(stream, value_is_quoted(key) ? "\"%s\"" : "%s", text_string(&text));
	} else {
		string = member_string(key, object);
		if (value_is_quoted(key))
			put_quoted(stream, string ? string : "");
		else
			(void)fputs(string, stream);
	}
}

static void
print_key(const struct printer *printer, const struct key *key, const void *object)
{
	begin_line(printer);
	(void)fprintf(printer->stream, "%s = ", key->name);
	put_member(printer->stream, key, object);
	(void)fputc('\n', printer->stream);
}

/* `kinds`: of a route, the bit of its kind; of other sections, 0. */
static void
print_keys(
    const struct printer *printer, enum key_section section, const void *object, unsigned kinds)
{
	const struct key_section_info *info = keys_section(section);

	for (size_t i = 0; i < info->key_count; i++)
		if (info->keys[i].kinds == 0 || (info->keys[i].kinds & kinds))
			print_key(printer, &info->keys[i], object);
}

static void
begin_section(struct printer *printer, enum key_section section, const char *title)
{
	begin_line(printer);
	(void)fprintf(printer->stream, "%s ", keys_section(section)->name);
	if (title) {
		put_title(printer->stream, title);
		(void)fputc(' ', printer->stream);
	}
	(void)fputs("{\n", printer->stream);
	printer->depth++;
}

static void
end_section(struct printer *printer)
{
	printer->depth--;
	begin_line(printer);
	(void)fputs("}\n", printer->stream);
}

/* What a program adds has no keys that a file could say. */
static void
print_programs(const struct printer *printer, enum key_section section, const char *title)
{
	begin_line(printer);
	(void)fprintf(printer->stream, "# the program's: %s ", keys_section(section)->name);
	put_title(printer->stream, title);
	(void)fputc('\n', printer->stream);
}

static void
print_route(struct printer *printer, const struct config_route *route)
{
	if (route->kind == CONFIG_ROUTE_PROGRAM) {
		print_programs(printer, KEYS_ROUTE, route->prefix);
		return;
	}
	begin_section(printer, KEYS_ROUTE, route->prefix);
	print_keys(printer, KEYS_ROUTE, route, KEY_KIND_BIT(route->kind));
	end_section(printer);
}

static void
print_service(struct printer *printer, const struct config_service *service)
{
	char status[32];

	if (service->protocol == CONFIG_PROGRAM) {
		print_programs(printer, KEYS_SERVICE, service->name);
		return;
	}
	begin_section(printer, KEYS_SERVICE, service->name);
	print_keys(printer, KEYS_SERVICE, service, 0);
	for (size_t i = 0; i < service->route_count; i++)
		print_route(printer, &service->routes[i]);
	for (size_t i = 0; i < service->error_page_count; i++) {
		const struct config_error_page *page = &service->error_pages[i];

		(void)snprintf(status, sizeof(status), "%lld", (long long)page->status);
		begin_section(printer, KEYS_ERROR_PAGE, status);
		print_keys(printer, KEYS_ERROR_PAGE, page, 0);
		end_section(printer);
	}
	end_section(printer);
}

static void
print_singles(struct printer *printer, const struct config *config)
{
	for (enum key_section i = KEYS_TOP + 1; i < KEYS_SECTION_COUNT; i++) {
		const struct key_section_info *info = keys_section(i);

		if (info->title)
			continue;
		begin_section(printer, i, NULL);
		print_keys(printer, i, (const char *)config + info->member_offset, 0);
		end_section(printer);
	}
}

int
config_print(const struct config *config, FILE *stream)
{
	struct printer printer = { stream, 0 };

	print_keys(&printer, KEYS_TOP, config, 0);
	for (size_t i = 0; i < config->listener_count; i++) {
		begin_section(&printer, KEYS_LISTENER, config->listeners[i].name);
		print_keys(&printer, KEYS_LISTENER, &config->listeners[i], 0);
		end_section(&printer);
	}
	for (size_t i = 0; i < config->service_count; i++)
		print_service(&printer, &config->services[i]);
	print_singles(&printer, config);
	if (fflush(stream) != 0)
		return -errno;
	return ferror(stream) ? -EIO : 0;
}
