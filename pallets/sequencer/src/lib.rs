//! Apps, their inboxes, and the batches in which messages are proved.
//!
//! An app is a program (wasm plus its verifying keys) with an inbox. [`Pallet::submit`] appends a
//! message to the inbox and extends the inbox hash chain over the message's tape. Messages wait in
//! the open batch, which is sealed
//!
//! - when it holds [`Config::MaxBatchMessages`] messages, at once;
//! - when the next message does not fit into [`Config::BatchBudget`], before that message;
//! - when its first message is [`Config::MaxBatchAge`] blocks old, at the end of a block.
//!
//! A sealed batch gets its seed at the end of a later block, from the VRF outputs of several blocks
//! after the one that sealed it ([`pallet_vrf`]), which nobody knew at sealing. Sealing by age and
//! giving seeds is the work of `on_finalize`: a queue holds every app with something to do, and a
//! block serves the first [`Config::VisitsPerBlock`] of it, each app going to the queue's end. The
//! work of a block is bounded and every app has its turn.
//!
//! An app's batches are proved in order. The verifier pallet asks with [`Pallet::provable`] and
//! tells with [`Pallet::complete`]. Messages are kept until then; outcomes and batches for a
//! bounded while after it. A batch that cannot be proved, by a defect of the circuit, can be voided
//! by governance ([`Pallet::void`]): its messages have no effect, and the app goes on. Each ended
//! batch moves the app's [`order`] head, which Ethereum asks for.
//!
//! # Fuel
//!
//! Messages pay for the proofs that they need, at a price that follows what waits of their app
//! ([`Pallet::price`]). Who submits the proof gets most of it. A sender has no more than
//! [`Config::MaxOfSender`] messages of an app waiting.
//!
//! # Upgrades
//!
//! [`Pallet::upgrade`] gives an app another program, or the same one other keys after a change of
//! the circuit. Messages that are in a batch keep the program that they were sent to. Index, inbox
//! and state of the app go on.
//!
//! Keys are of the protocol (circuit and setup) that was in force when they were registered, and
//! [`ProgramProtocols`] remembers it: a key under another protocol is a key of something else.
//!
//! # Registration
//!
//! [`Config::RegisterOrigin`] (governance for now) registers programs. The runtime compiles the
//! wasm, refuses what the VM cannot run, and computes the program's id from the keys. It does not
//! yet check that the keys belong to the wasm: that needs an opening of each key's program columns
//! at a random point, and [`ProgramChecks::check`] is the place for it. Until then whoever
//! registers is trusted with the keys, and only with those: a proof is always checked against them.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod fuel;
mod invariants;
#[cfg(test)]
mod mock;
pub mod order;
mod proving;
mod sealing;
#[cfg(test)]
mod tests;
mod traits;
mod types;
pub mod weights;

