//! The statement: what a proof says, and its encodings.

use crate::{
    field::{from_bytes, reduce, to_be_bytes, Fr},
    ids::{AppId, BatchIndex, Hash, ProgramId},
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// Number of fields, each a public input of its own.
pub const STATEMENT_FIELDS: usize = StatementField::ALL.len();

/// Bytes of the ABI encoding: one `uint256` a field.
pub const STATEMENT_ABI_BYTES: usize = 32 * STATEMENT_FIELDS;

/// Public inputs of a proof, in their order.
///
/// Running program `program_id` on exactly the messages that take `inbox_hash_pre` to
/// `inbox_hash_post`, with seed `vrf_seed`, from KV root `pre_root`, yields `post_root`, the
/// effects in `writes_hash` and the outbox in `outbox_root`. Over a range of batches, `batch_index`
/// and fields named "pre" are those of the first batch, fields named "post" those of the last;
/// `writes_hash`, `outbox_root` and `vrf_seed` are folded with P2, from those of the first.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
pub struct Statement {
    /// Hash of the genesis block, as the chain reports it; reduced by the field's modulus in the
    /// public input.
    pub genesis_hash: [u8; 32],
    /// The app.
    pub app_id: AppId,
    /// The program.
    pub program_id: ProgramId,
    /// The batch.
    pub batch_index: BatchIndex,
    /// KV root before the batch.
    pub pre_root: Hash,
    /// KV root after it.
    pub post_root: Hash,
    /// Inbox hash chain before the first message.
    pub inbox_hash_pre: Hash,
    /// Inbox hash chain after the last message.
    pub inbox_hash_post: Hash,
    /// Hash of the messages' outcomes and writes.
    pub writes_hash: Hash,
    /// Root of the outbox tree.
    pub outbox_root: Hash,
    /// The batch's randomness.
    pub vrf_seed: Hash,
    /// Deposits before the batch; zero while there is no bridge.
    pub deposit_hash_pre: Hash,
    /// Deposits after the batch; zero while there is no bridge.
    pub deposit_hash_post: Hash,
}

/// A field of [`Statement`]; the numbers are places among the public inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum StatementField {
    /// [`Statement::genesis_hash`].
    GenesisHash,
    /// [`Statement::app_id`].
    AppId,
    /// [`Statement::program_id`].
    ProgramId,
    /// [`Statement::batch_index`].
    BatchIndex,
    /// [`Statement::pre_root`].
    PreRoot,
    /// [`Statement::post_root`].
    PostRoot,
    /// [`Statement::inbox_hash_pre`].
    InboxHashPre,
    /// [`Statement::inbox_hash_post`].
    InboxHashPost,
    /// [`Statement::writes_hash`].
    WritesHash,
    /// [`Statement::outbox_root`].
    OutboxRoot,
    /// [`Statement::vrf_seed`].
    VrfSeed,
    /// [`Statement::deposit_hash_pre`].
    DepositHashPre,
    /// [`Statement::deposit_hash_post`].
    DepositHashPost,
}

impl StatementField {
    /// All fields in their order.
    pub const ALL: [Self; 13] = [
        Self::GenesisHash,
        Self::AppId,
        Self::ProgramId,
        Self::BatchIndex,
        Self::PreRoot,
        Self::PostRoot,
        Self::InboxHashPre,
        Self::InboxHashPost,
        Self::WritesHash,
        Self::OutboxRoot,
        Self::VrfSeed,
        Self::DepositHashPre,
        Self::DepositHashPost,
    ];

    /// Returns the field's place among the public inputs.
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// A field of a statement is not the canonical encoding of a field element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NonCanonicalField(
    /// Name of the field.
    pub &'static str,
);

impl fmt::Display for NonCanonicalField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not below the field's modulus", self.0)
    }
}

impl core::error::Error for NonCanonicalField {}

