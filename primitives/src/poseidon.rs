//! Poseidon over the BN254 scalar field: `t = 3`, `x^5`, 8 full and 57 partial rounds, circom's
//! constants.

mod constants;
#[cfg(all(feature = "std", target_arch = "x86_64"))]
mod eight;
#[cfg(feature = "host-functions")]
pub mod host;
mod sparse;

use crate::field::Fr;
use alloc::vec::Vec;
use ark_ff::{AdditiveGroup, BigInt, Field};
pub use constants::{MDS, ROUND_CONSTANTS};

/// Number of state elements.
pub const WIDTH: usize = 3;
/// Rounds in which every element passes the S-box: half before and half after the partial rounds.
pub const FULL_ROUNDS: usize = 8;
/// Rounds in which only element 0 passes the S-box.
pub const PARTIAL_ROUNDS: usize = 57;
/// All rounds.
pub const ROUNDS: usize = FULL_ROUNDS + PARTIAL_ROUNDS;

/// Returns P2(a, b): the first element of the permutation of `[0, a, b]`, which is circom's
/// two-input Poseidon.
pub fn hash2(a: Fr, b: Fr) -> Fr {
    let mut state = [Fr::ZERO, a, b];
    permute(&mut state);
    state[0]
}

/// Returns [`hash2`] of each pair, on one thread.
///
/// Where the processor has AVX-512 with IFMA, eight take about as long as one.
pub fn hash2_each(pairs: &[[Fr; 2]]) -> Vec<Fr> {
    #[cfg(all(feature = "std", target_arch = "x86_64"))]
    if pairs.len() > 1 {
        return pairs.chunks(eight::LANES).flat_map(hash2_some).collect();
    }
    pairs.iter().map(|[a, b]| hash2(*a, *b)).collect()
}

/// Returns the hashes of up to eight pairs.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
fn hash2_some(pairs: &[[Fr; 2]]) -> impl Iterator<Item = Fr> {
    let mut eight = [[Fr::ZERO; 2]; eight::LANES];
    eight[..pairs.len()].copy_from_slice(pairs);
    let hashes = eight::hash(&eight).unwrap_or_else(|| {
        let mut hashes = [Fr::ZERO; eight::LANES];
        for (hash, [a, b]) in hashes.iter_mut().zip(pairs) {
            *hash = hash2(*a, *b);
        }
        hashes
    });
    hashes.into_iter().take(pairs.len())
}

/// Applies the Poseidon permutation.
#[cfg(all(feature = "host-functions", substrate_runtime))]
pub fn permute(state: &mut [Fr; WIDTH]) {
    host::permute(state);
}

/// Applies the Poseidon permutation.
#[cfg(not(all(feature = "host-functions", substrate_runtime)))]
pub fn permute(state: &mut [Fr; WIDTH]) {
    let half = FULL_ROUNDS / 2;
    for constants in &ROUND_CONSTANTS[..half] {
        full_round(state, constants);
    }
    for round in &sparse::PARTIAL {
        let s0 = sbox(state[0] + round.constant);
        state[0] = Fr::sum_of_products(&round.row, &[s0, state[1], state[2]]);
        state[1] += round.column[0] * s0;
        state[2] += round.column[1] * s0;
    }
    let in_sparse_basis = [state[1], state[2]];
    state[1] = Fr::sum_of_products(&sparse::BASIS[0], &in_sparse_basis);
    state[2] = Fr::sum_of_products(&sparse::BASIS[1], &in_sparse_basis);
    full_round(state, &sparse::AFTER_PARTIAL);
    for constants in &ROUND_CONSTANTS[half + PARTIAL_ROUNDS + 1..] {
        full_round(state, constants);
    }
}

fn full_round(state: &mut [Fr; WIDTH], constants: &[Fr; WIDTH]) {
    for (element, constant) in state.iter_mut().zip(constants) {
        *element = sbox(*element + constant);
    }
    *state = MDS.map(|row| Fr::sum_of_products(&row, state));
}

fn sbox(x: Fr) -> Fr {
    x.square().square() * x
}

/// An element from the limbs of its Montgomery form.
pub(crate) const fn fr(l0: u64, l1: u64, l2: u64, l3: u64) -> Fr {
    Fr::new_unchecked(BigInt::new([l0, l1, l2, l3]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{from_bytes, reduce, to_bytes};
    use light_poseidon::PoseidonHasher;
    use proptest::prelude::*;

    fn plain_permutation(state: &mut [Fr; WIDTH]) {
        for (round, constants) in ROUND_CONSTANTS.iter().enumerate() {
            for (element, constant) in state.iter_mut().zip(constants) {
                *element += constant;
            }
            let full = !(FULL_ROUNDS / 2..FULL_ROUNDS / 2 + PARTIAL_ROUNDS).contains(&round);
            for element in state.iter_mut().take(if full { WIDTH } else { 1 }) {
                *element = sbox(*element);
            }
            *state = MDS.map(|row| row.iter().zip(state.iter()).map(|(m, s)| *m * s).sum());
        }
    }

    fn reference_hash2(a: Fr, b: Fr) -> Fr {
        use ark_ff_06::{BigInteger, PrimeField};
        let convert = |x: Fr| ark_bn254_06::Fr::from_le_bytes_mod_order(&to_bytes(&x));
        let mut hasher = light_poseidon::Poseidon::<ark_bn254_06::Fr>::new_circom(2).unwrap();
        let hash = hasher.hash(&[convert(a), convert(b)]).unwrap();
        from_bytes(&hash.into_bigint().to_bytes_le().try_into().unwrap()).unwrap()
    }

    #[test]
    fn agrees_with_circomlib_on_one_and_two() {
        let expected = hex_literal::hex!("115cc0f5e7d690413df64c6b9662e9cf2a3617f2743245519e19607a4417189a");
        assert_eq!(
            crate::field::to_be_bytes(&hash2(Fr::from(1u64), Fr::from(2u64))),
            expected
        );
    }

    proptest! {
        #[test]
        fn agrees_with_light_poseidon(a: [u8; 32], b: [u8; 32]) {
            let (a, b) = (reduce(&a), reduce(&b));
            prop_assert_eq!(hash2(a, b), reference_hash2(a, b));
        }

        #[test]
        fn many_hashes_are_those_of_one_at_a_time(pairs in prop::collection::vec(any::<[[u8; 32]; 2]>(), 0..20)) {
            let pairs: Vec<_> = pairs.iter().map(|[a, b]| [reduce(a), reduce(b)]).collect();
            let expected: Vec<_> = pairs.iter().map(|[a, b]| hash2(*a, *b)).collect();
            prop_assert_eq!(hash2_each(&pairs), expected);
        }

        #[test]
        fn sparse_rounds_agree_with_plain_ones(a: [u8; 32], b: [u8; 32], c: [u8; 32]) {
            let mut fast = [reduce(&a), reduce(&b), reduce(&c)];
            let mut plain = fast;
            permute(&mut fast);
            plain_permutation(&mut plain);
            prop_assert_eq!(fast, plain);
        }
    }
}
