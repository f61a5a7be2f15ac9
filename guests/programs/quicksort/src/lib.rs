//! Quicksort.
//!
//! The payload is `n`. Sorts `n` pseudo-random numbers of 32 bits and checks that they ascend and
//! are the same ones. Appends `n`, the smallest, the largest and a hash of the sequence to the
//! outbox.
#![no_std]

extern crate alloc;

use alloc::vec::Vec;
use zkfusion_guest::{entry, inbox::Message, outbox};

entry!(handle);

const MOST_NUMBERS: u64 = 1 << 20;

/// Pieces up to this length are sorted by insertion.
const SHORT: usize = 8;

fn handle(mut message: Message) -> Result<(), &'static str> {
    let [n] = message.payload.exact()?;
    if n > MOST_NUMBERS {
        return Err("at most 2^20 numbers");
    }
    let mut numbers: Vec<u32> = random().take(n as usize).collect();
    let before = fingerprint(&numbers);
    sort(&mut numbers);
    if !numbers.windows(2).all(|pair| pair[0] <= pair[1]) {
        return Err("the numbers do not ascend");
    }
    if fingerprint(&numbers) != before {
        return Err("the numbers are not those that were to be sorted");
    }
    let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else {
        return Err("at least one number");
    };
    outbox::push_words([n, (*first).into(), (*last).into(), hash(&numbers)]);
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

/// Sorts in place: the shorter part of a partition by recursion, so that depth is logarithmic, the
/// longer one by going on.
fn sort(mut numbers: &mut [u32]) {
    while numbers.len() > SHORT {
        let middle = partition(numbers);
        let (low, high) = numbers.split_at_mut(middle);
        let (shorter, longer) = if low.len() < high.len() {
            (low, high)
        } else {
            (high, low)
        };
        sort(shorter);
        numbers = longer;
    }
    insert(numbers);
}

/// Moves numbers around so that none before the returned place, which is inside, is larger than any
/// from there on (Hoare's partition).
fn partition(numbers: &mut [u32]) -> usize {
    let pivot = numbers[(numbers.len() - 1) / 2];
    let (mut low, mut high) = (0, numbers.len() - 1);
    loop {
        while numbers[low] < pivot {
            low += 1;
        }
        while numbers[high] > pivot {
            high -= 1;
        }
        if low >= high {
            return high + 1;
        }
        numbers.swap(low, high);
        low += 1;
        high -= 1;
    }
}

fn insert(numbers: &mut [u32]) {
    for end in 1..numbers.len() {
        let number = numbers[end];
        let mut place = end;
        while place > 0 && numbers[place - 1] > number {
            numbers[place] = numbers[place - 1];
            place -= 1;
        }
        numbers[place] = number;
    }
}

/// A sum over the numbers that does not depend on their order.
fn fingerprint(numbers: &[u32]) -> u64 {
    numbers.iter().fold(0, |sum: u64, number| {
        let spread = (u64::from(*number) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        sum.wrapping_add(spread ^ spread >> 32)
    })
}

/// A number that depends on the order.
fn hash(numbers: &[u32]) -> u64 {
    numbers.iter().fold(0, |hash: u64, number| {
        (hash.rotate_left(5) ^ u64::from(*number)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    })
}
