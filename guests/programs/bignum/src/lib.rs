//! Products of long numbers, with the crate `num-bigint`.
//!
//! The payload is `n`. Multiplies two pseudo-random numbers of `n` digits of 32 bits and checks the
//! product modulo a prime. Appends `n`, the number of the product's digits, its residue and a hash
//! of its digits to the outbox.
#![no_std]

use num_bigint::BigUint;
use zkfusion_guest::{entry, inbox::Message, outbox};

entry!(handle);

const MOST_DIGITS: u64 = 1 << 14;

/// The largest prime below 2^32.
const PRIME: u64 = (1 << 32) - 5;

fn handle(mut message: Message) -> Result<(), &'static str> {
    let [n] = message.payload.exact()?;
    if n > MOST_DIGITS {
        return Err("at most 2^14 digits");
    }
    let mut digits = random();
    let [left, right] = [(); 2].map(|()| BigUint::new(digits.by_ref().take(n as usize).collect()));
    let product = &left * &right;
    if residue(&product) != residue(&left) * residue(&right) % PRIME {
        return Err("the product is wrong modulo a prime");
    }
    let hash = product.iter_u32_digits().fold(0, |hash: u64, digit| {
        (hash.rotate_left(5) ^ u64::from(digit)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    });
    outbox::push_words([n, product.iter_u32_digits().len() as u64, residue(&product), hash]);
    Ok(())
}

/// The high halves of a linear congruential sequence, with Knuth's MMIX constants.
fn random() -> impl Iterator<Item = u32> {
    let mut state = 1u64;
    core::iter::repeat_with(move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as u32
    })
}

/// Returns a number modulo [`PRIME`], which is less than 2^32.
fn residue(number: &BigUint) -> u64 {
    let digits = number.iter_u32_digits().rev();
    digits.fold(0, |residue, digit| (residue << 32 | u64::from(digit)) % PRIME)
}
