#include "kernels.h"

#define ROWS 7

typedef int16_t matrix[ROWS][ROWS];
typedef int32_t product[ROWS][ROWS];

static void fill(matrix to, uint32_t *seed) {
    for (int row = 0; row < ROWS; row++)
        for (int column = 0; column < ROWS; column++) to[row][column] = (int16_t)(random_next(seed) % 511 - 255);
}

static void add_number(matrix to, int16_t number) {
    for (int row = 0; row < ROWS; row++)
        for (int column = 0; column < ROWS; column++) to[row][column] += number;
}

static void times_matrix(const matrix a, const matrix b, product to) {
    for (int row = 0; row < ROWS; row++)
        for (int column = 0; column < ROWS; column++) {
            int32_t sum = 0;
            for (int i = 0; i < ROWS; i++) sum += (int32_t)a[row][i] * b[i][column];
            to[row][column] = sum;
        }
}

static void times_vector(const matrix a, const int32_t vector[ROWS], int32_t to[ROWS]) {
    for (int row = 0; row < ROWS; row++) {
        int32_t sum = 0;
        for (int i = 0; i < ROWS; i++) sum += a[row][i] * vector[i];
        to[row] = sum;
    }
}

/* Products of bits 2 to 5 and bits 5 to 11 of a product's numbers. */
static int32_t bits(const product of) {
    int32_t sum = 0;
    for (int row = 0; row < ROWS; row++)
        for (int column = 0; column < ROWS; column++)
            sum += (of[row][column] >> 2 & 0xf) * (of[row][column] >> 5 & 0x7f);
    return sum;
}

/* (a b) v is a (b v). */
static void check(const matrix a, const matrix b, const product of) {
    int32_t vector[ROWS], inner[ROWS], outer[ROWS];
    for (int row = 0; row < ROWS; row++) vector[row] = 2 * row - 5;
    times_vector(b, vector, inner);
    times_vector(a, inner, outer);
    for (int row = 0; row < ROWS; row++) {
        int32_t sum = 0;
        for (int i = 0; i < ROWS; i++) sum += of[row][i] * vector[i];
        require(sum == outer[row]);
    }
}

uint16_t matrix_kernel(uint32_t seed) {
    static matrix a, b;
    static product of;
    fill(a, &seed);
    fill(b, &seed);
    add_number(a, 7);
    times_matrix(a, b, of);
    check(a, b, of);
    uint16_t crc = crc_word(0, (uint32_t)bits(of));
    for (int row = 0; row < ROWS; row++) crc = crc_word(crc, (uint32_t)of[row][ROWS - 1 - row]);
    return crc;
}
