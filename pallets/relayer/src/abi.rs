//! How to call the contracts, `contracts/src/ISettlement.sol` and `IBeefyOrder.sol`, and to read
//! their answers.

use alloc::vec::Vec;
use alloy_primitives::{keccak256, Address, B256, U256};
use alloy_sol_types::{SolCall, SolInterface, SolValue};
use core::fmt;
use zkfusion_contracts::{
    IBeefyOrder::{self, IBeefyOrderErrors},
    ISettlement::{self, ISettlementErrors},
    SettlementStatement,
};
use zkfusion_primitives::{
    field::to_be_bytes,
    ids::{AppId, BatchIndex, ProgramId},
    merkle::{DEPTH, EMPTY_HASHES},
    statement::{NonCanonicalField, Statement, StatementField, STATEMENT_FIELDS},
};

/// Why a contract refuses a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `Settlement` refuses.
    Settlement(ISettlementErrors),
    /// `BeefyOrder` refuses, called by a relayer or by `Settlement`.
    Order(IBeefyOrderErrors),
}

impl Refusal {
    /// Returns whether somebody else did before what the call is for.
    pub fn came_second(&self) -> bool {
        use {IBeefyOrderErrors as Order, ISettlementErrors as Settled};
        matches!(
            self,
            Self::Settlement(Settled::AlreadySettled(_))
                | Self::Order(Order::StaleBlock(_) | Order::OldSet(_) | Order::NoHandover(_))
        )
    }

    /// Returns whether the contract takes the proof for invalid.
    pub fn is_invalid_proof(&self) -> bool {
        matches!(self, Self::Settlement(ISettlementErrors::InvalidProof(_)))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settlement(error) => write!(f, "{error:?}"),
            Self::Order(error) => write!(f, "{error:?}"),
        }
    }
}

/// The contracts that an app is settled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contracts {
    /// `Settlement`.
    pub settlement: Address,
    /// `BeefyOrder`, which tells what the appchain finalized.
    pub order: Address,
    /// `SettlementProofVerifier`, which checks proofs.
    pub verifier: Address,
    /// Who may upgrade the apps; zero if nobody may.
    pub upgrader: Address,
}

/// Bytes of a word.
const WORD: usize = 32;

/// An app as the contract names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppName {
    config: ISettlement::AppConfig,
}

impl AppName {
    /// Names an app of the chain with this genesis hash; `program_id` is the first that the app
    /// had.
    ///
    /// # Errors
    ///
    /// When the program id is not a field element; no registered app has such an id.
    pub fn new(
        genesis_hash: [u8; 32],
        app_id: AppId,
        program_id: ProgramId,
        contracts: &Contracts,
    ) -> Result<Self, NonCanonicalField> {
        let words = Words::of(&Statement {
            genesis_hash,
            app_id,
            program_id,
            ..Statement::default()
        })?;
        let config = ISettlement::AppConfig {
            genesisHash: words.get(StatementField::GenesisHash),
            appId: words.get(StatementField::AppId),
            programId: words.get(StatementField::ProgramId),
            order: contracts.order,
            verifier: contracts.verifier,
            upgrader: contracts.upgrader,
        };
        Ok(Self { config })
    }

    /// Returns the key under which the contract keeps the app.
    pub fn key(&self) -> B256 {
        keccak256(self.config.abi_encode())
    }

    /// Returns the calldata that registers the app.
    pub fn register(&self) -> Vec<u8> {
        ISettlement::registerCall {
            config: self.config.clone(),
        }
        .abi_encode()
    }

    /// Returns the calldata that asks where the app stands.
    pub fn state(&self) -> Vec<u8> {
        ISettlement::appStateCall { key: self.key() }.abi_encode()
    }

    /// Returns the calldata that settles the batches with these statements.
    ///
    /// # Errors
    ///
    /// When a field is not a field element; statements that the chain has verified have no such
    /// field.
    pub fn settle(
        &self,
        range: &[Statement],
        proved: &Statement,
        proof: Vec<u8>,
        evidence: Vec<u8>,
    ) -> Result<Vec<u8>, NonCanonicalField> {
        let seeds = range
            .iter()
            .map(|statement| Ok(Words::of(statement)?.vrf_seed()))
            .collect::<Result<_, _>>()?;
        Ok(ISettlement::settleCall {
            config: self.config.clone(),
            statement: Words::of(proved)?.over(range.len() as u64),
            seeds,
            proof: proof.into(),
            evidence: evidence.into(),
        }
        .abi_encode())
    }

