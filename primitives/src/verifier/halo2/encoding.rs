//! Field elements and points as SCALE data. Decoding refuses everything but the one encoding of a
//! valid value.

use crate::field::{bytes_to_limbs, from_bytes, limbs_to_bytes, to_bytes, Fr};
use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInteger256, PrimeField};
use codec::{Decode, DecodeWithMemTracking, Encode, EncodeLike, Error, Input, MaxEncodedLen, Output};
use scale_info::{Type, TypeInfo};

/// A scalar: 32 bytes, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scalar(pub Fr);

/// A point of G1 other than infinity: `x` and `y`, little-endian, 64 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct G1Point(G1Affine);

/// A point on the twisted curve other than infinity: `x` and `y`, each as `c0` and `c1`,
/// little-endian, 128 bytes.
///
/// Membership in the prime-order subgroup is for whoever takes in the setup to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct G2Point(G2Affine);

impl G1Point {
    /// Returns the point, unless it is infinity or off the curve.
    pub fn new(point: G1Affine) -> Option<Self> {
        (!point.is_zero() && point.is_on_curve()).then_some(Self(point))
    }

    /// Returns the point as the curve library has it.
    pub fn affine(&self) -> G1Affine {
        self.0
    }
}

impl G2Point {
    /// Returns the point, unless it is infinity or off the curve.
    pub fn new(point: G2Affine) -> Option<Self> {
        (!point.is_zero() && point.is_on_curve()).then_some(Self(point))
    }

    /// Returns the point as the curve library has it.
    pub fn affine(&self) -> G2Affine {
        self.0
    }
}

/// Returns the coordinate that `bytes` encodes, if it is canonical.
pub(super) fn coordinate(bytes: &[u8; 32]) -> Option<Fq> {
    Fq::from_bigint(BigInteger256::new(bytes_to_limbs(bytes)))
}

fn read_coordinate<I: Input>(input: &mut I) -> Result<Fq, Error> {
    coordinate(&<[u8; 32]>::decode(input)?).ok_or_else(|| "coordinate is not below the modulus".into())
}

fn write_coordinate<O: Output + ?Sized>(value: &Fq, output: &mut O) {
    output.write(&limbs_to_bytes(&value.into_bigint().0));
}

impl Encode for Scalar {
    fn size_hint(&self) -> usize {
        32
    }

    fn encode_to<O: Output + ?Sized>(&self, output: &mut O) {
        output.write(&to_bytes(&self.0));
    }
}

impl Decode for Scalar {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        from_bytes(&<[u8; 32]>::decode(input)?)
            .map(Self)
            .map_err(|_| "scalar is not below the modulus".into())
    }
}

impl Encode for G1Point {
    fn size_hint(&self) -> usize {
        64
    }

    fn encode_to<O: Output + ?Sized>(&self, output: &mut O) {
        write_coordinate(&self.0.x, output);
        write_coordinate(&self.0.y, output);
    }
}

impl Decode for G1Point {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        let (x, y) = (read_coordinate(input)?, read_coordinate(input)?);
        Self::new(G1Affine::new_unchecked(x, y)).ok_or_else(|| "point is not on the curve".into())
    }
}

impl Encode for G2Point {
    fn size_hint(&self) -> usize {
        128
    }

    fn encode_to<O: Output + ?Sized>(&self, output: &mut O) {
        for value in [&self.0.x.c0, &self.0.x.c1, &self.0.y.c0, &self.0.y.c1] {
            write_coordinate(value, output);
        }
    }
}

impl Decode for G2Point {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        let x = Fq2::new(read_coordinate(input)?, read_coordinate(input)?);
        let y = Fq2::new(read_coordinate(input)?, read_coordinate(input)?);
        Self::new(G2Affine::new_unchecked(x, y)).ok_or_else(|| "point is not on the curve".into())
    }
}

macro_rules! fixed_size {
    ($type:ty, $bytes:literal) => {
        impl EncodeLike for $type {}
        impl DecodeWithMemTracking for $type {}

        impl MaxEncodedLen for $type {
            fn max_encoded_len() -> usize {
                $bytes
            }
        }

        impl TypeInfo for $type {
            type Identity = [u8; $bytes];

            fn type_info() -> Type {
                <[u8; $bytes]>::type_info()
            }
        }
    };
}

fixed_size!(Scalar, 32);
fixed_size!(G1Point, 64);
fixed_size!(G2Point, 128);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_round_trip() {
        let g1 = G1Point::new(G1Affine::generator()).unwrap();
        assert_eq!(G1Point::decode(&mut &g1.encode()[..]), Ok(g1));
        let g2 = G2Point::new(G2Affine::generator()).unwrap();
        assert_eq!(G2Point::decode(&mut &g2.encode()[..]), Ok(g2));
    }

    #[test]
    fn points_off_the_curve_are_refused() {
        let mut bytes = G1Point(G1Affine::generator()).encode();
        bytes[0] = 2;
        assert!(G1Point::decode(&mut &bytes[..]).is_err());
        assert!(G1Point::decode(&mut &[0; 64][..]).is_err());
        assert!(G2Point::decode(&mut &[0; 128][..]).is_err());
        assert!(G1Point::new(G1Affine::identity()).is_none());
    }

    #[test]
    fn integers_above_the_modulus_are_refused() {
        assert!(Scalar::decode(&mut &[0xff; 32][..]).is_err());
        assert!(G1Point::decode(&mut &[0xff; 64][..]).is_err());
    }
}
