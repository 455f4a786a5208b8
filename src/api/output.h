/* SPDX-License-Identifier: MIT
 *
 * output: bytes and files that a program hands over to be sent, on a connection or as a piece
 * of an answer: who checks them, and who lets go of those that do not go, is the same.
 *
 * Thread: the loop's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct conn;
struct file_body;

/* Bytes that stand with the program until they are released. */
struct api_reference {
	struct slice bytes;
	void (*release)(const void *data, size_t len, void *owner); /* NULL: they stay */
	void *owner;
};

/* A part of a file. */
struct api_part {
	int fd;
	int64_t offset;
	int64_t length;
};

/* Whether it is to be sent, `result` being what was found of connection and order before; false:
 * the call of `function` returns `result`, which may have become another. What is over is
 * released. */
bool api_reference_goes(const struct api_reference *, int *result, const char *function);

/* The same of a file: what is over is closed. */
bool api_part_goes(const struct api_part *, int *result, const char *function);

/* The file as something to send, for the caller to release; its descriptor is taken. NULL: no
 * memory, and the connection has ended. */
struct file_body *api_part_open(const struct api_part *, struct conn *);
