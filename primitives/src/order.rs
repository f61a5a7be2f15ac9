//! Order heads: what the appchain's validators vouch for on Ethereum, and no proof can say.

use crate::{
    field::{from_bytes, reduce, to_be_bytes, to_bytes, Fr, NonCanonical},
    ids::{AppId, BatchIndex, Hash, ProgramId},
    poseidon::hash2,
};
use codec::{Decode, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Seeds hash of an app without batches.
pub const EMPTY_SEEDS_HASH: Hash = [0; 32];

/// What stands for the program of a batch that was voided.
pub const VOIDED: ProgramId = [0; 32];

/// Bytes of the ABI encoding: six words.
pub const ORDER_HEAD_ABI_BYTES: usize = 6 * 32;

/// The end of a batch that is verified or voided on the appchain.
///
/// Block `n + 1` puts the keccak tree over the heads of block `n` into its leaf of the appchain's
/// Merkle mountain range, whose root BEEFY's validators sign. `OrderHead.sol` is the same struct.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct OrderHead {
    /// Hash of the genesis block, as the chain reports it.
    pub genesis_hash: [u8; 32],
    /// The app.
    pub app: AppId,
    /// The batch.
    pub batch: BatchIndex,
    /// Inbox hash after the batch's last message.
    pub inbox_hash: Hash,
    /// Fold of the seeds of all batches from the app's first to this one, see [`fold_seed`].
    pub seeds_hash: Hash,
    /// The program that the batch was proved with; [`VOIDED`] if its messages have no effect.
    pub program_id: ProgramId,
}

impl OrderHead {
    /// Returns `abi.encode` of the Solidity struct, whose keccak hash is a leaf of the tree of
    /// heads.
    ///
    /// # Errors
    ///
    /// [`NonCanonical`] if a hash is not a field element.
    pub fn abi_encode(&self) -> Result<[u8; ORDER_HEAD_ABI_BYTES], NonCanonical> {
        let words = [
            reduce(&self.genesis_hash),
            Fr::from(self.app),
            Fr::from(self.batch),
            from_bytes(&self.inbox_hash)?,
            from_bytes(&self.seeds_hash)?,
            from_bytes(&self.program_id)?,
        ];
        let mut encoded = [0; ORDER_HEAD_ABI_BYTES];
        for (bytes, word) in encoded.chunks_exact_mut(32).zip(&words) {
            bytes.copy_from_slice(&to_be_bytes(word));
        }
        Ok(encoded)
    }
}

/// Returns the seeds hash after one more batch: `P2(seeds_hash, seed)`, from [`EMPTY_SEEDS_HASH`].
///
/// # Errors
///
/// [`NonCanonical`] if one of the two is not a field element.
pub fn fold_seed(seeds_hash: &Hash, seed: &Hash) -> Result<Hash, NonCanonical> {
    Ok(to_bytes(&hash2(from_bytes(seeds_hash)?, from_bytes(seed)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_big_endian_and_in_order() {
        let element = |n: u64| to_bytes(&Fr::from(n));
        let head = OrderHead {
            genesis_hash: element(1),
            app: 2,
            batch: 3,
            inbox_hash: element(4),
            seeds_hash: element(5),
            program_id: element(6),
        };
        let encoded = head.abi_encode().unwrap();
        let last: [u8; 6] = core::array::from_fn(|word| encoded[32 * word + 31]);
        assert_eq!(last, [1, 2, 3, 4, 5, 6]);
        assert_eq!(encoded.iter().filter(|byte| **byte != 0).count(), 6);
    }

    #[test]
    fn hashes_that_are_no_field_elements_are_refused() {
        let head = |inbox_hash, seeds_hash| OrderHead {
            genesis_hash: [0xff; 32],
            app: 0,
            batch: 0,
            inbox_hash,
            seeds_hash,
            program_id: VOIDED,
        };
        assert!(head([0; 32], [0; 32]).abi_encode().is_ok());
        assert!(head([0xff; 32], [0; 32]).abi_encode().is_err());
        assert!(head([0; 32], [0xff; 32]).abi_encode().is_err());
        assert!(fold_seed(&[0xff; 32], &[0; 32]).is_err());
        assert!(fold_seed(&[0; 32], &[0xff; 32]).is_err());
    }

    #[test]
    fn seeds_fold_with_p2_from_zero() {
        let element = |n: u64| to_bytes(&Fr::from(n));
        let one = fold_seed(&EMPTY_SEEDS_HASH, &element(7)).unwrap();
        assert_eq!(one, to_bytes(&hash2(Fr::from(0), Fr::from(7))));
        let two = fold_seed(&one, &element(8)).unwrap();
        let expected = hash2(hash2(Fr::from(0), Fr::from(7)), Fr::from(8));
        assert_eq!(two, to_bytes(&expected));
    }
}
