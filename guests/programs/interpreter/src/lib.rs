//! An interpreter of a small stack language, which runs a script.
//!
//! The payload is `n`. The script counts the primes up to `n` by trial division; a sieve counts
//! them again. Appends `n`, the number of primes, the number of operations that the interpreter
//! took and 0 to the outbox.
#![no_std]

extern crate alloc;

mod compile;
mod machine;

use alloc::vec;
use zkfusion_guest::{entry, inbox::Message, outbox};

entry!(handle);

const MOST: u64 = 1 << 16;

/// Leaves the number of primes up to the number that it finds on the stack.
const SCRIPT: &str = "
    : even       ( n -- flag )       2 % 0 = ;
    : divides    ( n d -- flag )     % 0 = ;
    : prime      ( n -- flag )
        dup even if 2 = exit then
        3 begin over over dup * < 0 = while
            over over divides if drop drop 0 exit then
            2 +
        repeat
        drop drop 1 ;
    : primes     ( n -- count )
        0 swap
        begin dup 1 swap < while
            dup prime rot + swap
            1 -
        repeat
        drop ;
    primes
";

fn handle(mut message: Message) -> Result<(), &'static str> {
    let [n] = message.payload.exact()?;
    if n > MOST {
        return Err("at most 2^16");
    }
    let program = compile::compile(SCRIPT)?;
    let mut stack = vec![n as i64];
    let operations = machine::run(&program, &mut stack)?;
    let count = sieve(n as usize);
    if stack != [count] {
        return Err("the script counts other primes than the sieve");
    }
    outbox::push_words([n, count as u64, operations, 0]);
    Ok(())
}

/// Returns the number of primes up to `n`, found with Eratosthenes' sieve.
fn sieve(n: usize) -> i64 {
    let mut composite = vec![false; n + 1];
    let mut count = 0;
    for number in 2..=n {
        if !composite[number] {
            count += 1;
            for multiple in (number * number..=n).step_by(number) {
                composite[multiple] = true;
            }
        }
    }
    count
}
