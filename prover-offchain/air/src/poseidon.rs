//! The Poseidon table: six rows a permutation of width 3 (P2 of the primitives).
//!
//! The first and the last row are four full rounds each, the four between are the 57 partial rounds, 15 a row. Each
//! S-box `v = u^5` has two cells, `u^2` and `v`; all else is linear. In the partial rounds the constants of
//! the elements that do not pass the S-box are moved through the matrix to the next round (Poseidon paper, appendix B), so
//! that only element 0 has one.

use std::sync::OnceLock;

use halo2curves::ff::Field;
use zkfusion_primitives::poseidon::{FULL_ROUNDS, MDS, PARTIAL_ROUNDS, ROUND_CONSTANTS, WIDTH};

use crate::bus::Bus;
use crate::columns::columns;
use crate::expr::Expr;
use crate::field::from_primitive;
use crate::table::{Builder, Rows, Table};
use crate::Fr;

/// Full rounds of a row.
const FULL: usize = FULL_ROUNDS / 2;
/// Partial rounds of a row.
const PARTIAL: usize = 15;
/// Rows of a permutation.
const ROWS: usize = 6;
/// Partial rounds of the last row that has any.
const REST: usize = PARTIAL_ROUNDS % PARTIAL;

columns! {
    /// Columns of the Poseidon table.
    pub struct Poseidon {
        /// Which row of the permutation.
        row: Bit [6],
        /// First input.
        a: Any,
        /// Second input.
        b: Any,
        /// The state before the row's rounds.
        state: Any [3],
        /// Squares of the S-boxes' inputs.
        square: Any [15],
        /// The S-boxes' outputs.
        power: Any [15],
    }
}

/// The permutation's constants in the form that the rows use.
struct Constants {
    mds: [[Fr; WIDTH]; WIDTH],
    /// Of the first and the last four full rounds.
    full: [[[Fr; WIDTH]; FULL]; 2],
    /// Element 0's, of the partial rounds; zero beyond them.
    partial: [[Fr; PARTIAL]; ROWS - 2],
}

fn constants() -> &'static Constants {
    static CONSTANTS: OnceLock<Constants> = OnceLock::new();
    CONSTANTS.get_or_init(|| {
        let mds = MDS.map(|row| row.map(from_primitive));
        let rounds = ROUND_CONSTANTS.map(|round| round.map(from_primitive));
        let mut partial = [[Fr::ZERO; PARTIAL]; ROWS - 2];
        let mut moved = [Fr::ZERO; WIDTH];
        for round in 0..PARTIAL_ROUNDS {
            let [c0, c1, c2] = core::array::from_fn(|i| rounds[FULL + round][i] + moved[i]);
            partial[round / PARTIAL][round % PARTIAL] = c0;
            moved = core::array::from_fn(|i| mds[i][1] * c1 + mds[i][2] * c2);
        }
        let full = |from: usize| core::array::from_fn(|round| rounds[from + round]);
        let mut last: [[Fr; WIDTH]; FULL] = full(FULL + PARTIAL_ROUNDS);
        for (constant, moved) in last[0].iter_mut().zip(moved) {
            *constant += moved;
        }
        Constants {
            mds,
            full: [full(0), last],
            partial,
        }
    })
}

/// A linear combination of cells: the three state cells, then the S-boxes' outputs.
type Linear = [Fr; WIDTH + PARTIAL];

/// Returns the inputs of a row's S-boxes without their constants, and the state after `rounds` of its rounds, as
/// combinations of its cells.
fn linear(full: bool, rounds: usize) -> (Vec<Linear>, [Linear; WIDTH]) {
    let unit = |cell: usize| core::array::from_fn(|i| Fr::from(u64::from(i == cell)));
    let mut state: [Linear; WIDTH] = core::array::from_fn(unit);
    let mut inputs = Vec::new();
    for _ in 0..rounds {
        let passing = if full { WIDTH } else { 1 };
        for element in state.iter_mut().take(passing) {
            inputs.push(*element);
            *element = unit(WIDTH + inputs.len() - 1);
        }
        state = constants()
            .mds
            .map(|row| core::array::from_fn(|cell| (0..WIDTH).map(|i| row[i] * state[i][cell]).sum()));
    }
    (inputs, state)
}

