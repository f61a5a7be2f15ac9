//! Conversions between halo2's field and curve types and those of the primitives.

use ark_bn254::{Fq, Fq2, G1Affine as ArkG1, G2Affine as ArkG2};
use ark_ff::{BigInteger256, PrimeField as _};
use halo2_proofs::halo2curves::{
    bn256::{Fq as HaloFq, Fr as HaloFr, G1Affine, G2Affine},
    ff::PrimeField as _,
};
use zkfusion_air::field::from_primitive;
use zkfusion_primitives::{
    field::{from_bytes, Fr, NonCanonical},
    verifier::halo2::{G1Point, G2Point},
};

pub use zkfusion_air::field::{to_bytes as scalar_bytes, to_primitive as scalar};

/// Returns the scalar as halo2 has it.
pub fn halo2_scalar(value: &Fr) -> HaloFr {
    from_primitive(*value)
}

/// Returns the scalar with this canonical encoding as halo2 has it.
///
/// # Errors
///
/// [`NonCanonical`] if the bytes are not a field element.
pub fn halo2_scalar_from_bytes(bytes: &[u8; 32]) -> Result<HaloFr, NonCanonical> {
    from_bytes(bytes).map(|value| halo2_scalar(&value))
}

/// Returns the point as the data key has it, unless it is infinity.
pub fn g1(point: &G1Affine) -> Option<G1Point> {
    G1Point::new(ArkG1::new_unchecked(coordinate(&point.x), coordinate(&point.y)))
}

/// Returns the point as the data key has it, unless it is infinity.
pub fn g2(point: &G2Affine) -> Option<G2Point> {
    let x = Fq2::new(coordinate(&point.x.c0), coordinate(&point.x.c1));
    let y = Fq2::new(coordinate(&point.y.c0), coordinate(&point.y.c1));
    G2Point::new(ArkG2::new_unchecked(x, y))
}

/// Returns the point as halo2 has it.
pub fn halo2_g1(point: &G1Point) -> G1Affine {
    let point = point.affine();
    G1Affine {
        x: HaloFq::from_raw(point.x.into_bigint().0),
        y: HaloFq::from_raw(point.y.into_bigint().0),
    }
}

fn coordinate(value: &HaloFq) -> Fq {
    Fq::from(limbs(&value.to_repr()))
}

fn limbs(bytes: &[u8; 32]) -> BigInteger256 {
    let limb = |index: usize| {
        bytes[8 * index..8 * index + 8]
            .iter()
            .rev()
            .fold(0, |limb, byte| limb << 8 | u64::from(*byte))
    };
    BigInteger256::new([limb(0), limb(1), limb(2), limb(3)])
}
