//! Reports of validators that say two things, as a node makes them.

use codec::Encode;
use finality_grandpa::Prevote;
use frame_support::traits::KeyOwnerProofSystem;
use sp_consensus_babe::{
    digests::{CompatibleDigestItem, PreDigest, SecondaryPlainPreDigest},
    EquivocationProof,
};
use sp_consensus_beefy::{
    ecdsa_crypto, known_payloads::MMR_ROOT_ID, Commitment, DoubleVotingProof, Payload, VoteMessage,
};
use sp_consensus_grandpa::localized_payload;
use sp_core::{crypto::Wraps, ed25519, Pair};
use sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET;
use sp_io::hashing::keccak_256;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
    traits::{Dispatchable, Header as _},
    transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidity},
    Digest, DigestItem,
};
use zkfusion_runtime::{
    AccountId, Babe, Beefy, Grandpa, Hash, Header, Historical, Runtime, RuntimeCall, RuntimeEvent,
    RuntimeOrigin, System,
};

use crate::chain::TestChain;

/// A validator that is not the author of the chain's blocks.
const OFFENDER: Sr25519Keyring = Sr25519Keyring::Bob;

/// Returns the chain of four validators after some blocks of Alice's.
fn chain() -> TestChain {
    let mut chain = TestChain::new(LOCAL_TESTNET_RUNTIME_PRESET);
    for _ in 0..3 {
        chain.block(|| {});
    }
    chain
}

/// Returns a block of the offender's in this slot, as it signs it.
fn sealed_header(slot: u64, content: u8) -> Header {
    let digest = PreDigest::SecondaryPlain(SecondaryPlainPreDigest {
        authority_index: 0,
        slot: slot.into(),
    });
    let mut header = Header::new(
        4,
        Hash::repeat_byte(content),
        Hash::default(),
        Hash::default(),
        Digest {
            logs: vec![DigestItem::babe_pre_digest(digest)],
        },
    );
    let seal = OFFENDER.pair().sign(header.hash().as_ref());
    header.digest_mut().push(DigestItem::babe_seal(seal.into()));
    header
}

fn block_report(first: Header, second: Header, slot: u64) -> pallet_babe::Call<Runtime> {
    let offender: sp_consensus_babe::AuthorityId = OFFENDER.public().into();
    let owner = Historical::prove((sp_consensus_babe::KEY_TYPE, offender.clone()));
    pallet_babe::Call::report_equivocation_unsigned {
        equivocation_proof: Box::new(EquivocationProof {
            offender,
            slot: slot.into(),
            first_header: first,
            second_header: second,
        }),
        key_owner_proof: owner.expect("the offender is a validator"),
    }
}

fn validity(call: &pallet_babe::Call<Runtime>) -> TransactionValidity {
    Babe::validate_unsigned(TransactionSource::Local, call)
}

fn slashed() -> Vec<AccountId> {
    System::events()
        .into_iter()
        .filter_map(|record| match record.event {
            RuntimeEvent::Staking(pallet_staking::Event::SlashReported { validator, .. }) => Some(validator),
            _ => None,
        })
        .collect()
}

#[test]
fn author_of_two_blocks_in_a_slot_should_be_slashed_once() {
    let mut chain = chain();
    let slot = chain.slot();
    chain.block(|| {
        let report = block_report(sealed_header(slot, 1), sealed_header(slot, 2), slot);
        assert!(validity(&report).is_ok());
        dispatch(report);
        assert_eq!(slashed(), [OFFENDER.to_account_id()]);
        let again = block_report(sealed_header(slot, 1), sealed_header(slot, 3), slot);
        assert_eq!(validity(&again), Err(InvalidTransaction::Stale.into()));
    });
}

