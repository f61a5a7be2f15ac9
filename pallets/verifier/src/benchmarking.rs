//! Benchmarks. A proof is checked in one, and what it is about in another: proofs are for one
//! batch, and take the same time whatever the batch is. [`Proved`] is a real one, so these
//! benchmarks are for runtimes whose proof system is [`crate::Halo2Proofs`].

use crate::{
    pallet::{Call, Config, CurrentProtocol, Error, Pallet, Protocols, Verified},
    CheckProofs, ProtocolBytes, StoredProof, VerifiedBatch, WrongProofs, MAX_PROTOCOL,
};
use alloc::{boxed::Box, vec, vec::Vec};
use codec::{Decode, Encode};
use frame_benchmarking::v2::*;
use frame_support::{
    dispatch::{DispatchInfo, PostDispatchInfo},
    traits::{fungible::Mutate, EnsureOrigin, Get, IsSubType, OriginTrait},
};
use frame_system::RawOrigin;
use pallet_kv_store::KvState;
use pallet_sequencer::{
    App, Apps, BatchEnd, Batches, Inbox, Inboxes, KeyBytes, Messages, Outcome, Outcomes, Program,
    ProgramKeys, ProgramProtocols, SealedBatch, Sender, Senders, Waiting,
};
use sp_runtime::traits::{DispatchTransaction, Dispatchable};
use zkfusion_primitives::{
    cost::MAX_FUEL_LIMIT,
    effects::{BatchEffects, MessageOutcome},
    ids::{AppId, BatchIndex, Hash, MessageIndex},
    message::{Message, Payload, EMPTY_INBOX_HASH, MAX_PAYLOAD},
    statement::Statement,
    status::MessageStatus,
    verifier::halo2::CheckedProtocol,
};

/// What an account has that a benchmark needs.
const FUNDS: u128 = 1_000_000_000_000_000;

/// A proof of a batch with all that is needed to check it. The test
/// `benchmark_has_a_proof_of_todays_circuit` of `zkfusion-halo2` makes it.
#[derive(Decode)]
pub struct Proved {
    /// The circuit, as the chain stores it.
    pub protocol: Vec<u8>,
    /// The keys of the program for all sizes, ascending.
    pub keys: Vec<(u8, Vec<u8>)>,
    /// The size of the proof's circuit.
    pub k: u8,
    /// What the proof proves.
    pub statement: Statement,
    /// The proof.
    pub proof: Vec<u8>,
}

impl Proved {
    /// Returns the proof.
    ///
    /// # Panics
    ///
    /// When the file is not one of today's types.
    pub fn load() -> Self {
        let file = include_bytes!("benchmarking/proof.scale");
        Self::decode(&mut &file[..]).expect("the proof is of today's types: make it again")
    }

    /// Returns the circuit, checked.
    ///
    /// # Panics
    ///
    /// When it is not one of today's types.
    fn checked(&self) -> CheckedProtocol {
        CheckedProtocol::decode(&mut &self.protocol[..]).expect("the circuit is of today's types")
    }

    /// Puts the circuit in force and returns its digest.
    ///
    /// # Panics
    ///
    /// When it is not one of today's types.
    pub fn store_protocol<T: Config>(&self) -> Hash {
        let digest = *self.checked().digest();
        let protocol = ProtocolBytes::try_from(self.protocol.clone());
        Protocols::<T>::insert(digest, protocol.expect("the protocol fits into its bound"));
        CurrentProtocol::<T>::put(digest);
        digest
    }
}

/// Puts a former protocol, as large as can be, in storage and in force, and returns its digest.
fn store_former<T: Config>() -> Hash {
    let digest = [1; 32];
    let bytes = vec![1; MAX_PROTOCOL as usize];
    Protocols::<T>::insert(
        digest,
        ProtocolBytes::try_from(bytes).expect("it has as many bytes as it may"),
    );
    CurrentProtocol::<T>::put(digest);
    digest
}

/// The app of all batches.
const APP: AppId = 0;

/// Writes of a batch: the fuel of a batch allows no more.
const MAX_WRITES: u32 = 600;

/// Outbox entries of a batch: the fuel of a batch allows no more.
const MAX_OUTBOX: u32 = 620;

/// The program of the app.
const PROGRAM: Program = Program {
    wasm_hash: [0; 32],
    program_id: [0; 32],
};

fn sealed<T: Config>(
    first: MessageIndex,
    count: u32,
    end: Option<BatchEnd<frame_system::pallet_prelude::BlockNumberFor<T>>>,
) -> SealedBatch<frame_system::pallet_prelude::BlockNumberFor<T>> {
    SealedBatch {
        first,
        count,
        sealed_at: frame_system::Pallet::<T>::block_number(),
        inbox_hash_pre: EMPTY_INBOX_HASH,
        inbox_hash_post: EMPTY_INBOX_HASH,
        seed: Some([0; 32]),
        program: PROGRAM,
        end,
    }
}

