//! A runtime of the pallets that the worker reads from, with batches that the tests verify at will.

pub(crate) mod beefy;

use crate as pallet_relayer;
use crate::{
    abi::{AppName, Contracts},
    offchain::{KEY_FINALIZED, KEY_L1_ORDER, KEY_L1_SETTLEMENT, KEY_L1_URL, KEY_L1_VERIFIER, KEY_RELAYER},
};
use alloy_primitives::Address;
use codec::Encode;
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU128, ConstU32, ConstU64, Hooks},
};
use frame_system::{
    offchain::{AppCrypto, CreateSignedTransaction, CreateTransactionBase, SigningTypes},
    EnsureRoot,
};
use pallet_sequencer::{
    App, Apps, BatchEnd, Batches, BlockHeads, CheckedProgram, Inboxes, KeyBytes, Program, ProgramChecks,
    ProgramFault, ProgramKeys, ProgramProtocols, SealedBatch,
};
use pallet_verifier::{
    crypto::WorkerKey, offchain::KEY_PROVER_URL, ProofChecks, ProofFault, Protocols, StoredProof, Verified,
    VerifiedBatch, WrongProofs,
};
use pallet_vrf::{Output, RandomnessSource};
use sp_core::{crypto::AccountId32, offchain::StorageKind, H256};
use sp_runtime::{
    generic::UncheckedExtrinsic,
    offchain::storage::StorageValueRef,
    traits::{IdentityLookup, Verify},
    BuildStorage, MultiSignature, Perbill,
};
use zkfusion_primitives::{
    field::{to_bytes, Fr},
    ids::{AppId, BatchIndex, Hash, ProgramId},
    merkle::{DEPTH, EMPTY_HASHES},
    order::{fold_seed, OrderHead, VOIDED},
    statement::{Statement, STATEMENT_FIELDS},
};

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system = 0,
        Sequencer: pallet_sequencer = 1,
        KvStore: pallet_kv_store = 2,
        Verifier: pallet_verifier = 3,
        Relayer: pallet_relayer = 4,
        Balances: pallet_balances = 5,
    }
);

type Extrinsic = UncheckedExtrinsic<AccountId32, RuntimeCall, MultiSignature, ()>;
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

parameter_types! {
    pub const ProverShare: Perbill = Perbill::one();
    pub Treasury: AccountId32 = AccountId32::new([99; 32]);
}

/// No block has randomness.
pub struct NoRandomness;

impl RandomnessSource<u64> for NoRandomness {
    fn randomness_after(_block: u64, _context: &[u8]) -> Option<Output> {
        None
    }
}

/// Takes no program.
pub struct NoPrograms;

impl ProgramChecks for NoPrograms {
    fn check(_wasm: &[u8], _keys: &[(u8, Vec<u8>)]) -> Result<CheckedProgram, ProgramFault> {
        Err(ProgramFault::InvalidWasm)
    }

    fn explain(_wasm: &[u8]) -> Option<String> {
        None
    }
}

impl pallet_sequencer::Config for Test {
    type RegisterOrigin = EnsureRoot<AccountId32>;
    type Programs = NoPrograms;
    type Currency = Balances;
    type LowestPrice = ConstU128<1>;
    type ProverShare = ProverShare;
    type Treasury = Treasury;
    type Randomness = NoRandomness;
    type MaxUnprocessed = ConstU32<100>;
    type MaxOfSender = ConstU32<100>;
    type MaxFuelLimit = ConstU64<1_000>;
    type BatchBudget = ConstU64<10_000>;
    type MaxBatchMessages = ConstU32<3>;
    type MaxBatchAge = ConstU64<2>;
    type VisitsPerBlock = ConstU32<4>;
    type SeedsPerVisit = ConstU32<4>;
    type MaxHeads = ConstU32<16>;
    type OutcomeHistory = ConstU64<100>;
    type BatchHistory = ConstU64<100>;
    type WeightInfo = ();
}

impl pallet_kv_store::Config for Test {}

/// Digest of the protocol that all keys are of.
pub(crate) const PROTOCOL: Hash = [9; 32];

/// Keys have digests of their size, and no proof is good.
pub struct NoProofs;

impl ProofChecks for NoProofs {
    fn prepare(protocol: &[u8]) -> Option<(Hash, Vec<u8>)> {
        Some((PROTOCOL, protocol.to_vec()))
    }

    fn key_digest(_protocol: &[u8], k: u8, _key: &[u8]) -> Result<Hash, ProofFault> {
        Ok([k; 32])
    }

