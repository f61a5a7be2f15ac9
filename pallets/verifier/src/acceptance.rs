//! What becomes of a batch whose proof comes.

use crate::{
    types::{StoredProof, VerifiedBatch},
    Config, Error, Event, Pallet, Verified, WeightInfo,
};
use codec::Encode;
use frame_support::{
    dispatch::{Pays, PostDispatchInfo},
    traits::Get,
};
use pallet_kv_store::KvState;
use pallet_sequencer::{NotProvable, ProvableBatch};
use sp_runtime::DispatchErrorWithPostInfo;
use zkfusion_primitives::{
    effects::BatchEffects,
    ids::{AppId, BatchIndex},
    statement::Statement,
};

impl<T: Config> Pallet<T> {
    /// Returns the error of a batch that cannot be proved. Only a batch that was proved before
    /// is charged less than the whole check: whoever comes second in a race did nothing wrong.
    pub(crate) fn refuse(reason: NotProvable) -> DispatchErrorWithPostInfo<PostDispatchInfo> {
        let actual_weight = match reason {
            NotProvable::AlreadyVerified => Some(<T as Config>::WeightInfo::submit_proof_again()),
            _ => None,
        };
        let post_info = PostDispatchInfo {
            actual_weight,
            pays_fee: Pays::Yes,
        };
        DispatchErrorWithPostInfo {
            post_info,
            error: Error::<T>::from(reason).into(),
        }
    }

    /// Applies a batch whose statement, effects and proof were checked.
    pub(crate) fn accept(
        prover: T::AccountId,
        batch: &ProvableBatch,
        statement: Statement,
        effects: &BatchEffects,
        proof: StoredProof,
    ) {
        let (app, index, post_root) = (batch.app, batch.index, statement.post_root);
        T::State::apply(app, effects.writes(), post_root);
        let outcomes = effects
            .outcomes
            .iter()
            .map(|outcome| (outcome.status, outcome.fuel_used));
        pallet_sequencer::Pallet::<T>::complete(batch, outcomes.clone(), &prover);
        for (index, (status, fuel_used)) in (batch.first..).zip(outcomes) {
            Self::deposit_event(Event::MessageProcessed {
                app,
                index,
                status,
                fuel_used,
            });
        }
        sp_io::offchain_index::set(&StoredProof::key(&statement), &proof.encode());
        let verified = VerifiedBatch {
            statement,
            k: proof.k,
            prover: prover.clone(),
            verified_at: frame_system::Pallet::<T>::block_number(),
        };
        Verified::<T>::insert(app, index, verified);
        Self::forget(app, index);
        Self::deposit_event(Event::BatchVerified {
            app,
            batch: index,
            post_root,
            prover,
        });
    }

    /// Forgets what became too old when `batch` ended.
    pub(crate) fn forget(app: AppId, batch: BatchIndex) {
        if let Some(old) = batch.checked_sub(<T as pallet_sequencer::Config>::BatchHistory::get()) {
            Verified::<T>::remove(app, old);
        }
    }
}