/// Adds an app with a batch of `count` messages that can be proved, and with so many batches and
/// messages before it that as much is forgotten when it ends as ever is.
fn add_provable<T: Config>(count: u32) -> BatchIndex {
    let batch = <T as pallet_sequencer::Config>::BatchHistory::get();
    let first = <T as pallet_sequencer::Config>::OutcomeHistory::get();
    let now = frame_system::Pallet::<T>::block_number();
    let owner: T::AccountId = account("owner", 0, 0);
    Apps::<T>::insert(
        APP,
        App {
            owner: owner.clone(),
            program: PROGRAM,
            first_program_id: PROGRAM.program_id,
            registered_at: now,
        },
    );
    Inboxes::<T>::insert(
        APP,
        Inbox {
            next_message: first.saturating_add(count.into()),
            first_unprocessed: first,
            next_batch: batch.saturating_add(1),
            next_seed: batch.saturating_add(1),
            next_proof: batch,
            ..Inbox::default()
        },
    );
    let payload =
        Payload::try_from(vec![1; MAX_PAYLOAD as usize]).expect("the payload is as large as can be");
    for at in 0..u64::from(count) {
        let index = first.saturating_add(at);
        // Each message is of another sender, whom the chain owes.
        let sender: T::AccountId = account("sender", at as u32, 0);
        let share = Sender {
            waiting: 1,
            last: now,
        };
        Senders::<T>::insert(APP, &sender, share);
        assert!(T::Currency::mint_into(&sender, FUNDS).is_ok());
        let message = Message {
            index,
            sender: sender.into(),
            at_block: 0,
            fuel_limit: MAX_FUEL_LIMIT,
            payload: payload.clone(),
        };
        let price = <T as pallet_sequencer::Config>::LowestPrice::get();
        Messages::<T>::insert(APP, index, Waiting { message, price });
        let outcome = Outcome {
            batch: 0,
            status: MessageStatus::Ok,
            fuel_used: 1,
        };
        Outcomes::<T>::insert(APP, at, outcome);
    }
    let end = BatchEnd {
        at: now,
        voided: false,
    };
    Batches::<T>::insert(APP, 0, sealed::<T>(0, count, Some(end)));
    Batches::<T>::insert(APP, batch, sealed::<T>(first, count, None));
    let verified = VerifiedBatch {
        statement: Statement::default(),
        k: 14,
        prover: owner,
        verified_at: now,
    };
    Verified::<T>::insert(APP, 0, verified);
    batch
}

/// Returns what a batch of `m` messages did that made `w` writes and `o` outbox entries.
fn effects(m: u32, w: u32, o: u32) -> BatchEffects {
    let outcome = |writes| MessageOutcome {
        status: MessageStatus::Ok,
        fuel_used: 1,
        writes,
    };
    let mut outcomes: Vec<_> = (1..m).map(|_| outcome(Vec::new())).collect();
    outcomes.push(outcome((0..w).map(|index| (index, [1; 32])).collect()));
    BatchEffects {
        outcomes,
        outbox: vec![[1; 32]; o as usize],
    }
}

/// Returns the statement of a batch with these effects.
fn statement<T: Config>(batch: BatchIndex, effects: &BatchEffects) -> Statement {
    let pre_root = T::State::root(APP);
    Statement {
        genesis_hash: pallet_sequencer::Pallet::<T>::genesis_hash(),
        app_id: APP,
        program_id: PROGRAM.program_id,
        batch_index: batch,
        pre_root,
        post_root: pre_root,
        inbox_hash_pre: EMPTY_INBOX_HASH,
        inbox_hash_post: EMPTY_INBOX_HASH,
        writes_hash: effects.writes_hash(),
        outbox_root: effects.outbox_root(),
        vrf_seed: [0; 32],
        deposit_hash_pre: [0; 32],
        deposit_hash_post: [0; 32],
    }
}

