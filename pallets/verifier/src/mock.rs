//! A runtime of the pallets that proofs go through, with proofs that the tests can make.

use crate as pallet_verifier;
use crate::{crypto::WorkerKey, ProofChecks, ProofFault, Protocols, WrongProofs};
use codec::Encode;
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU128, ConstU32, ConstU64, Hooks},
    weights::Weight,
};
use frame_system::{
    offchain::{AppCrypto, CreateSignedTransaction, CreateTransactionBase, SigningTypes},
    EnsureRoot,
};
use pallet_sequencer::{CheckedProgram, ProgramChecks, ProgramFault, ProgramProtocols, ProvableBatch};
use pallet_vrf::{Output, RandomnessSource};
use sp_core::crypto::AccountId32;
use sp_runtime::{
    generic::UncheckedExtrinsic,
    traits::{Dispatchable, IdentityLookup, Verify},
    BuildStorage, MultiSignature, Perbill,
};
use std::collections::BTreeMap;
use zkfusion_primitives::{
    effects::{BatchEffects, MessageOutcome},
    field::{to_bytes, Fr},
    ids::{Hash, ProgramId},
    merkle::{Leaf, SparseTree},
    statement::{Statement, STATEMENT_FIELDS},
    status::MessageStatus,
};

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system = 0,
        Sequencer: pallet_sequencer = 1,
        KvStore: pallet_kv_store = 2,
        Verifier: pallet_verifier = 3,
        Balances: pallet_balances = 4,
    }
);

pub(crate) type Extrinsic = UncheckedExtrinsic<AccountId32, RuntimeCall, MultiSignature, ()>;
type Block = sp_runtime::generic::Block<sp_runtime::testing::Header, Extrinsic>;

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type AccountData = pallet_balances::AccountData<u128>;
    type AccountId = AccountId32;
    type Block = Block;
    type Lookup = IdentityLookup<AccountId32>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
    type Balance = u128;
    type ExistentialDeposit = ConstU128<1>;
}

/// The randomness after block `n` comes in the next block and is `n + 1` in every byte.
pub struct NumberedOutputs;

impl RandomnessSource<u64> for NumberedOutputs {
    fn randomness_after(block: u64, _context: &[u8]) -> Option<Output> {
        let next = block + 1;
        (System::block_number() >= next).then_some([next as u8; 32])
    }
}

/// Takes everything for a program, whose id follows from the wasm and from the protocol in force.
pub struct AnyProgram;

/// Returns the id of a program with keys of a protocol.
pub(crate) fn program_id(wasm: &[u8], protocol: &Hash) -> ProgramId {
    let mut id = (wasm, protocol).using_encoded(sp_io::hashing::blake2_256);
    // Ids are field elements.
    id[31] = 0;
    id
}

impl ProgramChecks for AnyProgram {
    fn check(wasm: &[u8], _keys: &[(u8, Vec<u8>)]) -> Result<CheckedProgram, ProgramFault> {
        let protocol = Verifier::current_protocol().map_err(|_| ProgramFault::WrongKey)?;
        Ok(CheckedProgram {
            program_id: program_id(wasm, &protocol),
            protocol,
        })
    }

    fn explain(_wasm: &[u8]) -> Option<String> {
        None
    }
}

pub(crate) const BATCH_HISTORY: u64 = 3;

impl pallet_sequencer::Config for Test {
    type RegisterOrigin = EnsureRoot<AccountId32>;
    type Programs = AnyProgram;
    type Randomness = NumberedOutputs;
    type Currency = Balances;
    type LowestPrice = ConstU128<1>;
    type ProverShare = ProverShare;
    type Treasury = Treasury;
    type MaxUnprocessed = ConstU32<100>;
    type MaxOfSender = ConstU32<100>;
    type MaxFuelLimit = ConstU64<1_000>;
    type BatchBudget = ConstU64<10_000>;
    type MaxBatchMessages = ConstU32<3>;
    type MaxBatchAge = ConstU64<2>;
    type VisitsPerBlock = ConstU32<4>;
    type SeedsPerVisit = ConstU32<4>;
    type MaxHeads = ConstU32<8>;
    type OutcomeHistory = ConstU64<100>;
    type BatchHistory = ConstU64<BATCH_HISTORY>;
    type WeightInfo = ();
}

