/* SPDX-License-Identifier: MIT */
#include "base/sha1.h"

#include <string.h>

#define BLOCK 64
#define LENGTH_BYTES 8

static uint32_t
rotate(uint32_t word, unsigned bits)
{
	return word << bits | word >> (32 - bits);
}

static uint32_t
word_at(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	    bytes[3];
}

/* The function and the constant of round `t` (FIPS 180-4 4.1.1, 4.2.1). */
static uint32_t
mix(int t, const uint32_t state[5])
{
	const uint32_t b = state[1];
	const uint32_t c = state[2];
	const uint32_t d = state[3];

	if (t < 20)
		return ((b & c) ^ (~b & d)) + UINT32_C(0x5a827999);
	if (t < 40)
		return (b ^ c ^ d) + UINT32_C(0x6ed9eba1);
	if (t < 60)
		return ((b & c) ^ (b & d) ^ (c & d)) + UINT32_C(0x8f1bbcdc);
	return (b ^ c ^ d) + UINT32_C(0xca62c1d6);
}

static void
add_block(uint32_t hash[5], const unsigned char *block)
{
	uint32_t schedule[80];
	uint32_t state[5];

	for (int t = 0; t < 16; t++)
		schedule[t] = word_at(block + (ptrdiff_t)4 * t);
	for (int t = 16; t < 80; t++)
		schedule[t] = rotate(
		    schedule[t - 3] ^ schedule[t - 8] ^ schedule[t - 14] ^ schedule[t - 16], 1);
	memcpy(state, hash, sizeof(state));
	for (int t = 0; t < 80; t++) {
		uint32_t next = rotate(state[0], 5) + mix(t, state) + state[4] + schedule[t];

		state[4] = state[3];
		state[3] = state[2];
		state[2] = rotate(state[1], 30);
		state[1] = state[0];
		state[0] = next;
	}
	for (int i = 0; i < 5; i++)
		hash[i] += state[i];
}

/* What is left of the message, a one bit, zeros, and the length in bits. */
static void
add_end(uint32_t hash[5], struct slice rest, uint64_t bits)
{
	unsigned char blocks[2 * BLOCK] = { 0 };
	const size_t len = rest.len + 1 + LENGTH_BYTES > BLOCK ? 2 * BLOCK : BLOCK;

	if (rest.len > 0)
		memcpy(blocks, rest.data, rest.len);
	blocks[rest.len] = 0x80;
	for (int i = 0; i < LENGTH_BYTES; i++)
		blocks[len - 1 - (size_t)i] = (unsigned char)(bits >> (8 * i));
	add_block(hash, blocks);
	if (len > BLOCK)
		add_block(hash, blocks + BLOCK);
}

void
sha1(struct slice message, unsigned char ret_digest[SHA1_BYTES])
{
	uint32_t hash[5] = { UINT32_C(0x67452301), UINT32_C(0xefcdab89), UINT32_C(0x98badcfe),
		UINT32_C(0x10325476), UINT32_C(0xc3d2e1f0) };
	const uint64_t bits = (uint64_t)message.len * 8;

	while (message.len >= BLOCK) {
		add_block(hash, (const unsigned char *)message.data);
		message = slice_from(message, BLOCK);
	}
	add_end(hash, message, bits);
	for (int i = 0; i < SHA1_BYTES; i++)
		ret_digest[i] = (unsigned char)(hash[i / 4] >> (24 - i % 4 * 8));
}
