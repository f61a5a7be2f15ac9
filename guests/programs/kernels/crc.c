#include "kernels.h"

uint16_t crc_byte(uint16_t crc, uint8_t byte) {
    crc ^= byte;
    for (int bit = 0; bit < 8; bit++) crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1);
    return crc;
}

uint16_t crc_word(uint16_t crc, uint32_t word) {
    for (int byte = 0; byte < 4; byte++) crc = crc_byte(crc, (uint8_t)(word >> 8 * byte));
    return crc;
}

void crc_check(void) {
    uint16_t crc = 0;
    /* Volatile, or the compiler would compute the checksum. */
    for (const volatile char *digit = "123456789"; *digit; digit++) crc = crc_byte(crc, (uint8_t)*digit);
    require(crc == 0xbb3d);
}
