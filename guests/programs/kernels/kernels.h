/* Four kernels: lists, matrices, a state machine, and the checksum that their results go through.
 *
 * Each runs on data made from a seed, checks its own results, and returns a checksum of them; a
 * check that fails ends the message.
 */
#ifndef KERNELS_H
#define KERNELS_H

#include <stdint.h>

#include "zkfusion.h"

/* CRC-16/ARC (polynomial 0x8005, bits reflected, from 0), continued by the bytes of a word, lowest first. */
uint16_t crc_byte(uint16_t crc, uint8_t byte);
uint16_t crc_word(uint16_t crc, uint32_t word);
/* Compares the checksum of a text with the catalogued one. */
void crc_check(void);

/* Finds, reverses, removes, inserts and sorts items of a linked list. */
uint16_t list_kernel(uint32_t seed);

/* Multiplies matrices of 16-bit numbers by numbers, vectors and one another. */
uint16_t matrix_kernel(uint32_t seed);

/* Tells the forms of numbers in a text from one another. */
uint16_t state_kernel(uint32_t seed);

/* The next number of a linear congruential sequence, of which the high 16 bits are good. */
static inline uint16_t random_next(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return (uint16_t)(*state >> 16);
}

#endif