    fn check(
        _protocol: &[u8],
        _key: &[u8],
        _public_inputs: &[Fr; STATEMENT_FIELDS],
        _proof: &[u8],
    ) -> Result<(), ProofFault> {
        Err(ProofFault::Invalid)
    }
}

impl pallet_verifier::Config for Test {
    type State = KvStore;
    type Proofs = NoProofs;
    type ProtocolOrigin = EnsureRoot<AccountId32>;
    type VoidOrigin = EnsureRoot<AccountId32>;
    type WorkerKey = WorkerKey;
    type RoomForProofs = ();
    type WrongProofs = NoProofs;
    type WeightInfo = ();
}

impl WrongProofs<AccountId32> for NoProofs {
    fn can_pay(_account: &AccountId32) -> bool {
        false
    }

    fn pay(_account: &AccountId32) {}

    #[cfg(feature = "runtime-benchmarks")]
    fn endow(_account: &AccountId32) {}
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
        _call: RuntimeCall,
        _public: Self::Public,
        _account: AccountId32,
        _nonce: u32,
    ) -> Option<Extrinsic> {
        None
    }
}

parameter_types! {
    /// The most batches of a settlement.
    pub static MaxBatches: u32 = 2;
}

impl pallet_relayer::Config for Test {
    type MaxBatches = MaxBatches;
    type MountainRange = beefy::MockRange;
}

/// The address of the `Settlement` contract.
pub(crate) const SETTLEMENT: [u8; 20] = [0xcc; 20];

/// The address of the `BeefyOrder` contract.
pub(crate) const ORDER: [u8; 20] = [0xbe; 20];

/// The address of the contract that checks proofs.
pub(crate) const VERIFIER: [u8; 20] = [0xaa; 20];

/// Returns the contracts that the node is set to.
pub(crate) fn contracts() -> Contracts {
    Contracts {
        settlement: SETTLEMENT.into(),
        order: ORDER.into(),
        verifier: VERIFIER.into(),
        upgrader: Address::ZERO,
    }
}

/// Returns an app as the contract names it.
pub(crate) fn name(app: AppId) -> AppName {
    AppName::new(GENESIS, app, program(app), &contracts()).expect("the program id is a field element")
}

/// The Ethereum node's address.
pub(crate) const L1_URL: &str = "http://ethereum";

/// The prover service's address.
pub(crate) const PROVER_URL: &str = "http://prover";

/// The size of every proof.
pub(crate) const K: u8 = 15;

/// The hash of the genesis block: more than a field element.
pub(crate) const GENESIS: [u8; 32] = [0xfe; 32];

fn element(n: u64) -> [u8; 32] {
    to_bytes(&Fr::from(n))
}

/// Returns the id of an app's program.
pub(crate) fn program(app: AppId) -> ProgramId {
    element(500 + u64::from(app))
}

/// Returns the statement of a batch; each continues the one before.
pub(crate) fn statement(app: AppId, batch: BatchIndex) -> Statement {
    let at = |n: u64| element(10_000 * (1 + u64::from(app)) + 100 * batch + n);
    let (pre_root, inbox_hash_pre) = match batch.checked_sub(1) {
        Some(before) => {
            let before = statement(app, before);
            (before.post_root, before.inbox_hash_post)
        }
        None => (to_bytes(&EMPTY_HASHES[DEPTH]), [0; 32]),
    };
    Statement {
        genesis_hash: GENESIS,
        app_id: app,
        program_id: program(app),
        batch_index: batch,
        pre_root,
        post_root: at(1),
        inbox_hash_pre,
        inbox_hash_post: at(2),
        writes_hash: at(3),
        outbox_root: at(4),
        vrf_seed: at(5),
        ..Statement::default()
    }
}

/// Returns the proof of a batch.
pub(crate) fn proof(app: AppId, batch: BatchIndex) -> Vec<u8> {
    (b"proof", app, batch).encode()
}

fn program_of(app: AppId) -> Program {
    Program {
        wasm_hash: [2; 32],
        program_id: program(app),
    }
}

/// Registers an app on the appchain.
pub(crate) fn add_app(app: AppId) {
    Apps::<Test>::insert(
        app,
        App {
            owner: AccountId32::new([1; 32]),
            program: program_of(app),
            first_program_id: program(app),
            registered_at: 1,
        },
    );
    let key = KeyBytes::try_from(b"key".to_vec()).expect("the key is short");
    ProgramKeys::<Test>::insert(program(app), K, key.clone());
    ProgramKeys::<Test>::insert(program(app), K + 2, key);
    ProgramProtocols::<Test>::insert(program(app), PROTOCOL);
}

