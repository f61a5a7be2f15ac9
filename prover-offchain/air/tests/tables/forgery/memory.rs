//! Lies about memory.

use super::{minus, Claim, Forgery};
use zkfusion_air::{Fr, TableId};
use zkfusion_vm::isa::{Group, Instruction, Sub};

/// Sets a local twice and stores it in a global.
const TWICE: &str = "(local.set $i (i32.add (local.get $i) (i32.const 5)))
    (local.set $i (i32.const 9))
    (global.set $g (i64.extend_i32_u (local.get $i)))";

fn stores(instruction: &Instruction) -> bool {
    instruction.group == Group::Memory && instruction.sub == Sub::S1
}

fn loads(instruction: &Instruction) -> bool {
    instruction.group == Group::Memory && instruction.sub == Sub::S0
}

/// Steps of [`TWICE`]: both writes, then the read.
struct Twice {
    forgery: Forgery,
    first: usize,
    second: usize,
    read: usize,
}

impl Twice {
    fn new() -> Self {
        let forgery = Forgery::of(TWICE);
        let first = forgery.step(|i| i.group == Group::Add && i.modifiers.w32);
        let read = forgery.step(stores);
        assert_eq!(read, first + 2, "nothing between the writes and the read");
        Self {
            forgery,
            first,
            second: first + 1,
            read,
        }
    }

    /// Claims that the read finds another value and stores that.
    fn reads(claim: &mut Claim, read: usize, value: u64) {
        claim.trace.steps[read].y = value;
        claim.accesses(read).for_each(|access| access.new = value);
        claim.rechain();
    }

    /// Returns when the step's result is written.
    fn written(step: usize) -> u64 {
        4 * (step as u64 + 1) + 3
    }
}

#[test]
fn reading_a_value_that_was_never_there_is_refused() {
    let Twice { forgery, read, .. } = Twice::new();
    let forgery = forgery.claim(|claim| Twice::reads(claim, read, 77));
    forgery.stopped_by(&["bus Memory"]);
}

#[test]
fn reading_a_value_since_overwritten_is_refused() {
    // The value before the last, with its time: as if the second write had been somewhere else.
    let twice = Twice::new();
    let forgery = twice.forgery.claim(|claim| {
        Twice::reads(claim, twice.read, 5);
        claim.trace.steps[twice.read].y_last = Twice::written(twice.first);
    });
    forgery.stopped_by(&["bus Memory"]);
}

#[test]
fn reordered_writes_are_refused() {
    // All values and times fit, in the order: second write, first write, read.
    let Twice {
        forgery,
        first,
        second,
        read,
    } = Twice::new();
    let mut forgery = forgery.claim(|claim| {
        Twice::reads(claim, read, 5);
        let before = claim.trace.steps[first].z_last;
        claim.trace.steps[second].z_last = before;
        claim.trace.steps[second].z_old = claim.trace.steps[first].z_old;
        claim.trace.steps[read].y_last = Twice::written(first);
    });
    // The first write reads its operand from the slot that it writes.
    let operand = 4 * (first as u64 + 1);
    assert_eq!(forgery.honest.trace.steps[first].z_last, operand);
    forgery.set(TableId::Cpu, first, "z_old", 9);
    let age = Fr::from(Twice::written(first)) - Fr::from(Twice::written(second)) - Fr::one();
    forgery.set_all(TableId::Cpu, first, "age_z", [age, Fr::zero()]);
    forgery.stopped_by(&["cpu: range of age_z[0]"]);
}

#[test]
fn two_accesses_at_the_same_time_are_refused() {
    // A load of an aligned word in two halves, of which the second finds what the first has left.
    let body = "(global.set $g (i64.load (i32.const 8)))";
    let forgery = Forgery::of(body);
    let load = forgery.step(loads);
    let mut forgery = forgery.claim(|claim| {
        let accesses = &mut claim.trace.accesses;
        let place = accesses.iter().position(|access| access.clk == load as u64 + 1);
        let first = &mut accesses[place.expect("the load is traced")];
        first.bytes = 4;
        let mut second = *first;
        second.address += 4;
        accesses.insert(1, second);
    });
    let half = forgery.find(TableId::Access, "half", 1)[1];
    forgery.set_all(TableId::Access, half, "age", [minus(1), Fr::zero()]);
    forgery.stopped_by(&["access: range of age[0]"]);
}

#[test]
fn a_write_without_trace_is_refused() {
    // The instruction is claimed to write nothing; later reads find the value before.
    let first = |instruction: &Instruction| instruction.group == Group::Add && instruction.modifiers.w32;
    let body = "(local.set $i (i32.add (local.get $i) (i32.const 5)))
        (global.set $g (i64.extend_i32_u (local.get $i)))";
    let forgery = Forgery::of(body).with_code(|instruction| {
        instruction.modifiers.writes_z &= !first(instruction);
    });
    forgery.stopped_by(&["bus Program"]);
}

#[test]
fn a_store_that_leaves_the_word_is_refused() {
    let Twice { forgery, read, .. } = Twice::new();
    let forgery = forgery.claim(|claim| {
        claim.accesses(read).for_each(|access| access.new = access.old);
        claim.rechain();
    });
    forgery.stopped_by(&["access: the value is the masked bytes"]);
}

