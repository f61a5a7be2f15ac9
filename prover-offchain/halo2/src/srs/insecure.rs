//! The development string, generated from its public secret with fixed-base windows.

use halo2_proofs::{
    arithmetic::parallelize,
    halo2curves::{
        bn256::{Fq, Fr, G1Affine, G2Affine, G1},
        ff::{BatchInvert, Field, FromUniformBytes, PrimeField},
        group::{prime::PrimeCurveAffine, Curve, Group},
    },
};
use sha2::{Digest, Sha512};

use super::{assemble, file::Sha256Hash, Params};
use crate::convert::g2;
use zkfusion_primitives::verifier::halo2::Srs;

/// The smallest size that is stored: smaller strings are generated in milliseconds.
pub const MIN_STORED_K: u32 = 14;
/// The largest size of the development string.
pub const MAX_DEVELOPMENT_K: u32 = 21;

/// The SHA-256 hashes of the files from [`MIN_STORED_K`] to [`MAX_DEVELOPMENT_K`].
const HASHES: [&str; 8] = [
    "b57a93e3838e59341f99b3306a5505798788d87f8add555fc721c962bc31ed9d",
    "4572ea0701ddaa460311e644a9bbe56e48f5814a9c5e0c45790cb01d71a5d9b7",
    "6e3ac93a66662b55ded5bb6006ee69f03245c58cc8a0259ed91738943d6e311a",
    "8878f3c8c147c9c72fb082cbe5ffdf44beb8b8ec4d9f56d78b9a3452a1dad6b4",
    "5cebbbb00ad0dc8acbffeb37341b5a9964dd681b791807ec5bb6a4395529124d",
    "9dab739e2e672212813cbd79cbd7e0dc4621e7a67892799dddb7a1c9309898f5",
    "7aa6806fc0dd3e1bac0ba60d2556a9b3505e697a4e3bc0df0657b1918bfd309c",
    "5a22fe59f9922cdf76e4156a75646aa343f8980e094f22446a140d2a78f8fc48",
];

/// Bits of a digit: a window's table (1 MiB) stays in the second-level cache.
const WINDOW: usize = 14;
/// Windows of a 254-bit scalar.
const WINDOWS: usize = 19;
/// Scalars that are multiplied together, so that one inversion serves all.
const BATCH: usize = 4096;

/// Returns the recorded hash of the file of size `k`, if that size is stored.
pub(super) fn recorded_hash(k: u32) -> Option<Sha256Hash> {
    let index = k.checked_sub(MIN_STORED_K)?;
    HASHES.get(index as usize)?.parse().ok()
}

/// Returns the public secret: 512 bits of SHA-512, reduced.
fn secret() -> Fr {
    Fr::from_uniform_bytes(&Sha512::digest(b"zkFusion insecure development SRS, version 1").into())
}

/// Returns `[s]_2` of the development string, for verifiers without the file.
pub fn development_s_g2() -> G2Affine {
    (G2Affine::generator() * secret()).into()
}

/// Returns whether a verifier's part of a setup is that of the development string, whose secret is
/// public: whoever wants to can forge proofs for it.
pub fn is_development(srs: &Srs) -> bool {
    g2(&development_s_g2()) == Some(srs.s_g2)
}

/// Generates the development string of size `k`.
pub(super) fn generate(k: u32) -> Params {
    let s = secret();
    let table = Table::new();
    let g = table.multiply(&powers(s, k));
    let g_lagrange = table.multiply(&lagrange(s, k));
    assemble(k, g, Some(g_lagrange), G2Affine::generator(), development_s_g2())
}

/// Returns `s^i` for `i < 2^k`.
fn powers(s: Fr, k: u32) -> Vec<Fr> {
    let mut powers = vec![Fr::ONE; 1 << k];
    parallelize(&mut powers, |chunk, start| {
        let mut power = s.pow_vartime([start as u64]);
        for slot in chunk {
            *slot = power;
            power *= s;
        }
    });
    powers
}

/// Returns `L_i(s) = w^i (s^n - 1) / (n (s - w^i))` for `i < n = 2^k`, `w` the generator of the
/// domain.
fn lagrange(s: Fr, k: u32) -> Vec<Fr> {
    let n = 1u64 << k;
    let w = (k..Fr::S).fold(Fr::ROOT_OF_UNITY, |root, _| root.square());
    let numerator = (s.pow_vartime([n]) - Fr::ONE) * Fr::TWO_INV.pow_vartime([u64::from(k)]);
    let mut values = vec![Fr::ONE; 1 << k];
    parallelize(&mut values, |chunk, start| {
        let first = w.pow_vartime([start as u64]);
        let mut root = first;
        for slot in chunk.iter_mut() {
            *slot = s - root;
            root *= w;
        }
        chunk.iter_mut().batch_invert();
        let mut factor = numerator * first;
        for slot in chunk {
            *slot *= factor;
            factor *= w;
        }
    });
    values
}

/// The multiples `d * 2^(14 w) * G` of the generator for every digit `d` of every window `w`.
struct Table(Vec<Vec<G1Affine>>);

