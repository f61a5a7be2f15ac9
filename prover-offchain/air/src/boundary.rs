//! The boundary table: first and last value of every address that the batch touches.
//!
//! Rows ascend strictly, so no address has two. The first value comes from the program's image,
//! given as intervals that cover all local addresses: a row names the interval that its address
//! lies in.

use halo2curves::ff::Field;
use zkfusion_vm::trace::Touched;

use crate::bus::Bus;
use crate::cells::bytes;
use crate::columns::{columns, LIMB_BITS};
use crate::expr::{compose, pow2, Expr};
use crate::fixed::{Interval, Token};
use crate::table::{Builder, Rows, Table};
use crate::Fr;

columns! {
    /// Columns of the boundary table.
    pub struct Boundary {
        /// The first row.
        first: Bit,
        /// `message << 32 | local address`.
        address: Any,
        /// First value.
        initial: Any,
        /// Last value.
        last: Any,
        /// Time of the last access.
        timestamp: Any,
        /// Where the interval begins.
        low: Any,
        /// Where the interval ends.
        high: Any,
        /// What the interval's first address holds.
        value: Any,
        /// The address is the interval's first one.
        at_low: Bit,
        /// Inverse of the distance to the interval's first address.
        inverse: Any,
        /// The message.
        message: Limb,
        /// Distance to the next row's address, less one.
        gap: Limb [4],
        /// Four bytes each: distance from the interval's first address and to its last one.
        byte: Byte [8],
    }
}

/// Returns the rules of the boundary table.
pub fn table() -> Table {
    let (mut t, row, next) = Builder::new::<Boundary<Expr>>("boundary");
    t.entry(Expr::from(1) - &row.first);
    t.zero("nothing precedes the first row", Expr::has_next() * &next.first);
    t.receive(
        Bus::Statement,
        row.first.clone(),
        vec![Token::Boundary.index().into(), 0.into()],
    );
    t.when(
        "addresses ascend",
        Expr::has_next(),
        &next.address - &row.address - 1 - compose(&row.gap, LIMB_BITS),
    );
    let local = &row.address - &row.message * pow2(32);
    let above = &local - &row.low;
    t.equal(
        "the address is not below its interval",
        above.clone(),
        compose(&row.byte[..4], 8),
    );
    t.equal(
        "the address is below its interval's end",
        &row.high - 1 - local,
        compose(&row.byte[4..], 8),
    );
    t.is_zero(
        "first of the interval",
        &1.into(),
        &above,
        &row.inverse,
        &row.at_low,
    );
    t.equal("the interval's value", &row.initial, &row.at_low * &row.value);
    t.send(
        Bus::Image,
        1,
        vec![row.low.clone(), row.high.clone(), row.value.clone()],
    );
    t.send(
        Bus::Memory,
        1,
        vec![row.address.clone(), row.initial.clone(), 0.into()],
    );
    t.receive(
        Bus::Memory,
        1,
        vec![row.address.clone(), row.last.clone(), row.timestamp.clone()],
    );
    t.finish()
}

/// Appends the rows of `touched`; returns how often each of `intervals` is used.
///
/// A batch whose messages have no fuel to touch anything gets the row of an address that keeps its
/// first value: the table has a first row.
pub(crate) fn fill(rows: &mut Rows, touched: &[Touched], intervals: &[Interval]) -> Vec<u64> {
    let first = intervals.first().map_or(0, |interval| interval.value);
    let untouched = [Touched {
        address: 0,
        initial: first,
        last: first,
        timestamp: 0,
    }];
    let touched = if touched.is_empty() { &untouched } else { touched };
    let mut used = vec![0; intervals.len()];
    for (index, address) in touched.iter().enumerate() {
        let local = address.address & 0xffff_ffff;
        let which = intervals.partition_point(|interval| interval.low <= local) - 1;
        used[which] += 1;
        let Interval { low, high, value } = intervals[which];
        let above = local - low;
        let gap = touched
            .get(index + 1)
            .map_or(0, |next| next.address - address.address - 1);
        rows.push(Boundary::<Fr> {
            first: u64::from(index == 0).into(),
            address: address.address.into(),
            initial: address.initial.into(),
            last: address.last.into(),
            timestamp: address.timestamp.into(),
            low: low.into(),
            high: high.into(),
            value: value.into(),
            at_low: u64::from(above == 0).into(),
            inverse: Option::from(Fr::from(above).invert()).unwrap_or(Fr::ZERO),
            message: (address.address >> 32).into(),
            gap: core::array::from_fn(|i| (gap >> (12 * i) & 0xfff).into()),
            byte: bytes(above | (high - 1 - local) << 32),
        });
    }
    used
}
