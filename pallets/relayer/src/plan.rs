//! Decides what to do next from what was read.

use crate::{
    abi::{AppState, Words},
    transaction::InFlight,
};
use alloc::vec::Vec;
use alloy_primitives::B256;
use core::fmt;
use zkfusion_primitives::{ids::BatchIndex, statement::Statement};

/// A transaction that is in no block after this time may be replaced, in milliseconds.
pub const STUCK_MS: u64 = 60_000;

/// ... and after this many blocks, which tells a bad offer from a chain without blocks.
pub const STUCK_BLOCKS: u64 = 3;

/// A transaction that has been in a block for so many has no receipt any more: some nodes keep them
/// for that long only.
pub const RECEIPT_BLOCKS: u64 = 64;

/// Why the batches after the settled ones cannot be settled by this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// The appchain does not keep the statement of the batch any more.
    Forgotten(BatchIndex),
    /// Ethereum has another history of the app than this chain.
    Diverged(BatchIndex),
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forgotten(batch) => write!(
                f,
                "batch {batch} is not settled and so old that the chain forgot its statement; settle it with the proof from the \
                 block that verified it"
            ),
            Self::Diverged(batch) => write!(
                f,
                "Ethereum has settled another history: batch {batch} does not continue it"
            ),
        }
    }
}

/// Returns the statements of the batches to settle next: from the first that is not settled up to
/// `end`, as far as they are of one program.
///
/// `statement` is the statement of a batch that is verified at a final block; those before `end`
/// are.
///
/// # Errors
///
/// Why they cannot be settled.
pub fn next_range(
    state: &AppState,
    end: BatchIndex,
    statement: impl Fn(BatchIndex) -> Option<Statement>,
) -> Result<Vec<Statement>, Blocked> {
    let first = state.next_batch;
    let mut range: Vec<Statement> = Vec::new();
    for batch in first..end {
        let next = statement(batch).ok_or(Blocked::Forgotten(batch))?;
        if range
            .first()
            .is_some_and(|first| first.program_id != next.program_id)
        {
            break;
        }
        range.push(next);
    }
    if let Some(statement) = range.first() {
        let words = Words::of(statement).map_err(|_| Blocked::Diverged(first))?;
        if (words.pre_root(), words.inbox_hash_pre()) != (state.root, state.inbox_hash) {
            return Err(Blocked::Diverged(first));
        }
    }
    Ok(range)
}

/// A receipt of one of a transaction's versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The transaction's hash.
    pub hash: B256,
    /// Whether it had its effect, or reverted.
    pub success: bool,
    /// The block that it is in.
    pub block: u64,
    /// Gas that it used.
    pub gas_used: u64,
    /// What was paid for each unit of gas, in wei.
    pub gas_price: u128,
}

/// What Ethereum says about a transaction and its sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The sender's nonce in the newest block.
    pub nonce: u64,
    /// The newest block.
    pub block: u64,
    /// The receipt, if one of the versions is in a block.
    pub receipt: Option<Receipt>,
    /// Whether the node told of the receipts. Some do not for a while, as they index transactions.
    pub receipts_known: bool,
    /// Whether the node knows the newest version.
    pub known: bool,
    /// The block that the newest version is in, as the node says.
    pub mined: Option<u64>,
    /// Whether the transaction would still do what it is for.
    pub wanted: bool,
}

/// What to do about the transaction under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is in a block: tell its outcome and forget it.
    Included(Receipt),
    /// It is in an old block, and the node has no receipt of it: forget it. What it did is read
    /// from the contracts.
    Unwitnessed,
    /// Its nonce was used by a transaction that is not known here: forget it.
    Superseded,
    /// Ethereum went back behind its nonce, or began anew: forget it.
    Orphaned,
    /// Nobody knows it and it is not wanted any more: forget it.
    Dropped,
    /// Wait for a block.
    Pending,
    /// The node lost it: send it again.
    Resend,
    /// It waits for too long: replace it by the same with higher fees.
    Replace,
    /// It waits for too long and is not wanted any more: replace it by whatever is to be sent next.
    Reuse,
}