#[test]
fn a_store_that_is_never_made_is_refused() {
    let Twice { forgery, read, .. } = Twice::new();
    let forgery = forgery.claim(|claim| {
        let clk = read as u64 + 1;
        claim.trace.accesses.retain(|access| access.clk != clk);
        claim.rechain();
    });
    forgery.stopped_by(&["bus Call"]);
}

#[test]
fn a_narrow_store_that_changes_its_neighbours_is_refused() {
    let forgery = Forgery::of("(i32.store8 (i32.const 3) (i32.const 1))");
    let store = forgery.step(stores);
    let forgery = forgery.claim(|claim| {
        claim.accesses(store).for_each(|access| access.new ^= 0xff);
        claim.rechain();
    });
    forgery.stopped_by(&["access: a store leaves the other bytes"]);
}

#[test]
fn a_load_of_other_bytes_is_refused() {
    // The byte at address 8 is read at offset 1 of a "word" whose index is a fraction.
    let forgery = Forgery::of("(global.set $g (i64.load8_u (i32.const 8)))");
    let load = forgery.step(loads);
    let byte = forgery.honest.trace.accesses[0].old >> 8 & 0xff;
    let forgery = forgery.claim(|claim| {
        claim.trace.steps[load].z = byte;
        claim.trace.steps[load + 1].y = byte;
        claim.accesses(load + 1).for_each(|access| access.new = byte);
        claim.rechain();
    });
    let mut forgery = forgery;
    let row = forgery.find(TableId::Access, "clk", load as u64 + 1)[0];
    forgery.set(TableId::Access, row, "mask[0]", 0);
    forgery.set(TableId::Access, row, "mask[1]", 1);
    forgery.set(TableId::Access, row, "code", 2);
    forgery.set(TableId::Access, row, "power", 256);
    let word = forgery.honest.trace.accesses[0].old;
    forgery.set(TableId::Access, row, "rest", word & !0xff00);
    let mut fraction = forgery.clone();
    forgery.stopped_by(&["access: word and offset of the address"]);
    let eighth = Option::<Fr>::from(Fr::from(8).invert()).expect("8 is not 0");
    fraction.set(TableId::Access, row, "index", Fr::from(7) * eighth);
    fraction.stopped_by(&["bus Memory"]);
}

#[test]
fn a_wrong_final_memory_is_refused() {
    let mut forgery = Forgery::of(TWICE);
    forgery.set(TableId::Boundary, 0, "last", 1_234);
    forgery.stopped_by(&["bus Memory"]);
}

/// Claims that the slot of [`TWICE`]'s local holds 1 before the program sets it to 0.
fn begins_with_one() -> (Forgery, usize) {
    let forgery = Forgery::of(TWICE);
    let zeroing = forgery.step(|i| i.group == Group::Move && i.imm == 0 && i.modifiers.writes_z);
    let address = {
        let step = &forgery.honest.trace.steps[zeroing];
        let instruction = &forgery.honest.program.code[step.pc as usize];
        u64::from(step.fp + instruction.d)
    };
    let mut forgery = forgery;
    forgery.set(TableId::Cpu, zeroing, "z_old", 1);
    let row = forgery.find(TableId::Boundary, "address", address)[0];
    forgery.set(TableId::Boundary, row, "initial", 1);
    (forgery, row)
}

#[test]
fn a_wrong_first_value_is_refused() {
    let (forgery, _) = begins_with_one();
    forgery.stopped_by(&["boundary: the interval's value"]);
}

#[test]
fn an_interval_that_the_image_has_not_is_refused() {
    let (mut forgery, row) = begins_with_one();
    let address = forgery.get(TableId::Boundary, row, "address");
    let high = forgery.get(TableId::Boundary, row, "high");
    let distance = u64::from_le_bytes(
        zkfusion_air::field::to_bytes(&(high - Fr::one() - address))[..8]
            .try_into()
            .expect("eight bytes"),
    );
    forgery.set(TableId::Boundary, row, "low", address);
    forgery.set(TableId::Boundary, row, "value", 1);
    forgery.set(TableId::Boundary, row, "at_low", 1);
    forgery.set(TableId::Boundary, row, "inverse", 0);
    forgery.set_word(TableId::Boundary, row, distance << 32);
    forgery.stopped_by(&["bus Image"]);
}

#[test]
fn an_address_with_two_lives_is_refused() {
    // The slot's first life ends before the read, which finds the value of the second one's begin.
    let Twice {
        forgery,
        second,
        read,
        ..
    } = Twice::new();
    let address = {
        let step = &forgery.honest.trace.steps[read];
        let instruction = &forgery.honest.program.code[step.pc as usize];
        u64::from(step.fp + instruction.b)
    };
    let mut forgery = forgery.claim(|claim| {
        Twice::reads(claim, read, 0);
        claim.trace.steps[read].y_last = 0;
    });
    let row = forgery.find(TableId::Boundary, "address", address)[0];
    forgery.insert_copy(TableId::Boundary, row);
    forgery.set(TableId::Boundary, row, "last", 9);
    forgery.set(TableId::Boundary, row, "timestamp", Twice::written(second));
    let gap = [minus(1), Fr::zero(), Fr::zero(), Fr::zero()];
    forgery.set_all(TableId::Boundary, row, "gap", gap);
    if row == 0 {
        forgery.set(TableId::Boundary, 1, "first", 0);
    }
    forgery.stopped_by(&["boundary: range of gap[0]"]);
}
