//! Conversions between the prover's and the primitives' forms of the scalar field.

use halo2curves::ff::PrimeField;
use zkfusion_primitives::field as primitive;

use crate::Fr;

/// Returns the prover's form of an element.
pub fn from_primitive(value: primitive::Fr) -> Fr {
    from_bytes(&primitive::to_bytes(&value)).unwrap_or_default()
}

/// Returns the primitives' form of an element.
pub fn to_primitive(value: &Fr) -> primitive::Fr {
    primitive::from_bytes(&to_bytes(value)).unwrap_or_default()
}

/// Returns the element with this little-endian representation, or `None` when it is not below the
/// modulus.
pub fn from_bytes(bytes: &[u8; 32]) -> Option<Fr> {
    Fr::from_repr(*bytes).into()
}

/// Returns the little-endian representation.
pub fn to_bytes(value: &Fr) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(value.to_repr().as_ref());
    bytes
}
