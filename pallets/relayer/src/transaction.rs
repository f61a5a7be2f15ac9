//! Ethereum transactions: what they are for, how they are encoded, and what is remembered of the
//! one under way.

use crate::{
    abi::{AppState, Contracts, OrderState},
    fees::Fees,
};
use alloc::vec::Vec;
use alloy_consensus::{SignableTransaction, Signed, TxEip1559};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, Bytes, Signature, TxKind, B256, U256};
use codec::{Decode, Encode};
use core::fmt;
use zkfusion_primitives::ids::{AppId, BatchIndex};

/// The most versions of a transaction of which the receipt is asked for.
const MAX_HASHES: usize = 16;

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Intent {
    /// To register an app.
    Register {
        /// The app.
        app: AppId,
    },
    /// To settle batches.
    Settle {
        /// The app.
        app: AppId,
        /// The first batch.
        first: BatchIndex,
        /// The last batch.
        last: BatchIndex,
    },
    /// To pass a batch that was voided.
    SkipVoided {
        /// The app.
        app: AppId,
        /// The batch.
        batch: BatchIndex,
    },
    /// To tell Ethereum what validators signed.
    Commit {
        /// The set of validators.
        set: u64,
        /// The block.
        block: u64,
    },
}

impl Intent {
    /// Returns the app that the transaction is about, if it is about one.
    pub fn app(&self) -> Option<AppId> {
        match self {
            Self::Register { app } | Self::Settle { app, .. } | Self::SkipVoided { app, .. } => Some(*app),
            Self::Commit { .. } => None,
        }
    }

    /// Returns the contract that the transaction calls.
    pub fn contract(&self, contracts: &Contracts) -> Address {
        match self {
            Self::Commit { .. } => contracts.order,
            _ => contracts.settlement,
        }
    }

    /// Returns whether the transaction would still do what it is for, with its app and the light
    /// client in this state.
    pub fn wanted(&self, app: Option<&AppState>, order: &OrderState) -> bool {
        match self {
            Self::Register { .. } => app.is_some_and(|app| !app.registered),
            Self::Settle { first: batch, .. } | Self::SkipVoided { batch, .. } => {
                app.is_some_and(|app| app.registered && app.next_batch == *batch)
            }
            Self::Commit { set, block } => order.block < *block && order.current_set <= *set,
        }
    }
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Register { app } => write!(f, "registration of app {app}"),
            Self::Settle { app, first, last } => {
                write!(f, "settlement of app {app}, batches {first} to {last}")
            }
            Self::SkipVoided { app, batch } => write!(f, "passing of app {app}, voided batch {batch}"),
            Self::Commit { set, block } => {
                write!(f, "commitment to block {block} by validator set {set}")
            }
        }
    }
}

/// A transaction before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The Ethereum chain.
    pub chain_id: u64,
    /// The sender's nonce.
    pub nonce: u64,
    /// The most gas it may use.
    pub gas_limit: u64,
    /// What it offers.
    pub fees: Fees,
    /// The contract that it calls.
    pub to: Address,
    /// The call.
    pub calldata: Vec<u8>,
}

/// A signed transaction, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The transaction's bytes.
    pub raw: Vec<u8>,
    /// The transaction's hash.
    pub hash: B256,
}

impl Draft {
    /// Signs the transaction; `sign` signs a hash. Nothing if `sign` returns nothing.
    pub fn sign(&self, sign: impl FnOnce(&B256) -> Option<Signature>) -> Option<Envelope> {
        let transaction = self.encode();
        let signature = sign(&transaction.signature_hash())?;
        let signed: Signed<TxEip1559> = transaction.into_signed(signature);
        Some(Envelope {
            raw: signed.encoded_2718(),
            hash: *signed.hash(),
        })
    }

    fn encode(&self) -> TxEip1559 {
        TxEip1559 {
            chain_id: self.chain_id,
            nonce: self.nonce,
            gas_limit: self.gas_limit,
            max_fee_per_gas: self.fees.max_fee,
            max_priority_fee_per_gas: self.fees.priority_fee,
            to: TxKind::Call(self.to),
            value: U256::ZERO,
            access_list: Default::default(),
            input: Bytes::copy_from_slice(&self.calldata),
        }
    }
}