pub use pallet::*;
pub use traits::{CheckedProgram, ProgramChecks, ProgramFault};
pub use types::{
    App, BatchEnd, BatchMessages, Inbox, KeyBytes, MessageState, NotProvable, OpenBatch, Outcome, Program,
    ProvableBatch, SealedBatch, Sender, Waiting, Wasm, MAX_KEY, MAX_WASM,
};
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use crate::fuel::Reserved;
    use alloc::vec::Vec;
    use frame_support::{pallet_prelude::*, traits::fungible::Mutate};
    use frame_system::pallet_prelude::*;
    use pallet_vrf::RandomnessSource;
    use sp_core::{crypto::AccountId32, H256};
    use sp_runtime::{traits::Zero, Perbill, SaturatedConversion};
    use zkfusion_primitives::{
        cost::{message_cost, MAX_BATCH_COST},
        field::{from_bytes, to_bytes},
        ids::{AppId, BatchIndex, Hash, MessageIndex, ProgramId},
        message::{Message, Payload, MAX_PAYLOAD},
        order::OrderHead,
        program::{LARGEST_K, SIZES},
    };

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId32, RuntimeEvent: From<Event<Self>>> {
        /// Who may register programs.
        type RegisterOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// Checks of programs at their registration.
        type Programs: ProgramChecks;

        /// Where seeds come from.
        type Randomness: RandomnessSource<BlockNumberFor<Self>>;

        /// With what messages are paid for.
        type Currency: Mutate<Self::AccountId, Balance = u128>;

        /// What a unit costs of an app of which nothing waits, see
        /// [`unit_price`](zkfusion_primitives::price::unit_price).
        #[pallet::constant]
        type LowestPrice: Get<u128>;

        /// What of a message's charge the submitter of its proof gets.
        #[pallet::constant]
        type ProverShare: Get<Perbill>;

        /// The account that gets the rest.
        type Treasury: Get<Self::AccountId>;

        /// The most messages of one app that may wait to be processed.
        #[pallet::constant]
        type MaxUnprocessed: Get<u32>;

        /// The most messages of one sender among them.
        #[pallet::constant]
        type MaxOfSender: Get<u32>;

        /// The highest fuel limit of a message.
        #[pallet::constant]
        type MaxFuelLimit: Get<u64>;

        /// The most that the messages of a batch may cost together, see [`message_cost`]; at most
        /// [`MAX_BATCH_COST`].
        #[pallet::constant]
        type BatchBudget: Get<u64>;

        /// The most messages in a batch.
        #[pallet::constant]
        type MaxBatchMessages: Get<u32>;

        /// The age of its oldest message, in blocks, at which a batch is sealed.
        #[pallet::constant]
        type MaxBatchAge: Get<BlockNumberFor<Self>>;

        /// Apps that a block serves with sealing and seeds.
        #[pallet::constant]
        type VisitsPerBlock: Get<u32>;

        /// Batches of one app that get a seed in one block.
        #[pallet::constant]
        type SeedsPerVisit: Get<u32>;

        /// Batches that can end in one block.
        #[pallet::constant]
        type MaxHeads: Get<u32>;

        /// The number of an app's most recent processed messages whose outcomes are kept.
        #[pallet::constant]
        type OutcomeHistory: Get<u64>;

        /// The number of an app's most recent verified batches that are kept.
        #[pallet::constant]
        type BatchHistory: Get<u64>;

        /// Weights of the calls and hooks.
        type WeightInfo: WeightInfo;
    }

    /// The app of this pallet's types in the runtime.
    pub type AppOf<T> = App<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;

    /// The id of the app that is registered next.
    #[pallet::storage]
    pub type NextApp<T: Config> = StorageValue<_, AppId, ValueQuery>;

    /// The apps.
    #[pallet::storage]
    pub type Apps<T: Config> = StorageMap<_, Twox64Concat, AppId, AppOf<T>>;

    /// The programs' wasm by its `blake2_256` hash.
    #[pallet::storage]
    pub type Programs<T: Config> = StorageMap<_, Identity, [u8; 32], Wasm>;

    /// The programs' keys by size `k`.
    #[pallet::storage]
    pub type ProgramKeys<T: Config> = StorageDoubleMap<_, Identity, ProgramId, Identity, u8, KeyBytes>;

    /// Digest of the protocol that each program's keys are of.
    #[pallet::storage]
    pub type ProgramProtocols<T: Config> = StorageMap<_, Identity, ProgramId, Hash>;

    /// Where each app stands.
    #[pallet::storage]
    pub type Inboxes<T: Config> = StorageMap<_, Twox64Concat, AppId, Inbox<BlockNumberFor<T>>, ValueQuery>;

    /// Messages that are not processed.
    #[pallet::storage]
    pub type Messages<T: Config> =
        StorageDoubleMap<_, Twox64Concat, AppId, Twox64Concat, MessageIndex, Waiting>;

    /// Who has messages waiting at each app.
    #[pallet::storage]
    pub type Senders<T: Config> = StorageDoubleMap<
        _,
        Twox64Concat,
        AppId,
        Blake2_128Concat,
        T::AccountId,
        Sender<BlockNumberFor<T>>,
        ValueQuery,
    >;

    /// Sealed batches: all that are not proved, and the last [`Config::BatchHistory`] that are.
    #[pallet::storage]
    pub type Batches<T: Config> =
        StorageDoubleMap<_, Twox64Concat, AppId, Twox64Concat, BatchIndex, SealedBatch<BlockNumberFor<T>>>;

    /// Outcomes of the last [`Config::OutcomeHistory`] processed messages of each app.
    #[pallet::storage]
    pub type Outcomes<T: Config> =
        StorageDoubleMap<_, Twox64Concat, AppId, Twox64Concat, MessageIndex, Outcome>;

    /// The heads that this block has moved.
    #[pallet::storage]
    pub type BlockHeads<T: Config> = StorageValue<_, BoundedVec<OrderHead, T::MaxHeads>, ValueQuery>;

    /// Root of the keccak tree over the heads that the last block moved; zero if it moved none.
    #[pallet::storage]
    pub type OrderRoot<T: Config> = StorageValue<_, H256, ValueQuery>;

    /// Apps that wait for sealing or a seed, by position in the queue.
    #[pallet::storage]
    pub type Queue<T: Config> = StorageMap<_, Twox64Concat, u64, AppId>;

    /// Positions of the queue's first entry and of the place after its last one.
    #[pallet::storage]
    pub type QueueEnds<T: Config> = StorageValue<_, (u64, u64), ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// An app was registered.
        AppRegistered {
            /// The app's id.
            app: AppId,
            /// The account for which it was registered.
            owner: T::AccountId,
            /// The program's id.
            program_id: ProgramId,
            /// `blake2_256` of the program's wasm.
            wasm_hash: [u8; 32],
        },
        /// An app got another program.
        AppUpgraded {
            /// The app's id.
            app: AppId,
            /// The new program's id.
            program_id: ProgramId,
            /// `blake2_256` of the new program's wasm.
            wasm_hash: [u8; 32],
        },
        /// A message was taken in.
        MessageSubmitted {
            /// The app.
            app: AppId,
            /// Index of the message in the app's inbox.
            index: MessageIndex,
            /// Who sent it.
            sender: T::AccountId,
        },
        /// A batch was sealed.
        BatchSealed {
            /// The app.
            app: AppId,
            /// Index of the batch.
            batch: BatchIndex,
            /// Index of its first message.
            first: MessageIndex,
            /// Number of its messages.
            count: u32,
        },
        /// A batch got its seed and can be proved.
        BatchSeeded {
            /// The app.
            app: AppId,
            /// Index of the batch.
            batch: BatchIndex,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// There is no such app.
        UnknownApp,
        /// The payload is longer than a message can carry.
        PayloadTooLarge,
        /// Too many messages of the app wait to be processed.
        InboxFull,
        /// As many messages of the sender wait at the app as one sender may have.
        TooManyOfSender,
        /// What the message may use costs more at the moment than its sender allows.
        FuelTooExpensive,
        /// The sender has not enough for what the message may use.
        CannotPayFuel,
        /// A message cannot run without fuel.
        FuelLimitZero,
        /// The fuel limit is higher than a message may have.
        FuelLimitTooHigh,
        /// The wasm module is larger than a program may be.
        WasmTooLarge,
        /// The wasm module is not valid.
        InvalidWasm,
        /// The wasm module uses an instruction or type that is not supported, such as a vector's.
        UnsupportedInstruction,
        /// The wasm module imports what no host function provides.
        UnsupportedImport,
        /// The wasm module exports no entry point.
        MissingEntryPoint,
        /// The wasm module exceeds a limit of the VM.
        ProgramLimitExceeded,
        /// A program needs a key.
        NoKeys,
        /// A program needs a key of the largest size, for the costliest batch.
        NoLargestKey,
        /// The keys are not in ascending order of supported sizes.
        UnsupportedSize,
        /// A key is larger than keys are.
        KeyTooLarge,
        /// A key does not decode.
        MalformedKey,
        /// A key does not belong to the program or to its size.
        WrongKey,
        /// No more apps can be registered.
        TooManyApps,
    }

    impl<T> From<ProgramFault> for Error<T> {
        fn from(fault: ProgramFault) -> Self {
            match fault {
                ProgramFault::InvalidWasm => Self::InvalidWasm,
                ProgramFault::UnsupportedInstruction => Self::UnsupportedInstruction,
                ProgramFault::UnsupportedImport => Self::UnsupportedImport,
                ProgramFault::MissingEntryPoint => Self::MissingEntryPoint,
                ProgramFault::LimitExceeded => Self::ProgramLimitExceeded,
                ProgramFault::MalformedKey => Self::MalformedKey,
                ProgramFault::WrongKey => Self::WrongKey,
            }
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        /// Accounts for the most that `on_finalize` can do, since apps join the queue during the
        /// block. The heads are accounted for by whoever ends batches.
        fn on_initialize(_now: BlockNumberFor<T>) -> Weight {
            T::WeightInfo::on_finalize()
        }

        fn on_finalize(now: BlockNumberFor<T>) {
            Self::serve_queue(now);
            Self::commit_heads();
        }

        fn integrity_test() {
            let largest = message_cost(MAX_PAYLOAD as usize, T::MaxFuelLimit::get());
            assert!(
                largest <= T::BatchBudget::get(),
                "a batch must hold the costliest message"
            );
            assert!(
                T::BatchBudget::get() <= MAX_BATCH_COST,
                "a proof must hold the costliest batch"
            );
            assert!(
                !T::MaxBatchMessages::get().is_zero(),
                "a batch must hold a message"
            );
            assert!(
                (1..=T::MaxUnprocessed::get()).contains(&T::MaxOfSender::get()),
                "a sender may have a message, and an inbox hold all that it may have"
            );
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::check_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Registers an app: stores its program, if it is new, and opens an inbox under the next
        /// free id.
        ///
        /// Parameters:
        /// - `owner`: the account for which the app is registered;
        /// - `wasm`: the program, a WebAssembly module of at most 512 KiB;
        /// - `keys`: the program's verifying keys by size `k`, ascending up to the largest, each
        ///   SCALE-encoded.
        ///
        /// Emits `AppRegistered` when successful.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::register(wasm.len() as u32, keys.len() as u32))]
        pub fn register(
            origin: OriginFor<T>,
            owner: T::AccountId,
            wasm: Vec<u8>,
            keys: Vec<(u8, Vec<u8>)>,
        ) -> DispatchResult {
            T::RegisterOrigin::ensure_origin(origin)?;
            let program = Self::store_program(wasm, keys)?;
            let app = NextApp::<T>::get();
            NextApp::<T>::put(app.checked_add(1).ok_or(Error::<T>::TooManyApps)?);
            let Program {
                wasm_hash,
                program_id,
            } = program;
            let registered_at = frame_system::Pallet::<T>::block_number();
            Apps::<T>::insert(
                app,
                App {
                    owner: owner.clone(),
                    program,
                    first_program_id: program_id,
                    registered_at,
                },
            );
            Self::deposit_event(Event::AppRegistered {
                app,
                owner,
                program_id,
                wasm_hash,
            });
            Ok(())
        }

        /// Appends a message to an app's inbox.
        ///
        /// Parameters:
        /// - `app`: the app;
        /// - `payload`: what the guest reads, at most 1,024 bytes;
        /// - `fuel_limit`: the fuel that the guest may use for the message; the step beyond is a
        ///   trap;
        /// - `max_fee`: the most that the sender wants to be taken for this fuel. What the guest
        ///   does not use is returned when the message is proved.
        ///
        /// Emits `MessageSubmitted` when successful, and `BatchSealed` when that seals a batch.
        /// When it seals none and the app is in the queue already, the weight beyond is given back,
        /// and that of storage which another message of the block has touched.
        #[pallet::call_index(1)]
        #[pallet::weight(Pallet::<T>::weight_of_submit(payload))]
        pub fn submit(
            origin: OriginFor<T>,
            app: AppId,
            payload: Vec<u8>,
            fuel_limit: u64,
            #[pallet::compact] max_fee: u128,
        ) -> DispatchResultWithPostInfo {
            let sender = ensure_signed(origin)?;
            let payload = Payload::try_from(payload).map_err(|_| Error::<T>::PayloadTooLarge)?;
            ensure!(fuel_limit > 0, Error::<T>::FuelLimitZero);
            ensure!(fuel_limit <= T::MaxFuelLimit::get(), Error::<T>::FuelLimitTooHigh);
            ensure!(Apps::<T>::contains_key(app), Error::<T>::UnknownApp);
            let mut inbox = Inboxes::<T>::get(app);
            ensure!(
                inbox.unprocessed() < T::MaxUnprocessed::get().into(),
                Error::<T>::InboxFull
            );

            let bytes = payload.len();
            let was = (inbox.queued, inbox.next_batch);
            let units = Self::units(bytes, fuel_limit);
            let Reserved { price, shared } = Self::reserve(app, &mut inbox, &sender, units, max_fee)?;
            let now = frame_system::Pallet::<T>::block_number();
            let cost = message_cost(bytes, fuel_limit);
            if inbox.open.count > 0 && inbox.open.cost.saturating_add(cost) > T::BatchBudget::get() {
                Self::seal(app, &mut inbox, now);
            }
            if inbox.open.count == 0 {
                inbox.open.opened_at = now;
            }
            let index = inbox.next_message;
            let at_block = now.saturated_into();
            let message = Message {
                index,
                sender: sender.clone().into(),
                at_block,
                fuel_limit,
                payload,
            };
            let before = from_bytes(&inbox.inbox_hash).map_err(|_| DispatchError::Corruption)?;
            inbox.inbox_hash = to_bytes(&message.extend_inbox(before));
            inbox.next_message = index.saturating_add(1);
            inbox.open.count = inbox.open.count.saturating_add(1);
            inbox.open.cost = inbox.open.cost.saturating_add(cost);
            Messages::<T>::insert(app, index, Waiting { message, price });
            Self::deposit_event(Event::MessageSubmitted { app, index, sender });
            if inbox.open.count >= T::MaxBatchMessages::get() {
                Self::seal(app, &mut inbox, now);
            }
            Self::enqueue(app, &mut inbox);
            let only_appended = was == (true, inbox.next_batch);
            Inboxes::<T>::insert(app, inbox);
            Ok(only_appended
                .then(|| T::WeightInfo::submit_next(bytes as u32).saturating_sub(shared))
                .into())
        }

        /// Gives an app another program, or its program other keys.
        ///
        /// Messages that came before are proved with the program that the app had, those that come
        /// after with the new one.
        ///
        /// Parameters:
        /// - `app`: the app;
        /// - `wasm`: the program, a WebAssembly module of at most 512 KiB;
        /// - `keys`: the program's verifying keys by size `k`, ascending up to the largest, each
        ///   SCALE-encoded.
        ///
        /// Emits `AppUpgraded` when successful, and `BatchSealed` when messages wait in no batch.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::upgrade(wasm.len() as u32, keys.len() as u32))]
        pub fn upgrade(
            origin: OriginFor<T>,
            app: AppId,
            wasm: Vec<u8>,
            keys: Vec<(u8, Vec<u8>)>,
        ) -> DispatchResult {
            T::RegisterOrigin::ensure_origin(origin)?;
            ensure!(Apps::<T>::contains_key(app), Error::<T>::UnknownApp);
            let program = Self::store_program(wasm, keys)?;
            Inboxes::<T>::mutate(app, |inbox| {
                if inbox.open.count > 0 {
                    Self::seal(app, inbox, frame_system::Pallet::<T>::block_number());
                }
                Self::enqueue(app, inbox);
            });
            Apps::<T>::mutate(app, |app| {
                if let Some(app) = app {
                    app.program = program;
                }
            });
            let Program {
                wasm_hash,
                program_id,
            } = program;
            Self::deposit_event(Event::AppUpgraded {
                app,
                program_id,
                wasm_hash,
            });
            Ok(())
        }
    }

    impl<T: Config> Pallet<T> {
        /// Returns what a message costs at most: the first of a batch makes its app join the queue,
        /// the last seals.
        fn weight_of_submit(payload: &[u8]) -> Weight {
            let bytes = u32::try_from(payload.len()).unwrap_or(u32::MAX);
            T::WeightInfo::submit_first(bytes).max(T::WeightInfo::submit_last(bytes))
        }

        /// Checks a program and its keys, and stores them if they are new.
        fn store_program(wasm: Vec<u8>, keys: Vec<(u8, Vec<u8>)>) -> Result<Program, DispatchError> {
            let wasm = Wasm::try_from(wasm).map_err(|_| Error::<T>::WasmTooLarge)?;
            ensure!(!keys.is_empty(), Error::<T>::NoKeys);
            ensure!(
                keys.iter().all(|(k, _)| SIZES.contains(k)),
                Error::<T>::UnsupportedSize
            );
            ensure!(
                keys.windows(2).all(|pair| pair[0].0 < pair[1].0),
                Error::<T>::UnsupportedSize
            );
            // Any batch fits the largest circuit, and nobody knows its size before it is full.
            ensure!(
                keys.last().is_some_and(|(k, _)| *k == LARGEST_K),
                Error::<T>::NoLargestKey
            );
            ensure!(
                keys.iter().all(|(_, key)| key.len() <= MAX_KEY as usize),
                Error::<T>::KeyTooLarge
            );
            let CheckedProgram { program_id, protocol } =
                T::Programs::check(&wasm, &keys).map_err(Error::<T>::from)?;
            let wasm_hash = sp_io::hashing::blake2_256(&wasm);
            Programs::<T>::insert(wasm_hash, wasm);
            for (k, key) in keys {
                let key = KeyBytes::try_from(key).map_err(|_| Error::<T>::KeyTooLarge)?;
                ProgramKeys::<T>::insert(program_id, k, key);
            }
            ProgramProtocols::<T>::insert(program_id, protocol);
            Ok(Program {
                wasm_hash,
                program_id,
            })
        }
    }
}
