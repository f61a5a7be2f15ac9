//! Proofs of batches.
//!
//! [`Pallet::submit_proof`] takes a statement, the effects that it commits to and a proof. It
//! compares every field of the statement with the chain's own storage, recomputes the commitments
//! to the effects, checks the proof in pure wasm, and then applies the effects: nobody has to trust
//! whoever executed or proved. Each thing that can be wrong has its own error. A refused proof
//! changes nothing and is charged for the whole check; an accepted one is free.
//!
//! # Why submission is signed
//!
//! An unsigned, self-authorizing submission would have to be valid before anybody pays for it, and
//! nothing short of checking the proof tells a proof from noise: everything else in a submission
//! can be copied from the chain. Every node that hears of such a transaction would pay for pairing
//! checks with its own time, at no cost to the sender. So anyone may submit, as an ordinary signed
//! account, at a risk only of what a wrong proof costs. The worker signs with a key of type
//! [`KEY_TYPE`] in the node's keystore, whose account needs enough funds to be charged for one
//! refusal.
//!
//! Proofs go before other transactions and have room of their own in blocks. [`CheckProofs`], which
//! every transaction passes, gives them that, and sees to it that nobody takes it for less than it
//! is worth.
//!
//! # Changes of the circuit
//!
//! Circuit and trusted setup are the protocol, and a program's keys are of one protocol: that which
//! was in force when they were registered. [`Pallet::set_protocol`] puts another in force, for
//! registrations from then on. The former ones stay, and proofs of programs whose keys are of them
//! are checked against them, so that no batch becomes unprovable by the change. Apps move one by
//! one with `sequencer.upgrade`, and [`Pallet::retire_protocol`] ends a former protocol, at once
//! where it has a defect. What waits then and is of its keys is proved under newer keys of the same
//! wasm, or voided.
//!
//! # What is kept for settlement
//!
//! [`Verified`] keeps the statements of the last batches of each app. The proofs go to the node's
//! offchain database, under [`StoredProof::key`]; they can always be read again from the block's
//! body.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod acceptance;
#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
mod extension;
mod halo2;
mod invariants;
#[cfg(test)]
mod mock;
pub mod offchain;
mod protocol;
mod statement;
#[cfg(test)]
mod tests;
mod traits;
mod types;
pub mod weights;

pub use extension::CheckProofs;
pub use halo2::Halo2Proofs;
pub use pallet::*;
pub use traits::{ProofChecks, ProofFault, WrongProofs};
use types::PROTOCOL_PART;
pub use types::{ProtocolBytes, StoredProof, VerifiedBatch, MAX_PROOF, MAX_PROTOCOL, MAX_PROTOCOLS};
pub use weights::WeightInfo;

use sp_core::crypto::KeyTypeId;

/// Under this target the pallet logs.
pub(crate) const LOG_TARGET: &str = "runtime::verifier";

/// Type of the keys with which the worker signs its submissions.
pub const KEY_TYPE: KeyTypeId = KeyTypeId(*b"zkpr");

/// The worker's signature scheme.
pub mod crypto {
    use frame_system::offchain::AppCrypto;
    use sp_core::sr25519;
    use sp_runtime::{MultiSignature, MultiSigner};

    mod app {
        use sp_core::sr25519;

        sp_application_crypto::app_crypto!(sr25519, crate::KEY_TYPE);
    }

    /// The public key of a worker.
    pub type WorkerPublic = app::Public;

    /// Signs transactions with sr25519 keys of type [`crate::KEY_TYPE`].
    #[derive(Clone, PartialEq, Eq, Debug)]
    pub struct WorkerKey;