/// The transaction under way, as it is stored before it is sent: nobody signs another with its
/// nonce but to replace it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct InFlight {
    /// What it is for.
    pub intent: Intent,
    /// The Ethereum chain.
    pub chain_id: u64,
    /// The account that sends it.
    pub sender: [u8; 20],
    /// The contract that it calls.
    pub to: [u8; 20],
    /// The sender's nonce.
    pub nonce: u64,
    /// The most gas it may use.
    pub gas_limit: u64,
    /// What it offers.
    pub fees: Fees,
    /// The call.
    pub calldata: Vec<u8>,
    /// The transaction's bytes.
    pub raw: Vec<u8>,
    /// Hashes of the transaction and of those that it replaced, newest first.
    pub hashes: Vec<[u8; 32]>,
    /// When it was signed, in milliseconds of the node's clock.
    pub signed_ms: u64,
    /// Ethereum's newest block when it was signed.
    pub signed_block: u64,
}

impl InFlight {
    /// Returns the hash of the newest version.
    pub fn hash(&self) -> B256 {
        self.hashes.first().map(B256::from).unwrap_or_default()
    }

    /// Returns the hashes of all versions, newest first.
    pub fn hashes(&self) -> impl Iterator<Item = B256> + '_ {
        self.hashes.iter().map(B256::from)
    }
}

/// The hashes of a transaction's versions after another replaced it.
pub fn push_hash(hash: B256, replaced: &[[u8; 32]]) -> Vec<[u8; 32]> {
    let mut hashes = alloc::vec![hash.0];
    hashes.extend(replaced.iter().filter(|old| **old != hash.0).take(MAX_HASHES - 1));
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_consensus::TxEnvelope;
    use alloy_eips::eip2718::Decodable2718;

    const SETTLE: Intent = Intent::Settle {
        app: 1,
        first: 4,
        last: 5,
    };

    #[test]
    fn transaction_should_be_wanted_until_it_has_its_effect() {
        let state = |registered, next_batch| AppState {
            next_batch,
            ..AppState::initial(registered)
        };
        let order = OrderState {
            block: 10,
            current_set: 3,
            next_set: 4,
            root_slot: U256::ZERO,
        };
        let wanted = |intent: Intent, app| intent.wanted(Some(&app), &order);
        let register = Intent::Register { app: 1 };
        assert!(wanted(register, state(false, 0)));
        assert!(!wanted(register, state(true, 0)));
        assert!(!register.wanted(None, &order));
        for intent in [SETTLE, Intent::SkipVoided { app: 1, batch: 4 }] {
            assert!(wanted(intent, state(true, 4)));
            assert!(!wanted(intent, state(true, 3)));
            assert!(!wanted(intent, state(true, 5)));
            assert!(!wanted(intent, state(true, 6)));
            assert!(!wanted(intent, state(false, 0)));
        }
        let commit = |set, block| Intent::Commit { set, block }.wanted(None, &order);
        assert!(commit(3, 11) && commit(4, 11));
        assert!(!commit(3, 10) && !commit(2, 11));
    }

    #[test]
    fn hashes_should_be_newest_first_and_few() {
        let mut hashes = Vec::new();
        for byte in 0..40 {
            hashes = push_hash(B256::repeat_byte(byte), &hashes);
        }
        assert_eq!(hashes.len(), MAX_HASHES);
        assert_eq!(hashes[..2], [[39; 32], [38; 32]]);
        assert_eq!(push_hash(B256::repeat_byte(39), &hashes), hashes);
    }

    #[test]
    fn envelope_should_decode_to_what_was_signed() {
        let draft = Draft {
            chain_id: 31337,
            nonce: 7,
            gas_limit: 500_000,
            fees: Fees {
                max_fee: 3_000_000_000,
                priority_fee: 1_000_000_000,
            },
            to: Address::repeat_byte(0x11),
            calldata: alloc::vec![1, 2, 3],
        };
        let signature = Signature::from_scalars_and_parity(B256::repeat_byte(1), B256::repeat_byte(2), true);
        let envelope = draft.sign(|_| Some(signature)).expect("it is signed");
        assert_eq!(envelope.raw[0], 2, "the type of EIP-1559 transactions");
        let decoded = TxEnvelope::decode_2718(&mut &envelope.raw[..]).expect("it is well-formed");
        assert_eq!(*decoded.tx_hash(), envelope.hash);
        let signed = decoded.as_eip1559().expect("it has the type");
        assert_eq!((signed.tx(), signed.signature()), (&draft.encode(), &signature));
        assert_eq!(draft.sign(|_| None), None);
    }
}