/// Decides what to do about the transaction under way.
pub fn fate(transaction: &InFlight, seen: Sighting, now_ms: u64) -> Fate {
    if let Some(receipt) = seen.receipt {
        return Fate::Included(receipt);
    }
    if seen.nonce > transaction.nonce {
        let blocks = seen.mined.map(|mined| seen.block.saturating_sub(mined));
        return match blocks {
            Some(RECEIPT_BLOCKS..) => Fate::Unwitnessed,
            // A node that still knows it has included it between two of the questions.
            _ if seen.known || !seen.receipts_known => Fate::Pending,
            _ => Fate::Superseded,
        };
    }
    if seen.nonce < transaction.nonce {
        return Fate::Orphaned;
    }
    let stuck = now_ms.saturating_sub(transaction.signed_ms) >= STUCK_MS
        && seen.block.saturating_sub(transaction.signed_block) >= STUCK_BLOCKS;
    match (seen.wanted, seen.known, stuck) {
        (true, _, true) => Fate::Replace,
        (true, false, false) => Fate::Resend,
        (false, false, _) => Fate::Dropped,
        (false, true, true) => Fate::Reuse,
        (_, true, false) => Fate::Pending,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fees::Fees, transaction::Intent};
    use alloy_primitives::U256;
    use zkfusion_primitives::field::{to_bytes, Fr};

    fn statement(batch: BatchIndex) -> Option<Statement> {
        let element = |n: u64| to_bytes(&Fr::from(n));
        Some(Statement {
            batch_index: batch,
            pre_root: element(100 + batch),
            post_root: element(101 + batch),
            inbox_hash_pre: element(200 + batch),
            inbox_hash_post: element(201 + batch),
            ..Statement::default()
        })
    }

    fn state(next_batch: BatchIndex) -> AppState {
        AppState {
            registered: true,
            next_batch,
            root: U256::from(100 + next_batch),
            inbox_hash: U256::from(200 + next_batch),
            seeds_hash: U256::ZERO,
        }
    }

    fn indices(range: Result<Vec<Statement>, Blocked>) -> Vec<BatchIndex> {
        range
            .expect("nothing is in the way")
            .iter()
            .map(|statement| statement.batch_index)
            .collect()
    }

    #[test]
    fn range_should_begin_where_ethereum_stands_and_be_bounded() {
        assert_eq!(indices(next_range(&state(2), 5, statement)), [2, 3, 4]);
        assert!(indices(next_range(&state(2), 2, statement)).is_empty());
        assert!(indices(next_range(&state(2), 0, statement)).is_empty());
    }

    #[test]
    fn range_should_end_where_the_program_changes() {
        let upgraded = |batch| {
            let mut statement = statement(batch)?;
            statement.program_id[0] = u8::from(batch > 3);
            Some(statement)
        };
        assert_eq!(indices(next_range(&state(2), 9, upgraded)), [2, 3]);
        assert_eq!(indices(next_range(&state(4), 6, upgraded)), [4, 5]);
    }

    #[test]
    fn range_should_be_refused_when_a_statement_is_forgotten() {
        let forgetful = |batch| statement(batch).filter(|_| batch > 3);
        assert_eq!(next_range(&state(2), 9, forgetful), Err(Blocked::Forgotten(2)));
        assert_eq!(indices(next_range(&state(4), 7, forgetful)), [4, 5, 6]);
    }

    #[test]
    fn range_should_be_refused_when_histories_differ() {
        let mut root = state(2);
        root.root += U256::from(1);
        let mut inbox = state(2);
        inbox.inbox_hash += U256::from(1);
        for state in [root, inbox] {
            assert_eq!(next_range(&state, 9, statement), Err(Blocked::Diverged(2)));
        }
    }

    fn transaction() -> InFlight {
        InFlight {
            intent: Intent::Register { app: 0 },
            chain_id: 1,
            sender: [0; 20],
            to: [0; 20],
            nonce: 5,
            gas_limit: 0,
            fees: Fees {
                max_fee: 0,
                priority_fee: 0,
            },
            calldata: Vec::new(),
            raw: Vec::new(),
            hashes: Vec::new(),
            signed_ms: 1_000,
            signed_block: 10,
        }
    }

    fn seen(known: bool, wanted: bool) -> Sighting {
        Sighting {
            nonce: 5,
            block: 10,
            receipt: None,
            receipts_known: true,
            known,
            mined: None,
            wanted,
        }
    }

    fn stuck(known: bool, wanted: bool) -> Fate {
        let sighting = Sighting {
            block: 13,
            ..seen(known, wanted)
        };
        fate(&transaction(), sighting, 61_000)
    }

    #[test]
    fn transaction_should_be_included_when_there_is_a_receipt() {
        let receipt = Receipt {
            hash: B256::ZERO,
            success: false,
            block: 11,
            gas_used: 1,
            gas_price: 1,
        };
        for nonce in [5, 6] {
            let sighting = Sighting {
                nonce,
                receipt: Some(receipt.clone()),
                ..seen(true, false)
            };
            assert_eq!(fate(&transaction(), sighting, 0), Fate::Included(receipt.clone()));
        }
    }

    #[test]
    fn transaction_should_be_forgotten_when_its_nonce_cannot_be_used() {
        let at = |nonce, known| Sighting {
            nonce,
            ..seen(known, true)
        };
        assert_eq!(fate(&transaction(), at(6, false), 0), Fate::Superseded);
        assert_eq!(fate(&transaction(), at(6, true), 0), Fate::Pending);
        assert_eq!(fate(&transaction(), at(4, true), 0), Fate::Orphaned);
    }

    #[test]
    fn transaction_should_be_forgotten_when_its_receipt_is_gone() {
        let mined = |block| Sighting {
            nonce: 6,
            block: 100,
            mined: Some(block),
            ..seen(true, true)
        };
        assert_eq!(fate(&transaction(), mined(37), 0), Fate::Pending);
        assert_eq!(fate(&transaction(), mined(36), 0), Fate::Unwitnessed);
        assert_eq!(fate(&transaction(), mined(101), 0), Fate::Pending);
    }

    #[test]
    fn transaction_should_wait_for_its_receipt_when_the_node_does_not_tell() {
        let untold = |nonce, known| Sighting {
            nonce,
            receipts_known: false,
            ..seen(known, true)
        };
        assert_eq!(fate(&transaction(), untold(6, false), 0), Fate::Pending);
        assert_eq!(fate(&transaction(), untold(5, false), 0), Fate::Resend);
        assert_eq!(fate(&transaction(), untold(4, false), 0), Fate::Orphaned);
    }

    #[test]
    fn transaction_should_be_sent_again_when_node_lost_it() {
        assert_eq!(fate(&transaction(), seen(false, true), 2_000), Fate::Resend);
        assert_eq!(fate(&transaction(), seen(true, true), 2_000), Fate::Pending);
    }

    #[test]
    fn transaction_should_be_dropped_when_not_wanted_and_not_known() {
        assert_eq!(fate(&transaction(), seen(false, false), 2_000), Fate::Dropped);
        assert_eq!(fate(&transaction(), seen(true, false), 2_000), Fate::Pending);
        assert_eq!(stuck(false, false), Fate::Dropped);
    }

    #[test]
    fn transaction_should_be_replaced_when_it_waits_for_long_while_blocks_pass() {
        assert_eq!(stuck(true, true), Fate::Replace);
        assert_eq!(stuck(false, true), Fate::Replace);
        assert_eq!(stuck(true, false), Fate::Reuse);
        let no_blocks = seen(true, true);
        assert_eq!(fate(&transaction(), no_blocks, 1_000_000), Fate::Pending);
        let soon = Sighting {
            block: 100,
            ..seen(true, true)
        };
        assert_eq!(fate(&transaction(), soon, 60_999), Fate::Pending);
    }
}
