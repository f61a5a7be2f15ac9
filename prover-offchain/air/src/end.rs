//! The end table: one row is the end of one message, successful or not.
//!
//! A message that fails falls back to the state before it; either way its outcome extends the
//! writes hash.

use halo2curves::ff::Field as _;
use zkfusion_vm::fuel::MAX_INSTRUCTION_FUEL;
use zkfusion_vm::status;

use crate::bus::{Bus, Call, CALL_END, CALL_HOST, CALL_MEMORY};
use crate::cells::{age, bytes};
use crate::columns::{columns, LIMB_BITS};
use crate::expr::{compose, pow2, Expr};
use crate::host::State;
use crate::table::{Builder, Rows, Table};
use crate::Fr;

columns! {
    /// Columns of the end table.
    pub struct End {
        /// The message succeeded.
        ok: Bit,
        /// The message ran out of fuel.
        exhausted: Bit,
        /// The ending step.
        clk: Any,
        /// The message.
        message: Any,
        /// Fuel that it used.
        fuel: Any,
        /// The ending step's operands.
        x: Any,
        /// As above.
        y: Any,
        /// As above.
        z: Any,
        /// The status.
        status: Any,
        /// The ending step's immediate.
        imm: Any,
        /// The ending step's flags.
        second: Any,
        /// As above.
        w32: Any,
        /// What the ending step's callee would have been.
        callee: Any,
        /// Step of the state before.
        last_clk: Any,
        /// State root at the end.
        root: Any,
        /// Writes hash at the end.
        writes: Any,
        /// Outbox root at the end.
        outbox: Any,
        /// Outbox entries at the end.
        count: Any,
        /// Tape words read.
        cursor: Any,
        /// Words of the tape.
        words: Any,
        /// Leaf register at the end.
        leaf: Any [4],
        /// State root at the message's start.
        saved_root: Any,
        /// Writes hash at the start.
        saved_writes: Any,
        /// Outbox root at the start.
        saved_outbox: Any,
        /// Outbox entries at the start.
        saved_count: Any,
        /// Writes hash before the outcome.
        base: Any,
        /// What the next message starts with.
        new_root: Any,
        /// As above.
        new_writes: Any,
        /// As above.
        new_outbox: Any,
        /// As above.
        new_count: Any,
        /// Words of the next message's tape.
        new_words: Any,
        /// The message's fuel limit.
        fuel_limit: Any,
        /// The lowest fuel limit that allowed the step before the last.
        lowest_limit: Any,
        /// Inverse of the status.
        inverse: Any,
        /// Inverse of the status's distance to exhaustion.
        exhausted_inverse: Any,
        /// Steps since the state before, less one.
        gap: Limb [2],
        /// What the limit of an exhausted message exceeds the lowest one by.
        slack: Limb,
        /// Distance of the fuel to its limit.
        byte: Byte [8],
    }
}

/// The slack is less than what the step before costs.
const _: () = assert!(MAX_INSTRUCTION_FUEL < 1 << LIMB_BITS);

/// Returns the tuple on [`Bus::Saved`].
pub(crate) fn saved(message: Expr, root: &Expr, writes: &Expr, outbox: &Expr, count: &Expr) -> Vec<Expr> {
    vec![
        message,
        root.clone(),
        writes.clone(),
        outbox.clone(),
        count.clone(),
    ]
}

/// Returns what an outcome adds to the writes hash: `status + 2^8 fuel + 2^160`.
fn outcome(status: &Expr, fuel: &Expr) -> Expr {
    status + fuel * pow2(8) + pow2(160)
}

/// Returns the rules of the end table.
pub fn table() -> Table {
    let (mut t, end, _) = Builder::new::<End<Expr>>("end");
    t.zero(
        "callee of a step that can end a message",
        &end.callee * (&end.callee - CALL_MEMORY) * (&end.callee - CALL_HOST),
    );
    t.receive(
        Bus::Call,
        1,
        Call {
            callee: &end.callee + CALL_END,
            clk: end.clk.clone(),
            message: end.message.clone(),
            fuel: end.fuel.clone(),
            x: end.x.clone(),
            y: end.y.clone(),
            z: end.z.clone(),
            w: end.status.clone(),
            imm: end.imm.clone(),
            second: end.second.clone(),
            w32: end.w32.clone(),
            lowest_limit: end.lowest_limit.clone(),
        }
        .tuple(),
    );
    t.is_zero("success", &1.into(), &end.status, &end.inverse, &end.ok);
    let distance = &end.status - u64::from(status::FUEL);
    t.is_zero(
        "exhaustion",
        &1.into(),
        &distance,
        &end.exhausted_inverse,
        &end.exhausted,
    );
    let beyond = &end.fuel - &end.fuel_limit;
    t.equal(
        "exactly a message at its limit is exhausted",
        compose(&end.byte, 8),
        &end.exhausted * (&beyond + &beyond + 1) - beyond - 1,
    );
    t.when(
        "an exhausted message had fuel for the step before",
        end.exhausted.clone(),
        &end.fuel_limit - &end.lowest_limit - &end.slack,
    );
    t.receive(
        Bus::Header,
        1,
        vec![end.message.clone(), end.fuel_limit.clone(), end.words.clone()],
    );
    for (name, new, kept, saved) in [
        ("root", &end.new_root, &end.root, &end.saved_root),
        ("writes", &end.base, &end.writes, &end.saved_writes),
        ("outbox", &end.new_outbox, &end.outbox, &end.saved_outbox),
        ("outbox entries", &end.new_count, &end.count, &end.saved_count),
    ] {
        t.equal(
            format!("{name} kept on success and dropped on failure"),
            new,
            saved + &end.ok * (kept - saved),
        );
    }
    t.send(
        Bus::Poseidon,
        1,
        vec![
            end.base.clone(),
            outcome(&end.status, &end.fuel),
            end.new_writes.clone(),
        ],
    );
    states(&mut t, &end);
    t.finish()
}

