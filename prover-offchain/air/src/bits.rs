//! The bits table: the conjunction of two numbers, 36 bits a row.
//!
//! An operation takes one row when both numbers are below 2^32 and a second row, the tail,
//! otherwise.

use halo2curves::ff::Field;

use crate::bus::{Bus, Call, CALL_BITS};
use crate::columns::columns;
use crate::expr::{compose, not, pow2, Expr};
use crate::fixed::Lookup;
use crate::requests::Requests;
use crate::table::{Builder, Rows, Table};
use crate::Fr;

/// Bits of a chunk.
const CHUNK: u32 = 6;
/// Bits of a row.
const ROW: u32 = 36;

columns! {
    /// Columns of the bits table.
    pub struct Bits {
        /// The caller's step.
        clk: Any,
        /// The caller's message.
        message: Any,
        /// The caller's fuel.
        fuel: Any,
        /// First number, or what is left of it.
        x: Any,
        /// Second number, or what is left of it.
        y: Any,
        /// Their conjunction, or what is left of it.
        and: Any,
        /// The caller's result.
        z: Any,
        /// The caller's immediate.
        imm: Any,
        /// The caller's second flag.
        second: Any,
        /// Chunks of `x`.
        x_chunk: Any [6],
        /// Chunks of `y`.
        y_chunk: Any [6],
        /// Their conjunctions.
        and_chunk: Any [6],
        /// The numbers go on in the next row.
        wide: Bit,
        /// The numbers come from the row before.
        tail: Bit,
    }
}

/// Returns the rules of the bits table.
pub fn table() -> Table {
    let (mut t, bits, next) = Builder::new::<Bits<Expr>>("bits");
    t.receive(
        Bus::Call,
        not(&bits.tail),
        Call {
            callee: CALL_BITS.into(),
            clk: bits.clk.clone(),
            message: bits.message.clone(),
            fuel: bits.fuel.clone(),
            x: bits.x.clone(),
            y: bits.y.clone(),
            z: bits.z.clone(),
            w: bits.and.clone(),
            imm: bits.imm.clone(),
            second: bits.second.clone(),
            w32: not(&bits.wide),
            lowest_limit: 0.into(),
        }
        .tuple(),
    );
    for i in 0..6 {
        t.send(
            Bus::And,
            1,
            vec![
                bits.x_chunk[i].clone(),
                bits.y_chunk[i].clone(),
                bits.and_chunk[i].clone(),
            ],
        );
    }
    t.when("the tail is the last row", bits.tail.clone(), bits.wide.clone());
    t.when(
        "a wide operation has a tail",
        bits.wide.clone(),
        Expr::from(1) - Expr::has_next() * &next.tail,
    );
    for (name, whole, chunks, rest) in [
        ("chunks of x", &bits.x, &bits.x_chunk, &next.x),
        ("chunks of y", &bits.y, &bits.y_chunk, &next.y),
        ("chunks of the conjunction", &bits.and, &bits.and_chunk, &next.and),
    ] {
        t.equal(
            name,
            whole,
            compose(chunks, CHUNK) + &bits.wide * rest * pow2(ROW),
        );
    }
    t.finish()
}

/// What the caller says of an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation {
    pub(crate) clk: u64,
    pub(crate) message: u64,
    pub(crate) fuel: u64,
    pub(crate) x: u64,
    pub(crate) y: u64,
    pub(crate) z: u64,
    pub(crate) imm: u64,
    pub(crate) second: bool,
    pub(crate) w32: bool,
}

/// Appends the rows of an operation.
pub(crate) fn fill(rows: &mut Rows, requests: &mut Requests, operation: &Operation) {
    let Operation { x, y, w32, .. } = *operation;
    let mut row = |x: u64, y: u64| {
        for shift in (0..ROW).step_by(CHUNK as usize) {
            requests.lookup(Lookup::And(x >> shift & 0x3f, y >> shift & 0x3f));
        }
        let chunks = |value: u64| core::array::from_fn(|i| Fr::from(value >> (CHUNK * i as u32) & 0x3f));
        Bits::<Fr> {
            x: x.into(),
            y: y.into(),
            and: (x & y).into(),
            x_chunk: chunks(x),
            y_chunk: chunks(y),
            and_chunk: chunks(x & y),
            ..Bits::default()
        }
    };
    rows.push(Bits {
        clk: operation.clk.into(),
        message: operation.message.into(),
        fuel: operation.fuel.into(),
        z: operation.z.into(),
        imm: operation.imm.into(),
        second: u64::from(operation.second).into(),
        wide: u64::from(!w32).into(),
        ..row(x, y)
    });
    if !w32 {
        rows.push(Bits {
            tail: Fr::ONE,
            ..row(x >> ROW, y >> ROW)
        });
    }
}
