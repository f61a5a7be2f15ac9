//! Forged traces made to fit: times and boundary of memory that follow from what the steps claim.

use std::collections::BTreeMap;

use super::Claim;
use zkfusion_vm::isa::LINEAR;
use zkfusion_vm::status;
use zkfusion_vm::trace::{Access, HostCall, Step, Touched};

/// What the claimed accesses leave behind.
#[derive(Default)]
struct Memory {
    words: BTreeMap<u64, Touched>,
    image: BTreeMap<u64, u64>,
}

impl Memory {
    /// Accesses a word; returns the time of the access before.
    fn access(&mut self, address: u64, value: u64, now: u64) -> u64 {
        let initial = self.image.get(&(address & u64::from(u32::MAX))).copied();
        let word = self.words.entry(address).or_insert(Touched {
            address,
            initial: initial.unwrap_or_default(),
            last: 0,
            timestamp: 0,
        });
        word.last = value;
        std::mem::replace(&mut word.timestamp, now)
    }
}

impl Claim {
    /// Gives every access the time of the one before it at its address, and every address a last
    /// value.
    pub(crate) fn rechain(&mut self) {
        let mut memory = Memory {
            image: self.program.image.iter().copied().collect(),
            ..Memory::default()
        };
        let mut accesses = self.trace.accesses.iter_mut().peekable();
        for (clk, step) in (1..).zip(&mut self.trace.steps) {
            let instruction = self.program.code[step.pc as usize];
            if step.end == Some(status::FUEL) {
                continue;
            }
            let m = instruction.modifiers;
            let slot = |step: &Step, slot: u32| {
                u64::from(step.message) << 32 | (u64::from(step.fp) + u64::from(slot))
            };
            if m.reads_x {
                step.x_last = memory.access(slot(step, instruction.a), step.x, 4 * clk);
            }
            if m.reads_y {
                step.y_last = memory.access(slot(step, instruction.b), step.y, 4 * clk + 1);
            }
            while let Some(access) = accesses.next_if(|access| access.clk == clk) {
                let address = u64::from(access.message) << 32 | (LINEAR + access.address / 8);
                access.last = memory.access(address, access.new, 4 * clk + 2);
            }
            if m.writes_z {
                step.z_last = memory.access(slot(step, instruction.d), step.z, 4 * clk + 3);
            }
        }
        self.trace.touched = memory.words.into_values().collect();
    }

    /// Leaves a step out, with what it called and what it cost.
    pub(crate) fn skip(&mut self, number: usize) {
        let trace = &mut self.trace;
        let skipped = trace.steps.remove(number);
        let fuel = self.program.code[skipped.pc as usize].fuel();
        let clk = number as u64 + 1;
        trace.accesses.retain(|access| access.clk != clk);
        trace.host_calls.retain(|call| call.clk != clk);
        let later = trace.accesses.iter_mut().map(|Access { clk, .. }| clk);
        let later = later.chain(trace.host_calls.iter_mut().map(|HostCall { clk, .. }| clk));
        later.filter(|other| **other > clk).for_each(|other| *other -= 1);
        let rest = trace.steps[number..].iter_mut();
        rest.take_while(|step| step.message == skipped.message)
            .for_each(|step| step.fuel -= fuel);
        self.rechain();
    }

    /// Returns the accesses of a step.
    pub(crate) fn accesses(&mut self, number: usize) -> impl Iterator<Item = &mut Access> {
        let clk = number as u64 + 1;
        let accesses = self.trace.accesses.iter_mut();
        accesses.filter(move |access| access.clk == clk)
    }

    /// Says that a host call returns something else.
    pub(crate) fn answer(&mut self, call: usize, z: u64) {
        let call = &mut self.trace.host_calls[call];
        call.z = z;
        self.trace.steps[call.clk as usize - 1].z = z;
        self.rechain();
    }
}
