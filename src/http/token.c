/* SPDX-License-Identifier: MIT
 *
 * token: words; their letters are http/chars'.
 */
#include "http/token.h"

#include "http/chars.h"

bool
http_token_is_valid(struct slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!http_is_token_char(word.data[i]))
			return false;
	return word.len > 0;
}
