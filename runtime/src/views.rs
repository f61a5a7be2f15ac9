//! Apps and batches as the runtime APIs show them.

use crate::{AccountId, KvStore, Runtime};
use pallet_kv_store::KvState;
use sp_runtime::SaturatedConversion;
use zkfusion_primitives::ids::{AppId, BatchIndex};
use zkfusion_runtime_api::{AppView, BatchState, BatchView, VerifiedView};

/// Returns an app and where it stands.
pub(crate) fn app(app: AppId) -> Option<AppView<AccountId>> {
    let info = pallet_sequencer::Apps::<Runtime>::get(app)?;
    let inbox = pallet_sequencer::Inboxes::<Runtime>::get(app);
    Some(AppView {
        app,
        owner: info.owner,
        wasm_hash: info.program.wasm_hash,
        program_id: info.program.program_id,
        first_program_id: info.first_program_id,
        registered_at: info.registered_at.saturated_into(),
        root: <KvStore as KvState>::root(app),
        inbox_hash: inbox.inbox_hash,
        messages: inbox.next_message,
        processed: inbox.first_unprocessed,
        batches: inbox.next_batch,
        verified: inbox.next_proof,
        backlog: inbox.backlog,
        price: pallet_sequencer::Pallet::<Runtime>::price(app),
    })
}

/// Returns what the next message of an app is taken for its fuel.
pub(crate) fn fuel_fee(app: AppId, payload_bytes: u32, fuel_limit: u64) -> Option<u128> {
    type Sequencer = pallet_sequencer::Pallet<Runtime>;
    pallet_sequencer::Apps::<Runtime>::contains_key(app).then(|| {
        let units = Sequencer::units(payload_bytes as usize, fuel_limit);
        Sequencer::price(app).saturating_mul(units.into())
    })
}

/// Returns a batch that is sealed and not forgotten.
pub(crate) fn batch(app: AppId, index: BatchIndex) -> Option<BatchView> {
    let batch = pallet_sequencer::Batches::<Runtime>::get(app, index)?;
    let state = match (batch.end, batch.seed) {
        (Some(end), _) if end.voided => BatchState::Voided(end.at.saturated_into()),
        (Some(end), _) => BatchState::Verified(end.at.saturated_into()),
        (None, Some(_)) => BatchState::Sealed,
        (None, None) => BatchState::SeedPending,
    };
    Some(BatchView {
        first: batch.first,
        count: batch.count,
        sealed_at: batch.sealed_at.saturated_into(),
        inbox_hash_pre: batch.inbox_hash_pre,
        inbox_hash_post: batch.inbox_hash_post,
        seed: batch.seed,
        state,
    })
}

/// Returns what was proved of a batch, if it is verified and not forgotten.
pub(crate) fn verified(app: AppId, index: BatchIndex) -> Option<VerifiedView<AccountId>> {
    let batch = pallet_verifier::Verified::<Runtime>::get(app, index)?;
    Some(VerifiedView {
        statement: batch.statement,
        k: batch.k,
        prover: batch.prover,
        verified_at: batch.verified_at.saturated_into(),
    })
}
