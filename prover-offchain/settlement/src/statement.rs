//! The public inputs of batch and settlement proofs, in their order.

use halo2_proofs::halo2curves::{bn256::Fr, ff::PrimeField};

use crate::{poseidon::p2, SettlementError};

/// Public inputs of a batch proof.
pub const BATCH_INPUTS: usize = zkfusion_primitives::statement::STATEMENT_FIELDS;
/// Public inputs of a settlement proof, after the accumulator's limbs.
pub const SETTLEMENT_INPUTS: usize = BATCH_INPUTS + 1;

/// Names of the settlement statement's fields in Solidity, in their order.
pub const STATEMENT_FIELDS: [&str; SETTLEMENT_INPUTS] = [
    "genesisHash",
    "appId",
    "programId",
    "batchIndex",
    "preRoot",
    "postRoot",
    "inboxHashPre",
    "inboxHashPost",
    "writesHash",
    "outboxRoot",
    "vrfSeed",
    "depositHashPre",
    "depositHashPost",
    "batchCount",
];

/// The statement of one batch proof, in the order of its public inputs.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct BatchStatement {
    /// The chain, reduced into the field.
    pub genesis_hash: Fr,
    /// The app on that chain.
    pub app_id: Fr,
    /// The digest of the program's verifying key.
    pub program_id: Fr,
    /// The number of the batch in its app.
    pub batch_index: Fr,
    /// The KV root before the batch.
    pub pre_root: Fr,
    /// The KV root after the batch.
    pub post_root: Fr,
    /// The inbox hash chain before the batch's messages.
    pub inbox_hash_pre: Fr,
    /// The inbox hash chain after the batch's messages.
    pub inbox_hash_post: Fr,
    /// The commitment to the KV writes.
    pub writes_hash: Fr,
    /// The root of the batch's outbox.
    pub outbox_root: Fr,
    /// The randomness of the batch.
    pub vrf_seed: Fr,
    /// The deposits before the batch, zero until there is a bridge.
    pub deposit_hash_pre: Fr,
    /// The deposits after the batch, zero until there is a bridge.
    pub deposit_hash_post: Fr,
}

impl BatchStatement {
    /// Returns the statement as public inputs.
    pub fn to_inputs(self) -> [Fr; BATCH_INPUTS] {
        [
            self.genesis_hash,
            self.app_id,
            self.program_id,
            self.batch_index,
            self.pre_root,
            self.post_root,
            self.inbox_hash_pre,
            self.inbox_hash_post,
            self.writes_hash,
            self.outbox_root,
            self.vrf_seed,
            self.deposit_hash_pre,
            self.deposit_hash_post,
        ]
    }

    /// Returns the statement of the public inputs.
    pub fn from_inputs(inputs: [Fr; BATCH_INPUTS]) -> Self {
        let [genesis_hash, app_id, program_id, batch_index, pre_root, post_root, inbox_hash_pre, inbox_hash_post, writes_hash, outbox_root, vrf_seed, deposit_hash_pre, deposit_hash_post] =
            inputs;
        Self {
            genesis_hash,
            app_id,
            program_id,
            batch_index,
            pre_root,
            post_root,
            inbox_hash_pre,
            inbox_hash_post,
            writes_hash,
            outbox_root,
            vrf_seed,
            deposit_hash_pre,
            deposit_hash_post,
        }
    }
}

/// The statement of a settlement proof over `N` consecutive batches of one app and program:
///
/// - `range.batch_index` is the first batch, `batch_count` is `N`;
/// - the `pre` fields are those of the first batch, the `post` fields those of the last;
/// - `writes_hash`, `outbox_root` and `vrf_seed` are folded over the batches from the first:
///   `f_1 = v_1`, `f_i = P2(f_{i-1}, v_i)`. For `N = 1` they are the batch's own values.
///
/// It holds that each batch has a valid proof of its statement under the program's key, and that
/// the batches follow each other in index, root, inbox and deposits.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SettlementStatement {
    /// The fields of a batch statement, over the range.
    pub range: BatchStatement,
    /// How many batches the range holds.
    pub batch_count: Fr,
}

