//! The rows that halo2 keeps for blinding.
//!
//! Batch proofs hide nothing: everything in them is on chain. So the circuit uses the rows that halo2 fills with
//! randomness like all others, which lets its constraints hold on every row, without a selector for the usable ones. Halo2
//! asks its random generator for these rows' values, column by column; this one answers with the values that the circuit has
//! there, and with zeros when asked for anything else (KZG commitments have no blinding factors).

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use halo2_proofs::halo2curves::{bn256::Fr, ff::PrimeField};
use rand_core::{Error, RngCore};

/// Random words that halo2 makes a field element of, lowest first.
const WORDS: usize = 8;

/// The values still to be given out. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct BlindingRows {
    words: Arc<Mutex<VecDeque<u64>>>,
}

impl BlindingRows {
    /// Sets what halo2 is given when it next commits to `columns`, whose rows from `usable` on are meant for blinding.
    pub fn set(&self, columns: &[Vec<Fr>], usable: usize) {
        let mut words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        words.clear();
        for value in columns.iter().flat_map(|column| &column[usable..]) {
            let bytes = value.to_repr();
            let limbs = bytes.as_ref().chunks_exact(8).map(|limb| {
                limb.iter()
                    .rev()
                    .fold(0, |word, byte| word << 8 | u64::from(*byte))
            });
            words.extend(limbs);
            words.extend([0; WORDS - 4]);
        }
        // Then halo2 draws one commitment blinding factor for each column, which KZG ignores.
        words.extend(std::iter::repeat_n(0, WORDS * columns.len()));
    }
}

impl RngCore for BlindingRows {
    fn next_u32(&mut self) -> u32 {
        self.next_u64() as u32
    }

    fn next_u64(&mut self) -> u64 {
        let mut words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        words.pop_front().unwrap_or_default()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let word = self.next_u64().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}
