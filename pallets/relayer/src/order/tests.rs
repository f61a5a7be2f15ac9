use super::*;
use crate::{
    mock::beefy::{commit, hash_pair, range_proof, range_root},
    tests::contracts::{hash_commitment, hash_leaf, recover, root_of},
};
use alloc::{vec, vec::Vec};
use binary_merkle_tree::merkle_root;
use pallet_sequencer::order::order_leaves;
use sp_consensus_beefy::mmr::{BeefyAuthoritySet, MmrLeafVersion};
use sp_core::Pair;
use sp_io::hashing::{blake2_256, keccak_256};
use sp_runtime::traits::Keccak256;
use zkfusion_primitives::field::{to_bytes, Fr};

fn some_leaf(n: u32) -> Leaf {
    Leaf {
        version: MmrLeafVersion::new(0, 5),
        parent_number_and_hash: (n, H256::repeat_byte(1)),
        beefy_next_authority_set: BeefyAuthoritySet {
            id: 1 << 40,
            len: 7,
            keyset_commitment: H256::repeat_byte(2),
        },
        leaf_extra: H256::repeat_byte(3),
    }
}

fn leaf_hash(n: u32) -> H256 {
    H256(some_leaf(n).using_encoded(keccak_256))
}

/// Returns the proof of a leaf among `count`.
fn proved(index: u64, count: u64) -> ProvedLeaf {
    let hashes: Vec<_> = (0..count as u32).map(leaf_hash).collect();
    ProvedLeaf {
        leaf: some_leaf(index as u32),
        index,
        count,
        items: range_proof(&hashes, index),
    }
}

/// Returns the root of a range by its definition: perfect trees, the largest first, bagged from the
/// right.
fn naive_root(leaves: &[H256]) -> H256 {
    let mut peaks = Vec::new();
    let mut rest = leaves;
    while !rest.is_empty() {
        let (tree, after) = rest.split_at(1 << rest.len().ilog2());
        let mut level = tree.to_vec();
        while level.len() > 1 {
            level = level
                .chunks(2)
                .map(|pair| hash_pair(&pair[0], &pair[1]))
                .collect();
        }
        peaks.push(level[0]);
        rest = after;
    }
    let bag = peaks.into_iter().rev().reduce(|bag, peak| hash_pair(&bag, &peak));
    bag.expect("there is a leaf")
}

#[test]
fn leaf_should_have_the_same_hash_on_ethereum() {
    for n in [0, 1, 0x0102_0304, u32::MAX] {
        assert_eq!(hash_leaf(&leaf(&some_leaf(n))).0, leaf_hash(n).0);
    }
    assert_eq!(leaf(&some_leaf(0)).version, 5);
    let newer = Leaf {
        version: MmrLeafVersion::new(1, 2),
        ..some_leaf(0)
    };
    assert_eq!(leaf(&newer).version, 0b001_00010);
}

#[test]
fn leaf_path_should_lead_to_the_root_when_the_range_has_any_size() {
    for count in 1..=40 {
        let hashes: Vec<_> = (0..count).map(leaf_hash).collect();
        let root = naive_root(&hashes);
        assert_eq!(root, range_root(&hashes), "{count} leaves");
        for index in 0..count {
            let path = proved(index.into(), count.into()).path().expect("it is a proof");
            let got = root_of(leaf_hash(index).0.into(), &path);
            assert_eq!(got.0, root.0, "leaf {index} of {count}");
            // Bits beyond the siblings say nothing and are zero.
            assert!(path.order.bit_len() <= path.siblings.len());
        }
    }
}

#[test]
fn leaf_path_should_be_refused_when_the_proof_is_of_another_shape() {
    for (index, count) in [(0, 1), (0, 2), (6, 7), (4, 7), (2, 7), (9, 12)] {
        let good = proved(index, count);
        let mut longer = good.clone();
        longer.items.push(H256::zero());
        assert_eq!(longer.path(), None, "leaf {index} of {count}");
        if !good.items.is_empty() {
            let mut shorter = good.clone();
            shorter.items.pop();
            assert_eq!(shorter.path(), None, "leaf {index} of {count}");
        }
        let outside = ProvedLeaf { index: count, ..good };
        assert_eq!(outside.path(), None);
    }
    let empty = ProvedLeaf {
        leaf: some_leaf(0),
        index: 0,
        count: 0,
        items: vec![],
    };
    assert_eq!(empty.path(), None);
    for (index, count) in [(u64::MAX, u64::MAX), (0, u64::MAX), (1 << 63, u64::MAX)] {
        let huge = ProvedLeaf {
            index,
            count,
            ..empty.clone()
        };
        assert_eq!(huge.path(), None);
    }
}