    impl AppCrypto<MultiSigner, MultiSignature> for WorkerKey {
        type RuntimeAppPublic = app::Public;
        type GenericPublic = sr25519::Public;
        type GenericSignature = sr25519::Signature;
    }
}

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use alloc::{boxed::Box, vec::Vec};
    use frame_support::pallet_prelude::*;
    use frame_system::{
        offchain::{AppCrypto, CreateSignedTransaction},
        pallet_prelude::*,
    };
    use pallet_kv_store::KvState;
    use pallet_sequencer::{NotProvable, WeightInfo as _};
    use zkfusion_primitives::{
        effects::BatchEffects,
        ids::{AppId, BatchIndex, Hash, MessageIndex},
        statement::Statement,
        status::MessageStatus,
    };

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config:
        frame_system::Config<RuntimeEvent: From<Event<Self>>>
        + pallet_sequencer::Config
        + CreateSignedTransaction<Call<Self>>
    {
        /// The apps' state.
        type State: KvState;

        /// The proof system.
        type Proofs: ProofChecks;

        /// Who may void batches that cannot be proved.
        type VoidOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// Who may change the circuit and the trusted setup.
        type ProtocolOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// The weight and the bytes of a block that transactions without proofs leave to those with
        /// one.
        type RoomForProofs: Get<(Weight, u32)>;

        /// What becomes of who sends wrong proofs.
        type WrongProofs: WrongProofs<Self::AccountId>;

        /// With what the worker signs.
        type WorkerKey: AppCrypto<Self::Public, Self::Signature>;

        /// Weights of the calls.
        type WeightInfo: WeightInfo;
    }

    /// A verified batch of the runtime's types.
    pub type VerifiedBatchOf<T> = VerifiedBatch<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;

    /// Digest of the protocol in force: that which keys are registered for.
    #[pallet::storage]
    pub type CurrentProtocol<T: Config> = StorageValue<_, Hash>;

    /// The protocol in force and the former ones that are not retired, by digest. Each is the VM's
    /// circuit with the verifier's part of the trusted setup, as [`ProofChecks::prepare`] made it,
    /// the same for all programs and sizes.
    #[pallet::storage]
    pub type Protocols<T: Config> = CountedStorageMap<_, Identity, Hash, ProtocolBytes>;

    /// The batches that the sequencer still remembers and that were proved.
    #[pallet::storage]
    pub type Verified<T: Config> =
        StorageDoubleMap<_, Twox64Concat, AppId, Twox64Concat, BatchIndex, VerifiedBatchOf<T>>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// The VM's circuit with the verifier's part of the trusted setup, SCALE-encoded; in JSON
        /// in hexadecimal. Without it no proof is accepted.
        #[serde(with = "sp_core::bytes")]
        pub protocol: Vec<u8>,
        /// Nothing.
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        /// # Panics
        ///
        /// When the protocol is not well-formed or larger than the storage takes: there is no chain
        /// then.
        fn build(&self) {
            if !self.protocol.is_empty() {
                let (digest, prepared) =
                    T::Proofs::prepare(&self.protocol).expect("the genesis protocol is well-formed");
                let prepared = ProtocolBytes::try_from(prepared).expect("the protocol fits into its bound");
                Protocols::<T>::insert(digest, prepared);
                CurrentProtocol::<T>::put(digest);
            }
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A proof of a batch was accepted.
        BatchVerified {
            /// The app.
            app: AppId,
            /// Index of the batch.
            batch: BatchIndex,
            /// Root of the app's state after the batch.
            post_root: Hash,
            /// Who submitted the proof.
            prover: T::AccountId,
        },
        /// A batch was voided: its messages have no effect.
        BatchVoided {
            /// The app.
            app: AppId,
            /// Index of the batch.
            batch: BatchIndex,
            /// Index of its first message.
            first: MessageIndex,
            /// Number of its messages.
            count: u32,
        },
        /// Another protocol is in force: keys are registered for it from now on.
        ProtocolSet {
            /// Its digest.
            protocol: Hash,
            /// Digest of the one before, against which proofs under its keys are still checked;
            /// nothing if there was none.
            former: Option<Hash>,
        },
        /// Proofs under keys of a former protocol are not accepted any more.
        ProtocolRetired {
            /// Its digest.
            protocol: Hash,
        },
        /// A message was processed, with success or without.
        MessageProcessed {
            /// The app.
            app: AppId,
            /// Index of the message in the app's inbox.
            index: MessageIndex,
            /// Success, or the trap that ended the guest.
            status: MessageStatus,
            /// Trace rows used.
            fuel_used: u64,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// There is no such app.
        UnknownApp,
        /// The batch is not sealed.
        NotSealed,
        /// The batch has no seed yet.
        SeedPending,
        /// An earlier batch of the app is not proved yet.
        OutOfOrder,
        /// The batch was proved or voided before.
        AlreadyVerified,
        /// As many batches were proved in this block as it can tell Ethereum of.
        BlockFull,
        /// The statement is of another chain.
        GenesisMismatch,
        /// The statement is of another app.
        AppMismatch,
        /// The statement is of another program.
        ProgramMismatch,
        /// The statement is of another batch.
        BatchMismatch,
        /// The statement starts from another state.
        PreRootMismatch,
        /// The statement is of other messages.
        InboxMismatch,
        /// The statement is of another seed.
        SeedMismatch,
        /// The statement is of other deposits.
        DepositMismatch,
        /// A field of the statement is not a canonical field element.
        StatementMalformed,
        /// There is not one outcome for each message.
        OutcomeCountMismatch,
        /// A failed message has writes.
        WritesOfFailedMessage,
        /// The outcomes and writes are not those of the statement.
        WritesHashMismatch,
        /// The outbox is not that of the statement.
        OutboxMismatch,
        /// The outbox has an empty entry at its end.
        OutboxPadded,
        /// The program has no key of this size.
        UnknownKey,
        /// The chain was not given the circuit.
        NoProtocol,
        /// The program's keys are of a protocol that was retired: the app needs newer ones, with
        /// `sequencer.upgrade`.
        RetiredProtocol,
        /// The bytes are not a protocol: malformed, with an unusable setup, or not of the chain's
        /// statement.
        BadProtocol,
        /// The protocol is larger than protocols are.
        ProtocolTooLarge,
        /// The protocol is in force already.
        ProtocolUnchanged,
        /// The protocol is in force: another has to be, before it can be retired.
        ProtocolInForce,
        /// The chain has no such protocol.
        UnknownProtocol,
        /// The chain holds as many protocols as it may: retire a former one first.
        TooManyProtocols,
        /// The program's key does not fit the circuit.
        BadKey,
        /// The proof is longer than proofs are.
        ProofTooLarge,
        /// The proof is truncated, too long, or has an element that is not canonical.
        ProofMalformed,
        /// The proof does not prove the statement.
        ProofInvalid,
    }

    impl<T> From<NotProvable> for Error<T> {
        fn from(reason: NotProvable) -> Self {
            match reason {
                NotProvable::UnknownApp => Self::UnknownApp,
                NotProvable::NotSealed => Self::NotSealed,
                NotProvable::SeedPending => Self::SeedPending,
                NotProvable::OutOfOrder => Self::OutOfOrder,
                NotProvable::AlreadyVerified => Self::AlreadyVerified,
                NotProvable::BlockFull => Self::BlockFull,
            }
        }
    }

    impl<T> From<ProofFault> for Error<T> {
        fn from(fault: ProofFault) -> Self {
            match fault {
                ProofFault::BadKey => Self::BadKey,
                ProofFault::Malformed => Self::ProofMalformed,
                ProofFault::Invalid => Self::ProofInvalid,
            }
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn offchain_worker(now: BlockNumberFor<T>) {
            offchain::run::<T>(now);
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::check_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Proves a batch and applies what it did.
        ///
        /// Free when the proof is accepted. A transaction with it comes in only as [`CheckProofs`]
        /// lets it, which makes who sends a wrong proof pay. Within another call, a second proof of
        /// a batch is refused with `AlreadyVerified` and charged a little.
        ///
        /// Parameters:
        /// - `app`, `batch`: the batch, the app's oldest that is not proved;
        /// - `k`: the size of the proof's circuit;
        /// - `statement`: the proof's public inputs;
        /// - `effects`: outcomes, writes and outbox, as the statement commits to them;
        /// - `proof`: the proof.
        ///
        /// Emits `BatchVerified`, and `MessageProcessed` for each message, when successful.
        #[pallet::call_index(0)]
        #[pallet::weight(Pallet::<T>::weight_of_proof(effects))]
        #[allow(clippy::too_many_arguments)]
        pub fn submit_proof(
            origin: OriginFor<T>,
            app: AppId,
            batch: BatchIndex,
            k: u8,
            statement: Box<Statement>,
            effects: BatchEffects,
            proof: Vec<u8>,
        ) -> DispatchResultWithPostInfo {
            let prover = ensure_signed(origin)?;
            let provable = pallet_sequencer::Pallet::<T>::provable(app, batch).map_err(Self::refuse)?;
            Self::check_statement(&provable, &statement)?;
            Self::check_effects(&provable, &statement, &effects)?;
            Self::check_proof(k, &statement, &proof)?;
            Self::accept(prover, &provable, *statement, &effects, StoredProof { k, proof });
            Ok(Pays::No.into())
        }

        /// Voids an app's oldest batch that is not proved: its messages have no effect, and the app
        /// goes on.
        ///
        /// For batches that cannot be proved, by a defect of compiler or circuit. Ethereum passes
        /// over the batch too.
        ///
        /// Parameters:
        /// - `app`, `batch`: the batch, which must be sealed and have its seed.
        ///
        /// Emits `BatchVoided` when successful.
        #[pallet::call_index(1)]
        #[pallet::weight(Pallet::<T>::weight_of_voiding())]
        pub fn void_batch(origin: OriginFor<T>, app: AppId, batch: BatchIndex) -> DispatchResult {
            T::VoidOrigin::ensure_origin(origin)?;
            let provable = pallet_sequencer::Pallet::<T>::provable(app, batch).map_err(Error::<T>::from)?;
            pallet_sequencer::Pallet::<T>::void(&provable);
            Self::forget(app, batch);
            let (first, count) = (provable.first, provable.count);
            Self::deposit_event(Event::BatchVoided {
                app,
                batch,
                first,
                count,
            });
            Ok(())
        }

        /// Puts another protocol in force, as after a change of the circuit or of the trusted
        /// setup: keys are registered for it from then on.
        ///
        /// Proofs of programs with keys of a former protocol are still checked against it, until it
        /// is retired. A former protocol can be put in force again.
        ///
        /// Parameters:
        /// - `protocol`: the VM's circuit with the verifier's part of the trusted setup,
        ///   SCALE-encoded, at most 256 KiB.
        ///
        /// Emits `ProtocolSet` when successful.
        #[pallet::call_index(2)]
        #[pallet::weight(Pallet::<T>::weight_of_protocol(protocol.len()))]
        pub fn set_protocol(origin: OriginFor<T>, protocol: Vec<u8>) -> DispatchResult {
            T::ProtocolOrigin::ensure_origin(origin)?;
            Self::put_in_force(&protocol).map_err(Into::into)
        }

        /// Retires a former protocol: proofs under its keys are not accepted any more.
        ///
        /// Batches that wait and are of such keys are proved under newer keys of the same wasm,
        /// after `sequencer.upgrade`, or voided.
        ///
        /// Parameters:
        /// - `protocol`: the digest of the protocol, as in `ProtocolSet`.
        ///
        /// Emits `ProtocolRetired` when successful.
        #[pallet::call_index(3)]
        #[pallet::weight(<T as Config>::WeightInfo::retire_protocol())]
        pub fn retire_protocol(origin: OriginFor<T>, protocol: Hash) -> DispatchResult {
            T::ProtocolOrigin::ensure_origin(origin)?;
            Self::retire(protocol).map_err(Into::into)
        }
    }

    impl<T: Config> Pallet<T> {
        /// Returns what a submission costs at most.
        fn weight_of_proof(effects: &BatchEffects) -> Weight {
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let messages = count(effects.outcomes.len());
            let writes = count(effects.writes().count());
            let outbox = count(effects.outbox.len());
            <T as Config>::WeightInfo::check_proof()
                .saturating_add(<T as Config>::WeightInfo::apply_batch(messages, writes, outbox))
                .saturating_add(Self::weight_of_head())
        }

        /// Returns what a protocol of so many bytes costs at most: what today's does, for each part
        /// of it of a size that today's exceeds.
        fn weight_of_protocol(bytes: usize) -> Weight {
            let parts = (bytes as u64 / PROTOCOL_PART).saturating_add(1);
            <T as Config>::WeightInfo::set_protocol().saturating_mul(parts)
        }

        /// Returns what voiding a batch costs at most.
        fn weight_of_voiding() -> Weight {
            <T as Config>::WeightInfo::void_batch().saturating_add(Self::weight_of_head())
        }

        /// Returns what the head of an ended batch costs at the end of the block.
        fn weight_of_head() -> Weight {
            <T as pallet_sequencer::Config>::WeightInfo::commit_heads(1)
        }
    }
}
