//! Modules that others wrote, changed at random from fixed seeds, in this VM and in wasmi.

mod support;

use rand::{rngs::StdRng, SeedableRng};
use support::{
    compare::{compare, Tally},
    mutants::Originals,
};

const MUTANTS: u64 = 400;
const DAMAGED: u64 = 2_000;

#[test]
fn mutants_behave_as_in_wasmi() {
    let originals = Originals::new();
    assert!(originals.suite.len() > 500);
    let tally = all(MUTANTS, |random| originals.mutant(random));
    println!("{tally}");
    assert!(tally.called > 350 && tally.messages > 100);
    assert!(tally.returned > 1000 && tally.trapped > 1000 && tally.traced > 1000);
}

#[test]
fn damaged_modules_are_refused_as_by_wasmi_or_behave_as_there() {
    let originals = Originals::new();
    let tally = all(DAMAGED, |random| originals.damaged(random));
    println!("{tally}");
    assert!(tally.refused > 1000 && tally.called > 100);
}

/// Compares the modules of seeds from 0 on.
fn all(count: u64, module: impl Fn(&mut StdRng) -> Vec<u8>) -> Tally {
    let one = |seed: u64| {
        println!("seed {seed}");
        let mut random = StdRng::seed_from_u64(seed);
        compare(&module(&mut random), &mut random)
    };
    (0..count).map(one).sum()
}
