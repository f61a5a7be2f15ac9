//! SHA-256, with the crate `sha2`.
//!
//! The payload is `n`. Appends the hash of `n` bytes to the outbox, of which byte `i` is
//! `i mod 251`, and checks the hash of `abc` on the way, which is in FIPS 180-2, appendix B.
#![no_std]

extern crate alloc;

use alloc::vec::Vec;
use sha2::{Digest, Sha256};
use zkfusion_guest::{entry, inbox::Message, outbox};

entry!(handle);

const MOST_BYTES: u64 = 1 << 20;

/// The hash of `abc`.
const HASH_OF_ABC: [u32; 8] = [
    0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223, 0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad,
];

fn handle(mut message: Message) -> Result<(), &'static str> {
    let [n] = message.payload.exact()?;
    if n > MOST_BYTES {
        return Err("at most 2^20 bytes");
    }
    let expected = HASH_OF_ABC.iter().flat_map(|word| word.to_be_bytes());
    if !Sha256::digest(b"abc").into_iter().eq(expected) {
        return Err("the hash of abc is wrong");
    }
    let bytes: Vec<u8> = (0..=250).cycle().take(n as usize).collect();
    outbox::push(&Sha256::digest(&bytes).into());
    Ok(())
}