fn heads(count: u32) -> Vec<OrderHead> {
    let head = |app| OrderHead {
        genesis_hash: [0xff; 32],
        app,
        batch: 7,
        inbox_hash: to_bytes(&Fr::from(8)),
        seeds_hash: to_bytes(&Fr::from(9)),
        program_id: to_bytes(&Fr::from(u64::from(app % 3))),
    };
    (0..count).map(head).collect()
}

#[test]
fn evidence_should_lead_to_the_root_when_a_block_has_any_number_of_heads() {
    for count in 1..=9 {
        let heads = heads(count);
        let leaves = order_leaves(&heads);
        let root = merkle_root::<Keccak256, _>(leaves.clone());
        for (head, encoded) in heads.iter().zip(&leaves) {
            let evidence = evidence(head, &heads, &proved(3, 5), U256::from(6)).expect("the head is there");
            let evidence = OrderEvidence::abi_decode(&evidence).expect("it is well-formed");
            let got = root_of(keccak256(encoded), &evidence.headPath);
            assert_eq!(got.0, root.0, "head {} of {count}", head.app);
            assert_eq!(evidence.rootSlot, U256::from(6));
            assert_eq!(evidence.leaf, leaf(&some_leaf(3)));
            assert_eq!(Some(evidence.leafPath), proved(3, 5).path());
        }
    }
}

#[test]
fn evidence_should_be_refused_when_the_head_is_not_there() {
    let head = OrderHead {
        batch: 8,
        ..heads(1)[0].clone()
    };
    assert_eq!(evidence(&head, &heads(3), &proved(3, 5), U256::ZERO), None);
    assert_eq!(evidence(&head, &[], &proved(3, 5), U256::ZERO), None);
    let broken = ProvedLeaf {
        items: vec![],
        ..proved(3, 5)
    };
    assert_eq!(evidence(&heads(3)[1], &heads(3), &broken, U256::ZERO), None);
}

fn keys(count: u8) -> Vec<ecdsa::Pair> {
    let seeds = (0..count).map(|n| [b"key", &[n][..]].concat());
    seeds
        .map(|seed| ecdsa::Pair::from_seed(&blake2_256(&seed)))
        .collect()
}

fn address_of(key: &ecdsa::Pair) -> Address {
    Address::from(key.public().to_eth_address().expect("the key is a point"))
}

fn signed(keys: &[ecdsa::Pair], signers: &[usize]) -> Commitment {
    commit(keys, signers, 1 << 33, 77, H256::repeat_byte(6))
}

fn submitted(commitment: &Commitment) -> IBeefyOrder::submitCall {
    let calldata = commitment.submit(None).expect("there are enough signatures");
    IBeefyOrder::submitCall::abi_decode(&calldata).expect("it is the call")
}

/// Checks that each signature is by the validator of its bit.
fn assert_signed(call: &IBeefyOrder::submitCall, keys: &[ecdsa::Pair]) {
    let digest = hash_commitment(&call.commitment);
    let signers = (0..256).filter(|bit| call.signers.bit(*bit));
    let made: Vec<_> = call
        .signatures
        .iter()
        .map(|made| recover(&digest, made))
        .collect();
    let expected: Vec<_> = signers.map(|signer| Some(address_of(&keys[signer]))).collect();
    assert_eq!(made, expected);
}

#[test]
fn commitment_should_carry_as_many_signatures_as_needed() {
    for count in 1..=10 {
        let keys = keys(count);
        let all: Vec<_> = (0..keys.len()).collect();
        let commitment = signed(&keys, &all);
        assert_eq!((commitment.block(), commitment.set()), (77, 1 << 33));
        let call = submitted(&commitment);
        assert_eq!(call.validators, keys.iter().map(address_of).collect::<Vec<_>>());
        let needed = keys.len() * 2 / 3 + 1;
        assert_eq!(call.signatures.len(), needed);
        assert_eq!(call.signers, (U256::from(1) << needed) - U256::from(1));
        assert_signed(&call, &keys);
        let commitment = call.commitment;
        assert_eq!(commitment.mmrRoot, B256::repeat_byte(6));
        assert_eq!((commitment.blockNumber, commitment.validatorSetId), (77, 1 << 33));
    }
}

#[test]
fn commitment_should_name_its_signers_when_some_are_away() {
    let keys = keys(7);
    let call = submitted(&signed(&keys, &[1, 2, 4, 5, 6]));
    assert_eq!(call.signers, U256::from(0b1110110));
    assert_signed(&call, &keys);
}

