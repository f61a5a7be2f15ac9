//! The permutation as a function that the node does for its runtime: in WebAssembly it takes several
//! times as long, and every message is hashed in the runtime.

use super::WIDTH;
use crate::field::{from_bytes, reduce, to_bytes, Fr, FIELD_BYTES};
use sp_runtime_interface::{pass_by::PassFatPointerAndReadWrite, runtime_interface};

/// Functions of the node that a runtime calls.
#[runtime_interface]
pub trait Poseidon {
    /// Applies the permutation to three numbers of 32 bytes, little-endian, which are reduced by the
    /// modulus first. Bytes of another length stay as they are.
    fn permute(state: PassFatPointerAndReadWrite<&mut [u8]>) {
        let (numbers, rest) = state.as_chunks_mut();
        if let (Ok(numbers), []) = (<&mut [_; WIDTH]>::try_from(numbers), rest) {
            let mut state = elements(numbers);
            crate::poseidon::permute(&mut state);
            *numbers = state.map(|element| to_bytes(&element));
        }
    }
}

/// Lets the node apply the permutation.
#[cfg(substrate_runtime)]
pub(super) fn permute(state: &mut [Fr; WIDTH]) {
    let mut numbers = state.map(|element| to_bytes(&element));
    poseidon::permute(numbers.as_flattened_mut());
    *state = elements(&numbers);
}

fn elements(numbers: &[[u8; FIELD_BYTES]; WIDTH]) -> [Fr; WIDTH] {
    numbers.map(|number| from_bytes(&number).unwrap_or_else(|_| reduce(&number)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn node_should_apply_the_permutation_to_any_numbers(numbers: [[u8; FIELD_BYTES]; WIDTH]) {
            let mut expected = numbers.map(|number| reduce(&number));
            crate::poseidon::permute(&mut expected);
            let mut answer = numbers;
            poseidon::permute(answer.as_flattened_mut());
            prop_assert_eq!(answer, expected.map(|element| to_bytes(&element)));
        }

        #[test]
        fn node_should_leave_bytes_of_another_length(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assume!(bytes.len() != WIDTH * FIELD_BYTES);
            let mut answer = bytes.clone();
            poseidon::permute(&mut answer);
            prop_assert_eq!(answer, bytes);
        }
    }
}
