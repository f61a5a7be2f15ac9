//! From the primitives' types to halo2's.

use codec::Encode;
use halo2_proofs::halo2curves::{
    bn256::{Fq, G1Affine},
    ff::PrimeField,
};
use zkfusion_primitives::verifier::halo2::G1Point;

/// Returns the point as halo2 has it.
pub(crate) fn point(point: &G1Point) -> G1Affine {
    let encoded = point.encode();
    let coordinate = |bytes: &[u8]| {
        let bytes = bytes
            .try_into()
            .ok()
            .and_then(|bytes| Option::<Fq>::from(Fq::from_repr(bytes)));
        bytes.expect("a point's encoding is two coordinates")
    };
    G1Affine {
        x: coordinate(&encoded[..32]),
        y: coordinate(&encoded[32..]),
    }
}
