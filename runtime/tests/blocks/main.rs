//! Blocks of the whole runtime, executed natively on the development genesis.

mod chain;
mod equivocation;

use chain::{build_genesis, TestChain};
use codec::Encode;
use frame_support::{
    assert_ok,
    dispatch::{DispatchResult, RawOrigin},
    traits::Get,
};
use pallet_relayer::order::MountainRange;
use pallet_sequencer::{order::order_leaves, BlockHeads};
use pallet_vrf::{Outputs, RandomnessSource};
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_keyring::Sr25519Keyring;
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::traits::Keccak256;
use zkfusion_primitives::order::OrderHead;
use zkfusion_runtime::{
    constants::{BONDING_ERAS, MAX_VALIDATORS, UNIT},
    genesis, Balance, Balances, Beefy, BeefyMmrLeaf, Runtime, RuntimeOrigin, Session, SessionKeys, Staking,
    Vrf,
};

/// Returns the end of a batch.
fn head(batch: u64) -> OrderHead {
    OrderHead {
        genesis_hash: [1; 32],
        app: 2,
        batch,
        inbox_hash: [3; 32],
        seeds_hash: [4; 32],
        program_id: [5; 32],
    }
}

#[test]
fn block_should_record_the_vrf_output_of_its_author() {
    let mut chain = TestChain::new(DEV_RUNTIME_PRESET);
    let output = chain.block(|| {});
    chain.execute(|| {
        let alice = Sr25519Keyring::Alice.to_account_id();
        assert_eq!(Outputs::<Runtime>::get(1), Some((alice, output)));
    });
}

#[test]
fn seed_should_come_from_the_next_block_where_one_validator_is_alone() {
    let mut chain = TestChain::new(DEV_RUNTIME_PRESET);
    chain.block(|| {});
    chain.execute(|| assert_eq!(Vrf::randomness_after(1, b"app"), None));
    chain.block(|| {});
    chain.execute(|| assert!(Vrf::randomness_after(1, b"app").is_some()));
}

#[test]
fn heads_should_be_in_the_leaf_of_the_next_block() {
    let mut chain = TestChain::new(DEV_RUNTIME_PRESET);
    let heads = [head(0), head(1), head(2)];
    for block in 1..=11u32 {
        let moved = heads.clone();
        chain.block(move || {
            if block == 5 {
                for head in moved {
                    assert_ok!(BlockHeads::<Runtime>::try_append(head));
                }
            }
        });
    }
    chain.execute(|| {
        let expected = binary_merkle_tree::merkle_root::<Keccak256, _>(order_leaves(&heads));
        for (known, block) in (1..=11u32).flat_map(|known| (1..=known).map(move |block| (known, block))) {
            let proved = <Runtime as pallet_relayer::Config>::MountainRange::prove(block, known)
                .expect("the range's nodes are indexed");
            let extra = proved.leaf.leaf_extra;
            assert_eq!(extra == expected, block == 6, "block {block}");
            assert_eq!(extra.is_zero(), block != 6, "block {block}");
            assert_eq!(proved.leaf.parent_number_and_hash.0, block - 1);
            assert_eq!(
                (proved.index, proved.count),
                (u64::from(block) - 1, u64::from(known))
            );
            let path = proved.path().expect("the proof is one for its position");
            let root = chain::mmr_root(&proved.leaf, &path);
            assert_eq!(
                Some(root),
                chain::root_at(known),
                "leaf {block} under root {known}"
            );
        }
    });
}

#[test]
fn validators_should_change_keys_and_sets_with_sessions() {
    let mut chain = TestChain::new(DEV_RUNTIME_PRESET);
    let session = chain.execute(pallet_network::SessionSlots::<Runtime>::get);
    chain.block(|| {});
    chain.execute(|| {
        assert_eq!(Session::current_index(), 0);
        assert_eq!(Beefy::validator_set().map(|set| set.id()), Some(0));
        assert_eq!(BeefyMmrLeaf::next_authority_set_proof().id, 1);
    });
    chain.skip_slots(session.into());
    chain.block(|| {});
    chain.execute(|| {
        assert_eq!(Session::current_index(), 1);
        assert_eq!(Beefy::validator_set().map(|set| set.id()), Some(1));
        // The leaf of a session's first block names the set after it.
        assert_eq!(BeefyMmrLeaf::next_authority_set_proof().id, 2);
    });
}

