//! Products of matrices of floats.
//!
//! The payload is `n`. Multiplies two `n` by `n` matrices `A` and `B` of `f32`, and checks with
//! `f64` that `(A B) v` is nearly `A (B v)` for a vector `v`. Appends `n`, the bits of the
//! product's first and last number and a hash of the bits of all to the outbox.
#![no_std]

extern crate alloc;

use alloc::vec::Vec;
use zkfusion_guest::{entry, inbox::Message, outbox};

entry!(handle);

const MOST_ROWS: u64 = 1 << 8;

/// How far a number of `(A B) v` may be off, as a part of the sum of its terms' sizes: an `f32` has
/// 24 bits, and a product takes `n` roundings of half a unit of the last.
const ERROR_PER_ROW: f64 = 1.0 / (1 << 24) as f64;

/// A square matrix, row by row.
struct Matrix {
    rows: usize,
    numbers: Vec<f32>,
}

fn handle(mut message: Message) -> Result<(), &'static str> {
    let [n] = message.payload.exact()?;
    if n == 0 || n > MOST_ROWS {
        return Err("at least one row, and at most 256");
    }
    let rows = n as usize;
    let left = Matrix::of(rows, |row, column| 1.0 / (row + column + 1) as f32);
    let right = Matrix::of(rows, |row, column| (row as f32 - column as f32) * 0.3 + 0.7);
    let product = left.times(&right);
    check(&left, &right, &product)?;
    let bits = product.numbers.iter().map(|number| number.to_bits());
    let hash = bits.fold(0, |hash: u64, bits| {
        (hash.rotate_left(5) ^ u64::from(bits)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    });
    let bits = |number: usize| product.numbers[number].to_bits().into();
    outbox::push_words([n, bits(0), bits(rows * rows - 1), hash]);
    Ok(())
}

impl Matrix {
    fn of(rows: usize, number: impl Fn(usize, usize) -> f32) -> Self {
        let places = (0..rows).flat_map(|row| (0..rows).map(move |column| (row, column)));
        Self {
            rows,
            numbers: places.map(|(row, column)| number(row, column)).collect(),
        }
    }

    fn times(&self, other: &Self) -> Self {
        Self::of(self.rows, |row, column| {
            let left = self.row(row).iter();
            let right = other.numbers[column..].iter().step_by(self.rows);
            left.zip(right).map(|(left, right)| left * right).sum()
        })
    }

    fn row(&self, row: usize) -> &[f32] {
        &self.numbers[row * self.rows..][..self.rows]
    }

    /// Returns the product with a vector, with each number as `number` takes it.
    fn apply(&self, vector: &[f64], number: impl Fn(f64) -> f64) -> Vec<f64> {
        let row = |row| {
            let terms = self.row(row).iter().zip(vector);
            terms.map(|(left, right)| number((*left).into()) * right).sum()
        };
        (0..self.rows).map(row).collect()
    }
}

/// Checks a product.
fn check(left: &Matrix, right: &Matrix, product: &Matrix) -> Result<(), &'static str> {
    let vector: Vec<f64> = (0..left.rows).map(|row| 1.0 + row as f64 * 0.5).collect();
    let expected = left.apply(&right.apply(&vector, |number| number), |number| number);
    let sizes = left.apply(&right.apply(&vector, f64::abs), f64::abs);
    let found = product.apply(&vector, |number| number);
    let tolerance = ERROR_PER_ROW * (left.rows + 1) as f64;
    let near = |((found, expected), size): ((&f64, &f64), &f64)| (found - expected).abs() <= size * tolerance;
    if !found.iter().zip(&expected).zip(&sizes).all(near) {
        return Err("the product is wrong");
    }
    Ok(())
}