#[benchmarks(where
    T: Send + Sync,
    <T as frame_system::Config>::RuntimeCall: From<Call<T>>
        + IsSubType<Call<T>>
        + Dispatchable<
            RuntimeOrigin = T::RuntimeOrigin,
            Info = DispatchInfo,
            PostInfo = PostDispatchInfo,
        >,
    T::RuntimeOrigin: OriginTrait<AccountId = T::AccountId> + Clone + From<RawOrigin<T::AccountId>>,
)]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn check_proof() {
        let proved = Proved::load();
        let protocol = proved.store_protocol::<T>();
        ProgramProtocols::<T>::insert(proved.statement.program_id, protocol);
        for (k, key) in &proved.keys {
            let key = KeyBytes::try_from(key.clone()).expect("the key fits into its bound");
            ProgramKeys::<T>::insert(proved.statement.program_id, k, key);
        }
        let result;
        #[block]
        {
            result = Pallet::<T>::check_proof(proved.k, &proved.statement, &proved.proof);
        }
        assert!(result.is_ok(), "the circuit has changed: make the proof again");
    }

    #[benchmark]
    fn check_proofs() {
        let batch = add_provable::<T>(<T as pallet_sequencer::Config>::MaxBatchMessages::get());
        let effects = effects(1, 0, 0);
        let statement = Box::new(statement::<T>(batch, &effects));
        let call = Call::<T>::submit_proof {
            app: APP,
            batch,
            k: 14,
            statement,
            effects,
            proof: Vec::new(),
        };
        let call: <T as frame_system::Config>::RuntimeCall = call.into();
        let sender: T::AccountId = account("prover", 0, 0);
        T::WrongProofs::endow(&sender);
        let origin: T::RuntimeOrigin = RawOrigin::Signed(sender).into();
        let info = DispatchInfo::default();
        let refuse = |_| Err(Error::<T>::ProofInvalid.into());
        let result;
        #[block]
        {
            result = CheckProofs::<T>::new().test_run(origin, &call, &info, 0, 0, refuse);
        }
        assert!(
            result.is_ok_and(|result| result.is_err()),
            "it comes in, and is wrong"
        );
    }

    #[benchmark]
    fn apply_batch(
        m: Linear<1, { <T as pallet_sequencer::Config>::MaxBatchMessages::get() }>,
        w: Linear<0, MAX_WRITES>,
        o: Linear<0, MAX_OUTBOX>,
    ) -> Result<(), BenchmarkError> {
        let batch = add_provable::<T>(m);
        let effects = effects(m, w, o);
        let statement = statement::<T>(batch, &effects);
        let Proved { k, proof, .. } = Proved::load();
        let proof = StoredProof { k, proof };
        let result;
        #[block]
        {
            result = apply::<T>(batch, statement, &effects, proof);
        }
        assert!(result.is_ok() && Verified::<T>::contains_key(APP, batch));
        Ok(())
    }

    #[benchmark]
    fn submit_proof_again() {
        let batch = add_provable::<T>(1);
        Inboxes::<T>::mutate(APP, |inbox| inbox.next_proof = batch.saturating_add(1));
        let effects = effects(1, 0, 0);
        let statement = Box::new(statement::<T>(batch, &effects));
        let origin = RawOrigin::Signed(account("prover", 0, 0));
        let result;
        #[block]
        {
            result = Pallet::<T>::submit_proof(origin.into(), APP, batch, 14, statement, effects, Vec::new());
        }
        let error = result.expect_err("the batch is proved").error;
        assert_eq!(error, Error::<T>::AlreadyVerified.into());
    }

    #[benchmark]
    fn void_batch() -> Result<(), BenchmarkError> {
        let batch = add_provable::<T>(<T as pallet_sequencer::Config>::MaxBatchMessages::get());
        let origin = T::VoidOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, APP, batch);
        assert!(pallet_sequencer::Pallet::<T>::is_voided(APP, batch));
        Ok(())
    }

    #[benchmark]
    fn set_protocol() -> Result<(), BenchmarkError> {
        store_former::<T>();
        let protocol = Proved::load().checked().protocol().encode();
        let origin = T::ProtocolOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, protocol);
        assert_eq!(Protocols::<T>::count(), 2);
        Ok(())
    }

    #[benchmark]
    fn retire_protocol() -> Result<(), BenchmarkError> {
        let former = store_former::<T>();
        Proved::load().store_protocol::<T>();
        let origin = T::ProtocolOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, former);
        assert_eq!(Protocols::<T>::count(), 1);
        Ok(())
    }
}

/// Does what `submit_proof` does, but for the check of the proof.
fn apply<T: Config>(
    batch: BatchIndex,
    statement: Statement,
    effects: &BatchEffects,
    proof: StoredProof,
) -> Result<(), Error<T>> {
    let provable = pallet_sequencer::Pallet::<T>::provable(APP, batch)?;
    Pallet::<T>::check_statement(&provable, &statement)?;
    Pallet::<T>::check_effects(&provable, &statement, effects)?;
    Pallet::<T>::accept(account("prover", 0, 0), &provable, statement, effects, proof);
    Ok(())
}