impl Table {
    fn new() -> Self {
        let mut bases = Vec::with_capacity(WINDOWS);
        let mut base = G1::generator();
        for _ in 0..WINDOWS {
            bases.push(base);
            for _ in 0..WINDOW {
                base = base.double();
            }
        }
        let mut windows = vec![Vec::new(); WINDOWS];
        parallelize(&mut windows, |windows, start| {
            for (window, base) in windows.iter_mut().zip(&bases[start..]) {
                let multiples: Vec<G1> =
                    std::iter::successors(Some(G1::identity()), |point| Some(point + base))
                        .take(1 << WINDOW)
                        .collect();
                window.resize(1 << WINDOW, G1Affine::identity());
                G1::batch_normalize(&multiples, window);
            }
        });
        Self(windows)
    }

    /// Returns the generator times each of the scalars.
    fn multiply(&self, scalars: &[Fr]) -> Vec<G1Affine> {
        let mut points = vec![G1Affine::identity(); scalars.len()];
        parallelize(&mut points, |points, start| {
            let scalars = &scalars[start..start + points.len()];
            for (points, scalars) in points.chunks_mut(BATCH).zip(scalars.chunks(BATCH)) {
                self.multiply_batch(scalars, points);
            }
        });
        points
    }

    fn multiply_batch(&self, scalars: &[Fr], points: &mut [G1Affine]) {
        let scalars: Vec<[u8; 32]> = scalars.iter().map(|scalar| scalar.to_repr()).collect();
        let mut slopes = vec![Fq::ZERO; points.len()];
        for (index, window) in self.0.iter().enumerate() {
            let addend = |scalar: &[u8; 32]| window[digit(scalar, index)];
            for ((slope, point), scalar) in slopes.iter_mut().zip(points.iter()).zip(&scalars) {
                *slope = addend(scalar).x - point.x;
            }
            slopes.iter_mut().batch_invert();
            for ((inverse, point), scalar) in slopes.iter().zip(points.iter_mut()).zip(&scalars) {
                *point = add(*point, addend(scalar), inverse);
            }
        }
    }
}

/// Returns the digit of a little-endian scalar in the given window.
fn digit(scalar: &[u8; 32], window: usize) -> usize {
    let bit = window * WINDOW;
    let mut bytes = [0; 4];
    let tail = &scalar[bit / 8..32.min(bit / 8 + 4)];
    bytes[..tail.len()].copy_from_slice(tail);
    (u32::from_le_bytes(bytes) as usize >> (bit % 8)) & ((1 << WINDOW) - 1)
}

/// Returns `p + q`, given the inverse of `q.x - p.x` (anything, if that is zero).
fn add(p: G1Affine, q: G1Affine, inverse: &Fq) -> G1Affine {
    if bool::from(q.is_identity()) {
        return p;
    }
    if bool::from(p.is_identity()) {
        return q;
    }
    if p.x == q.x {
        return (G1::from(p) + q).to_affine();
    }
    let slope = (q.y - p.y) * inverse;
    let x = slope.square() - p.x - q.x;
    G1Affine {
        x,
        y: slope * (p.x - x) - p.y,
    }
}

#[cfg(test)]
mod tests {
    use halo2_proofs::{
        arithmetic::best_multiexp,
        halo2curves::{bn256::Bn256, pairing::Engine},
        poly::commitment::ParamsProver,
    };

    use super::*;

    #[test]
    fn windows_multiply_like_the_curve() {
        let scalars = [
            Fr::ZERO,
            Fr::ONE,
            -Fr::ONE,
            Fr::from(1 << 14),
            Fr::from((1 << 14) + 1),
            secret(),
        ];
        let expected: Vec<G1Affine> = scalars
            .iter()
            .map(|scalar| (G1::generator() * scalar).to_affine())
            .collect();
        assert_eq!(Table::new().multiply(&scalars), expected);
    }

    #[test]
    fn powers_are_consecutive_by_pairing() {
        let params = generate(10);
        let g = params.get_g();
        assert_eq!(g[0], G1Affine::generator());
        let weights: Vec<Fr> = (1..g.len() as u64).map(|i| Fr::from(i * i + 7)).collect();
        let lower = best_multiexp(&weights, &g[..g.len() - 1]).to_affine();
        let upper = best_multiexp(&weights, &g[1..]).to_affine();
        assert_eq!(
            Bn256::pairing(&upper, &params.g2()),
            Bn256::pairing(&lower, &params.s_g2())
        );
    }

    #[test]
    fn lagrange_form_commits_like_the_coefficient_form() {
        for k in [3, 9] {
            let params = generate(k);
            let converted = assemble(k, params.get_g().to_vec(), None, params.g2(), params.s_g2());
            let format = halo2_proofs::SerdeFormat::RawBytesUnchecked;
            let (mut generated, mut transformed) = (Vec::new(), Vec::new());
            params.write_custom(&mut generated, format).unwrap();
            converted.write_custom(&mut transformed, format).unwrap();
            assert!(generated == transformed, "the two forms differ at k={k}");
        }
    }

    #[test]
    fn sizes_share_their_secret() {
        let (small, large) = (generate(4), generate(7));
        assert_eq!(small.get_g(), &large.get_g()[..16]);
        assert_eq!(small.s_g2(), large.s_g2());
    }
}
