//! The host table: one row is one host call. The host's state passes from call to call on
//! [`Bus::State`].

use halo2curves::ff::Field as _;
use zkfusion_vm::host::HostFn;

use crate::bus::{Bus, Call, CALL_HOST};
use crate::cells::age;
use crate::columns::{columns, LIMB_BITS};
use crate::expr::{compose, not, pow2, Expr};
use crate::table::{Builder, Rows, Table};
use crate::Fr;

/// What host calls read and change. On the bus, `clk` is the step that left the state so, and steps
/// ascend, so that calls take effect in the order in which they are made.
#[derive(Clone, Debug, Default)]
pub struct State<T> {
    /// Root of the app's state.
    pub root: T,
    /// Hash of writes and outcomes so far.
    pub writes: T,
    /// Root of the outbox.
    pub outbox: T,
    /// Entries of the outbox.
    pub count: T,
    /// Words of the tape that the message has read.
    pub cursor: T,
    /// Words of the message's tape.
    pub words: T,
    /// The leaf register.
    pub leaf: [T; 4],
}

impl State<Expr> {
    /// Returns the tuple on [`Bus::State`].
    pub fn tuple(self, clk: Expr, message: Expr) -> Vec<Expr> {
        let [l0, l1, l2, l3] = self.leaf;
        vec![
            clk,
            message,
            self.root,
            self.writes,
            self.outbox,
            self.count,
            self.cursor,
            self.words,
            l0,
            l1,
            l2,
            l3,
        ]
    }
}

columns! {
    /// Columns of the host table.
    pub struct Host {
        /// Which function, in the order of [`HostFn`].
        function: Bit [8],
        /// A tape word is read.
        advance: Bit,
        /// Words 1 to 3 of a leaf or of the randomness, when one is named.
        word: Bit [3],
        /// The caller's step.
        clk: Any,
        /// The message.
        message: Any,
        /// The caller's fuel.
        fuel: Any,
        /// First argument.
        x: Any,
        /// Second argument.
        y: Any,
        /// Result.
        z: Any,
        /// Step of the state before.
        last_clk: Any,
        /// State root before.
        root: Any,
        /// Writes hash before.
        writes: Any,
        /// Outbox root before.
        outbox: Any,
        /// Outbox entries before.
        count: Any,
        /// Tape words read before.
        cursor: Any,
        /// Words of the tape.
        words: Any,
        /// Leaf register before.
        leaf: Any [4],
        /// State root after.
        new_root: Any,
        /// Writes hash after.
        new_writes: Any,
        /// Outbox root after.
        new_outbox: Any,
        /// Leaf register after.
        new_leaf: Any [4],
        /// Hash of the leaf.
        hash: Any,
        /// Writes hash between the write's two parts.
        middle: Any,
        /// Inverse of the number of tape words left.
        inverse: Any,
        /// Steps since the state before, less one.
        gap: Limb [2],
    }
}

/// Returns the fuel of the host call with this immediate; 0 when there is none.
pub(crate) fn fuel(code: u64) -> u64 {
    HostFn::from_code(code).map_or(0, HostFn::fuel)
}

/// Returns the rules of the host table.
pub fn table() -> Table {
    let (mut t, host, _) = Builder::new::<Host<Expr>>("host");
    let is = |function: HostFn| &host.function[function as usize];
    t.equal("one function", host.function.iter().cloned().sum::<Expr>(), 1);
    call(&mut t, &host);
    state(&mut t, &host);

    let next = is(HostFn::InboxNext);
    let left = &host.words - &host.cursor;
    t.when("only a read advances", not(next), host.advance.clone());
    t.is_zero("end of the tape", next, &left, &host.inverse, &not(&host.advance));
    t.when("nothing past the end", next * not(&host.advance), host.z.clone());
    t.receive(
        Bus::Tape,
        host.advance.clone(),
        vec![host.message.clone(), host.cursor.clone(), host.z.clone()],
    );

    let named: Expr = host.word.iter().cloned().sum();
    t.zero("one word", &named * (&named - 1));
    let index = &host.word[0] + &host.word[1] * Fr::from(2) + &host.word[2] * Fr::from(3);
    let words = is(HostFn::LeafGet) + is(HostFn::LeafSet);
    t.when("which word", words, &host.x - index);
    let choose: [Expr; 4] = core::array::from_fn(|i| match i {
        0 => not(&named),
        _ => host.word[i - 1].clone(),
    });
    let chosen: Expr = choose
        .iter()
        .zip(&host.leaf)
        .map(|(choose, word)| choose * word)
        .sum();
    t.when(
        "word of the leaf register",
        is(HostFn::LeafGet).clone(),
        &host.z - chosen,
    );
    for (i, choose) in choose.iter().enumerate() {
        let change = &host.new_leaf[i] - &host.leaf[i];
        t.when(
            "the other functions leave the leaf register",
            not(is(HostFn::KvLoad)) - is(HostFn::LeafSet),
            change.clone(),
        );
        t.when(
            "a word set, the others left",
            is(HostFn::LeafSet).clone(),
            change - choose * (&host.y - &host.leaf[i]),
        );
    }
    let silent = is(HostFn::KvLoad)
        + is(HostFn::KvStore)
        + is(HostFn::LeafSet)
        + is(HostFn::OutboxPush)
        + is(HostFn::Log);
    t.when("no result", silent, host.z.clone());
    t.send(
        Bus::Seed,
        is(HostFn::VrfSeed).clone(),
        vec![host.x.clone(), host.z.clone()],
    );
    leaves(&mut t, &host);
    t.finish()
}

