//! Fibonacci numbers modulo 2^64.
//!
//! The payload is `n`. Computes the numbers one after the other up to `F(n)`, and `F(n)` again from
//! the bits of `n`, which must be the same. Appends `n, F(n), F(n + 1), 0` to the outbox.
#![no_std]

use zkfusion_guest::{entry, inbox::Message, outbox};

entry!(handle);

fn handle(mut message: Message) -> Result<(), &'static str> {
    let [n] = message.payload.exact()?;
    let (this, next) = one_by_one(n);
    if (this, next) != by_doubling(n) {
        return Err("the two ways to the n-th number disagree");
    }
    outbox::push_words([n, this, next, 0]);
    Ok(())
}

/// Returns `F(n)` and `F(n + 1)` by `n` additions.
fn one_by_one(n: u64) -> (u64, u64) {
    let (mut this, mut next) = (0u64, 1u64);
    for _ in 0..n {
        (this, next) = (next, this.wrapping_add(next));
    }
    (this, next)
}

/// Returns `F(n)` and `F(n + 1)` from the bits of `n`, highest first:
/// `F(2k) = F(k) (2 F(k + 1) - F(k))` and `F(2k + 1) = F(k)^2 + F(k + 1)^2`.
fn by_doubling(n: u64) -> (u64, u64) {
    let (mut this, mut next) = (0u64, 1u64);
    for bit in (0..u64::BITS).rev() {
        let even = this.wrapping_mul(next.wrapping_mul(2).wrapping_sub(this));
        let odd = this.wrapping_mul(this).wrapping_add(next.wrapping_mul(next));
        (this, next) = if n >> bit & 1 == 0 {
            (even, odd)
        } else {
            (odd, even.wrapping_add(odd))
        };
    }
    (this, next)
}