/// Returns the rules of the Poseidon table.
pub fn table() -> Table {
    let (mut t, p, next) = Builder::new::<Poseidon<Expr>>("poseidon");
    let combine = |linear: &Linear| -> Expr {
        let cells = p.state.iter().chain(&p.power);
        linear
            .iter()
            .zip(cells)
            .filter(|(c, _)| **c != Fr::ZERO)
            .map(|(c, cell)| cell * *c)
            .sum()
    };
    let first = &p.row[0];
    let last = &p.row[ROWS - 1];
    let full = first + last;
    let partial: Expr = p.row[1..ROWS - 1].iter().cloned().sum();
    t.equal("one kind of row", &full + &partial, 1);
    t.entry(Expr::from(1) - first);
    for row in 0..ROWS - 1 {
        t.when(
            "rows follow each other",
            p.row[row].clone(),
            Expr::from(1) - Expr::has_next() * &next.row[row + 1],
        );
    }
    t.when(
        "then comes another permutation",
        last * Expr::has_next(),
        Expr::from(1) - &next.row[0],
    );
    t.when("capacity", first.clone(), p.state[0].clone());
    t.when("first input", first.clone(), &p.state[1] - &p.a);
    t.when("second input", first.clone(), &p.state[2] - &p.b);
    let goes_on = first + &partial;
    t.when("same first input", goes_on.clone(), &next.a - &p.a);
    t.when("same second input", goes_on, &next.b - &p.b);

    let mut s_boxes = |name: &str, kind: &Expr, inputs: Vec<Expr>| {
        for (i, input) in inputs.into_iter().enumerate() {
            let square = &p.square[i];
            t.when(
                format!("square of {name} S-box {i}"),
                kind,
                square - &input * &input,
            );
            t.when(
                format!("output of {name} S-box {i}"),
                kind,
                &p.power[i] - square * square * input,
            );
        }
    };
    let (inputs, after_full) = linear(true, FULL);
    let with_constants = |i: usize, input: &Linear| {
        let constant = |half: usize| constants().full[half][i / WIDTH][i % WIDTH];
        combine(input) + first * constant(0) + last * constant(1)
    };
    s_boxes(
        "full",
        &full,
        inputs
            .iter()
            .enumerate()
            .map(|(i, input)| with_constants(i, input))
            .collect(),
    );
    let (inputs, after_partial) = linear(false, PARTIAL);
    let with_constants = |i: usize, input: &Linear| {
        let constants = &constants().partial;
        let constant: Expr = (0..ROWS - 2).map(|row| &p.row[row + 1] * constants[row][i]).sum();
        combine(input) + constant
    };
    s_boxes(
        "partial",
        &partial,
        inputs
            .iter()
            .enumerate()
            .map(|(i, input)| with_constants(i, input))
            .collect(),
    );

    let (_, after_rest) = linear(false, REST);
    let whole: Expr = p.row[1..ROWS - 2].iter().cloned().sum();
    for i in 0..WIDTH {
        let next = &next.state[i];
        t.when(
            "state after the full rounds",
            first.clone(),
            next - combine(&after_full[i]),
        );
        t.when(
            "state after partial rounds",
            whole.clone(),
            next - combine(&after_partial[i]),
        );
        t.when(
            "state after the last partial rounds",
            p.row[ROWS - 2].clone(),
            next - combine(&after_rest[i]),
        );
    }
    t.receive(
        Bus::Poseidon,
        last.clone(),
        vec![p.a.clone(), p.b.clone(), combine(&after_full[0])],
    );
    t.finish()
}

/// Computes hashes and keeps the rows that prove them.
#[derive(Debug)]
pub struct Hasher {
    /// The rows.
    pub rows: Rows,
}

impl Default for Hasher {
    fn default() -> Self {
        Self {
            rows: Rows::new::<Poseidon<Fr>>(),
        }
    }
}

impl Hasher {
    /// Returns P2(a, b).
    pub fn hash(&mut self, a: Fr, b: Fr) -> Fr {
        let constants = constants();
        let mut state = [Fr::ZERO, a, b];
        for index in 0..ROWS {
            let mut row = Poseidon {
                a,
                b,
                state,
                ..Poseidon::default()
            };
            row.row[index] = Fr::ONE;
            let mut s_box = |i: usize, input: Fr| {
                row.square[i] = input.square();
                row.power[i] = row.square[i].square() * input;
                row.power[i]
            };
            if index == 0 || index == ROWS - 1 {
                for (round, constants) in constants.full[index / (ROWS - 1)].iter().enumerate() {
                    for i in 0..WIDTH {
                        state[i] = s_box(round * WIDTH + i, state[i] + constants[i]);
                    }
                    state = mix(state);
                }
            } else {
                let rounds = if index == ROWS - 2 { REST } else { PARTIAL };
                let mut inner = state;
                for (round, constant) in constants.partial[index - 1].iter().enumerate() {
                    inner[0] = s_box(round, inner[0] + constant);
                    inner = mix(inner);
                    if round + 1 == rounds {
                        state = inner;
                    }
                }
            }
            self.rows.push(row);
        }
        state[0]
    }
}

fn mix(state: [Fr; WIDTH]) -> [Fr; WIDTH] {
    constants()
        .mds
        .map(|row| row.iter().zip(state).map(|(m, s)| *m * s).sum())
}

#[cfg(test)]
mod tests {
    use zkfusion_primitives::poseidon::hash2;

    use super::*;
    use crate::field::to_primitive;

    #[test]
    fn rows_compute_the_hash_of_the_primitives() {
        let mut hasher = Hasher::default();
        for (a, b) in [(0u64, 0u64), (1, 2), (u64::MAX, 7)] {
            let hash = hasher.hash(a.into(), b.into());
            assert_eq!(to_primitive(&hash), hash2(a.into(), b.into()));
        }
        assert_eq!(hasher.rows.len(), 3 * ROWS);
    }
}
