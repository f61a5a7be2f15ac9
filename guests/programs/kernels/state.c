#include "kernels.h"

/* What a number can still become, or is. */
typedef enum { START, SIGN, WHOLE, POINT, FRACTION, EXPONENT, EXPONENT_SIGN, POWER, INVALID, STATES } state;

static int is_digit(char c) { return c >= '0' && c <= '9'; }

static state step(state now, char c) {
    switch (now) {
    case START:
        if (c == '+' || c == '-') return SIGN;
        /* fall through */
    case SIGN:
        return is_digit(c) ? WHOLE : c == '.' ? POINT : INVALID;
    case WHOLE:
        if (c == '.') return FRACTION;
        /* fall through */
    case FRACTION:
        if (c == 'e' || c == 'E') return EXPONENT;
        return is_digit(c) ? now : INVALID;
    case POINT:
        return is_digit(c) ? FRACTION : INVALID;
    case EXPONENT:
        if (c == '+' || c == '-') return EXPONENT_SIGN;
        /* fall through */
    case EXPONENT_SIGN:
    case POWER:
        return is_digit(c) ? POWER : INVALID;
    default:
        return INVALID;
    }
}

/* Texts, and the states that they end in. */
static const struct {
    const char *text;
    state end;
} SAMPLES[] = {
    {"5012", WHOLE},    {"-874", WHOLE},        {"+122.", FRACTION},  {"35.54400", FRACTION}, {".1234500", FRACTION},
    {"+", SIGN},        {"-110.700", FRACTION}, {"5.500e+3", POWER},  {"-.123e-2", POWER},    {"+0.6e-12", POWER},
    {"T0.3e-1F", INVALID}, {"1T3.4e4z", INVALID}, {"34.0e-", EXPONENT_SIGN}, {"3e", EXPONENT},  {".", POINT},
    {"", START},        {"12,5", INVALID},
};

#define SAMPLE_COUNT (sizeof(SAMPLES) / sizeof(SAMPLES[0]))

uint16_t state_kernel(uint32_t seed) {
    uint32_t ends[STATES] = {0}, visits[STATES] = {0};
    for (uint32_t i = 0; i < SAMPLE_COUNT; i++) {
        uint32_t sample = random_next(&seed) % SAMPLE_COUNT;
        state now = START;
        for (const char *c = SAMPLES[sample].text; *c; c++) {
            now = step(now, *c);
            visits[now]++;
        }
        require(now == SAMPLES[sample].end);
        ends[now]++;
    }
    uint16_t crc = 0;
    for (int i = 0; i < STATES; i++) crc = crc_word(crc, ends[i] << 16 | visits[i]);
    return crc;
}
