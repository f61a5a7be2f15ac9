//! Compiles this crate a second time, to WebAssembly.

fn main() {
    // The hash of the metadata, against which hardware wallets check what they show, takes a third
    // compilation.
    #[cfg(all(feature = "std", feature = "metadata-hash"))]
    substrate_wasm_builder::WasmBuilder::init_with_defaults()
        .enable_metadata_hash("FUS", 12)
        .build();
    #[cfg(all(feature = "std", not(feature = "metadata-hash")))]
    substrate_wasm_builder::WasmBuilder::build_using_defaults();
}
