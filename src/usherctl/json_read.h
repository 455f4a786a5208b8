/* SPDX-License-Identifier: MIT
 *
 * json_read: jansson, the library, for reading JSON. Include this instead of <jansson.h>.
 *
 * base/json, which writes JSON, has functions of the same names as two of the
 * library's, and the linker would take the wrong ones without a word: the compiler
 * refuses them here. Make strings and nulls with json_pack.
 */
#pragma once

#include <jansson.h>

#pragma GCC poison json_string json_null