    /// Returns the calldata that passes the next batch, which was voided.
    pub fn skip_voided(&self, inbox_hash_post: U256, seed: U256, evidence: Vec<u8>) -> Vec<u8> {
        ISettlement::skipVoidedCall {
            config: self.config.clone(),
            inboxHashPost: inbox_hash_post,
            seed,
            evidence: evidence.into(),
        }
        .abi_encode()
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
    /// The fold of the seeds of all settled batches.
    pub seeds_hash: U256,
}

impl AppState {
    /// Returns where every app starts, registered or not.
    pub fn initial(registered: bool) -> Self {
        Self {
            registered,
            next_batch: 0,
            root: U256::from_be_bytes(to_be_bytes(&EMPTY_HASHES[DEPTH])),
            inbox_hash: U256::ZERO,
            seeds_hash: U256::ZERO,
        }
    }

    /// Reads the contract's answer; nothing if it is none, as from an address without the contract.
    pub fn decode(answer: &[u8]) -> Option<Self> {
        let app = ISettlement::appStateCall::abi_decode_returns(answer).ok()?;
        Some(match app.registered {
            true => Self {
                registered: true,
                next_batch: app.nextBatch,
                root: app.root,
                inbox_hash: app.inboxHash,
                seeds_hash: app.seedsHash,
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
    /// When a field is not a field element; statements that the chain has verified have no such
    /// field.
    pub fn of(statement: &Statement) -> Result<Self, NonCanonicalField> {
        let encoded = statement.abi_encode()?;
        let mut words = [U256::ZERO; STATEMENT_FIELDS];
        for (word, bytes) in words.iter_mut().zip(encoded.chunks_exact(WORD)) {
            *word = U256::from_be_slice(bytes);
        }
        Ok(Self(words))
    }

    fn get(&self, field: StatementField) -> U256 {
        self.0.get(field.index()).copied().unwrap_or_default()
    }

    /// Returns the KV root before the batch.
    pub fn pre_root(&self) -> U256 {
        self.get(StatementField::PreRoot)
    }

    /// Returns the inbox hash before the batch.
    pub fn inbox_hash_pre(&self) -> U256 {
        self.get(StatementField::InboxHashPre)
    }

    /// Returns the batch's randomness.
    pub fn vrf_seed(&self) -> U256 {
        self.get(StatementField::VrfSeed)
    }

    /// Returns the statement of a settlement with these fields over `count` batches.
    #[allow(non_snake_case)]
    fn over(&self, count: u64) -> SettlementStatement {
        let Self(
            [genesisHash, appId, programId, batchIndex, preRoot, postRoot, inboxHashPre, inboxHashPost, writesHash, outboxRoot, vrfSeed, depositHashPre, depositHashPost],
        ) = *self;
        SettlementStatement {
            genesisHash,
            appId,
            programId,
            batchIndex,
            preRoot,
            postRoot,
            inboxHashPre,
            inboxHashPost,
            writesHash,
            outboxRoot,
            vrfSeed,
            depositHashPre,
            depositHashPost,
            batchCount: U256::from(count),
        }
    }
}

/// Returns whether a settlement proof is of exactly the batches from `first` to `last`.
///
/// Fields that are folded over several batches are left to the contract, which has the proof for
/// them.
pub fn proves(proved: &Words, first: &Words, last: &Words) -> bool {
    use StatementField::*;
    let one = first == last;
    StatementField::ALL.into_iter().all(|field| match field {
        PostRoot | InboxHashPost | DepositHashPost => proved.get(field) == last.get(field),
        WritesHash | OutboxRoot | VrfSeed if !one => true,
        _ => proved.get(field) == first.get(field),
    })
}

/// Where the light client of the appchain stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderState {
    /// The block of the newest commitment; 0 before the first.
    pub block: u64,
    /// The set of validators that signs.
    pub current_set: u64,
    /// The set after it.
    pub next_set: u64,
    /// Where the root of the newest commitment is kept.
    pub root_slot: U256,
}

impl OrderState {
    /// Returns the calldata that asks for it.
    pub fn call() -> Vec<u8> {
        IBeefyOrder::stateCall {}.abi_encode()
    }

    /// Reads the contract's answer; nothing if it is none, as from an address without the contract.
    pub fn decode(answer: &[u8]) -> Option<Self> {
        let state = IBeefyOrder::stateCall::abi_decode_returns(answer).ok()?;
        Some(Self {
            block: state.blockNumber,
            current_set: state.currentSetId,
            next_set: state.nextSetId,
            root_slot: state.rootSlot,
        })
    }
}

/// Returns why a contract refused, from the data of a reverted call; nothing if it is not an error
/// of theirs.
pub fn refusal(data: &[u8]) -> Option<Refusal> {
    ISettlementErrors::abi_decode(data)
        .map(Refusal::Settlement)
        .or_else(|_| IBeefyOrderErrors::abi_decode(data).map(Refusal::Order))
        .ok()
}

#[cfg(test)]
mod tests;
