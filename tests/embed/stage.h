/* SPDX-License-Identifier: MIT
 *
 * stage: what the programs of these tests share: their arguments, what they say on
 * standard output for the test to wait for, and bytes whose release is watched.
 *
 *   PROGRAM [output=BYTES] [drain=MS] [loops=N] [answer=MS] [peer_fin=WORD] ADDRESS...
 *
 * An ADDRESS may be led by "seqpacket:". Of the library only the public headers are used.
 *
 * Thread: any, where nothing else is said.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <usher/usher.h>

/* A server by the arguments, without services; its listeners are for `service`. Whatever is
 * wrong ends the program. When a loop ends it
 * is said what is still held, and the loop's data is freed. */
struct usher_server *stage_server(char **argv, const char *service);

/* Runs and frees it. The exit status of the program. */
int stage_run(struct usher_server *);

/* A line on standard output. */
void stage_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* `len` bytes of the sequence of tests/wire's fill_pattern. */
void stage_fill(char *data, size_t len, size_t offset);

/* Bytes of the sequence to be sent by reference, and the function that releases them, which says
 * so; they are their own owner. Released twice, the program aborts. */
char *stage_bytes(size_t len, size_t offset);
void stage_release(const void *data, size_t len, void *owner);

/* A regular file with `len` bytes of the sequence from `offset`; the descriptor is the caller's. */
int stage_file(size_t len, size_t offset);
/* Descriptors of such files that are open. */
unsigned stage_open_files(void);

/* An ending, said as "close CAUSE by FIN unsent N". */
void stage_say_ending(const char *what, const struct usher_ending *);