impl pallet_kv_store::Config for Test {}

impl pallet_verifier::Config for Test {
    type State = KvStore;
    type Proofs = HashProofs;
    type ProtocolOrigin = EnsureRoot<AccountId32>;
    type VoidOrigin = EnsureRoot<AccountId32>;
    type WorkerKey = WorkerKey;
    type RoomForProofs = RoomForProofs;
    type WrongProofs = Fines;
    type WeightInfo = ();
}

/// What a wrong proof costs.
pub(crate) const FINE: u64 = 100;

/// What senders of messages have.
pub(crate) const BALANCE: u128 = 1_000_000_000;

parameter_types! {
    pub const ProverShare: Perbill = Perbill::from_percent(80);
    pub Treasury: AccountId32 = AccountId32::new([99; 32]);
    pub RoomForProofs: (Weight, u32) = (Weight::from_parts(1_000, 0), 1_000);
    /// What accounts have.
    pub static Funds: BTreeMap<AccountId32, u64> = BTreeMap::new();
}

/// Keeps accounts of nothing but fines.
pub struct Fines;

impl WrongProofs<AccountId32> for Fines {
    fn can_pay(account: &AccountId32) -> bool {
        Funds::get().get(account).is_some_and(|funds| *funds >= FINE)
    }

    fn pay(account: &AccountId32) {
        Funds::mutate(|funds| {
            if let Some(funds) = funds.get_mut(account) {
                *funds = funds.saturating_sub(FINE);
            }
        });
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn endow(account: &AccountId32) {
        Funds::mutate(|funds| funds.insert(account.clone(), FINE));
    }
}

impl SigningTypes for Test {
    type Public = <MultiSignature as Verify>::Signer;
    type Signature = MultiSignature;
}

impl<Call> CreateTransactionBase<Call> for Test
where
    RuntimeCall: From<Call>,
{
    type Extrinsic = Extrinsic;
    type RuntimeCall = RuntimeCall;
}

impl<Call> CreateSignedTransaction<Call> for Test
where
    RuntimeCall: From<Call>,
{
    fn create_signed_transaction<C: AppCrypto<Self::Public, Self::Signature>>(
        call: RuntimeCall,
        public: Self::Public,
        account: AccountId32,
        nonce: u32,
    ) -> Option<Extrinsic> {
        let signature = C::sign(&(&call, nonce).encode(), public)?;
        Some(Extrinsic::new_signed(call, account, signature, ()))
    }
}

/// Stands in for a proof system where only the pallet is tested: a proof is the hash of everything
/// that it is about.
pub struct HashProofs;

/// The key that the mock proof system refuses.
pub(crate) const BAD_KEY: &[u8] = b"bad";

impl HashProofs {
    /// Returns the proof of a statement.
    pub(crate) fn prove(protocol: &[u8], key: &[u8], statement: &Statement) -> Vec<u8> {
        let inputs = statement.to_instances().expect("the statement is canonical");
        Self::prove_inputs(protocol, key, &inputs)
    }

    fn prove_inputs(protocol: &[u8], key: &[u8], inputs: &[Fr; STATEMENT_FIELDS]) -> Vec<u8> {
        let inputs: Vec<_> = inputs.iter().map(to_bytes).collect();
        (protocol, key, inputs)
            .using_encoded(sp_io::hashing::blake2_256)
            .to_vec()
    }
}

impl ProofChecks for HashProofs {
    fn prepare(protocol: &[u8]) -> Option<(Hash, Vec<u8>)> {
        protocol
            .starts_with(PROTOCOL)
            .then(|| (protocol_digest(protocol), protocol.to_vec()))
    }