#[test]
fn sets_should_be_remembered_for_the_bonding_time_whatever_the_length_of_eras() {
    build_genesis(DEV_RUNTIME_PRESET).execute_with(|| {
        for sessions in [1, 6, 24] {
            pallet_network::EraSessions::<Runtime>::put(sessions);
            let expected = u64::from(BONDING_ERAS * sessions);
            let grandpa = <Runtime as pallet_grandpa::Config>::MaxSetIdSessionEntries::get();
            let beefy = <Runtime as pallet_beefy::Config>::MaxSetIdSessionEntries::get();
            assert_eq!((grandpa, beefy), (expected, expected));
        }
    });
}

/// Has Ferdie set session keys that its node makes, and returns what the chain says to it.
fn set_session_keys() -> DispatchResult {
    let ferdie = Sr25519Keyring::Ferdie.to_account_id();
    let generated = SessionKeys::generate(&ferdie.encode(), None);
    Session::set_keys(
        RuntimeOrigin::signed(ferdie),
        generated.keys,
        generated.proof.encode(),
    )
}

#[test]
fn session_keys_should_be_held_a_deposit_for_until_they_are_purged() {
    let mut state = build_genesis(DEV_RUNTIME_PRESET);
    state.register_extension(KeystoreExt::new(MemoryKeystore::new()));
    state.execute_with(|| {
        let ferdie = Sr25519Keyring::Ferdie.to_account_id();
        let deposit: Balance = <Runtime as pallet_session::Config>::KeyDeposit::get();
        let free = Balances::free_balance(&ferdie);
        for _ in 0..2 {
            assert_ok!(set_session_keys());
            assert_eq!(Balances::free_balance(&ferdie), free - deposit, "once");
        }
        assert_ok!(Session::purge_keys(RuntimeOrigin::signed(ferdie.clone())));
        assert_eq!(Balances::free_balance(&ferdie), free);
        assert!(Session::load_keys(&ferdie).is_none());
    });
}

#[test]
fn session_keys_should_be_refused_when_their_deposit_is_not_there() {
    let mut state = build_genesis(DEV_RUNTIME_PRESET);
    state.register_extension(KeystoreExt::new(MemoryKeystore::new()));
    state.execute_with(|| {
        let ferdie = Sr25519Keyring::Ferdie.to_account_id();
        let deposit: Balance = <Runtime as pallet_session::Config>::KeyDeposit::get();
        assert!(
            deposit >= UNIT / 2,
            "{deposit} is too little for what it keeps in storage"
        );
        let poor = RawOrigin::Root.into();
        assert_ok!(Balances::force_set_balance(poor, ferdie.clone().into(), deposit));
        assert!(set_session_keys().is_err());
    });
}

#[test]
fn validators_of_the_genesis_should_change_their_keys_and_leave() {
    let mut state = build_genesis(LOCAL_TESTNET_RUNTIME_PRESET);
    state.register_extension(KeystoreExt::new(MemoryKeystore::new()));
    state.execute_with(|| {
        let bob = Sr25519Keyring::Bob.to_account_id();
        let free = Balances::free_balance(&bob);
        let generated = SessionKeys::generate(&bob.encode(), None);
        let new = generated.keys.clone();
        let origin = || RuntimeOrigin::signed(bob.clone());
        assert_ok!(Session::set_keys(
            origin(),
            generated.keys,
            generated.proof.encode()
        ));
        assert_eq!(Session::load_keys(&bob), Some(new));
        assert_eq!(Balances::free_balance(&bob), free, "it has no deposit");
        assert_ok!(Session::purge_keys(origin()));
    });
}

#[test]
fn presets_should_all_build_a_genesis() {
    for name in genesis::preset_names() {
        build_genesis(name.as_ref()).execute_with(|| {
            assert!(!Session::validators().is_empty());
            assert_eq!(
                pallet_babe::Authorities::<Runtime>::get().len(),
                Session::validators().len()
            );
            assert_eq!(pallet_staking::ValidatorCount::<Runtime>::get(), MAX_VALIDATORS);
        });
    }
    assert!(genesis::preset(&PresetId::from("unknown")).is_none());
}

#[test]
fn local_preset_should_have_four_validators_with_bonds() {
    build_genesis(LOCAL_TESTNET_RUNTIME_PRESET).execute_with(|| {
        let validators = Session::validators();
        assert_eq!(validators.len(), 4);
        for validator in validators {
            let bonded =
                Staking::ledger(sp_staking::StakingAccount::Stash(validator)).expect("it has bonded");
            assert_eq!(bonded.active, genesis::BOND);
        }
    });
}
