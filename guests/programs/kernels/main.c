/* The payload is `n`: runs the kernels `n` times, each time on other data, and appends n and the kernels' checksums to the outbox. */
#include "kernels.h"

__attribute__((export_name("zkmain"))) void zkmain(void) {
    zkfusion_message message = zkfusion_receive();
    if (message.payload_bytes != 8) {
        ZKFUSION_LOG("the payload must be one word");
        require(0);
    }
    const uint64_t n = inbox_next();
    uint16_t lists = 0, matrices = 0, states = 0;
    crc_check();
    for (uint64_t i = 0; i < n; i++) {
        const uint32_t seed = (uint32_t)i;
        lists = crc_word(lists, list_kernel(seed));
        matrices = crc_word(matrices, matrix_kernel(seed));
        states = crc_word(states, state_kernel(seed));
    }
    leaf_set(0, n);
    leaf_set(1, lists);
    leaf_set(2, matrices);
    leaf_set(3, states);
    outbox_push();
}