    fn key_digest(_protocol: &[u8], k: u8, _key: &[u8]) -> Result<Hash, ProofFault> {
        Ok([k; 32])
    }

    fn check(
        protocol: &[u8],
        key: &[u8],
        public_inputs: &[Fr; STATEMENT_FIELDS],
        proof: &[u8],
    ) -> Result<(), ProofFault> {
        if key == BAD_KEY {
            return Err(ProofFault::BadKey);
        }
        if proof.len() != 32 {
            return Err(ProofFault::Malformed);
        }
        match proof == Self::prove_inputs(protocol, key, public_inputs) {
            true => Ok(()),
            false => Err(ProofFault::Invalid),
        }
    }
}

/// The protocol of the genesis. What begins with it is a protocol too.
pub(crate) const PROTOCOL: &[u8] = b"protocol";

/// Returns the digest of a protocol.
pub(crate) fn protocol_digest(protocol: &[u8]) -> Hash {
    sp_io::hashing::blake2_256(protocol)
}

/// The size for which the mock's program has a key.
pub(crate) const K: u8 = 20;

/// The size for which the mock's program has a key that does not fit.
pub(crate) const K_BAD: u8 = 16;

/// The program's key for [`K`].
pub(crate) const KEY: &[u8] = b"key";

/// The mock's wasm.
pub(crate) const WASM: &[u8] = b"wasm";

/// Returns an account.
pub(crate) fn account(n: u8) -> AccountId32 {
    AccountId32::new([n; 32])
}

/// Registers an app and returns its id.
pub(crate) fn register() -> u32 {
    let keys = vec![(K_BAD, BAD_KEY.to_vec()), (K, KEY.to_vec())];
    Sequencer::register(RuntimeOrigin::root(), account(1), WASM.to_vec(), keys)
        .expect("every program is good");
    pallet_sequencer::NextApp::<Test>::get() - 1
}

/// Submits three messages, which make a batch.
pub(crate) fn submit_batch(app: u32) {
    for payload in 0..3 {
        let origin = RuntimeOrigin::signed(account(2));
        Sequencer::submit(origin, app, vec![payload], 100, BALANCE).expect("the message is good");
    }
}

/// Ends blocks up to this one and begins it.
pub(crate) fn go_to(block: u64) {
    while System::block_number() < block {
        let now = System::block_number();
        Sequencer::on_finalize(now);
        check_state();
        System::set_block_number(now + 1);
        Sequencer::on_initialize(now + 1);
    }
}

/// Registers an app with a batch that can be proved.
pub(crate) fn app_with_batch() -> u32 {
    let app = register();
    submit_batch(app);
    go_to(System::block_number() + 2);
    app
}

/// Returns the protocol that a program's keys are of; nothing of it if it is retired.
fn protocol_of(program: &ProgramId) -> Vec<u8> {
    let digest = ProgramProtocols::<Test>::get(program).expect("the program is registered");
    Protocols::<Test>::get(digest).map_or_else(Vec::new, |protocol| protocol.into_inner())
}

/// A proof with all that is submitted with it.
#[derive(Clone, Debug)]
pub(crate) struct Submission {
    pub(crate) app: u32,
    pub(crate) batch: u64,
    pub(crate) k: u8,
    pub(crate) statement: Statement,
    pub(crate) effects: BatchEffects,
    pub(crate) proof: Vec<u8>,
}

impl Submission {
    /// Proves an app's next batch, in which the second message fails and the others write and push
    /// to the outbox.
    pub(crate) fn next(app: u32) -> Self {
        let batch = pallet_sequencer::Inboxes::<Test>::get(app).next_proof;
        Self::of(&Sequencer::provable(app, batch).expect("the batch is provable"))
    }

