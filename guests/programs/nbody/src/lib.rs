//! Bodies that attract each other.
//!
//! The payload is `n`. Moves a star and three planets `n` steps, in `f64`, and checks that momentum
//! and energy stay what they were. Appends `n`, and the bits of the first planet's place, to the
//! outbox.
#![no_std]

mod system;

use system::System;
use zkfusion_guest::{entry, inbox::Message, outbox};

entry!(handle);

/// Length of a step; the innermost planet's year is about 6.3.
const STEP: f64 = 1.0 / 64.0;

/// Part of the energy by which it may be off. With this step it swings by 4e-4 of it, and does not
/// drift.
const ENERGY_ERROR: f64 = 1e-3;

/// What may be left of the momentum, which is 0.
const MOMENTUM_ERROR: f64 = 1e-12;

fn handle(mut message: Message) -> Result<(), &'static str> {
    let [n] = message.payload.exact()?;
    let mut system = System::new();
    let energy = system.energy();
    for _ in 0..n {
        system.advance(STEP);
    }
    if (system.energy() - energy).abs() > energy.abs() * ENERGY_ERROR {
        return Err("the energy has changed");
    }
    if system.momentum().iter().any(|part| part.abs() > MOMENTUM_ERROR) {
        return Err("the momentum has changed");
    }
    let [x, y, z] = system.planet().map(f64::to_bits);
    outbox::push_words([n, x, y, z]);
    Ok(())
}
