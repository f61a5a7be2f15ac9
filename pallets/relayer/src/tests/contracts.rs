//! The contracts of the fake Ethereum, as strict as the real ones in what the worker depends on.

use super::chain::Chain;
use crate::{
    abi::{AppState, OrderState},
    mock::{beefy::authority_set, MaxBatches, ORDER, SETTLEMENT},
};
use alloy_primitives::{keccak256, Address, B256, U256};
use alloy_sol_types::{SolCall, SolError, SolValue};
use binary_merkle_tree::merkle_root;
use sp_consensus_beefy::mmr::BeefyAuthoritySet;
use sp_core::H256;
use sp_runtime::traits::Keccak256;
use zkfusion_contracts::{
    Commitment, IBeefyOrder,
    ISettlement::{self, AppConfig},
    MerklePath, MmrLeaf, OrderEvidence, Signature,
};
use zkfusion_primitives::order::fold_seed;

/// What a call changes.
#[derive(Clone)]
pub(super) enum Change {
    /// An app stands elsewhere.
    App(B256, AppState),
    /// The light client does.
    Order(LightClient),
}

/// What a call changes and returns, or what it reverts with.
pub(super) type Outcome = Result<(Option<Change>, Vec<u8>), Vec<u8>>;

fn refuse<T>(error: impl SolError) -> Result<T, Vec<u8>> {
    Err(error.abi_encode())
}

fn word(value: u64) -> U256 {
    U256::from(value)
}

impl Chain {
    /// Executes a call of a contract.
    pub(super) fn run(&self, to: Address, data: &[u8]) -> Outcome {
        if !self.deployed {
            return Ok((None, Vec::new()));
        }
        match to.0 .0 {
            SETTLEMENT => self.settlement(data),
            ORDER => self.order.run(data),
            _ => Ok((None, Vec::new())),
        }
    }

    fn settlement(&self, data: &[u8]) -> Outcome {
        if let Ok(call) = ISettlement::appStateCall::abi_decode(data) {
            let words = self.apps.get(&call.key).map_or([U256::ZERO; 7], |state| {
                let (program, verifier) = (U256::ZERO, U256::ZERO);
                [
                    word(1),
                    word(state.next_batch),
                    state.root,
                    state.inbox_hash,
                    state.seeds_hash,
                    program,
                    verifier,
                ]
            });
            return Ok((None, words.abi_encode()));
        }
        if let Ok(call) = ISettlement::registerCall::abi_decode(data) {
            let key = keccak256(call.config.abi_encode());
            let state = self.apps.get(&key).copied().unwrap_or(AppState::initial(true));
            return Ok((Some(Change::App(key, state)), key.to_vec()));
        }
        if let Ok(call) = ISettlement::skipVoidedCall::abi_decode(data) {
            return self.skip_voided(call);
        }
        self.settle(ISettlement::settleCall::abi_decode(data).expect("there is no other function"))
    }

    fn registered(&self, config: &AppConfig) -> Result<(B256, AppState), Vec<u8>> {
        let key = keccak256(config.abi_encode());
        match self.apps.get(&key) {
            Some(app) => Ok((key, *app)),
            None => refuse(ISettlement::UnknownApp { key }),
        }
    }

