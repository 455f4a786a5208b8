/* SPDX-License-Identifier: MIT
 *
 * svg: see the header. Lengths are pixels with one decimal.
 */
#include "usher-load/svg.h"

#include <math.h>
#include <string.h>

/* Light first; dark where the reader asks for it. Series differ by dashes too:
 * colour is never the only sign. */
static const char style_sheet[] =
    "text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;"
    "fill:#1b1f24}\n"
    ".surface{fill:#fff}\n"
    ".title{font-size:18px;font-weight:600}\n"
    ".panel{font-size:14px;font-weight:600}\n"
    ".tile{font-size:24px;font-weight:600;font-variant-numeric:tabular-nums}\n"
    ".muted{fill:#59636e}\n"
    ".bad{fill:#b3121d}\n"
    ".tick{font-size:12px;fill:#59636e;font-variant-numeric:tabular-nums}\n"
    ".value{font-size:12px;font-weight:600;paint-order:stroke;stroke:#fff;stroke-width:3px;"
    "stroke-linejoin:round}\n"
    ".grid{stroke:#e1e5e9;stroke-width:1}\n"
    ".axis{stroke:#8b949e;stroke-width:1}\n"
    ".a,.b,.c{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:butt}\n"
    ".a{stroke:#0b62c4}\n"
    ".b{stroke:#b3530a;stroke-dasharray:7 3}\n"
    ".c{stroke:#5b6770;stroke-dasharray:2 3}\n"
    ".dot{fill:#1b1f24;stroke:#fff;stroke-width:1.5}\n"
    ".loss{fill:#c9252f}\n"
    ".band{fill:#b3530a;fill-opacity:.08}\n"
    ".command{fill:#b3530a;fill-opacity:.1}\n"
    "@media(prefers-color-scheme:dark){\n"
    "text{fill:#e6e9ec}.surface{fill:#14171a}.muted,.tick{fill:#9aa4ae}.bad{fill:#ff8a82}\n"
    ".grid{stroke:#2a3037}.axis{stroke:#6e7781}.value{stroke:#14171a}\n"
    ".a{stroke:#6cb2ff}.b{stroke:#ffa657}.c{stroke:#a6b0ba}\n"
    ".dot{fill:#e6e9ec;stroke:#14171a}.loss{fill:#ff6b62}\n"
    ".band{fill:#ffa657;fill-opacity:.1}.command{fill:#ffa657;fill-opacity:.12}\n"
    "}\n";

/* The bytes of a character of XML at the beginning of the slice, which is not empty,
 * or 0: controls are none, nor are U+FFFE and U+FFFF. */
static size_t
length_of_character(struct slice slice)
{
	size_t len = slice_utf8_length(slice);

	if (len == 1 && ((unsigned char)slice.data[0] < 0x20 || slice.data[0] == 0x7f))
		return 0;
	if (len == 3 &&
	    (memcmp(slice.data, "\xef\xbf\xbe", 3) == 0 ||
		memcmp(slice.data, "\xef\xbf\xbf", 3) == 0))
		return 0;
	return len;
}

void
svg_put_string(struct text *text, struct slice string)
{
	while (string.len > 0) {
		size_t len = length_of_character(string);

		if (len == 0)
			text_put_string(text, "\xef\xbf\xbd");
		else
			text_put_html(text, slice_first(string, len));
		string = slice_from(string, len > 0 ? len : 1);
	}
}

void
svg_begin(struct text *text, double width, double height, struct slice title, struct slice desc)
{
	text_put_format(text,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\""
	    " viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-labelledby=\"title desc\">\n",
	    width, height, width, height);
	text_put_string(text, "<title id=\"title\">");
	svg_put_string(text, title);
	text_put_string(text, "</title>\n<desc id=\"desc\">");
	svg_put_string(text, desc);
	text_put_string(text, "</desc>\n<style>\n");
	text_put_string(text, style_sheet);
	text_put_string(text, "</style>\n");
	svg_put_rect(text, "surface", 0, 0, width, height, slice_of(""));
}

void
svg_end(struct text *text)
{
	text_put_string(text, "</svg>\n");
}

void
svg_put_label(struct text *text, const char *class_name, double x, double y, enum svg_anchor anchor,
    struct slice label)
{
	static const char *const anchors[] = { "start", "middle", "end" };

	text_put_format(text, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\"", class_name, x, y);
	if (anchor != SVG_START)
		text_put_format(text, " text-anchor=\"%s\"", anchors[anchor]);
	text_put_char(text, '>');
	svg_put_string(text, label);
	text_put_string(text, "</text>\n");
}

void
svg_put_line(struct text *text, const char *class_name, double x1, double y1, double x2, double y2)
{
	text_put_format(text,
	    "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", class_name,
	    x1, y1, x2, y2);
}

static void
put_title_and_end(struct text *text, const char *name, struct slice title)
{
	if (title.len == 0) {
		text_put_string(text, "/>\n");
		return;
	}
	text_put_string(text, "><title>");
	svg_put_string(text, title);
	text_put_format(text, "</title></%s>\n", name);
}

void
svg_put_rect(struct text *text, const char *class_name, double x, double y, double width,
    double height, struct slice title)
{
	text_put_format(text,
	    "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"", class_name,
	    x, y, width, height);
	put_title_and_end(text, "rect", title);
}

void
svg_put_dot(struct text *text, const char *class_name, double x, double y, double radius,
    struct slice title)
{
	text_put_format(text, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"", class_name,
	    x, y, radius);
	put_title_and_end(text, "circle", title);
}

struct svg_path
svg_path_begin(struct text *text, const char *class_name)
{
	text_put_format(text, "<path class=\"%s\" d=\"", class_name);
	return (struct svg_path){ .text = text };
}

void
svg_path_to(struct svg_path *path, double x, double y)
{
	if (path->has_point && fabs(path->x - x) < 0.25 && fabs(path->y - y) < 0.25)
		return;
	text_put_format(path->text, "%c%.1f %.1f", path->has_point ? 'L' : 'M', x, y);
	path->x = x;
	path->y = y;
	path->has_point = true;
}

void
svg_path_lift(struct svg_path *path)
{
	path->has_point = false;
}

void
svg_path_end(struct svg_path *path)
{
	text_put_string(path->text, "\"/>\n");
}
