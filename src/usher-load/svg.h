/* SPDX-License-Identifier: MIT
 *
 * svg: the elements that the plot is made of, added to a text: strings that are
 * XML whatever they hold, lines, marks, paths, and the style sheet with its two
 * colour schemes.
 *
 * Colours are named by class, never written at an element, so that the style
 * sheet alone decides; no CSS variables, which several renderers do not know.
 *
 * Owns nothing. Thread: any.
 */
#pragma once

#include <stdbool.h>

#include "base/text.h"

/* The first element with its style sheet; `title` and `desc` are what a screen
 * reader says of the whole. */
void svg_begin(struct text *, double width, double height, struct slice title, struct slice desc);
void svg_end(struct text *);

/* As character data (XML 1.0 2.2): the five references; what is no character of
 * XML becomes U+FFFD. */
void svg_put_string(struct text *, struct slice);

enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END };
void svg_put_label(
    struct text *, const char *class_name, double x, double y, enum svg_anchor, struct slice label);
void
svg_put_line(struct text *, const char *class_name, double x1, double y1, double x2, double y2);
/* With a title, which is shown when it is pointed at, if it is not empty. */
void svg_put_rect(struct text *, const char *class_name, double x, double y, double width,
    double height, struct slice title);
void svg_put_dot(
    struct text *, const char *class_name, double x, double y, double radius, struct slice title);

/* A path of straight lines. A point that lies within a quarter of a pixel of the one
 * before is left out: a curve costs what it shows. */
struct svg_path {
	struct text *text;
	double x, y; /* the latest point written */
	bool has_point;
};
struct svg_path svg_path_begin(struct text *, const char *class_name);
void svg_path_to(struct svg_path *, double x, double y);
void svg_path_lift(struct svg_path *); /* the next point begins a piece of its own */
void svg_path_end(struct svg_path *);
