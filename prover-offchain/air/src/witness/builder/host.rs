//! Host calls.

use halo2curves::ff::Field as _;
use zkfusion_primitives::merkle::SparseTree;
use zkfusion_vm::host::HostFn;
use zkfusion_vm::trace::Step;

use super::WitnessBuilder;
use crate::cells::wide;
use crate::field::{from_bytes, from_primitive, to_bytes};
use crate::host::Made;
use crate::merkle::Path;
use crate::witness::{words, WitnessError};
use crate::{host, leaf, merkle, Fr, TableId};

impl WitnessBuilder<'_> {
    pub(super) fn host_call(&mut self, clk: u64, step: &Step) -> Result<(), WitnessError> {
        let call = *self
            .execution
            .trace
            .host_calls
            .get(self.host_calls)
            .filter(|call| call.clk == clk)
            .ok_or(WitnessError::Trace("a host call is missing"))?;
        self.host_calls += 1;
        let before = self.state.clone();
        let (mut hash, mut middle) = (Fr::ZERO, Fr::ZERO);
        match call.function {
            HostFn::InboxNext => {
                if before.cursor != before.words {
                    self.state.cursor += Fr::ONE;
                    let read = self.read.get_mut(step.message as usize);
                    *read.ok_or(WitnessError::Trace("more messages than tapes"))? += 1;
                }
            }
            HostFn::KvLoad => {
                let leaf = self.tree.get(call.x as u32);
                self.state.leaf = words(&leaf).map(Fr::from);
                hash = self.leaf(leaf);
                let path = path(&self.tree, call.x as u32, hash, None);
                self.merkle(&path);
            }
            HostFn::KvStore => {
                let index = call.x as u32;
                let leaf = self.register();
                hash = self.leaf(leaf);
                let old = self.tree.node(0, index);
                let path = path(&self.tree, index, from_primitive(old), Some(hash));
                self.merkle(&path);
                self.undo.push((index, self.tree.get(index)));
                self.tree.set(index, leaf);
                self.state.root = root(&self.tree)?;
                let [low, high] = halves(&leaf);
                let chunk = low + Fr::from(call.x) * crate::expr::pow2(128);
                middle = self.hasher.hash(before.writes, chunk);
                self.state.writes = self.hasher.hash(middle, high);
            }
            HostFn::OutboxPush => {
                let index = self.pushed as u32;
                let leaf = self.register();
                hash = self.leaf(leaf);
                let old = self.outbox.node(0, index);
                let path = path(&self.outbox, index, from_primitive(old), Some(hash));
                self.merkle(&path);
                self.outbox.set(index, leaf);
                self.pushed += 1;
                self.state.outbox = root(&self.outbox)?;
                self.state.count += Fr::ONE;
            }
            HostFn::LeafSet => {
                let word = self.state.leaf.get_mut(call.x as usize);
                *word.ok_or(WitnessError::Trace("a leaf has four words"))? = call.y.into();
            }
            HostFn::VrfSeed => {
                let reads = self.seed_reads.get_mut(call.x as usize);
                *reads.ok_or(WitnessError::Trace("the randomness has four words"))? += 1;
            }
            HostFn::LeafGet | HostFn::Log => {}
        }
        let made = Made {
            clk,
            message: step.message.into(),
            fuel: step.fuel,
            function: call.function,
            x: step.x,
            y: step.y,
            z: step.z,
            last_clk: self.last_clk,
            before,
            after: self.state.clone(),
            hash,
            middle,
        };
        host::fill(self.rows(TableId::Host), &made);
        self.last_clk = clk;
        Ok(())
    }

    /// Returns the leaf register's bytes.
    fn register(&self) -> [u8; 32] {
        let mut leaf = [0; 32];
        for (bytes, word) in leaf.chunks_exact_mut(8).zip(&self.state.leaf) {
            bytes.copy_from_slice(&to_bytes(word)[..8]);
        }
        leaf
    }

    fn leaf(&mut self, leaf: [u8; 32]) -> Fr {
        let table = &mut self.tables[TableId::Leaf as usize];
        leaf::fill(table, &mut self.requests, &mut self.hasher, words(&leaf))
    }

    fn merkle(&mut self, path: &Path) {
        merkle::fill(&mut self.tables[TableId::Merkle as usize], &mut self.hasher, path);
    }
}

fn path(tree: &SparseTree, index: u32, old_leaf: Fr, new_leaf: Option<Fr>) -> Path {
    Path {
        index,
        siblings: tree.siblings(index).map(from_primitive).to_vec(),
        old_leaf,
        new_leaf,
    }
}

fn root(tree: &SparseTree) -> Result<Fr, WitnessError> {
    from_bytes(&tree.root()).ok_or(WitnessError::NotAFieldElement("a root"))
}

/// Returns a leaf's halves as field elements.
fn halves(leaf: &[u8; 32]) -> [Fr; 2] {
    let [l0, l1, l2, l3] = words(leaf);
    [(l0, l1), (l2, l3)].map(|(low, high)| wide(u128::from(low) | u128::from(high) << 64))
}
