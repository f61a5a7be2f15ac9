//! The statement and the effects of a batch against what the chain knows.

use crate::pallet::{Config, Error, Pallet};
use alloc::vec::Vec;
use frame_support::ensure;
use pallet_kv_store::KvState;
use pallet_sequencer::ProvableBatch;
use zkfusion_primitives::{
    effects::BatchEffects,
    field::to_bytes,
    ids::Hash,
    merkle::{leaf_hash, node_hash, Leaf, DEPTH, EMPTY_HASHES},
    statement::Statement,
};

impl<T: Config> Pallet<T> {
    /// Checks every field of a statement that the chain knows beforehand: all but what the batch did.
    ///
    /// # Errors
    ///
    /// The first field that differs.
    pub fn check_statement(batch: &ProvableBatch, statement: &Statement) -> Result<(), Error<T>> {
        ensure!(
            statement.genesis_hash == pallet_sequencer::Pallet::<T>::genesis_hash(),
            Error::<T>::GenesisMismatch
        );
        ensure!(statement.app_id == batch.app, Error::<T>::AppMismatch);
        ensure!(
            statement.program_id == batch.program.program_id,
            Error::<T>::ProgramMismatch
        );
        ensure!(statement.batch_index == batch.index, Error::<T>::BatchMismatch);
        ensure!(
            statement.pre_root == T::State::root(batch.app),
            Error::<T>::PreRootMismatch
        );
        ensure!(
            statement.inbox_hash_pre == batch.inbox_hash_pre,
            Error::<T>::InboxMismatch
        );
        ensure!(
            statement.inbox_hash_post == batch.inbox_hash_post,
            Error::<T>::InboxMismatch
        );
        ensure!(statement.vrf_seed == batch.seed, Error::<T>::SeedMismatch);
        let no_deposits = Hash::default();
        ensure!(
            statement.deposit_hash_pre == no_deposits,
            Error::<T>::DepositMismatch
        );
        ensure!(
            statement.deposit_hash_post == no_deposits,
            Error::<T>::DepositMismatch
        );
        Ok(())
    }

    /// Checks that the effects are those of the statement and of as many messages as the batch has.
    ///
    /// # Errors
    ///
    /// What differs.
    pub fn check_effects(
        batch: &ProvableBatch,
        statement: &Statement,
        effects: &BatchEffects,
    ) -> Result<(), Error<T>> {
        ensure!(
            effects.outcomes.len() as u64 == u64::from(batch.count),
            Error::<T>::OutcomeCountMismatch
        );
        let consistent = |outcome: &zkfusion_primitives::effects::MessageOutcome| {
            outcome.status.is_ok() || outcome.writes.is_empty()
        };
        ensure!(
            effects.outcomes.iter().all(consistent),
            Error::<T>::WritesOfFailedMessage
        );
        ensure!(
            effects.writes_hash() == statement.writes_hash,
            Error::<T>::WritesHashMismatch
        );
        ensure!(!effects.is_padded(), Error::<T>::OutboxPadded);
        ensure!(
            outbox_root(&effects.outbox) == statement.outbox_root,
            Error::<T>::OutboxMismatch
        );
        Ok(())
    }
}

/// Returns the root of the tree with these leaves at indices from 0 on, hashing each node once.
fn outbox_root(outbox: &[Leaf]) -> Hash {
    let mut level: Vec<_> = outbox.iter().map(leaf_hash).collect();
    for empty in &EMPTY_HASHES[..DEPTH] {
        level = level
            .chunks(2)
            .map(|pair| match *pair {
                [left, right] => node_hash(left, right),
                [left] => node_hash(left, *empty),
                _ => *empty,
            })
            .collect();
    }
    to_bytes(level.first().unwrap_or(&EMPTY_HASHES[DEPTH]))
}

#[cfg(test)]
mod tests {
    use super::outbox_root;
    use zkfusion_primitives::effects::outbox_tree;

    #[test]
    fn outbox_root_should_be_that_of_the_tree() {
        for entries in 0..9u8 {
            let outbox: Vec<_> = (0..entries).map(|entry| [entry + 1; 32]).collect();
            assert_eq!(
                outbox_root(&outbox),
                outbox_tree(&outbox).root(),
                "{entries} entries"
            );
        }
    }
}