#[test]
fn commitment_should_not_be_submitted_when_too_few_signed() {
    let keys = keys(6);
    assert!(signed(&keys, &[0, 1, 2, 3]).submit(None).is_none());
    assert!(signed(&keys, &[0, 1, 2, 3, 4]).submit(None).is_some());
}

#[test]
fn signatures_should_have_the_parity_in_the_highest_bit() {
    let keys = keys(32);
    let all: Vec<_> = (0..keys.len()).collect();
    let commitment = signed(&keys, &all);
    let call = submitted(&commitment);
    let mut parities = [0, 0];
    for (compact, made) in call.signatures.iter().zip(&commitment.signed.signatures) {
        let bytes: &[u8; 65] = made.as_ref().expect("all signed").as_inner_ref().as_ref();
        assert_eq!(compact.r, bytes[..32]);
        assert_eq!(compact.vs[0] >> 7, bytes[64]);
        assert_eq!(compact.vs[0] & 0x7f, bytes[32]);
        assert_eq!(compact.vs[1..], bytes[33..64]);
        parities[usize::from(bytes[64])] += 1;
    }
    assert!(parities.iter().all(|count| *count > 0), "{parities:?}");
}

#[test]
fn signatures_should_hold_when_validators_made_them_in_another_form() {
    let keys = keys(4);
    let order = U256::from_be_slice(&alloy_primitives::hex!(
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
    ));
    let mut commitment = signed(&keys, &[0, 1, 2]);
    let digest = commitment.signed.commitment.using_encoded(keccak_256);
    for (index, made) in commitment.signed.signatures.iter_mut().enumerate().take(3) {
        let mut bytes: [u8; 65] =
            *AsRef::<[u8; 65]>::as_ref(made.as_ref().expect("it signed").as_inner_ref());
        if index > 0 {
            // The other of the two possible `s`.
            let high = order - U256::from_be_slice(&bytes[32..64]);
            bytes[32..64].copy_from_slice(&high.to_be_bytes::<32>());
            bytes[64] ^= 1;
        }
        if index > 1 {
            bytes[64] += 27;
        }
        let recovered = sp_io::crypto::secp256k1_ecdsa_recover_compressed(&bytes, &digest);
        assert_eq!(recovered.ok(), Some(keys[index].public().0), "BEEFY takes it");
        *made = Some(ecdsa::Signature::from_raw(bytes).into());
    }
    assert_signed(&submitted(&commitment), &keys);
}

#[test]
fn signature_should_be_left_out_when_it_has_no_parity() {
    let keys = keys(4);
    let mut commitment = signed(&keys, &[0, 1, 2, 3]);
    commitment.signed.signatures[1] = Some(ecdsa::Signature::from_raw([2; 65]).into());
    let call = submitted(&commitment);
    assert_eq!(call.signers, U256::from(0b1101));
    assert_signed(&call, &keys);
}

#[test]
fn address_should_be_zero_when_a_validators_key_is_no_point() {
    let keys = keys(4);
    let mut commitment = signed(&keys, &[0, 1, 2]);
    commitment.validators[3] = ecdsa::Public::from_raw([0xff; 33]).into();
    let call = submitted(&commitment);
    assert_eq!(call.validators[3], Address::ZERO);
    assert_eq!(call.validators[2], address_of(&keys[2]));
    assert_signed(&call, &keys);
}

#[test]
fn handover_should_carry_the_leaf_and_its_path() {
    let keys = keys(4);
    let commitment = signed(&keys, &[0, 1, 3]);
    let plain = submitted(&commitment);
    let calldata = commitment.submit(Some(&proved(4, 5))).expect("it is a handover");
    let call = IBeefyOrder::submitHandoverCall::abi_decode(&calldata).expect("it is the call");
    assert_eq!(call.commitment, plain.commitment);
    assert_eq!(call.validators, plain.validators);
    assert_eq!((call.signers, call.signatures), (plain.signers, plain.signatures));
    assert_eq!(call.leaf, leaf(&some_leaf(4)));
    assert_eq!(Some(call.leafPath), proved(4, 5).path());
    let broken = ProvedLeaf {
        items: vec![],
        ..proved(4, 5)
    };
    assert!(commitment.submit(Some(&broken)).is_none());
}

#[test]
fn commitment_should_not_be_submitted_when_it_has_no_root() {
    let mut commitment = signed(&keys(1), &[0]);
    commitment.signed.commitment.payload =
        sp_consensus_beefy::Payload::from_single_entry(*b"xx", H256::zero().encode());
    assert!(commitment.submit(None).is_none());
}

#[test]
fn commitment_should_be_read_as_it_is_stored() {
    let commitment = signed(&keys(5), &[0, 2, 3, 4]);
    assert_eq!(Commitment::decode(&mut &commitment.encode()[..]), Ok(commitment));
}
