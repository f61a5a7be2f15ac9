use super::completion::{complete, seal};
use crate::{
    mock::*,
    order::{order_key, order_leaves},
    BlockHeads, NotProvable,
};
use codec::Decode;
use sp_core::H256;
use sp_runtime::traits::Keccak256;
use zkfusion_primitives::order::{fold_seed, OrderHead, EMPTY_SEEDS_HASH, VOIDED};

/// Returns the head of an app's batch that was completed after one with `seeds_hash`.
fn head(app: u32, index: u64, seeds_hash: [u8; 32]) -> OrderHead {
    let batch = batch(app, index);
    let seed = batch.seed.expect("the batch has a seed");
    OrderHead {
        genesis_hash: Sequencer::genesis_hash(),
        app,
        batch: index,
        inbox_hash: batch.inbox_hash_post,
        seeds_hash: fold_seed(&seeds_hash, &seed).expect("both are field elements"),
        program_id: [1; 32],
    }
}

fn root(heads: &[OrderHead]) -> H256 {
    binary_merkle_tree::merkle_root::<Keccak256, _>(order_leaves(heads))
}

#[test]
fn heads_should_be_those_of_the_batches_that_ended() {
    execute(|| {
        let (one, other) = (register(), register());
        seal(one, 2);
        seal(other, 1);
        assert_eq!(Sequencer::order_root(), H256::zero());
        complete(one);
        complete(other);
        let first = head(one, 0, EMPTY_SEEDS_HASH);
        let heads = [first.clone(), head(other, 0, EMPTY_SEEDS_HASH)];
        assert_eq!(BlockHeads::<Test>::get()[..], heads);
        go_to(System::block_number() + 1);
        assert_eq!(Sequencer::order_root(), root(&heads));

        complete(one);
        go_to(System::block_number() + 1);
        let second = head(one, 1, first.seeds_hash);
        assert_eq!(Sequencer::order_root(), root(&[second]));
        go_to(System::block_number() + 1);
        assert_eq!(Sequencer::order_root(), H256::zero());
    });
}

#[test]
fn head_should_say_that_its_batch_was_voided() {
    execute(|| {
        let app = register();
        seal(app, 1);
        let batch = Sequencer::provable(app, 0).expect("the batch is provable");
        Sequencer::void(&batch);
        let expected = OrderHead {
            program_id: VOIDED,
            ..head(app, 0, EMPTY_SEEDS_HASH)
        };
        assert_eq!(BlockHeads::<Test>::get()[..], [expected]);
    });
}

#[test]
fn heads_should_be_found_by_their_root() {
    let mut state = new_test_ext();
    let root = state.execute_with(|| {
        let app = register();
        seal(app, 1);
        complete(app);
        go_to(System::block_number() + 1);
        Sequencer::order_root()
    });
    state.persist_offchain_overlay();
    let bytes = state
        .offchain_db()
        .get(&order_key(&root))
        .expect("the heads are indexed");
    let heads = Vec::<OrderHead>::decode(&mut &bytes[..]).expect("heads are stored");
    assert_eq!(self::root(&heads), root);
}

#[test]
fn batches_should_wait_when_the_block_is_full() {
    execute(|| {
        let app = register();
        seal(app, 3);
        for _ in 0..HEADS {
            complete(app);
        }
        let other = register();
        seal_without_blocks(other);
        assert_eq!(Sequencer::provable(other, 0), Err(NotProvable::BlockFull));
        go_to(System::block_number() + 2);
        assert!(Sequencer::provable(other, 0).is_ok());
    });
}

/// Seals a batch in this block.
fn seal_without_blocks(app: u32) {
    (0..MAX_MESSAGES).for_each(|_| submit(app, 1));
}
