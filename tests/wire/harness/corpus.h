/* SPDX-License-Identifier: MIT
 *
 * corpus: the requests of tests/corpus, one per file. Those of reject/ carry the
 * status that answers them at the beginning of their name.
 *
 * The environment variable CORPUS names the directory.
 *
 * Thread: a test is one thread.
 */
#pragma once

#include "bytes.h"

struct corpus_item {
	char *name; /* owned: of the file */
	struct bytes request;
};

struct corpus {
	struct corpus_item *items; /* owned; in the order of their names */
	size_t count;
};

/* All files of CORPUS/`kind` ("accept", "reject"). Ends the program where there
 * are none. */
struct corpus corpus_load(const char *kind);
void corpus_free(struct corpus *);

/* The status at the beginning of a name of reject/. */
int corpus_status(const struct corpus_item *);
/* Whether the request begins with that method. */
_Bool corpus_has_method(const struct corpus_item *, const char *method);
