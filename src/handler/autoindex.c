/* SPDX-License-Identifier: MIT */
#include "handler/autoindex.h"

#include "base/panic.h"
#include "handler/display.h"
#include "handler/handler.h"
#include "handler/listing.h"
#include "http/accept.h"
#include "http/date.h"
#include "http/path.h"
#include "protocol/http_handler.h"

/* A name is at most 255 bytes, shown with six bytes for each and linked with three. */
#define ROW_MAX 3072
/* What was opened beneath the root has no more than PATH_MAX bytes; a longer prefix of the
 * route is cut where it is shown. */
#define PATH_SHOWN_MAX 4096
#define PATH_ROOM (PATH_SHOWN_MAX * 6)

/* Gathers the answer's body and passes it on in large pieces. */
struct page {
	struct http_request *request;
	struct text text;
	char buffer[PATH_ROOM + ROW_MAX];
};

static void
page_flush(struct page *page)
{
	must(!page->text.is_truncated);
	if (page->text.len > 0)
		http_answer_copy(page->request, text_slice(&page->text));
	page->text.len = 0;
}

static void
page_need(struct page *page, size_t bytes)
{
	if (page->text.cap - page->text.len < bytes)
		page_flush(page);
}

static struct slice
item_name(const struct listing_item *item)
{
	return (struct slice){ item->name, item->name_len };
}

static void
put_iso_time(struct text *text, int64_t seconds)
{
	char date[HTTP_DATE_ISO_LEN];

	http_date_format_iso(seconds, date);
	text_put(text, (struct slice){ date, sizeof(date) });
}

/* "2024-05-01 12:34:56", with the exact form for machines around it. */
static void
put_html_time(struct text *text, int64_t seconds)
{
	char date[HTTP_DATE_ISO_LEN];

	http_date_format_iso(seconds, date);
	text_put(text, SLICE("<time datetime=\""));
	text_put(text, (struct slice){ date, sizeof(date) });
	text_put(text, SLICE("\">"));
	text_put(text, (struct slice){ date, 10 });
	text_put_char(text, ' ');
	text_put(text, (struct slice){ date + 11, 8 });
	text_put(text, SLICE("</time>"));
}

static void
put_html_row(struct text *text, const struct listing_item *item)
{
	struct slice slash = item->is_directory ? SLICE("/") : SLICE("");

	text_put(text, SLICE("<tr><td><a href=\"./"));
	http_path_put_encoded(text, item_name(item));
	text_put(text, slash);
	text_put(text, SLICE("\"><bdi>"));
	display_put_html(text, item_name(item));
	text_put(text, slash);
	text_put(text, SLICE("</bdi></a></td><td>"));
	if (!item->is_directory)
		display_put_size(text, item->size);
	text_put(text, SLICE("</td><td>"));
	put_html_time(text, item->modified);
	text_put(text, SLICE("</td></tr>\n"));
}

static void
put_html_path(struct page *page)
{
	struct slice path = page->request->path;

	if (path.len > PATH_SHOWN_MAX)
		path.len = PATH_SHOWN_MAX;
	page_need(page, PATH_ROOM);
	display_put_html(&page->text, path);
}

static void
put_html_head(struct page *page, bool has_parent)
{
	text_put(&page->text,
	    SLICE("<!DOCTYPE html>\n"
		  "<html lang=\"en\">\n"
		  "<head>\n"
		  "<meta charset=\"utf-8\">\n"
		  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		  "<title>Index of "));
	put_html_path(page);
	page_need(page, ROW_MAX);
	text_put(&page->text,
	    SLICE("</title>\n"
		  "<style>\n"
		  ":root { color-scheme: light dark; font-family: sans-serif }\n"
		  "td, th { padding: 0.1em 1em 0.1em 0; text-align: start }\n"
		  "td + td { font-variant-numeric: tabular-nums; white-space: nowrap }\n"
		  "</style>\n"
		  "</head>\n"
		  "<body>\n"
		  "<main>\n"
		  "<h1>Index of <bdi>"));
	put_html_path(page);
	page_need(page, ROW_MAX);
	text_put(&page->text,
	    SLICE("</bdi></h1>\n"
		  "<table>\n"
		  "<thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Size</th>"
		  "<th scope=\"col\">Modified (UTC)</th></tr></thead>\n"
		  "<tbody>\n"));
	if (has_parent)
		text_put(&page->text,
		    SLICE("<tr><td><a href=\"../\">Parent directory</a></td>"
			  "<td></td><td></td></tr>\n"));
}

