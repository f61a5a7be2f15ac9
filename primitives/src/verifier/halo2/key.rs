//! The verifying key of a program and its digest.

use super::{
    encoding::G1Point,
    error::KeyError,
    protocol::{CheckedProtocol, Protocol},
};
use crate::{
    field::{reduce, to_bytes, Fr},
    ids::Hash,
    transcript::sponge_hash,
};
use ark_bn254::{Fq, G1Affine};
use ark_ff::{AdditiveGroup, BigInteger256, Field, MontFp, PrimeField};
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Largest number of fixed columns.
pub const MAX_FIXED_COLUMNS: u32 = 64;

/// Largest `k`, as the field has roots of unity of order `2^28` and no larger power of two.
pub const MAX_K: u8 = 28;

/// The part of the verifying key that differs from program to program.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct ProgramKey {
    /// Logarithm of the number of rows.
    pub k: u8,
    /// Commitments to the fixed columns, in the order of columns.
    pub fixed_commitments: BoundedVec<G1Point, ConstU32<MAX_FIXED_COLUMNS>>,
}

/// A verifying key ready for use.
#[derive(Clone, Debug)]
pub struct VerifyingKey {
    protocol: Protocol,
    program: ProgramKey,
    digest: Fr,
    omega: Fr,
    n_inverse: Fr,
}

impl VerifyingKey {
    /// Puts the parts together and computes the digest.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if the parts do not fit each other, or the protocol is not well-formed.
    pub fn new(protocol: CheckedProtocol, program: ProgramKey) -> Result<Self, KeyError> {
        let digest = digest(reduce(protocol.digest()), &program);
        let protocol = protocol.protocol().clone();
        protocol.check_structure()?;
        let k = program.k;
        if k == 0 || k > MAX_K {
            return Err(KeyError::RowsOutOfRange { max: MAX_K, got: k });
        }
        let (expected, got) = (
            usize::from(protocol.fixed_columns),
            program.fixed_commitments.len(),
        );
        if expected != got {
            return Err(KeyError::FixedColumns { expected, got });
        }
        let rows = 1u32 << k;
        if let Some(got) = protocol
            .instance_lengths
            .iter()
            .copied()
            .find(|length| *length > rows)
        {
            return Err(KeyError::TooManyInstances { rows, got });
        }
        let out_of_range = KeyError::RowsOutOfRange { max: MAX_K, got: k };
        let n_inverse = Fr::from(rows).inverse().ok_or(out_of_range)?;
        Ok(Self {
            protocol,
            program,
            digest,
            omega: root_of_unity(k),
            n_inverse,
        })
    }

    /// Returns the digest of the key, a field element in canonical form, which starts the
    /// transcript of its proofs.
    ///
    /// It is the sponge hash of: the protocol's digest; `k`; and for each fixed commitment
    /// `(x, y)`, with coordinates in limbs of 88 bits `x = x0 + 2^88 x1 + 2^176 x2` and likewise
    /// `y`, the elements `x0 + 2^88 x1`, `x2 + 2^88 y0`, `y1 + 2^88 y2`.
    pub fn digest(&self) -> Hash {
        to_bytes(&self.digest)
    }

    /// Returns the protocol.
    pub fn protocol(&self) -> &Protocol {
        &self.protocol
    }

    /// Returns the logarithm of the number of rows.
    pub fn k(&self) -> u8 {
        self.program.k
    }

    pub(super) fn digest_element(&self) -> Fr {
        self.digest
    }

    pub(super) fn fixed_commitments(&self) -> impl Iterator<Item = G1Affine> + '_ {
        self.program.fixed_commitments.iter().map(G1Point::affine)
    }

    pub(super) fn omega(&self) -> Fr {
        self.omega
    }

    pub(super) fn n_inverse(&self) -> Fr {
        self.n_inverse
    }
}

fn digest(protocol_digest: Fr, program: &ProgramKey) -> Fr {
    let commitments = program.fixed_commitments.iter().flat_map(|point| {
        let (x, y) = (point.affine().x, point.affine().y);
        pack_coordinates(x, y)
    });
    sponge_hash(
        [protocol_digest, Fr::from(program.k)]
            .into_iter()
            .chain(commitments),
    )
}

/// Packs a point into three elements, injectively: both coordinates in limbs of 88 bits, two limbs
/// an element.
fn pack_coordinates(x: Fq, y: Fq) -> [Fr; 3] {
    const LOW_88: u64 = (1 << 24) - 1;
    const LOW_48: u64 = (1 << 48) - 1;
    let (x, y) = (x.into_bigint().0, y.into_bigint().0);
    let element = |limbs: [u64; 4]| Fr::from_bigint(BigInteger256::new(limbs)).unwrap_or(Fr::ZERO);
    // x2 has 78 bits and y0 88, so y0 starts at bit 88: 24 bits into the second limb.
    let x2 = [x[2] >> 48 | x[3] << 16, x[3] >> 48];
    let y0 = [y[0], y[1] & LOW_88];
    let y12 = [y[1] >> 24 | y[2] << 40, y[2] >> 24 | y[3] << 40, y[3] >> 24, 0];
    [
        element([x[0], x[1], x[2] & LOW_48, 0]),
        element([x2[0], x2[1] | y0[0] << 24, y0[0] >> 40 | y0[1] << 24, 0]),
        element(y12),
    ]
}

/// Halo2's primitive root of unity of order `2^28`: 7 to the power of `(q - 1) / 2^28`. (The one of
/// ark-bn254 is another.)
const ROOT_OF_UNITY: Fr =
    MontFp!("1748695177688661943023146337482803886740723238769601073607632802312037301404");

/// Returns the root of unity that goes from a row to the next.
fn root_of_unity(k: u8) -> Fr {
    (k..MAX_K).fold(ROOT_OF_UNITY, |root, _| root.square())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    /// Bits `from..from + 88` of an integer.
    fn limb(value: &Fq, index: u32) -> Fr {
        let mut bits: Vec<bool> = (0..256)
            .map(|bit| value.into_bigint().0[bit / 64] >> (bit % 64) & 1 == 1)
            .skip(88 * index as usize)
            .take(88)
            .collect();
        bits.reverse();
        bits.into_iter()
            .fold(Fr::ZERO, |sum, bit| sum + sum + Fr::from(u64::from(bit)))
    }

    #[test]
    fn root_of_unity_is_that_of_halo2() {
        assert_eq!(ROOT_OF_UNITY, Fr::from(7u64).pow(Fr::TRACE));
    }

    proptest! {
        #[test]
        fn packing_takes_two_limbs_of_88_bits_an_element(a: [u8; 32], b: [u8; 32]) {
            let (x, y) = (Fq::from_le_bytes_mod_order(&a), Fq::from_le_bytes_mod_order(&b));
            let limbs = [limb(&x, 0), limb(&x, 1), limb(&x, 2), limb(&y, 0), limb(&y, 1), limb(&y, 2)];
            let shift = Fr::from(2u64).pow([88]);
            let expected = [limbs[0] + shift * limbs[1], limbs[2] + shift * limbs[3], limbs[4] + shift * limbs[5]];
            prop_assert_eq!(pack_coordinates(x, y), expected);
        }
    }
}
