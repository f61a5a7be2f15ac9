//! A chain of blocks by Alice, on one of the presets.

use codec::Encode;
use frame_support::{assert_ok, genesis_builder_helper::build_state};
use pallet_relayer::order::Leaf;
use pallet_vrf::Output;
use sp_consensus_babe::{
    digests::{PreDigest, SecondaryVRFPreDigest},
    make_vrf_sign_data, BABE_ENGINE_ID,
};
use sp_core::{
    crypto::VrfSecret,
    offchain::{testing::TestOffchainExt, OffchainDbExt},
    sr25519, H256,
};
use sp_genesis_builder::PresetId;
use sp_inherents::InherentData;
use sp_io::hashing::keccak_256;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{traits::Header as _, Digest, DigestItem};
use zkfusion_contracts::MerklePath;
use zkfusion_runtime::{
    constants::MILLISECS_PER_BLOCK, genesis, Executive, Hash, Header, Runtime, RuntimeGenesisConfig,
    UncheckedExtrinsic,
};

/// The slot of the first block.
const FIRST_SLOT: u64 = 1_000;

/// A running chain.
pub(crate) struct TestChain {
    state: sp_io::TestExternalities,
    parent: Hash,
    number: u32,
    slot: u64,
}

impl TestChain {
    /// Returns the chain at its genesis.
    pub(crate) fn new(preset: &str) -> Self {
        let mut state = build_genesis(preset);
        let (offchain, _) = TestOffchainExt::with_offchain_db(state.offchain_db());
        state.register_extension(OffchainDbExt::new(offchain));
        Self {
            state,
            parent: Hash::repeat_byte(3),
            number: 0,
            slot: FIRST_SLOT,
        }
    }

    /// Lets slots pass without a block.
    pub(crate) fn skip_slots(&mut self, slots: u64) {
        self.slot += slots;
    }

    /// Returns the slot of the last block.
    pub(crate) fn slot(&self) -> u64 {
        self.slot
    }

    /// Executes the next block by Alice, with `content` after its inherents, and returns its
    /// output.
    pub(crate) fn block(&mut self, content: impl FnOnce()) -> Output {
        self.number += 1;
        self.slot += 1;
        let (parent, number, slot) = (self.parent, self.number, self.slot);
        let (header, output) = self.state.execute_with(|| {
            let header = Header::new(
                number,
                Default::default(),
                Default::default(),
                parent,
                digest(slot),
            );
            Executive::initialize_block(&header);
            for inherent in inherents(slot) {
                assert_ok!(Executive::apply_extrinsic(inherent).expect("the inherent is valid"));
            }
            content();
            let header = Executive::finalize_block();
            let output = pallet_babe::AuthorVrfRandomness::<Runtime>::get();
            (header, output.expect("a block has an output"))
        });
        self.state.persist_offchain_overlay();
        self.state.execute_with(|| put_root(number));
        self.parent = header.hash();
        output
    }

    /// Runs a part of the test on the newest state.
    pub(crate) fn execute<R>(&mut self, part: impl FnOnce() -> R) -> R {
        self.state.execute_with(part)
    }
}

/// Returns the genesis state of a preset.
pub(crate) fn build_genesis(preset: &str) -> sp_io::TestExternalities {
    let mut state = sp_io::TestExternalities::default();
    state.execute_with(|| {
        let preset = genesis::preset(&PresetId::from(preset)).expect("the preset exists");
        assert_ok!(build_state::<RuntimeGenesisConfig>(with_defaults(preset)));
    });
    state
}

/// Returns `patch` applied to the default genesis configuration.
fn with_defaults(patch: Vec<u8>) -> Vec<u8> {
    let patch: serde_json::Value = serde_json::from_slice(&patch).expect("a preset is JSON");
    let mut config =
        serde_json::to_value(RuntimeGenesisConfig::default()).expect("the configuration is serializable");
    for (pallet, values) in patch.as_object().expect("a preset is an object") {
        for (field, value) in values.as_object().expect("a pallet's preset is an object") {
            config[pallet][field] = value.clone();
        }
    }
    config.to_string().into_bytes()
}

/// Returns the digest of a block of Alice's in this slot, as a substitute with a VRF output.
fn digest(slot: u64) -> Digest {
    let pair: sr25519::Pair = Sr25519Keyring::Alice.pair();
    let (randomness, epoch) = next_epoch(slot);
    let data = make_vrf_sign_data(&randomness, slot.into(), epoch);
    let digest = PreDigest::SecondaryVRF(SecondaryVRFPreDigest {
        authority_index: position_of_alice(),
        slot: slot.into(),
        vrf_signature: pair.vrf_sign(&data),
    });
    Digest {
        logs: vec![DigestItem::PreRuntime(BABE_ENGINE_ID, digest.encode())],
    }
}

/// Returns the position of Alice among the authors.
fn position_of_alice() -> u32 {
    let authorities = pallet_babe::Authorities::<Runtime>::get();
    let alice = sp_consensus_babe::AuthorityId::from(Sr25519Keyring::Alice.public());
    let position = authorities.iter().position(|(author, _)| *author == alice);
    position.expect("Alice is an author") as u32
}

/// Returns randomness and index of the epoch of a slot, which may be the one after the current.
fn next_epoch(slot: u64) -> ([u8; 32], u64) {
    let genesis = u64::from(pallet_babe::GenesisSlot::<Runtime>::get());
    let length = u64::from(pallet_network::SessionSlots::<Runtime>::get());
    let epoch = match genesis {
        0 => 0,
        genesis => (slot - genesis) / length,
    };
    let current = pallet_babe::EpochIndex::<Runtime>::get();
    let randomness = match epoch == current {
        true => pallet_babe::Randomness::<Runtime>::get(),
        false => pallet_babe::NextRandomness::<Runtime>::get(),
    };
    (randomness, epoch)
}

fn inherents(slot: u64) -> Vec<UncheckedExtrinsic> {
    use sp_block_builder::runtime_decl_for_block_builder::BlockBuilder;
    let mut data = InherentData::new();
    let now = sp_timestamp::Timestamp::new(slot * MILLISECS_PER_BLOCK);
    data.put_data(sp_timestamp::INHERENT_IDENTIFIER, &now)
        .expect("the data is empty");
    Runtime::inherent_extrinsics(data)
}

/// Returns the root to which a path leads from a leaf.
pub(crate) fn mmr_root(leaf: &Leaf, path: &MerklePath) -> H256 {
    let start = keccak_256(&leaf.encode());
    let root = path
        .siblings
        .iter()
        .enumerate()
        .fold(start, |node, (level, sibling)| match path.order.bit(level) {
            true => keccak_256(&[sibling.0, node].concat()),
            false => keccak_256(&[node, sibling.0].concat()),
        });
    H256(root)
}

fn root_key(block: u32) -> Vec<u8> {
    (b"test::mmr_root", block).encode()
}

/// Remembers the root after a block, in addition to the chain's own storage.
fn put_root(block: u32) {
    let root = pallet_mmr::RootHash::<Runtime>::get();
    sp_io::storage::set(&root_key(block), &root.0);
}

/// Returns the root after a block.
pub(crate) fn root_at(block: u32) -> Option<H256> {
    let bytes = sp_io::storage::get(&root_key(block))?;
    Some(H256::from_slice(&bytes))
}
