/* A counter: the payload is one little-endian word, at most 1000, which is added to word 0 of leaf 0.
 * Word 1 counts the messages that succeeded. */
#include "zkfusion.h"

__attribute__((export_name("zkmain"))) void zkmain(void) {
    zkfusion_message message = zkfusion_receive();
    if (message.payload_bytes != 8) {
        ZKFUSION_LOG("the payload must be one word");
        require(0);
    }
    uint64_t step = inbox_next();
    if (step > 1000) {
        ZKFUSION_LOG("a step is at most 1000");
        require(0);
    }
    kv_load(0);
    leaf_set(0, leaf_get(0) + step);
    leaf_set(1, leaf_get(1) + 1);
    kv_store(0);
}