    fn settle(&self, call: ISettlement::settleCall) -> Outcome {
        let (config, statement) = (call.config, call.statement);
        let (key, app) = self.registered(&config)?;
        if statement.genesisHash != config.genesisHash {
            return refuse(ISettlement::GenesisMismatch {
                expected: config.genesisHash,
                got: statement.genesisHash,
            });
        }
        if statement.appId != config.appId {
            return refuse(ISettlement::AppIdMismatch {
                expected: config.appId,
                got: statement.appId,
            });
        }
        let batch_count = statement.batchCount;
        if batch_count.is_zero() || batch_count > U256::from(MaxBatches::get()) {
            return refuse(ISettlement::BadBatchCount {
                batchCount: batch_count,
            });
        }
        let first = statement.batchIndex.to::<u64>();
        let end = first + batch_count.to::<u64>();
        if end <= app.next_batch {
            return refuse(ISettlement::AlreadySettled {
                key,
                nextBatch: app.next_batch,
            });
        }
        if first != app.next_batch {
            return refuse(ISettlement::BatchOutOfOrder {
                expected: app.next_batch,
                got: statement.batchIndex,
            });
        }
        if statement.preRoot != app.root {
            return refuse(ISettlement::RootMismatch {
                expected: app.root,
                got: statement.preRoot,
            });
        }
        if statement.inboxHashPre != app.inbox_hash {
            return refuse(ISettlement::InboxMismatch {
                expected: app.inbox_hash,
                got: statement.inboxHashPre,
            });
        }
        if statement.programId != config.programId {
            return refuse(ISettlement::ProgramMismatch {
                expected: config.programId,
                got: statement.programId,
            });
        }
        if word(call.seeds.len() as u64) != batch_count {
            return refuse(ISettlement::SeedCountMismatch {
                expected: batch_count,
                got: word(call.seeds.len() as u64),
            });
        }
        let range_seed = fold(call.seeds[0], &call.seeds[1..]);
        if range_seed != statement.vrfSeed {
            return refuse(ISettlement::SeedsMismatch {
                expected: statement.vrfSeed,
                got: range_seed,
            });
        }
        let state = AppState {
            registered: true,
            next_batch: end,
            root: statement.postRoot,
            inbox_hash: statement.inboxHashPost,
            seeds_hash: fold(app.seeds_hash, &call.seeds),
        };
        self.order
            .check_order(hash_head(&config, &state, statement.programId), &call.evidence)?;
        if call.proof != self.good_proof {
            return refuse(ISettlement::InvalidProof {});
        }
        Ok((Some(Change::App(key, state)), Vec::new()))
    }

    fn skip_voided(&self, call: ISettlement::skipVoidedCall) -> Outcome {
        let (key, app) = self.registered(&call.config)?;
        let state = AppState {
            next_batch: app.next_batch + 1,
            inbox_hash: call.inboxHashPost,
            seeds_hash: fold(app.seeds_hash, &[call.seed]),
            ..app
        };
        self.order
            .check_order(hash_head(&call.config, &state, U256::ZERO), &call.evidence)?;
        Ok((Some(Change::App(key, state)), Vec::new()))
    }
}

/// Returns the fold of these seeds.
pub(super) fn fold(start: U256, seeds: &[U256]) -> U256 {
    seeds.iter().fold(start, |folded, seed| {
        let folded = fold_seed(&folded.to_le_bytes(), &seed.to_le_bytes());
        U256::from_le_bytes(folded.expect("they are field elements"))
    })
}

/// Returns the hash of the head that an app has before it stands there.
fn hash_head(config: &AppConfig, state: &AppState, program_id: U256) -> B256 {
    let words = [
        config.genesisHash,
        config.appId,
        word(state.next_batch - 1),
        state.inbox_hash,
        state.seeds_hash,
        program_id,
    ];
    keccak256(words.abi_encode())
}

/// Returns the hash of a leaf of the mountain range, over its SCALE encoding.
pub(crate) fn hash_leaf(leaf: &MmrLeaf) -> B256 {
    let mut bytes = vec![leaf.version];
    bytes.extend(leaf.parentNumber.to_le_bytes());
    bytes.extend(leaf.parentHash);
    bytes.extend(leaf.nextSetId.to_le_bytes());
    bytes.extend(leaf.nextSetLength.to_le_bytes());
    bytes.extend(leaf.nextSetRoot);
    bytes.extend(leaf.orderRoot);
    assert_eq!(bytes.len(), 113);
    keccak256(bytes)
}

/// Returns the root of the tree in which a path leads upwards from a leaf.
pub(crate) fn root_of(leaf: B256, path: &MerklePath) -> B256 {
    let siblings = path.siblings.iter().enumerate();
    siblings.fold(leaf, |node, (level, sibling)| match path.order.bit(level) {
        true => keccak256([sibling.0, node.0].concat()),
        false => keccak256([node.0, sibling.0].concat()),
    })
}

