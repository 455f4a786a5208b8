/* SPDX-License-Identifier: MIT */
#include "handler/error_pages.h"

#include <stdlib.h>

#include "base/panic.h"
#include "handler/file_load.h"
#include "handler/handler.h"
#include "http/mime.h"
#include "http/status.h"

/* Answers that carry such a page: redirections and errors. */
#define STATUS_FIRST 300
#define STATUS_LAST 599
#define STATUS_COUNT (STATUS_LAST - STATUS_FIRST + 1)

/* "431 Request Header Fields Too Large\n" is the longest of the registry. */
#define LINE_MAX_BYTES 48

struct error_page {
	char *memory;      /* owned; NULL: built in */
	struct slice body; /* the operator's, or in `line` */
	struct slice type;
	char line[LINE_MAX_BYTES];
};

struct error_pages {
	struct error_page items[STATUS_COUNT];
};

static void
init_line(struct error_page *page, int status)
{
	struct text line = text_over(page->line, sizeof(page->line));
	struct slice reason = http_status_reason(status);

	text_put_u64(&line, (uint64_t)status);
	if (reason.len > 0)
		text_put_char(&line, ' ');
	text_put(&line, reason);
	text_put_char(&line, '\n');
	must(!line.is_truncated);
	page->body = text_slice(&line);
	page->type = SLICE("text/plain; charset=utf-8");
}

static int
load_page(struct error_page *page, const struct config_error_page *config,
    const struct http_mime_table *mime, struct text *ret_error)
{
	struct slice type = http_mime_lookup(mime, slice_of(config->file));
	size_t len = 0;
	char *memory = file_load(config->file, ERROR_PAGE_MAX, &len, ret_error);

	if (!memory)
		return -1;
	free(page->memory);
	page->memory = memory;
	page->body = (struct slice){ memory, len };
	page->type = type.len <= HANDLER_TYPE_MAX ? type : SLICE("application/octet-stream");
	return 0;
}

static int
load_pages(struct error_pages *pages, const struct config_service *service,
    const struct http_mime_table *mime, struct text *ret_error)
{
	char bytes[512];
	struct text why = text_over(bytes, sizeof(bytes));

	for (size_t i = 0; i < service->error_page_count; i++) {
		const struct config_error_page *config = &service->error_pages[i];
		int64_t index = config->status - STATUS_FIRST;

		if (index < 0 || index >= STATUS_COUNT)
			text_put_format(&why, "only answers from %d to %d have pages", STATUS_FIRST,
			    STATUS_LAST);
		else if (load_page(&pages->items[index], config, mime, &why) == 0)
			continue;
		text_put_format(
		    ret_error, "error_page \"%d\": %s", (int)config->status, text_string(&why));
		return -1;
	}
	return 0;
}

struct error_pages *
error_pages_new(const struct config_service *service, const struct http_mime_table *mime,
    struct text *ret_error)
{
	struct error_pages *pages = calloc(1, sizeof(*pages));

	if (!pages) {
		text_put_string(ret_error, "out of memory");
		return NULL;
	}
	for (int i = 0; i < STATUS_COUNT; i++)
		init_line(&pages->items[i], STATUS_FIRST + i);
	if (load_pages(pages, service, mime, ret_error) < 0) {
		error_pages_free(pages);
		return NULL;
	}
	return pages;
}

void
error_pages_free(struct error_pages *pages)
{
	if (!pages)
		return;
	for (int i = 0; i < STATUS_COUNT; i++)
		free(pages->items[i].memory);
	free(pages);
}

void
error_pages_find(
    const struct error_pages *pages, int status, struct slice *ret_body, struct slice *ret_type)
{
	const struct error_page *page;

	if (status < STATUS_FIRST || status > STATUS_LAST)
		status = 500;
	page = &pages->items[status - STATUS_FIRST];
	*ret_body = page->body;
	*ret_type = page->type;
}
