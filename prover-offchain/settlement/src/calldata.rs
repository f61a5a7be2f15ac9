//! The transaction that settles.

use crate::SettlementProof;

/// Selector of `settle(SettlementStatement,bytes)`, whose statement is a struct of 14 `uint256`.
const SETTLE: [u8; 4] = [0x6c, 0xe0, 0x16, 0x81];

impl SettlementProof {
    /// Returns the calldata of `Settlement.settle(statement, proof)`.
    pub fn calldata(&self) -> Vec<u8> {
        let statement = self.statement.abi_encode();
        let word = |number: usize| {
            let mut word = [0; 32];
            word[24..].copy_from_slice(&(number as u64).to_be_bytes());
            word
        };
        // The statement is static and stands first; the proof's place counts from behind the selector.
        let offset = statement.len() + 32;
        let padding = vec![0; self.proof.len().next_multiple_of(32) - self.proof.len()];
        [
            &SETTLE[..],
            &statement,
            &word(offset),
            &word(self.proof.len()),
            &self.proof,
            &padding,
        ]
        .concat()
    }
}