/// Returns the hash of a commitment, which validators sign.
pub(crate) fn hash_commitment(commitment: &Commitment) -> B256 {
    let mut bytes = vec![0x04, b'm', b'h', 0x80];
    bytes.extend(commitment.mmrRoot);
    bytes.extend(commitment.blockNumber.to_le_bytes());
    bytes.extend(commitment.validatorSetId.to_le_bytes());
    keccak256(bytes)
}

/// Returns who made a signature in compact form.
pub(crate) fn recover(digest: &B256, signature: &Signature) -> Option<Address> {
    let mut s = U256::from_be_bytes(signature.vs.0);
    let parity = s.bit(255);
    s.set_bit(255, false);
    let half = "0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0";
    if s > half.parse::<U256>().expect("it is a number") {
        return None;
    }
    let mut bytes = [0; 65];
    bytes[..32].copy_from_slice(&signature.r[..]);
    bytes[32..64].copy_from_slice(&s.to_be_bytes::<32>());
    bytes[64] = parity.into();
    let key = sp_io::crypto::secp256k1_ecdsa_recover(&bytes, digest).ok()?;
    Some(Address::from_raw_public_key(&key))
}

/// How many roots are kept.
const KEPT_ROOTS: usize = 32;

/// The `BeefyOrder` contract.
#[derive(Clone)]
pub(super) struct LightClient {
    pub(super) block: u32,
    pub(super) current: BeefyAuthoritySet<H256>,
    next: BeefyAuthoritySet<H256>,
    roots: [B256; KEPT_ROOTS],
    slot: usize,
}

impl Default for LightClient {
    fn default() -> Self {
        Self {
            block: 0,
            current: authority_set(0),
            next: authority_set(1),
            roots: Default::default(),
            slot: 0,
        }
    }
}

impl LightClient {
    /// Returns where it stands.
    pub(super) fn state(&self) -> OrderState {
        OrderState {
            block: self.block.into(),
            current_set: self.current.id,
            next_set: self.next.id,
            root_slot: word(self.slot as u64),
        }
    }

    /// Believes somebody else.
    pub(super) fn follow(&mut self, block: u64, root: H256, set: u64) {
        self.current = authority_set(set);
        self.next = authority_set(set + 1);
        self.keep(block as u32, root.0.into());
    }

    fn keep(&mut self, block: u32, root: B256) {
        self.block = block;
        self.slot = (self.slot + 1) % KEPT_ROOTS;
        self.roots[self.slot] = root;
    }

    fn run(&self, data: &[u8]) -> Outcome {
        if IBeefyOrder::stateCall::abi_decode(data).is_ok() {
            let state = self.state();
            let words = [state.block, state.current_set, state.next_set].map(word);
            return Ok((None, (words, state.root_slot).abi_encode()));
        }
        let mut changed = self.clone();
        match IBeefyOrder::submitCall::abi_decode(data) {
            Ok(call) => {
                self.check_block(&call.commitment)?;
                let set = call.commitment.validatorSetId;
                if set == self.next.id {
                    return refuse(IBeefyOrder::HandoverNeeded { next: set });
                }
                check_validators(&self.current, &call.validators)?;
                check_signatures(&call.commitment, &call.validators, call.signers, &call.signatures)?;
                changed.keep(call.commitment.blockNumber, call.commitment.mmrRoot);
            }
            Err(_) => {
                let call =
                    IBeefyOrder::submitHandoverCall::abi_decode(data).expect("there is no other function");
                self.check_block(&call.commitment)?;
                let set = call.commitment.validatorSetId;
                if set == self.current.id {
                    return refuse(IBeefyOrder::NoHandover { current: set });
                }
                check_validators(&self.next, &call.validators)?;
                check_signatures(&call.commitment, &call.validators, call.signers, &call.signatures)?;
                check_leaf(&call.leaf, &call.leafPath, call.commitment.mmrRoot)?;
                if call.leaf.nextSetId != set + 1 {
                    return refuse(IBeefyOrder::NextSetIdMismatch {
                        expected: word(set + 1),
                        got: call.leaf.nextSetId,
                    });
                }
                changed.current = self.next.clone();
                changed.next = BeefyAuthoritySet {
                    id: call.leaf.nextSetId,
                    len: call.leaf.nextSetLength,
                    keyset_commitment: H256(call.leaf.nextSetRoot.0),
                };
                changed.keep(call.commitment.blockNumber, call.commitment.mmrRoot);
            }
        }
        Ok((Some(Change::Order(changed)), Vec::new()))
    }

