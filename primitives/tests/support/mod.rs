//! Code that tests of decoders share.

mod allocation;
pub(crate) mod damage;

use codec::DecodeAll;

/// Decodes, and checks that no more memory is asked for at once than the input's length justifies:
/// lengths in it are claims.
pub(crate) fn decode<T: DecodeAll>(bytes: &[u8]) -> Option<T> {
    let (decoded, allocated) = allocation::largest(|| T::decode_all(&mut &bytes[..]));
    assert!(
        allocated <= 32 * bytes.len() + 65_536,
        "{} bytes made it ask for {allocated}",
        bytes.len()
    );
    decoded.ok()
}
