//! The `Settlement` contract's interface, `contracts/src/Settlement.sol`.

use alloc::vec::Vec;
use alloy_primitives::{keccak256, B256, U256};
use alloy_sol_types::{SolCall, SolInterface, SolValue};
use zkfusion_primitives::{
    field::to_be_bytes,
    ids::{AppId, BatchIndex, ProgramId},
    merkle::{DEPTH, EMPTY_HASHES},
    statement::{NonCanonicalField, Statement, STATEMENT_FIELDS},
};

#[allow(missing_docs)]
mod interface {
    alloy_sol_types::sol! {
        #[derive(Debug, PartialEq, Eq)]
        interface Settlement {
            struct SettlementStatement {
                uint256 genesisHash;
                uint256 appId;
                uint256 programId;
                uint256 batchIndex;
                uint256 preRoot;
                uint256 postRoot;
                uint256 inboxHashPre;
                uint256 inboxHashPost;
                uint256 writesHash;
                uint256 outboxRoot;
                uint256 vrfSeed;
                uint256 depositHashPre;
                uint256 depositHashPost;
                uint256 batchCount;
            }

            struct App {
                bool registered;
                uint64 nextBatch;
                uint256 root;
                uint256 inboxHash;
            }

            function register(uint256 genesisHash, uint256 appId, uint256 programId) external returns (bytes32 key);
            function settle(SettlementStatement calldata statement, bytes calldata proof) external;
            function appState(bytes32 key) external view returns (App memory app);

            error NonCanonicalField(uint256 field, uint256 value);
            error UnknownApp(bytes32 key);
            error AlreadySettled(bytes32 key, uint64 nextBatch);
            error BatchOutOfOrder(uint64 expected, uint256 got);
            error BadBatchCount(uint256 batchCount);
            error RootMismatch(uint256 expected, uint256 got);
            error InboxMismatch(uint256 expected, uint256 got);
            error UnexpectedDeposits(uint256 depositHashPre, uint256 depositHashPost);
            error InvalidProof();
        }
    }
}

pub use interface::Settlement;

/// Why the contract refuses a call.
pub type Refusal = Settlement::SettlementErrors;

/// Bytes of a word.
const WORD: usize = 32;

/// Words of a settlement statement: those of a batch's, and the number of batches.
const SETTLEMENT_WORDS: usize = STATEMENT_FIELDS + 1;

/// An app as the contract names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppName {
    /// Genesis hash of the appchain, id of the app and of its program.
    words: [U256; 3],
}

impl AppName {
    /// Names an app of the chain with this genesis hash.
    ///
    /// # Errors
    ///
    /// When the program id is not a field element; no registered app has such a one.
    pub fn new(
        genesis_hash: [u8; 32],
        app_id: AppId,
        program_id: ProgramId,
    ) -> Result<Self, NonCanonicalField> {
        let words = Words::of(&Statement {
            genesis_hash,
            app_id,
            program_id,
            ..Statement::default()
        })?;
        Ok(Self {
            words: [words.get(0), words.get(1), words.get(2)],
        })
    }

    /// Returns the key under which the contract keeps the app.
    pub fn key(&self) -> B256 {
        keccak256(self.words.abi_encode())
    }

    /// Returns the calldata that registers the app.
    pub fn register(&self) -> Vec<u8> {
        let [genesis_hash, app_id, program_id] = self.words;
        Settlement::registerCall {
            genesisHash: genesis_hash,
            appId: app_id,
            programId: program_id,
        }
        .abi_encode()
    }

    /// Returns the calldata that asks where the app stands.
    pub fn state(&self) -> Vec<u8> {
        Settlement::appStateCall { key: self.key() }.abi_encode()
    }
}

/// Where an app stands on Ethereum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppState {
    /// Whether the contract knows the app.
    pub registered: bool,
    /// The first batch that is not settled.
    pub next_batch: BatchIndex,
    /// The KV root after the last settled batch.
    pub root: U256,
    /// The inbox hash after the last settled batch.
    pub inbox_hash: U256,
}

impl AppState {
    /// Returns where every app starts, registered or not.
    pub fn initial(registered: bool) -> Self {
        Self {
            registered,
            next_batch: 0,
            root: U256::from_be_bytes(to_be_bytes(&EMPTY_HASHES[DEPTH])),
            inbox_hash: U256::ZERO,
        }
    }

    /// Reads the contract's answer; nothing if it is none, as from an address without the contract.
    pub fn decode(answer: &[u8]) -> Option<Self> {
        let app = Settlement::appStateCall::abi_decode_returns(answer).ok()?;
        Some(match app.registered {
            true => Self {
                registered: true,
                next_batch: app.nextBatch,
                root: app.root,
                inbox_hash: app.inboxHash,
            },
            false => Self::initial(false),
        })
    }
}

/// The words of a batch's statement as Ethereum sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words([U256; STATEMENT_FIELDS]);

impl Words {
    /// Returns the words of a statement.
    ///
    /// # Errors
    ///
    /// When a field is not a field element; statements that the chain has verified have no such field.
    pub fn of(statement: &Statement) -> Result<Self, NonCanonicalField> {
        let encoded = statement.abi_encode()?;
        let mut words = [U256::ZERO; STATEMENT_FIELDS];
        for (word, bytes) in words.iter_mut().zip(encoded.chunks_exact(WORD)) {
            *word = U256::from_be_slice(bytes);
        }
        Ok(Self(words))
    }

    fn get(&self, field: usize) -> U256 {
        self.0.get(field).copied().unwrap_or_default()
    }

    /// Returns the KV root before the batch.
    pub fn pre_root(&self) -> U256 {
        self.get(4)
    }

    /// Returns the inbox hash before the batch.
    pub fn inbox_hash_pre(&self) -> U256 {
        self.get(6)
    }
}

/// Returns whether `calldata` settles exactly the batches from `first` to `last`, which are `count`.
///
/// The folded fields are left to the contract, which has the proof for them.
pub fn settles(calldata: &[u8], first: &Words, last: &Words, count: u64) -> bool {
    let Some((selector, arguments)) = calldata.split_first_chunk() else {
        return false;
    };
    if *selector != Settlement::settleCall::SELECTOR || arguments.len() < WORD * SETTLEMENT_WORDS {
        return false;
    }
    let mut words = arguments.chunks_exact(WORD).map(U256::from_be_slice);
    let mut words: [U256; SETTLEMENT_WORDS] = core::array::from_fn(|_| words.next().unwrap_or_default());
    let folded = [8, 9, 10];
    let mut expected = [U256::ZERO; SETTLEMENT_WORDS];
    for (field, word) in expected.iter_mut().enumerate() {
        *word = match field {
            5 | 7 | 12 => last.get(field),
            STATEMENT_FIELDS => U256::from(count),
            _ => first.get(field),
        };
    }
    for field in folded {
        words[field] = U256::ZERO;
        expected[field] = U256::ZERO;
    }
    words == expected
}

/// Returns why the contract refused, from the data of a reverted call; nothing if it is no error of the contract's.
pub fn refusal(data: &[u8]) -> Option<Refusal> {
    Refusal::abi_decode(data).ok()
}

#[cfg(test)]
mod tests;
