//! The end of a message.

use halo2curves::ff::Field as _;
use zkfusion_vm::status;
use zkfusion_vm::trace::Step;

use super::WitnessBuilder;
use crate::field::to_bytes;
use crate::host::State;
use crate::witness::WitnessError;
use crate::{end, Fr, TableId};

impl WitnessBuilder<'_> {
    pub(super) fn end(
        &mut self,
        clk: u64,
        step: &Step,
        status: u8,
        callee: u64,
        imm: u64,
        (second, w32): (bool, bool),
    ) -> Result<(), WitnessError> {
        let message = step.message as usize;
        let tape = self.execution.tapes.get(message);
        let fuel_limit = *tape
            .and_then(|tape| tape.get(6))
            .ok_or(WitnessError::Trace("a message without tape"))?;
        let before = self.state.clone();
        let kept = if status == status::OK {
            before.clone()
        } else {
            self.saved.clone()
        };
        if status != status::OK {
            for (index, leaf) in self.undo.drain(..).rev() {
                self.tree.set(index, leaf);
            }
            let kept = u64::from_le_bytes(to_bytes(&kept.count)[..8].try_into().unwrap_or_default());
            for index in kept..self.pushed {
                self.outbox.set(index as u32, [0; 32]);
            }
            self.pushed = kept;
        }
        self.undo.clear();
        let base = kept.writes;
        let next = self.execution.tapes.get(message + 1);
        self.state = State {
            writes: self.hasher.hash(base, end::outcome_element(status, step.fuel)),
            cursor: Fr::ZERO,
            words: next.map_or(0, |tape| tape.len() as u64).into(),
            leaf: [Fr::ZERO; 4],
            ..kept
        };
        let ended = end::Ended {
            clk,
            message: message as u64,
            fuel: step.fuel,
            fuel_limit,
            lowest_limit: self.lowest_limit(clk, step),
            operands: [step.x, step.y, step.z],
            status,
            imm,
            second,
            w32,
            callee,
            last_clk: self.last_clk,
            before,
            saved: self.saved.clone(),
            base,
            after: self.state.clone(),
        };
        end::fill(self.rows(TableId::End), &ended);
        self.saved = self.state.clone();
        self.last_clk = clk;
        Ok(())
    }
}