    fn check_block(&self, commitment: &Commitment) -> Result<(), Vec<u8>> {
        let (block, set) = (commitment.blockNumber, commitment.validatorSetId);
        if block <= self.block {
            return refuse(IBeefyOrder::StaleBlock {
                newest: self.block,
                got: block,
            });
        }
        if set < self.current.id {
            return refuse(IBeefyOrder::OldSet {
                current: self.current.id,
                got: set,
            });
        }
        if set > self.next.id {
            return refuse(IBeefyOrder::UnknownSet {
                next: self.next.id,
                got: set,
            });
        }
        Ok(())
    }

    fn check_order(&self, head: B256, evidence: &[u8]) -> Result<(), Vec<u8>> {
        let evidence = OrderEvidence::abi_decode(evidence).expect("evidence is well-formed");
        let got = root_of(head, &evidence.headPath);
        if got != evidence.leaf.orderRoot {
            return refuse(IBeefyOrder::OrderRootMismatch {
                expected: evidence.leaf.orderRoot,
                got,
            });
        }
        let root = self
            .roots
            .get(evidence.rootSlot.to::<usize>())
            .filter(|root| !root.is_zero());
        let Some(root) = root else {
            return refuse(IBeefyOrder::UnknownRootSlot {
                rootSlot: evidence.rootSlot,
            });
        };
        check_leaf(&evidence.leaf, &evidence.leafPath, *root)
    }
}

fn check_leaf(leaf: &MmrLeaf, path: &MerklePath, expected: B256) -> Result<(), Vec<u8>> {
    if leaf.version >> 5 != 0 {
        return refuse(IBeefyOrder::UnsupportedLeafVersion {
            version: leaf.version,
        });
    }
    let got = root_of(hash_leaf(leaf), path);
    match got == expected {
        true => Ok(()),
        false => refuse(IBeefyOrder::RootMismatch { expected, got }),
    }
}

fn check_validators(set: &BeefyAuthoritySet<H256>, validators: &[Address]) -> Result<(), Vec<u8>> {
    if validators.len() != set.len as usize {
        return refuse(IBeefyOrder::ValidatorCountMismatch {
            expected: set.len,
            got: word(validators.len() as u64),
        });
    }
    let got = merkle_root::<Keccak256, _>(validators.iter().map(|validator| validator.0));
    match got == set.keyset_commitment {
        true => Ok(()),
        false => refuse(IBeefyOrder::ValidatorsMismatch {
            expected: set.keyset_commitment.0.into(),
            got: got.0.into(),
        }),
    }
}

fn check_signatures(
    commitment: &Commitment,
    validators: &[Address],
    signers: U256,
    signatures: &[Signature],
) -> Result<(), Vec<u8>> {
    let signed: Vec<_> = (0..256).filter(|index| signers.bit(*index)).collect();
    if signed.iter().any(|index| *index >= validators.len()) {
        return refuse(IBeefyOrder::SignerOutOfRange {
            length: word(validators.len() as u64),
            signers,
        });
    }
    let required = validators.len() * 2 / 3 + 1;
    if signed.len() < required {
        return refuse(IBeefyOrder::TooFewSigners {
            required: word(required as u64),
            got: word(signed.len() as u64),
        });
    }
    if signatures.len() != signed.len() {
        return refuse(IBeefyOrder::SignatureCountMismatch {
            expected: word(signed.len() as u64),
            got: word(signatures.len() as u64),
        });
    }
    let digest = hash_commitment(commitment);
    for (place, (index, signature)) in signed.iter().zip(signatures).enumerate() {
        let Some(got) = recover(&digest, signature) else {
            return refuse(IBeefyOrder::InvalidSignature {
                signature: word(place as u64),
            });
        };
        let expected = validators[*index];
        if got != expected {
            return refuse(IBeefyOrder::WrongSigner {
                signature: word(place as u64),
                expected,
                got,
            });
        }
    }
    Ok(())
}
