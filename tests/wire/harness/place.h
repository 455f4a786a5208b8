/* SPDX-License-Identifier: MIT
 *
 * place: the directory of the running test: its own, fresh, and gone afterwards.
 *
 * A text with @dir@ in it means that directory: configurations and arguments are
 * written so. All directories of a program stand in one, which the program itself
 * removes at its end, however its tests ended.
 *
 * Thread: a test is one thread.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "failure.h"

/* Once per program, around all tests. */
void place_open(void);
void place_close(void);

/* The test's directory, made at the first call. */
const char *place_dir(void);
/* Forgets the directory; the next test gets another. */
void place_leave(void);

/* `text` with each @dir@ replaced. Owned by the caller. */
char *place_expand(const char *text) __attribute__((warn_unused_result));

/* Writes a file below the directory, and the directories it stands in. */
void put_file(const char *path, const char *text);
void put_file_bytes(const char *path, const void *data, size_t len);
/* A file of `size` bytes that are all zero and take no space. */
void put_sparse_file(const char *path, off_t size);
/* The bytes that put_pattern writes at `offset`: a sequence in which no shift by
 * less than 251 bytes goes unnoticed. */
void fill_pattern(char *data, size_t len, size_t offset);

#ifndef WIRE_HARNESS
#define put_file(...) (WIRE_HERE(), (put_file)(__VA_ARGS__))
#define put_file_bytes(...) (WIRE_HERE(), (put_file_bytes)(__VA_ARGS__))
#define put_sparse_file(...) (WIRE_HERE(), (put_sparse_file)(__VA_ARGS__))
#endif
