//! What holds of the storage between two blocks.

use crate::{types::MAX_PROTOCOLS, Config, CurrentProtocol, Pallet, Protocols, Verified};
use frame_support::ensure;
use pallet_kv_store::KvState;

impl<T: Config> Pallet<T> {
    /// Checks that verified batches chain and end in the apps' state.
    ///
    /// # Errors
    ///
    /// What is wrong, if anything is.
    pub fn check_state() -> Result<(), sp_runtime::TryRuntimeError> {
        ensure!(
            CurrentProtocol::<T>::get().is_none_or(Protocols::<T>::contains_key),
            "the protocol in force is not stored"
        );
        let protocols = Protocols::<T>::iter_keys().count();
        ensure!(
            protocols == Protocols::<T>::count() as usize && protocols <= MAX_PROTOCOLS as usize,
            "there are more protocols than there may be"
        );
        for (app, batch, verified) in Verified::<T>::iter() {
            let statement = &verified.statement;
            ensure!(
                (statement.app_id, statement.batch_index) == (app, batch),
                "a statement is of another batch"
            );
            let sealed =
                pallet_sequencer::Batches::<T>::get(app, batch).ok_or("a verified batch is forgotten")?;
            ensure!(
                sealed
                    .end
                    .is_some_and(|end| !end.voided && end.at == verified.verified_at),
                "the sequencer knows of no proof"
            );
            ensure!(
                statement.inbox_hash_post == sealed.inbox_hash_post,
                "a statement is of other messages"
            );
            let mut next = batch.saturating_add(1);
            while pallet_sequencer::Pallet::<T>::is_voided(app, next) {
                next = next.saturating_add(1);
            }
            match Verified::<T>::get(app, next) {
                Some(next) => ensure!(
                    next.statement.pre_root == statement.post_root,
                    "roots do not chain"
                ),
                None => ensure!(
                    statement.post_root == T::State::root(app),
                    "an app's root is not proved"
                ),
            }
        }
        Ok(())
    }
}