/// Verifies the next batch of an app in the current block, on a node that keeps the proof.
pub(crate) fn verify_batch(app: AppId) {
    let batch = Inboxes::<Test>::get(app).next_proof;
    let mut statement = statement(app, batch);
    // Voided batches leave the root where it was.
    let before = (0..batch)
        .rev()
        .find_map(|batch| Verified::<Test>::get(app, batch));
    statement.pre_root = before.map_or(to_bytes(&EMPTY_HASHES[DEPTH]), |before| {
        before.statement.post_root
    });
    let stored = StoredProof {
        k: K,
        proof: proof(app, batch),
    };
    StorageValueRef::persistent(&StoredProof::key(&statement)).set(&stored);
    Verified::<Test>::insert(
        app,
        batch,
        VerifiedBatch {
            statement,
            k: K,
            prover: AccountId32::new([3; 32]),
            verified_at: System::block_number(),
        },
    );
    end_batch(app, false);
}

/// Voids the next batch of an app in the current block.
pub(crate) fn void_batch(app: AppId) {
    end_batch(app, true);
}

fn end_batch(app: AppId, voided: bool) {
    let inbox = Inboxes::<Test>::get(app);
    let batch = inbox.next_proof;
    let statement = statement(app, batch);
    let seeds_hash = fold_seed(&inbox.seeds_hash, &statement.vrf_seed).expect("they are field elements");
    let at = System::block_number();
    Inboxes::<Test>::mutate(app, |inbox| {
        inbox.next_proof += 1;
        inbox.seeds_hash = seeds_hash;
    });
    Batches::<Test>::insert(
        app,
        batch,
        SealedBatch {
            first: batch,
            count: 1,
            sealed_at: at,
            inbox_hash_pre: statement.inbox_hash_pre,
            inbox_hash_post: statement.inbox_hash_post,
            seed: Some(statement.vrf_seed),
            program: program_of(app),
            end: Some(BatchEnd { at, voided }),
        },
    );
    let head = OrderHead {
        genesis_hash: GENESIS,
        app,
        batch,
        inbox_hash: statement.inbox_hash_post,
        seeds_hash,
        program_id: match voided {
            true => VOIDED,
            false => statement.program_id,
        },
    };
    BlockHeads::<Test>::try_append(head).expect("the block has a place for it");
}

/// Ends the current block and begins the next.
pub(crate) fn next_block() {
    Sequencer::on_finalize(System::block_number());
    let block = System::block_number() + 1;
    System::set_block_number(block);
    let hash = H256::repeat_byte(block as u8);
    frame_system::BlockHash::<Test>::insert(block, hash);
    beefy::add_leaf();
}

/// Makes the blocks up to this one final; validators sign them.
pub(crate) fn finalize(block: u64) {
    let hash = System::block_hash(block);
    StorageValueRef::persistent(KEY_FINALIZED).set(&(block, hash.0));
    beefy::sign_up_to(block);
}

/// Sets a value in the offchain database.
pub(crate) fn set(key: &[u8], value: &[u8]) {
    sp_io::offchain::local_storage_set(StorageKind::PERSISTENT, key, value);
}

/// Gives the node the relayer role.
pub(crate) fn set_role() {
    set(KEY_RELAYER, &[1]);
    set(KEY_L1_URL, L1_URL.as_bytes());
    set(KEY_L1_SETTLEMENT, &SETTLEMENT);
    set(KEY_L1_ORDER, &ORDER);
    set(KEY_L1_VERIFIER, &VERIFIER);
    set(KEY_PROVER_URL, PROVER_URL.as_bytes());
}

/// Returns the genesis state, in block 1.
pub(crate) fn new_test_ext() -> sp_io::TestExternalities {
    let storage = frame_system::GenesisConfig::<Test>::default()
        .build_storage()
        .expect("the genesis is empty");
    let mut ext = sp_io::TestExternalities::from(storage);
    ext.execute_with(|| {
        frame_system::BlockHash::<Test>::insert(0, H256(GENESIS));
        Protocols::<Test>::insert(
            PROTOCOL,
            pallet_verifier::ProtocolBytes::try_from(b"protocol".to_vec()).expect("it is short"),
        );
        next_block();
    });
    ext
}
