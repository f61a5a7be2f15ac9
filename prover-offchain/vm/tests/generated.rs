//! Random modules, from fixed seeds, in this VM and in wasmi.

mod support;

use rand::{rngs::StdRng, SeedableRng};
use support::{
    compare::{compare, Tally},
    modules::module,
};

const MODULES: u64 = 1000;

#[test]
fn generated_modules_behave_as_in_wasmi() {
    let tally: Tally = (0..MODULES)
        .map(|seed| {
            println!("seed {seed}");
            let mut random = StdRng::seed_from_u64(seed);
            compare(&module(&mut random), &mut random)
        })
        .sum();
    println!("{tally}");
    assert!(tally.called > 500 && tally.unfinished < 50);
    assert!(tally.returned > 1000 && tally.trapped > 1000 && tally.traced > 1000);
}