    /// Returns the call that submits it.
    pub(crate) fn call(self) -> crate::Call<Test> {
        let Self {
            app,
            batch,
            k,
            statement,
            effects,
            proof,
        } = self;
        crate::Call::submit_proof {
            app,
            batch,
            k,
            statement: Box::new(statement),
            effects,
            proof,
        }
    }

    fn of(batch: &ProvableBatch) -> Self {
        let leaf = |n: u64| -> Leaf { [batch.index as u8 + n as u8 + 1; 32] };
        let outcomes: Vec<_> = (0..u64::from(batch.count))
            .map(|n| match n {
                1 => MessageOutcome {
                    status: MessageStatus::Unreachable,
                    fuel_used: 7,
                    writes: vec![],
                },
                _ => MessageOutcome {
                    status: MessageStatus::Ok,
                    fuel_used: 9,
                    writes: vec![(n as u32, leaf(n))],
                },
            })
            .collect();
        let effects = BatchEffects {
            outcomes,
            outbox: vec![leaf(0), leaf(1)],
        };
        let mut tree = SparseTree::from_leaves(KvStore::leaves(batch.app));
        let pre_root = tree.root();
        effects.writes().for_each(|(index, leaf)| tree.set(*index, *leaf));
        let statement = Statement {
            genesis_hash: Sequencer::genesis_hash(),
            app_id: batch.app,
            program_id: batch.program.program_id,
            batch_index: batch.index,
            pre_root,
            post_root: tree.root(),
            inbox_hash_pre: batch.inbox_hash_pre,
            inbox_hash_post: batch.inbox_hash_post,
            writes_hash: effects.writes_hash(),
            outbox_root: effects.outbox_root(),
            vrf_seed: batch.seed,
            deposit_hash_pre: [0; 32],
            deposit_hash_post: [0; 32],
        };
        Self {
            app: batch.app,
            batch: batch.index,
            k: K,
            statement,
            effects,
            proof: Vec::new(),
        }
        .prove_with(&protocol_of(&batch.program.program_id))
    }

    /// Proves the statement with the key under another protocol.
    pub(crate) fn prove_with(mut self, protocol: &[u8]) -> Self {
        self.proof = HashProofs::prove(protocol, KEY, &self.statement);
        self
    }

    /// Proves the statement as it stands now.
    pub(crate) fn prove_again(self) -> Self {
        self.prove_with(PROTOCOL)
    }

    /// Submits the proof.
    pub(crate) fn submit(self) -> frame_support::dispatch::DispatchResultWithPostInfo {
        RuntimeCall::from(self.call()).dispatch(RuntimeOrigin::signed(account(3)))
    }
}

/// Checks the invariants of all pallets.
pub(crate) fn check_state() {
    Sequencer::check_state().expect("the sequencer's invariants hold");
    KvStore::check_state().expect("the state's invariants hold");
    Verifier::check_state().expect("the verifier's invariants hold");
}

/// Returns the genesis state, in block 1.
pub(crate) fn new_test_ext() -> sp_io::TestExternalities {
    let mut storage = frame_system::GenesisConfig::<Test>::default()
        .build_storage()
        .expect("the genesis is empty");
    let genesis = crate::GenesisConfig::<Test> {
        protocol: PROTOCOL.to_vec(),
        ..Default::default()
    };
    genesis
        .assimilate_storage(&mut storage)
        .expect("the protocol is good");
    let balances = pallet_balances::GenesisConfig::<Test> {
        balances: (1..=9).map(|n| (account(n), BALANCE)).collect(),
        ..Default::default()
    };
    balances
        .assimilate_storage(&mut storage)
        .expect("the accounts are not too many");
    let mut ext = sp_io::TestExternalities::from(storage);
    ext.execute_with(|| System::set_block_number(1));
    ext
}

/// Runs a test in block 1 and checks the pallets' invariants after it.
pub(crate) fn execute(test: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        test();
        check_state();
    });
}
