//! Tables, constraints and buses of the zkWasm circuit.
//!
//! A [`table::Table`] has columns, polynomials that vanish on each of its rows, and tuples that its
//! rows put on buses. The execution of a batch is right when every polynomial vanishes and every
//! [`bus::Bus`] balances. Nothing here knows how that is proved; [`checker`] checks it directly and
//! names what is wrong.
//!
//! | table | a row is |
//! |---|---|
//! | [`cpu`] | a step |
//! | [`word`] | a number below 2^64 |
//! | [`bits`] | 36 bits of a conjunction |
//! | [`access`] | a word of linear memory, loaded or stored |
//! | [`boundary`] | first and last value of an address |
//! | [`host`] | a host call |
//! | [`end`] | the end of a message |
//! | [`batch`] | the batch |
//! | [`leaf`] | a leaf's words and hash |
//! | [`tape`] | three words of a message |
//! | [`merkle`] | a level of a Merkle path |
//! | [`poseidon`] | a sixth of a Poseidon permutation |

pub mod access;
pub mod batch;
pub mod bits;
pub mod boundary;
pub mod bus;
mod cells;
pub mod checker;
pub mod columns;
pub mod cost;
pub mod cpu;
pub mod end;
pub mod expr;
pub mod field;
pub mod fixed;
pub mod host;
pub mod leaf;
pub mod merkle;
pub mod poseidon;
mod requests;
pub mod table;
pub mod tape;
pub mod witness;
pub mod word;

pub use halo2curves::bn256::Fr;

/// The tables, by place in [`tables`] and [`witness::Witness::tables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum TableId {
    Cpu,
    Word,
    Bits,
    Access,
    Boundary,
    Host,
    End,
    Batch,
    Leaf,
    Tape,
    Merkle,
    Poseidon,
}

impl TableId {
    /// All of them, in order.
    pub const ALL: [Self; 12] = [
        Self::Cpu,
        Self::Word,
        Self::Bits,
        Self::Access,
        Self::Boundary,
        Self::Host,
        Self::End,
        Self::Batch,
        Self::Leaf,
        Self::Tape,
        Self::Merkle,
        Self::Poseidon,
    ];
}

/// Returns the rows of all tables: none.
pub(crate) fn no_rows() -> Vec<table::Rows> {
    use table::Rows;
    vec![
        Rows::new::<cpu::Cpu<Fr>>(),
        Rows::new::<word::Word<Fr>>(),
        Rows::new::<bits::Bits<Fr>>(),
        Rows::new::<access::Access<Fr>>(),
        Rows::new::<boundary::Boundary<Fr>>(),
        Rows::new::<host::Host<Fr>>(),
        Rows::new::<end::End<Fr>>(),
        Rows::new::<batch::Batch<Fr>>(),
        Rows::new::<leaf::Leaf<Fr>>(),
        Rows::new::<tape::Tape<Fr>>(),
        Rows::new::<merkle::Merkle<Fr>>(),
        Rows::new::<poseidon::Poseidon<Fr>>(),
    ]
}

/// Returns all tables.
pub fn tables() -> Vec<table::Table> {
    vec![
        cpu::table(),
        word::table(),
        bits::table(),
        access::table(),
        boundary::table(),
        host::table(),
        end::table(),
        batch::table(),
        leaf::table(),
        tape::table(),
        merkle::table(),
        poseidon::table(),
    ]
}
