//! The Poseidon table: six rows a permutation of width 3 (P2 of the primitives).
//!
//! The first and the last row are four full rounds each, the four between are the 57 partial
//! rounds, 15 a row. Each S-box `v = u^5` has two cells, `u^2` and `v`; all else is linear. Both
//! kinds of rows share the S-boxes: where a row has no use for one, it takes whatever the other
//! kind would feed it.
//!
//! In the partial rounds the constants of the elements that do not pass the S-box are moved through
//! the matrix to the next round (Poseidon paper, appendix B), so that only element 0 has one. There
//! a state is `(s_0, p, q)`: `p` is what the elements 1 and 2 add to the next `s_0`, and `q` what
//! they add to the next `p`. By Cayley and Hamilton a round then takes five multiplications.

use std::ops::{Add, Mul};
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
/// S-boxes that a row of full rounds uses.
const FULL_BOXES: usize = FULL * WIDTH;
/// Rows of a permutation.
const ROWS: usize = 6;
/// The last row.
const LAST: usize = ROWS - 1;
/// The last row of partial rounds.
const LAST_PARTIAL: usize = ROWS - 2;
/// Partial rounds of the last row that has any.
const REST: usize = PARTIAL_ROUNDS % PARTIAL;

columns! {
    /// Columns of the Poseidon table.
    pub struct Poseidon {
        /// The row is the first.
        first: Bit,
        /// The row is the third, fourth or fifth. The second row is the one without a mark.
        middle: Bit [3],
        /// The row is the last.
        last: Bit,
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
    /// The elements 1 and 2 in `q`.
    second: [Fr; 2],
    /// The S-box's output in the next `p` and in the next `q`.
    feed: [Fr; 2],
    /// Trace and determinant of the matrix of the elements 1 and 2.
    trace: Fr,
    determinant: Fr,
    /// What each row adds to its S-boxes' inputs.
    rows: [[Fr; PARTIAL]; ROWS],
}

fn constants() -> &'static Constants {
    static CONSTANTS: OnceLock<Constants> = OnceLock::new();
    CONSTANTS.get_or_init(|| {
        let mds = MDS.map(|row| row.map(from_primitive));
        let [[_, h1, h2], [g1, a11, a12], [g2, a21, a22]] = mds;
        let second = [h1 * a11 + h2 * a21, h1 * a12 + h2 * a22];
        Constants {
            mds,
            second,
            feed: [h1 * g1 + h2 * g2, second[0] * g1 + second[1] * g2],
            trace: a11 + a22,
            determinant: a11 * a22 - a12 * a21,
            rows: row_constants(&mds),
        }
    })
}

fn row_constants(mds: &[[Fr; WIDTH]; WIDTH]) -> [[Fr; PARTIAL]; ROWS] {
    let rounds = ROUND_CONSTANTS.map(|round| round.map(from_primitive));
    let mut partial = [Fr::ZERO; (ROWS - 2) * PARTIAL];
    let mut moved = [Fr::ZERO; WIDTH];
    for (round, constant) in partial.iter_mut().enumerate().take(PARTIAL_ROUNDS) {
        let [c0, c1, c2] = core::array::from_fn(|i| rounds[FULL + round][i] + moved[i]);
        *constant = c0;
        moved = mds.map(|[_, m1, m2]| m1 * c1 + m2 * c2);
    }
    let mut rows = [[Fr::ZERO; PARTIAL]; ROWS];
    for (row, constants) in rows[1..LAST].iter_mut().zip(partial.chunks_exact(PARTIAL)) {
        row.copy_from_slice(constants);
    }
    for (row, first_round) in [(0, 0), (LAST, FULL + PARTIAL_ROUNDS)] {
        let constants = rounds[first_round..first_round + FULL].as_flattened();
        rows[row][..FULL_BOXES].copy_from_slice(constants);
    }
    for (constant, moved) in rows[LAST].iter_mut().zip(moved) {
        *constant += moved;
    }
    // Where a row has no use for an S-box, the constant is the second row's.
    let second = rows[1];
    for (row, used) in [(0, FULL_BOXES), (LAST_PARTIAL, REST), (LAST, FULL_BOXES)] {
        rows[row][used..].copy_from_slice(&second[used..]);
    }
    rows
}