impl Statement {
    /// Returns the public inputs.
    ///
    /// # Errors
    ///
    /// [`NonCanonicalField`] if a field other than the genesis hash is not below the modulus, so
    /// that two different statements never share their public inputs within one chain.
    pub fn to_instances(&self) -> Result<[Fr; STATEMENT_FIELDS], NonCanonicalField> {
        let element = |name, bytes| from_bytes(bytes).map_err(|_| NonCanonicalField(name));
        Ok([
            reduce(&self.genesis_hash),
            Fr::from(self.app_id),
            element("program_id", &self.program_id)?,
            Fr::from(self.batch_index),
            element("pre_root", &self.pre_root)?,
            element("post_root", &self.post_root)?,
            element("inbox_hash_pre", &self.inbox_hash_pre)?,
            element("inbox_hash_post", &self.inbox_hash_post)?,
            element("writes_hash", &self.writes_hash)?,
            element("outbox_root", &self.outbox_root)?,
            element("vrf_seed", &self.vrf_seed)?,
            element("deposit_hash_pre", &self.deposit_hash_pre)?,
            element("deposit_hash_post", &self.deposit_hash_post)?,
        ])
    }

    /// Returns the ABI encoding: the public inputs as `uint256` words in order, which is
    /// `abi.encode` of the Solidity struct.
    ///
    /// # Errors
    ///
    /// As [`Self::to_instances`].
    pub fn abi_encode(&self) -> Result<[u8; STATEMENT_ABI_BYTES], NonCanonicalField> {
        let mut encoded = [0; STATEMENT_ABI_BYTES];
        for (word, instance) in encoded.chunks_exact_mut(32).zip(self.to_instances()?) {
            word.copy_from_slice(&to_be_bytes(&instance));
        }
        Ok(encoded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::to_bytes;

    fn numbered() -> Statement {
        let element = |n: u64| to_bytes(&Fr::from(n));
        Statement {
            genesis_hash: element(1),
            app_id: 2,
            program_id: element(3),
            batch_index: 4,
            pre_root: element(5),
            post_root: element(6),
            inbox_hash_pre: element(7),
            inbox_hash_post: element(8),
            writes_hash: element(9),
            outbox_root: element(10),
            vrf_seed: element(11),
            deposit_hash_pre: element(12),
            deposit_hash_post: element(13),
        }
    }

    #[test]
    fn instances_keep_the_order_of_the_fields() {
        let expected: [Fr; STATEMENT_FIELDS] = core::array::from_fn(|i| Fr::from(i as u64 + 1));
        assert_eq!(numbered().to_instances(), Ok(expected));
    }

    #[test]
    fn abi_words_are_big_endian() {
        let encoded = numbered().abi_encode().unwrap();
        for (i, word) in encoded.chunks(32).enumerate() {
            assert_eq!(word[..31], [0; 31]);
            assert_eq!(usize::from(word[31]), i + 1);
        }
    }

    #[test]
    fn fields_have_the_places_of_their_instances() {
        let places = StatementField::ALL.map(StatementField::index);
        assert_eq!(places, core::array::from_fn(|place| place));
        let instances = numbered().to_instances().unwrap();
        for (field, bytes) in [
            (StatementField::ProgramId, numbered().program_id),
            (StatementField::PreRoot, numbered().pre_root),
            (StatementField::PostRoot, numbered().post_root),
            (StatementField::InboxHashPre, numbered().inbox_hash_pre),
            (StatementField::InboxHashPost, numbered().inbox_hash_post),
            (StatementField::WritesHash, numbered().writes_hash),
            (StatementField::OutboxRoot, numbered().outbox_root),
            (StatementField::VrfSeed, numbered().vrf_seed),
            (StatementField::DepositHashPre, numbered().deposit_hash_pre),
            (StatementField::DepositHashPost, numbered().deposit_hash_post),
        ] {
            assert_eq!(to_bytes(&instances[field.index()]), bytes, "{field:?}");
        }
    }

    #[test]
    fn genesis_hash_is_reduced_and_everything_else_must_be_canonical() {
        let statement = Statement {
            genesis_hash: [0xff; 32],
            ..numbered()
        };
        assert_eq!(statement.to_instances().unwrap()[0], reduce(&[0xff; 32]));
        let statement = Statement {
            post_root: [0xff; 32],
            ..numbered()
        };
        assert_eq!(statement.to_instances(), Err(NonCanonicalField("post_root")));
    }

    #[test]
    fn scale_round_trips() {
        let encoded = numbered().encode();
        assert_eq!(Statement::decode(&mut &encoded[..]).unwrap(), numbered());
        assert_eq!(encoded.len(), Statement::max_encoded_len());
    }
}