fn states(t: &mut Builder, end: &End<Expr>) {
    let before = State {
        root: end.root.clone(),
        writes: end.writes.clone(),
        outbox: end.outbox.clone(),
        count: end.count.clone(),
        cursor: end.cursor.clone(),
        words: end.words.clone(),
        leaf: end.leaf.clone(),
    };
    let after = State {
        root: end.new_root.clone(),
        writes: end.new_writes.clone(),
        outbox: end.new_outbox.clone(),
        count: end.new_count.clone(),
        cursor: 0.into(),
        words: end.new_words.clone(),
        leaf: [0; 4].map(Expr::from),
    };
    t.receive(
        Bus::State,
        1,
        before.tuple(end.last_clk.clone(), end.message.clone()),
    );
    t.send(Bus::State, 1, after.tuple(end.clk.clone(), &end.message + 1));
    t.equal(
        "time passes",
        &end.clk - &end.last_clk - 1,
        compose(&end.gap, LIMB_BITS),
    );
    t.receive(
        Bus::Saved,
        1,
        saved(
            end.message.clone(),
            &end.saved_root,
            &end.saved_writes,
            &end.saved_outbox,
            &end.saved_count,
        ),
    );
    t.send(
        Bus::Saved,
        1,
        saved(
            &end.message + 1,
            &end.new_root,
            &end.new_writes,
            &end.new_outbox,
            &end.new_count,
        ),
    );
}

/// The end of a message.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) clk: u64,
    pub(crate) message: u64,
    pub(crate) fuel: u64,
    pub(crate) fuel_limit: u64,
    pub(crate) lowest_limit: u64,
    pub(crate) operands: [u64; 3],
    pub(crate) status: u8,
    pub(crate) imm: u64,
    pub(crate) second: bool,
    pub(crate) w32: bool,
    pub(crate) callee: u64,
    pub(crate) last_clk: u64,
    pub(crate) before: State<Fr>,
    pub(crate) saved: State<Fr>,
    pub(crate) base: Fr,
    pub(crate) after: State<Fr>,
}

/// Appends a row.
pub(crate) fn fill(rows: &mut Rows, ended: &Ended) {
    let Ended {
        before,
        saved,
        after,
        fuel,
        fuel_limit,
        ..
    } = ended;
    let exhausted = ended.status == status::FUEL;
    let status = Fr::from(u64::from(ended.status));
    let distance = if exhausted {
        fuel.wrapping_sub(*fuel_limit)
    } else {
        fuel_limit.wrapping_sub(*fuel + 1)
    };
    let lowest_limit = Fr::from(ended.lowest_limit);
    let slack = if exhausted {
        Fr::from(*fuel_limit) - lowest_limit
    } else {
        Fr::ZERO
    };
    let inverse = |value: Fr| Option::from(value.invert()).unwrap_or(Fr::ZERO);
    let [x, y, z] = ended.operands.map(Fr::from);
    rows.push(End {
        ok: u64::from(ended.status == status::OK).into(),
        exhausted: u64::from(exhausted).into(),
        clk: ended.clk.into(),
        message: ended.message.into(),
        fuel: (*fuel).into(),
        x,
        y,
        z,
        status,
        imm: ended.imm.into(),
        second: u64::from(ended.second).into(),
        w32: u64::from(ended.w32).into(),
        callee: ended.callee.into(),
        last_clk: ended.last_clk.into(),
        root: before.root,
        writes: before.writes,
        outbox: before.outbox,
        count: before.count,
        cursor: before.cursor,
        words: before.words,
        leaf: before.leaf,
        saved_root: saved.root,
        saved_writes: saved.writes,
        saved_outbox: saved.outbox,
        saved_count: saved.count,
        base: ended.base,
        new_root: after.root,
        new_writes: after.writes,
        new_outbox: after.outbox,
        new_count: after.count,
        new_words: after.words,
        fuel_limit: (*fuel_limit).into(),
        lowest_limit,
        inverse: inverse(status),
        exhausted_inverse: inverse(status - Fr::from(u64::from(status::FUEL))),
        gap: age(ended.clk, ended.last_clk),
        slack,
        byte: bytes(distance),
    });
}

/// Returns what the outcome of a message adds to the writes hash.
pub(crate) fn outcome_element(status: u8, fuel: u64) -> Fr {
    Fr::from(u64::from(status)) + Fr::from(fuel) * pow2(8) + pow2(160)
}
