//! Checks a trace as the circuit's memory argument does, without its cleverness.

use std::collections::BTreeMap;

use zkfusion_vm::{
    isa::{Group, Sub, LINEAR},
    status,
    trace::{Step, Touched, Trace},
    Program,
};

/// Memory while the trace is replayed.
struct Replay<'p> {
    image: BTreeMap<u64, u64>,
    words: BTreeMap<u64, Touched>,
    program: &'p Program,
}

impl Replay<'_> {
    /// Accesses a word and checks what the trace says of it.
    fn access(&mut self, address: u64, old: u64, new: u64, last: u64, timestamp: u64) {
        let initial = self
            .image
            .get(&(address & u64::from(u32::MAX)))
            .copied()
            .unwrap_or_default();
        let fresh = Touched {
            address,
            initial,
            last: initial,
            timestamp: 0,
        };
        let word = self.words.entry(address).or_insert(fresh);
        assert_eq!(
            (word.last, word.timestamp),
            (old, last),
            "access to {address:#x} at {timestamp}"
        );
        assert!(last < timestamp);
        word.last = new;
        word.timestamp = timestamp;
    }
}

/// Checks that every access finds what the last one left, that steps follow one another, and the
/// final memory.
pub(crate) fn check(program: &Program, trace: &Trace) {
    let image = program.image.iter().copied().collect();
    let mut replay = Replay {
        image,
        words: BTreeMap::new(),
        program,
    };
    let mut accesses = trace.accesses.iter().peekable();
    for (clk, step) in (1..).zip(&trace.steps) {
        check_ports(&mut replay, clk, step, |replay| {
            while let Some(access) = accesses.next_if(|access| access.clk == clk) {
                assert_eq!(access.message, step.message);
                assert!(access.address % 8 + u64::from(access.bytes) <= 8 && access.bytes > 0);
                let address = u64::from(step.message) << 32 | (LINEAR + access.address / 8);
                assert!(access.store || access.old == access.new);
                replay.access(address, access.old, access.new, access.last, 4 * clk + 2);
            }
        });
    }
    assert!(accesses.next().is_none());
    for pair in trace.steps.windows(2) {
        check_order(program, &pair[0], &pair[1]);
    }
    if let Some(first) = trace.steps.first() {
        assert_eq!(
            (first.pc, first.fp, first.message, first.pages, first.fuel),
            (1, 0, 0, 0, 0)
        );
    }
    assert!(trace.steps.last().is_none_or(|last| last.end.is_some()));
    assert_eq!(replay.words.into_values().collect::<Vec<_>>(), trace.touched);
}

fn check_ports(replay: &mut Replay<'_>, clk: u64, step: &Step, linear: impl FnOnce(&mut Replay<'_>)) {
    if step.end == Some(status::FUEL) {
        let blank = Step {
            pc: step.pc,
            fp: step.fp,
            message: step.message,
            pages: step.pages,
            ..Step::default()
        };
        assert_eq!(
            *step,
            Step {
                fuel: step.fuel,
                end: step.end,
                ..blank
            }
        );
        return;
    }
    let instruction = replay.program.code[step.pc as usize];
    let m = instruction.modifiers;
    let slot = |offset: u32| u64::from(step.message) << 32 | (u64::from(step.fp) + u64::from(offset));
    if m.reads_x {
        replay.access(slot(instruction.a), step.x, step.x, step.x_last, 4 * clk);
    } else {
        assert_eq!((step.x, step.x_last), (0, 0));
    }
    if m.reads_y {
        replay.access(slot(instruction.b), step.y, step.y, step.y_last, 4 * clk + 1);
    } else {
        assert_eq!((step.y, step.y_last), (instruction.imm, 0));
    }
    linear(replay);
    if m.writes_z {
        replay.access(slot(instruction.d), step.z_old, step.z, step.z_last, 4 * clk + 3);
    } else {
        assert_eq!((step.z_old, step.z_last), (0, 0));
    }
    let wide = step.x > u64::from(u32::MAX) || step.y > u64::from(u32::MAX);
    match instruction.group {
        Group::Add if m.w32 && instruction.sub == Sub::S0 => assert!(step.x.checked_add(step.y).is_some()),
        Group::Add | Group::Mul | Group::Bits | Group::Div | Group::Compare if m.w32 => assert!(!wide),
        Group::Memory => assert!(step.x >> 32 == 0),
        _ => {}
    }
    if instruction.group == Group::Mul && instruction.sub != Sub::S0 {
        assert!(step.y < if m.w32 { 32 } else { 64 });
    }
    if instruction.group == Group::Memory && instruction.sub == Sub::S1 && instruction.d < 8 {
        assert!(step.y >> (8 * instruction.d) == 0);
    }
}

fn check_order(program: &Program, step: &Step, next: &Step) {
    if step.end.is_some() {
        let start = (next.pc, next.fp, next.pages, next.fuel);
        assert_eq!((start, next.message), ((1, 0, 0, 0), step.message + 1));
        return;
    }
    assert_eq!(next.message, step.message);
    assert_eq!(next.fuel, step.fuel + program.code[step.pc as usize].fuel());
}
