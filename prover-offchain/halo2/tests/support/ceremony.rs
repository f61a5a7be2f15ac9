//! Ceremony files as snarkjs writes them, of secrets that are thrown away. Several tests include
//! this file.

use halo2_proofs::{
    arithmetic::parallelize,
    halo2curves::{
        bn256::{Fr, G1Affine, G2Affine},
        ff::{BatchInvert, Field, PrimeField},
        group::{prime::PrimeCurveAffine, Curve, Group},
        serde::SerdeObject,
    },
};
use rand_core::OsRng;

/// Bits of a digit of a scalar.
const WINDOW: usize = 8;
/// Powers up to this have the sections that zkFusion does not read too.
const COMPLETE: u32 = 10;

/// Returns a `.ptau` file of `2^power` powers of a random secret, prepared for phase 2.
pub(crate) fn ptau(power: u32) -> Vec<u8> {
    let [tau, alpha, beta] = [(); 3].map(|()| Fr::random(OsRng));
    let powers = |count: usize| -> Vec<Fr> {
        std::iter::successors(Some(Fr::ONE), |power| Some(power * tau))
            .take(count)
            .collect()
    };
    let scaled = |factor: Fr| -> Vec<Fr> { powers(1 << power).iter().map(|it| factor * it).collect() };
    let complete = power <= COMPLETE;
    let g1 = |scalars: &[Fr]| points::<G1Affine>(scalars);
    let g2 = |scalars: &[Fr]| points::<G2Affine>(scalars);
    let mut sections = vec![
        (1, header(power)),
        (
            2,
            g1(&powers(if complete { (2 << power) - 1 } else { 1 << power })),
        ),
        (3, g2(&powers(if complete { 1 << power } else { 2 }))),
    ];
    if complete {
        sections.extend([(4, g1(&scaled(alpha))), (5, g1(&scaled(beta))), (6, g2(&[beta]))]);
    }
    // No contributions.
    sections.push((7, vec![0; 4]));
    let forms: Vec<Fr> = (0..=power).flat_map(|k| lagrange(tau, k)).collect();
    sections.push((12, g1(&forms)));

    let mut file = [
        &b"ptau"[..],
        &1u32.to_le_bytes(),
        &(sections.len() as u32).to_le_bytes(),
    ]
    .concat();
    for (kind, section) in sections {
        file.extend(u32::to_le_bytes(kind));
        file.extend((section.len() as u64).to_le_bytes());
        file.extend(section);
    }
    file
}

/// Returns the header: bytes of a coordinate, the modulus of the coordinates, and the power, of
/// this file and of the ceremony.
fn header(power: u32) -> Vec<u8> {
    let modulus = "47fd7cd8168c203c8dca7168916a81975d588181b64550b829a031e1724e6430";
    let power = power.to_le_bytes();
    [
        &32u32.to_le_bytes()[..],
        &hex::decode(modulus).unwrap(),
        &power,
        &power,
    ]
    .concat()
}

/// Returns the values at `tau` of the Lagrange polynomials of the domain of `2^k` roots of unity.
fn lagrange(tau: Fr, k: u32) -> Vec<Fr> {
    let root = (k..Fr::S).fold(Fr::ROOT_OF_UNITY, |root, _| root.square());
    let size = Fr::from(1 << k);
    let factor = (tau.pow_vartime([1 << k]) - Fr::ONE) * size.invert().unwrap();
    let mut values: Vec<Fr> = std::iter::successors(Some(Fr::ONE), |power| Some(power * root))
        .take(1 << k)
        .collect();
    parallelize(&mut values, |values, _| {
        let mut inverses: Vec<Fr> = values.iter().map(|root| tau - root).collect();
        inverses.batch_invert();
        for (root, inverse) in values.iter_mut().zip(inverses) {
            *root *= factor * inverse;
        }
    });
    values
}

/// Returns the generator times each scalar, as the file has points.
fn points<C>(scalars: &[Fr]) -> Vec<u8>
where
    C: PrimeCurveAffine<Scalar = Fr> + SerdeObject,
    C::Curve: Curve<AffineRepr = C>,
{
    let windows = Fr::NUM_BITS.div_ceil(WINDOW as u32) as usize;
    let mut base = C::Curve::generator();
    let table: Vec<Vec<C>> = (0..windows)
        .map(|_| {
            let multiples: Vec<C::Curve> =
                std::iter::successors(Some(C::Curve::identity()), |point| Some(*point + base))
                    .take(1 << WINDOW)
                    .collect();
            base = (0..WINDOW).fold(base, |point, _| point.double());
            normalized(&multiples)
        })
        .collect();
    let mut products = vec![C::identity(); scalars.len()];
    parallelize(&mut products, |products, start| {
        let scalars = &scalars[start..start + products.len()];
        for (products, scalars) in products.chunks_mut(1024).zip(scalars.chunks(1024)) {
            let sums: Vec<C::Curve> = scalars
                .iter()
                .map(|scalar| {
                    let digits = scalar.to_repr();
                    (0..windows).fold(C::Curve::identity(), |sum, window| {
                        sum + table[window][usize::from(digits.as_ref()[window])]
                    })
                })
                .collect();
            C::Curve::batch_normalize(&sums, products);
        }
    });
    let mut bytes = Vec::with_capacity(products.len() * 128);
    for point in products {
        point.write_raw(&mut bytes).unwrap();
    }
    bytes
}

fn normalized<C: PrimeCurveAffine>(points: &[C::Curve]) -> Vec<C>
where
    C::Curve: Curve<AffineRepr = C>,
{
    let mut affine = vec![C::identity(); points.len()];
    C::Curve::batch_normalize(points, &mut affine);
    affine
}
