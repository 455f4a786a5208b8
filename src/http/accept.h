/* SPDX-License-Identifier: MIT
 *
 * accept: whether a client would rather have JSON or HTML (RFC 9110 12.5.1).
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>

#include "base/text.h"

/* True when the value of Accept gives application/json a higher weight than
 * text/html, or the same weight by name where HTML has it only by a wildcard.
 * False for an absent or empty value. */
bool http_accept_prefers_json(struct slice accept);
