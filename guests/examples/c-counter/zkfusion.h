/* Host functions of zkFusion for programs written in C, and helpers for the message tape.
 *
 * Build (no C library):
 *
 *   clang --target=wasm32 -O3 -nostdlib -ffreestanding \
 *         -Wl,--no-entry -Wl,--export=zkmain -Wl,-z,stack-size=8192 -Wl,--stack-first -Wl,--strip-all \
 *         -o program.wasm program.c
 *
 * The VM calls `void zkmain(void)` once for each message, with fresh memory. What lasts is the
 * app's state: 2^32 leaves of 32 bytes, reached through the leaf register of four 64-bit words.
 */
#ifndef ZKFUSION_H
#define ZKFUSION_H

#include <stdint.h>

#define ZKFUSION_IMPORT(name) __attribute__((import_module("env"), import_name(#name))) extern

/* The message's next tape word; 0 past its end. */
ZKFUSION_IMPORT(inbox_next) uint64_t inbox_next(void);
/* The leaf register takes the app's leaf `index`. */
ZKFUSION_IMPORT(kv_load) void kv_load(uint32_t index);
/* The app's leaf `index` takes the leaf register. */
ZKFUSION_IMPORT(kv_store) void kv_store(uint32_t index);
/* Word `i mod 4` of the leaf register. */
ZKFUSION_IMPORT(leaf_get) uint64_t leaf_get(uint32_t i);
/* Sets word `i mod 4` of the leaf register. */
ZKFUSION_IMPORT(leaf_set) void leaf_set(uint32_t i, uint64_t word);
/* Appends the leaf register to the outbox, for Ethereum. */
ZKFUSION_IMPORT(outbox_push) void outbox_push(void);
/* Word `i mod 4` of the batch's randomness. */
ZKFUSION_IMPORT(vrf_seed) uint64_t vrf_seed(uint32_t i);
/* Shows text to whoever executes; nothing is proved of it. */
ZKFUSION_IMPORT(log) void zkfusion_log(const char *text, uint32_t len);
/* Ends the message as failed (status 7), its writes dropped, when `condition` is 0. */
ZKFUSION_IMPORT(require) void require(uint32_t condition);

/* A message's header: the first nine words of its tape. Payload words follow, little-endian, zero-padded. */
typedef struct {
    uint64_t sender[4];
    uint64_t index;
    uint64_t at_block;
    uint64_t fuel_limit;
    uint64_t payload_bytes;
} zkfusion_message;

/* Reads the header. Call it once, before anything else. */
static inline zkfusion_message zkfusion_receive(void) {
    zkfusion_message message;
    for (int i = 0; i < 4; i++) message.sender[i] = inbox_next();
    message.index = inbox_next();
    message.at_block = inbox_next();
    message.fuel_limit = inbox_next();
    message.payload_bytes = inbox_next();
    inbox_next(); /* the number of 24-byte chunks, which the length already says */
    return message;
}

#define ZKFUSION_LOG(text) zkfusion_log((text), sizeof(text) - 1)

#endif