/// What is linear in a permutation is the same for expressions and for values.
trait Linear: Clone + Add<Output = Self> + Mul<Fr, Output = Self> {}

impl<T: Clone + Add<Output = T> + Mul<Fr, Output = T>> Linear for T {}

/// Returns the state after the matrix of a full round.
fn mix<T: Linear>(state: [T; WIDTH]) -> [T; WIDTH] {
    let [a, b, c] = state;
    constants()
        .mds
        .map(|[x, y, z]| a.clone() * x + b.clone() * y + c.clone() * z)
}

/// Returns a state as `(s_0, p, q)`.
fn to_partial<T: Linear>(state: [T; WIDTH]) -> [T; WIDTH] {
    let Constants { mds, second, .. } = constants();
    let [s0, s1, s2] = state;
    let p = s1.clone() * mds[0][1] + s2.clone() * mds[0][2];
    let q = s1 * second[0] + s2 * second[1];
    [s0, p, q]
}

/// Returns `(s_0, p, q)` after a partial round whose S-box gave `power`.
fn partial_round<T: Linear>([_, p, q]: [T; WIDTH], power: &T) -> [T; WIDTH] {
    let constants = constants();
    let s0 = power.clone() * constants.mds[0][0] + p.clone();
    let next_p = power.clone() * constants.feed[0] + q.clone();
    let next_q = power.clone() * constants.feed[1] + q * constants.trace + p * -constants.determinant;
    [s0, next_p, next_q]
}

/// Returns the elements that enter a full round: of the first one the state, then what the round
/// before left.
fn full_round<T: Linear>(round: usize, state: &[T; WIDTH], power: &[T]) -> [T; WIDTH] {
    match round.checked_sub(1) {
        None => state.clone(),
        Some(before) => mix(core::array::from_fn(|i| power[before * WIDTH + i].clone())),
    }
}