#[test]
fn report_that_proves_nothing_should_not_enter_the_pool() {
    let mut chain = chain();
    let slot = chain.slot();
    chain.block(|| {
        let unsealed = |content| {
            let mut header = sealed_header(slot, content);
            header.digest_mut().pop();
            header
        };
        let one = sealed_header(slot, 1);
        let forged = [
            ("headers without seals", unsealed(1), unsealed(2)),
            ("one header", one.clone(), one.clone()),
            ("blocks of two slots", one.clone(), sealed_header(slot + 1, 2)),
            ("a block with another's seal", one.clone(), {
                let mut header = unsealed(2);
                let seal = Sr25519Keyring::Charlie.pair().sign(header.hash().as_ref());
                header.digest_mut().push(DigestItem::babe_seal(seal.into()));
                header
            }),
        ];
        for (what, first, second) in forged {
            let report = block_report(first, second, slot);
            assert_eq!(
                validity(&report),
                Err(InvalidTransaction::BadProof.into()),
                "{what}"
            );
        }
        assert_eq!(slashed(), []);
    });
}

/// Returns a vote of the offender's for Ethereum, for the first block with an invented root.
fn beefy_vote(root: u8) -> VoteMessage<u32, ecdsa_crypto::AuthorityId, ecdsa_crypto::Signature> {
    let pair = ecdsa_crypto::Pair::from_string(&OFFENDER.to_seed(), None).expect("the path is valid");
    let commitment = Commitment {
        payload: Payload::from_single_entry(MMR_ROOT_ID, vec![root; 32]),
        block_number: 1,
        validator_set_id: 0,
    };
    let hash = keccak_256(&commitment.encode());
    let signature = pair.as_inner_ref().sign_prehashed(&hash).into();
    VoteMessage {
        commitment,
        id: pair.public(),
        signature,
    }
}

fn dispatch(call: impl Into<RuntimeCall>) {
    call.into()
        .dispatch(RuntimeOrigin::none())
        .expect("the report is valid");
}

#[test]
fn validator_that_signs_two_roots_for_ethereum_should_be_slashed_once() {
    let mut chain = chain();
    chain.block(|| {
        let report = |first, second| {
            let owner = Historical::prove((sp_consensus_beefy::KEY_TYPE, beefy_vote(1).id));
            pallet_beefy::Call::<Runtime>::report_double_voting_unsigned {
                equivocation_proof: Box::new(DoubleVotingProof { first, second }),
                key_owner_proof: owner.expect("the offender is a validator"),
            }
        };
        let call = report(beefy_vote(1), beefy_vote(2));
        assert!(Beefy::validate_unsigned(TransactionSource::Local, &call).is_ok());
        dispatch(call.clone());
        assert_eq!(slashed(), [OFFENDER.to_account_id()]);
        assert_eq!(
            Beefy::validate_unsigned(TransactionSource::Local, &call),
            Err(InvalidTransaction::Stale.into())
        );
    });
}

#[test]
fn validator_that_votes_twice_in_a_round_should_be_slashed_once() {
    let mut chain = chain();
    chain.block(|| {
        let pair = ed25519::Pair::from_string(&OFFENDER.to_seed(), None).expect("the path is valid");
        let identity = sp_consensus_grandpa::AuthorityId::from(pair.public());
        let vote = |block| {
            let vote = Prevote {
                target_hash: Hash::repeat_byte(block),
                target_number: 1,
            };
            let message = finality_grandpa::Message::Prevote(vote.clone());
            (vote, pair.sign(&localized_payload(1, 0, &message)).into())
        };
        let report = |second| {
            let equivocation = finality_grandpa::Equivocation {
                round_number: 1,
                identity: identity.clone(),
                first: vote(1),
                second: vote(second),
            };
            let owner = Historical::prove((sp_consensus_grandpa::KEY_TYPE, identity.clone()));
            pallet_grandpa::Call::<Runtime>::report_equivocation_unsigned {
                equivocation_proof: Box::new(sp_consensus_grandpa::EquivocationProof::new(
                    0,
                    sp_consensus_grandpa::Equivocation::Prevote(equivocation),
                )),
                key_owner_proof: owner.expect("the offender is a validator"),
            }
        };
        assert!(Grandpa::validate_unsigned(TransactionSource::Local, &report(2)).is_ok());
        dispatch(report(2));
        assert_eq!(slashed(), [OFFENDER.to_account_id()]);
        assert_eq!(
            Grandpa::validate_unsigned(TransactionSource::Local, &report(3)),
            Err(InvalidTransaction::Stale.into())
        );
    });
}