fn call(t: &mut Builder, host: &Host<Expr>) {
    let sum = |value: fn(HostFn) -> u64| -> Expr {
        HostFn::ALL
            .iter()
            .map(|function| &host.function[*function as usize] * Fr::from(value(*function)))
            .sum()
    };
    t.receive(
        Bus::Call,
        1,
        Call {
            callee: CALL_HOST.into(),
            clk: host.clk.clone(),
            message: host.message.clone(),
            fuel: host.fuel.clone(),
            x: host.x.clone(),
            y: host.y.clone(),
            z: host.z.clone(),
            w: sum(HostFn::fuel),
            imm: sum(|function| function as u64),
            second: 0.into(),
            w32: 0.into(),
            lowest_limit: 0.into(),
        }
        .tuple(),
    );
}

fn state(t: &mut Builder, host: &Host<Expr>) {
    let is = |function: HostFn| &host.function[function as usize];
    let before = State {
        root: host.root.clone(),
        writes: host.writes.clone(),
        outbox: host.outbox.clone(),
        count: host.count.clone(),
        cursor: host.cursor.clone(),
        words: host.words.clone(),
        leaf: host.leaf.clone(),
    };
    let after = State {
        root: host.new_root.clone(),
        writes: host.new_writes.clone(),
        outbox: host.new_outbox.clone(),
        count: &host.count + is(HostFn::OutboxPush),
        cursor: &host.cursor + &host.advance,
        words: host.words.clone(),
        leaf: host.new_leaf.clone(),
    };
    t.receive(
        Bus::State,
        1,
        before.tuple(host.last_clk.clone(), host.message.clone()),
    );
    t.send(Bus::State, 1, after.tuple(host.clk.clone(), host.message.clone()));
    t.equal(
        "time passes",
        &host.clk - &host.last_clk - 1,
        compose(&host.gap, LIMB_BITS),
    );
    t.when(
        "only a store changes the root",
        not(is(HostFn::KvStore)),
        &host.new_root - &host.root,
    );
    t.when(
        "only a store changes the writes",
        not(is(HostFn::KvStore)),
        &host.new_writes - &host.writes,
    );
    t.when(
        "only a push changes the outbox",
        not(is(HostFn::OutboxPush)),
        &host.new_outbox - &host.outbox,
    );
}

/// Loads, stores and pushes.
fn leaves(t: &mut Builder, host: &Host<Expr>) {
    let is = |function: HostFn| &host.function[function as usize];
    let (load, store, push) = (is(HostFn::KvLoad), is(HostFn::KvStore), is(HostFn::OutboxPush));
    let [l0, l1, l2, l3] = host.new_leaf.clone();
    let low = &l0 + &l1 * pow2(64);
    let high = &l2 + &l3 * pow2(64);
    t.send(
        Bus::Leaf,
        load + store + push,
        vec![l0, l1, l2, l3, host.hash.clone()],
    );
    t.send(
        Bus::Merkle,
        load + store,
        vec![
            load.clone(),
            host.hash.clone(),
            host.x.clone(),
            host.root.clone(),
            host.new_root.clone(),
        ],
    );
    t.send(
        Bus::Merkle,
        push.clone(),
        vec![
            0.into(),
            host.hash.clone(),
            host.count.clone(),
            host.outbox.clone(),
            host.new_outbox.clone(),
        ],
    );
    t.send(
        Bus::Poseidon,
        store.clone(),
        vec![
            host.writes.clone(),
            low + &host.x * pow2(128),
            host.middle.clone(),
        ],
    );
    t.send(
        Bus::Poseidon,
        store.clone(),
        vec![host.middle.clone(), high, host.new_writes.clone()],
    );
}

/// A host call and what it did.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) clk: u64,
    pub(crate) message: u64,
    pub(crate) fuel: u64,
    pub(crate) function: HostFn,
    pub(crate) x: u64,
    pub(crate) y: u64,
    pub(crate) z: u64,
    pub(crate) last_clk: u64,
    pub(crate) before: State<Fr>,
    pub(crate) after: State<Fr>,
    pub(crate) hash: Fr,
    pub(crate) middle: Fr,
}

/// Appends a row.
pub(crate) fn fill(rows: &mut Rows, made: &Made) {
    let left = made.before.words - made.before.cursor;
    let (before, after) = (&made.before, &made.after);
    let reads = made.function == HostFn::InboxNext;
    let names = matches!(made.function, HostFn::LeafGet | HostFn::LeafSet);
    rows.push(Host {
        function: core::array::from_fn(|i| u64::from(i == made.function as usize).into()),
        advance: u64::from(reads && left != Fr::ZERO).into(),
        word: core::array::from_fn(|i| u64::from(names && made.x == i as u64 + 1).into()),
        clk: made.clk.into(),
        message: made.message.into(),
        fuel: made.fuel.into(),
        x: made.x.into(),
        y: made.y.into(),
        z: made.z.into(),
        last_clk: made.last_clk.into(),
        root: before.root,
        writes: before.writes,
        outbox: before.outbox,
        count: before.count,
        cursor: before.cursor,
        words: before.words,
        leaf: before.leaf,
        new_root: after.root,
        new_writes: after.writes,
        new_outbox: after.outbox,
        new_leaf: after.leaf,
        hash: made.hash,
        middle: made.middle,
        inverse: if reads {
            Option::from(left.invert()).unwrap_or(Fr::ZERO)
        } else {
            Fr::ZERO
        },
        gap: age(made.clk, made.last_clk),
    });
}