/// Returns the rules of the Poseidon table.
pub fn table() -> Table {
    let (mut t, p, next) = Builder::new::<Poseidon<Expr>>("poseidon");
    let marks: [&Expr; ROWS - 1] = [&p.first, &p.middle[0], &p.middle[1], &p.middle[2], &p.last];
    let next_marks = [&next.middle[0], &next.middle[1], &next.middle[2], &next.last];
    let marked: Expr = marks.into_iter().cloned().sum();
    let second = Expr::from(1) - &marked;
    let full = &p.first + &p.last;
    t.zero("at most one mark", &marked * &second);
    t.entry(Expr::from(1) - &p.first);
    let next_marked: Expr = next_marks.into_iter().cloned().sum::<Expr>() + &next.first;
    t.when(
        "rows follow each other",
        p.first.clone(),
        Expr::from(1) - Expr::has_next() * (Expr::from(1) - next_marked),
    );
    let middle = [&second, &p.middle[0], &p.middle[1], &p.middle[2]];
    for (row, following) in middle.into_iter().zip(next_marks) {
        t.when(
            "rows follow each other",
            row,
            Expr::from(1) - Expr::has_next() * following,
        );
    }
    t.when(
        "then comes another permutation",
        &p.last * Expr::has_next(),
        Expr::from(1) - &next.first,
    );
    t.when("capacity", p.first.clone(), p.state[0].clone());
    t.when("first input", p.first.clone(), &p.state[1] - &p.a);
    t.when("second input", p.first.clone(), &p.state[2] - &p.b);
    let goes_on = Expr::from(1) - &p.last;
    t.when("same first input", goes_on.clone(), &next.a - &p.a);
    t.when("same second input", goes_on, &next.b - &p.b);

    let constant = |i: usize| -> Expr {
        let [first, second, third, fourth, fifth, last] = constants().rows.map(|row| row[i]);
        let differences = [first, third, fourth, fifth, last].map(|constant| constant - second);
        let terms = marks.into_iter().zip(differences);
        terms.map(|(mark, difference)| mark * difference).sum::<Expr>() + second
    };
    let mut state = p.state.clone();
    let mut after_rest = state.clone();
    for i in 0..PARTIAL {
        if i == REST {
            after_rest.clone_from(&state);
        }
        let mut input = state[0].clone();
        if i < FULL_BOXES {
            let entering = &full_round(i / WIDTH, &p.state, &p.power)[i % WIDTH];
            input = &input + &full * (entering - &input);
        }
        let input = input + constant(i);
        let square = &p.square[i];
        t.equal(format!("square of S-box {i}"), square, &input * &input);
        t.equal(
            format!("output of S-box {i}"),
            &p.power[i],
            square * square * input,
        );
        state = partial_round(state, &p.power[i]);
    }

    let after_full = full_round(FULL, &p.state, &p.power);
    let first_partial = to_partial(after_full.clone());
    let last_partial = to_partial(next.state.clone());
    for i in 0..WIDTH {
        t.when(
            "state after the full rounds",
            p.first.clone(),
            &next.state[i] - &first_partial[i],
        );
        t.when(
            "state after partial rounds",
            &second + &p.middle[0] + &p.middle[1],
            &next.state[i] - &state[i],
        );
        t.when(
            "state after the last partial rounds",
            p.middle[2].clone(),
            &last_partial[i] - &after_rest[i],
        );
    }
    let [hash, ..] = after_full;
    t.receive(
        Bus::Poseidon,
        p.last.clone(),
        vec![p.a.clone(), p.b.clone(), hash],
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
        let mut state = [Fr::ZERO, a, b];
        for index in 0..ROWS {
            let mut row = Poseidon {
                a,
                b,
                state,
                ..Poseidon::default()
            };
            match index {
                0 => row.first = Fr::ONE,
                1 => {}
                LAST => row.last = Fr::ONE,
                _ => row.middle[index - 2] = Fr::ONE,
            }
            state = fill_rounds(&mut row, index);
            self.rows.push(row);
        }
        state[0]
    }
}

/// Fills a row's S-boxes and returns the state that the next row begins with.
fn fill_rounds(row: &mut Poseidon<Fr>, index: usize) -> [Fr; WIDTH] {
    let full = index == 0 || index == LAST;
    let mut partial = row.state;
    let mut after_rest = partial;
    for i in 0..PARTIAL {
        if i == REST {
            after_rest = partial;
        }
        let entering = if full && i < FULL_BOXES {
            full_round(i / WIDTH, &row.state, &row.power)[i % WIDTH]
        } else {
            partial[0]
        };
        let input = entering + constants().rows[index][i];
        row.square[i] = input.square();
        row.power[i] = row.square[i].square() * input;
        partial = partial_round(partial, &row.power[i]);
    }
    match index {
        0 => to_partial(full_round(FULL, &row.state, &row.power)),
        LAST_PARTIAL => from_partial(after_rest),
        LAST => full_round(FULL, &row.state, &row.power),
        _ => partial,
    }
}

/// Returns the state that is `(s_0, p, q)`.
fn from_partial([s0, p, q]: [Fr; WIDTH]) -> [Fr; WIDTH] {
    static INVERSE: OnceLock<Fr> = OnceLock::new();
    let Constants { mds, second, .. } = constants();
    let [_, h1, h2] = mds[0];
    let determinant = h1 * second[1] - h2 * second[0];
    let inverse = INVERSE.get_or_init(|| Option::from(determinant.invert()).unwrap_or(Fr::ZERO));
    [
        s0,
        (p * second[1] - q * h2) * inverse,
        (q * h1 - p * second[0]) * inverse,
    ]
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
