/* SPDX-License-Identifier: MIT
 *
 * nearest: the known word that a mistyped one was meant to be. The distance is
 * that of Damerau and Levenshtein in its restricted form (optimal string
 * alignment): insert, delete, replace a letter, or swap two neighbours. Case
 * does not count.
 */
#include "base/text.h"

#include <string.h>
#include <strings.h>

/* Longer words are never suggested, nor are suggestions made for them. */
#define WORD_MAX 64

/* Costs of turning prefixes of one word into prefixes of the other: the row
 * being filled and the two before it. */
struct costs {
	unsigned before[WORD_MAX + 1];
	unsigned above[WORD_MAX + 1];
	unsigned row[WORD_MAX + 1];
};

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool
letters_equal(char a, char b)
{
	return strncasecmp(&a, &b, 1) == 0;
}

static bool
are_swapped(const char *a, size_t i, const char *b, size_t j)
{
	return i > 1 && j > 1 && letters_equal(a[i - 1], b[j - 2]) &&
	    letters_equal(a[i - 2], b[j - 1]);
}

/* Fills the row for the first `i` letters of `a`. */
static void
fill_row(struct costs *costs, const char *a, size_t i, const char *b, size_t b_len)
{
	costs->row[0] = (unsigned)i;
	for (size_t j = 1; j <= b_len; j++) {
		unsigned replaced = costs->above[j - 1] + !letters_equal(a[i - 1], b[j - 1]);
		unsigned inserted = costs->row[j - 1] + 1;
		unsigned deleted = costs->above[j] + 1;

		costs->row[j] = least(replaced, least(inserted, deleted));
		if (are_swapped(a, i, b, j))
			costs->row[j] = least(costs->row[j], costs->before[j - 2] + 1);
	}
}

static unsigned
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	struct costs costs = { 0 };

	for (size_t j = 0; j <= b_len; j++)
		costs.above[j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		fill_row(&costs, a, i, b, b_len);
		memcpy(costs.before, costs.above, sizeof(costs.before));
		memcpy(costs.above, costs.row, sizeof(costs.above));
	}
	return costs.above[b_len];
}

/* A third of the longer word may be wrong, but something has to be right. */
static unsigned
worst_near_distance(size_t a_len, size_t b_len)
{
	size_t longer = a_len > b_len ? a_len : b_len;
	size_t shorter = a_len > b_len ? b_len : a_len;
	size_t worst = longer < 6 ? 1 : longer / 3;

	return (unsigned)(worst < shorter ? worst : shorter > 0 ? shorter - 1 : 0);
}

const char *
text_nearest_word(const char *word, const char *const *words, size_t count)
{
	size_t word_len = strnlen(word, WORD_MAX + 1);
	const char *nearest = NULL;
	unsigned nearest_distance = WORD_MAX + 1;

	if (word_len == 0 || word_len > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t len = strnlen(words[i], WORD_MAX + 1);
		unsigned d;

		if (len == 0 || len > WORD_MAX)
			continue;
		d = distance(word, word_len, words[i], len);
		if (d <= worst_near_distance(word_len, len) && d < nearest_distance) {
			nearest = words[i];
			nearest_distance = d;
		}
	}
	return nearest;
}