static void
put_html(struct page *page, const struct listing *listing, bool has_parent)
{
	put_html_head(page, has_parent);
	for (size_t i = 0; i < listing->count; i++) {
		page_need(page, ROW_MAX);
		put_html_row(&page->text, listing->items[i]);
	}
	page_need(page, ROW_MAX);
	text_put(&page->text, SLICE("</tbody>\n</table>\n"));
	if (listing->is_cut)
		text_put_format(&page->text,
		    "<p>This directory holds more than is listed here: "
		    "the list ends after %zu entries.</p>\n",
		    listing->count);
	text_put(&page->text, SLICE("</main>\n</body>\n</html>\n"));
}

static void
put_json_item(struct text *text, const struct listing_item *item)
{
	text_put(text, SLICE("{\"name\":\""));
	text_put_json(text, item_name(item));
	if (item->is_directory) {
		text_put(text, SLICE("\",\"type\":\"directory\""));
	} else {
		text_put(text, SLICE("\",\"type\":\"file\",\"size\":"));
		text_put_u64(text, (uint64_t)item->size);
	}
	text_put(text, SLICE(",\"mtime\":\""));
	put_iso_time(text, item->modified);
	text_put(text, SLICE("\"}"));
}

static void
put_json(struct page *page, const struct listing *listing)
{
	text_put_char(&page->text, '[');
	for (size_t i = 0; i < listing->count; i++) {
		page_need(page, ROW_MAX);
		text_put(&page->text, i > 0 ? SLICE(",\n") : SLICE("\n"));
		put_json_item(&page->text, listing->items[i]);
	}
	page_need(page, ROW_MAX);
	text_put(&page->text, SLICE("\n]\n"));
}

/* Whether `pair` is one of the query's, which '&' separates. */
static bool
query_has(struct slice query, struct slice pair)
{
	size_t start = 0;

	for (size_t i = 0; i <= query.len; i++) {
		if (i < query.len && query.data[i] != '&')
			continue;
		if (query.data &&
		    slice_equals((struct slice){ query.data + start, i - start }, pair))
			return true;
		start = i + 1;
	}
	return false;
}

enum config_autoindex
autoindex_format(const struct http_request *request, enum config_autoindex setting)
{
	if (setting == CONFIG_AUTOINDEX_JSON || query_has(request->query, SLICE("format=json")))
		return CONFIG_AUTOINDEX_JSON;
	if (query_has(request->query, SLICE("format=html")))
		return CONFIG_AUTOINDEX_HTML;
	/* The first line decides; browsers and tools send one. */
	if (http_accept_prefers_json(http_head_value(request->head, HTTP_FIELD_ACCEPT)))
		return CONFIG_AUTOINDEX_JSON;
	return CONFIG_AUTOINDEX_HTML;
}

static void
begin(struct http_request *request, const struct listing *listing, bool is_json,
    struct slice more_fields)
{
	char bytes[HANDLER_FIELDS_MAX];
	struct text fields = text_over(bytes, sizeof(bytes));

	text_put(&fields,
	    is_json ? SLICE("Content-Type: application/json\r\n")
		    : SLICE("Content-Type: text/html; charset=utf-8\r\n"));
	if (listing->is_cut)
		text_put(&fields, SLICE("Listing-Truncated: ?1\r\n"));
	text_put(&fields, more_fields);
	must(!fields.is_truncated);
	http_answer_begin(
	    request, &(struct http_answer){ 200, text_slice(&fields), HTTP_LENGTH_UNKNOWN });
}

void
autoindex_answer(struct http_request *request, const struct listing *listing,
    enum config_autoindex format, bool has_parent, struct slice fields)
{
	bool is_json = format == CONFIG_AUTOINDEX_JSON;
	struct page page;

	begin(request, listing, is_json, fields);
	page.request = request;
	page.text = text_over(page.buffer, sizeof(page.buffer));
	if (is_json)
		put_json(&page, listing);
	else
		put_html(&page, listing, has_parent);
	page_flush(&page);
	http_answer_end(request);
}
