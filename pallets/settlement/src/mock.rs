//! A runtime of the pallets that the worker reads from, with batches that the tests verify at will.

use crate as pallet_settlement;
use crate::offchain::{KEY_FINALIZED, KEY_L1_SETTLEMENT, KEY_L1_URL, KEY_RELAYER};
use codec::Encode;
use frame_support::{
    derive_impl,
    traits::{ConstU32, ConstU64},
};
use frame_system::{
    offchain::{AppCrypto, CreateSignedTransaction, CreateTransactionBase, SigningTypes},
    EnsureRoot,
};
use pallet_sequencer::{App, Apps, Inboxes, KeyBytes, ProgramChecks, ProgramFault, ProgramKeys};
use pallet_verifier::{
    crypto::WorkerKey, offchain::KEY_PROVER_URL, ProofChecks, ProofFault, Protocol, StoredProof, Verified,
    VerifiedBatch,
};
use pallet_vrf::{Output, RandomnessSource};
use sp_core::{crypto::AccountId32, offchain::StorageKind, H256};
use sp_runtime::{
    generic::UncheckedExtrinsic,
    offchain::storage::StorageValueRef,
    traits::{IdentityLookup, Verify},
    BuildStorage, MultiSignature,
};
use zkfusion_primitives::{
    field::{to_bytes, Fr},
    ids::{AppId, BatchIndex, Hash, ProgramId},
    statement::{Statement, STATEMENT_FIELDS},
};

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system = 0,
        Sequencer: pallet_sequencer = 1,
        KvStore: pallet_kv_store = 2,
        Verifier: pallet_verifier = 3,
        Settlement: pallet_settlement = 4,
    }
);

type Extrinsic = UncheckedExtrinsic<AccountId32, RuntimeCall, MultiSignature, ()>;
type Block = sp_runtime::generic::Block<sp_runtime::testing::Header, Extrinsic>;

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type AccountId = AccountId32;
    type Block = Block;
    type Lookup = IdentityLookup<AccountId32>;
}

/// No block has an output.
pub struct NoOutputs;

impl RandomnessSource<u64> for NoOutputs {
    fn output_at(_block: u64) -> Option<Output> {
        None
    }
}

/// Takes no program.
pub struct NoPrograms;

impl ProgramChecks for NoPrograms {
    fn check(_wasm: &[u8], _keys: &[(u8, Vec<u8>)]) -> Result<ProgramId, ProgramFault> {
        Err(ProgramFault::InvalidWasm)
    }

    fn explain(_wasm: &[u8]) -> Option<String> {
        None
    }
}

impl pallet_sequencer::Config for Test {
    type RegisterOrigin = EnsureRoot<AccountId32>;
    type Programs = NoPrograms;
    type Randomness = NoOutputs;
    type MaxUnprocessed = ConstU32<100>;
    type MaxFuelLimit = ConstU64<1_000>;
    type BatchBudget = ConstU64<10_000>;
    type MaxBatchMessages = ConstU32<3>;
    type MaxBatchAge = ConstU64<2>;
    type VisitsPerBlock = ConstU32<4>;
    type SeedsPerVisit = ConstU32<4>;
    type OutcomeHistory = ConstU64<100>;
    type BatchHistory = ConstU64<100>;
    type WeightInfo = ();
}

impl pallet_kv_store::Config for Test {}

/// Keys have digests of their size, and no proof is good.
pub struct NoProofs;

impl ProofChecks for NoProofs {
    fn prepare(protocol: &[u8]) -> Option<Vec<u8>> {
        Some(protocol.to_vec())
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
    type WorkerKey = WorkerKey;
    type WeightInfo = ();
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

/// The most batches of a settlement.
pub(crate) const MAX_BATCHES: u32 = 2;

impl pallet_settlement::Config for Test {
    type MaxBatches = ConstU32<MAX_BATCHES>;
}

/// The contract's address.
pub(crate) const CONTRACT: [u8; 20] = [0xcc; 20];

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
        None => (
            to_bytes(&zkfusion_primitives::merkle::EMPTY_HASHES[zkfusion_primitives::merkle::DEPTH]),
            [0; 32],
        ),
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

/// Registers an app on the appchain.
pub(crate) fn add_app(app: AppId) {
    Apps::<Test>::insert(
        app,
        App {
            owner: AccountId32::new([1; 32]),
            wasm_hash: [2; 32],
            program_id: program(app),
            registered_at: 1,
        },
    );
    let key = KeyBytes::try_from(b"key".to_vec()).expect("the key is short");
    ProgramKeys::<Test>::insert(program(app), K, key.clone());
    ProgramKeys::<Test>::insert(program(app), K + 2, key);
}

/// Verifies the next batch of an app in the current block, on a node that keeps the proof.
pub(crate) fn verify_batch(app: AppId) {
    let batch = Inboxes::<Test>::mutate(app, |inbox| {
        inbox.next_proof += 1;
        inbox.next_proof - 1
    });
    let statement = statement(app, batch);
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
}

/// Begins the next block.
pub(crate) fn next_block() {
    let block = System::block_number() + 1;
    System::set_block_number(block);
    let hash = H256::repeat_byte(block as u8);
    frame_system::BlockHash::<Test>::insert(block, hash);
}

/// Makes the blocks up to this one final.
pub(crate) fn finalize(block: u64) {
    let hash = System::block_hash(block);
    StorageValueRef::persistent(KEY_FINALIZED).set(&(block, hash.0));
}

/// Sets a value in the offchain database.
pub(crate) fn set(key: &[u8], value: &[u8]) {
    sp_io::offchain::local_storage_set(StorageKind::PERSISTENT, key, value);
}

/// Gives the node the relayer role.
pub(crate) fn set_role() {
    set(KEY_RELAYER, &[1]);
    set(KEY_L1_URL, L1_URL.as_bytes());
    set(KEY_L1_SETTLEMENT, &CONTRACT);
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
        Protocol::<Test>::put(
            pallet_verifier::ProtocolBytes::try_from(b"protocol".to_vec()).expect("it is short"),
        );
        next_block();
    });
    ext
}