impl SettlementStatement {
    /// Returns the statement of the given consecutive batches.
    ///
    /// # Errors
    /// [`SettlementError::NoBatches`], or [`SettlementError::BrokenChain`] naming the first field
    /// that does not continue the batch before.
    pub fn of(batches: &[BatchStatement]) -> Result<Self, SettlementError> {
        let [first, ..] = batches else {
            return Err(SettlementError::NoBatches);
        };
        let mut range = *first;
        for (position, pair) in batches.windows(2).enumerate() {
            let (before, next) = (pair[0], pair[1]);
            let links = [
                ("genesis_hash", before.genesis_hash, next.genesis_hash),
                ("app_id", before.app_id, next.app_id),
                ("program_id", before.program_id, next.program_id),
                ("batch_index", before.batch_index + Fr::one(), next.batch_index),
                ("root", before.post_root, next.pre_root),
                ("inbox_hash", before.inbox_hash_post, next.inbox_hash_pre),
                ("deposit_hash", before.deposit_hash_post, next.deposit_hash_pre),
            ];
            for (field, expected, got) in links {
                if expected != got {
                    return Err(SettlementError::BrokenChain {
                        position: position + 1,
                        field,
                        expected,
                        got,
                    });
                }
            }
            range.post_root = next.post_root;
            range.inbox_hash_post = next.inbox_hash_post;
            range.deposit_hash_post = next.deposit_hash_post;
            range.writes_hash = p2(range.writes_hash, next.writes_hash);
            range.outbox_root = p2(range.outbox_root, next.outbox_root);
            range.vrf_seed = p2(range.vrf_seed, next.vrf_seed);
        }
        Ok(Self {
            range,
            batch_count: Fr::from(batches.len() as u64),
        })
    }

    /// Returns the statement of the public inputs.
    pub fn from_inputs(inputs: [Fr; SETTLEMENT_INPUTS]) -> Self {
        let [range @ .., batch_count] = inputs;
        Self {
            range: BatchStatement::from_inputs(range),
            batch_count,
        }
    }

    /// Returns the statement as public inputs.
    pub fn to_inputs(self) -> [Fr; SETTLEMENT_INPUTS] {
        let mut inputs = [self.batch_count; SETTLEMENT_INPUTS];
        inputs[..BATCH_INPUTS].copy_from_slice(&self.range.to_inputs());
        inputs
    }

    /// Returns the statement as Solidity encodes the struct: 14 words, big-endian.
    pub fn abi_encode(self) -> [u8; 32 * SETTLEMENT_INPUTS] {
        let mut words = [0; 32 * SETTLEMENT_INPUTS];
        for (word, input) in words.chunks_exact_mut(32).zip(self.to_inputs()) {
            word.copy_from_slice(&word_of(input));
        }
        words
    }
}

/// Returns a field element as an EVM word.
pub(crate) fn word_of(value: Fr) -> [u8; 32] {
    let mut word: [u8; 32] = value.to_repr();
    word.reverse();
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(index: u64) -> BatchStatement {
        let mut inputs = [0u64; BATCH_INPUTS].map(Fr::from);
        for (position, input) in inputs.iter_mut().enumerate() {
            *input = Fr::from(100 * index + position as u64);
        }
        let mut batch = BatchStatement::from_inputs(inputs);
        (batch.genesis_hash, batch.app_id, batch.program_id) = (Fr::from(1), Fr::from(2), Fr::from(3));
        batch.batch_index = Fr::from(index);
        (batch.pre_root, batch.post_root) = (Fr::from(index), Fr::from(index + 1));
        (batch.inbox_hash_pre, batch.inbox_hash_post) = (Fr::from(index), Fr::from(index + 1));
        (batch.deposit_hash_pre, batch.deposit_hash_post) = (Fr::from(index), Fr::from(index + 1));
        batch
    }

    #[test]
    fn one_batch_is_its_own_range() {
        let statement = SettlementStatement::of(&[batch(5)]).unwrap();
        assert_eq!(statement.range, batch(5));
        assert_eq!(statement.batch_count, Fr::one());
    }

    #[test]
    fn a_range_goes_from_the_first_to_the_last() {
        let statement = SettlementStatement::of(&[batch(5), batch(6), batch(7)]).unwrap();
        assert_eq!(statement.range.batch_index, Fr::from(5));
        assert_eq!(statement.range.pre_root, batch(5).pre_root);
        assert_eq!(statement.range.post_root, batch(7).post_root);
        assert_eq!(
            statement.range.writes_hash,
            p2(
                p2(batch(5).writes_hash, batch(6).writes_hash),
                batch(7).writes_hash
            )
        );
        assert_eq!(statement.batch_count, Fr::from(3));
    }

    #[test]
    fn every_link_of_the_chain_is_checked() {
        for position in [0, 1, 2, 3, 4, 6, 11] {
            let mut inputs = batch(6).to_inputs();
            inputs[position] += Fr::one();
            let broken = SettlementStatement::of(&[batch(5), BatchStatement::from_inputs(inputs)]);
            assert!(
                matches!(broken, Err(SettlementError::BrokenChain { position: 1, .. })),
                "input {position}"
            );
        }
    }

    #[test]
    fn inputs_round_trip() {
        assert_eq!(BatchStatement::from_inputs(batch(9).to_inputs()), batch(9));
    }
}
