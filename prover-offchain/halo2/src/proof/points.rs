//! Sums of points times scalars, by Pippenger's buckets.
//!
//! For each window of bits of the scalars, points are sorted by their digit, and those with the
//! same digit are added up ([`buckets`]).

mod addition;
mod buckets;

use halo2_proofs::{
    arithmetic::best_multiexp,
    halo2curves::{
        bn256::{Fq, Fr, G1Affine, G1},
        ff::PrimeField,
        group::Group,
    },
};
use rayon::prelude::*;

use super::lanes::Arithmetic;
#[cfg(target_arch = "x86_64")]
use super::lanes::Ifma;
use addition::Coordinates;
use buckets::Buckets;

/// Points to be multiplied, of which none is infinity.
#[derive(Debug)]
pub(super) struct Points {
    affine: Vec<G1Affine>,
    arithmetic: Arithmetic,
    /// The points, then their negatives; coordinates times the arithmetic's divisor.
    signed: Coordinates,
}

impl Points {
    pub(super) fn new(affine: Vec<G1Affine>) -> Self {
        let arithmetic = Arithmetic::of_this_machine(affine.len().max(1).ilog2());
        let divisor: Fq = arithmetic.divisor();
        let x: Vec<Fq> = affine.par_iter().map(|point| point.x * divisor).collect();
        let y: Vec<Fq> = affine.par_iter().map(|point| point.y * divisor).collect();
        let negated: Vec<Fq> = y.par_iter().map(|y| -y).collect();
        Self {
            affine,
            arithmetic,
            signed: Coordinates {
                x: [&x[..], &x].concat(),
                y: [y, negated].concat(),
            },
        }
    }

    /// Returns the number of points.
    pub(super) fn len(&self) -> usize {
        self.affine.len()
    }

    /// Returns the sum of the first points times the scalars.
    ///
    /// # Panics
    ///
    /// When there are more scalars than points.
    pub(super) fn multiply(&self, scalars: &[Fr]) -> G1 {
        assert!(scalars.len() <= self.len());
        let sums = Kind::sort(scalars).into_par_iter().map(|kind| {
            self.multiply_kind(&kind).unwrap_or_else(|| {
                let terms = kind.places.iter().map(|place| *place as usize);
                let (scalars, points): (Vec<Fr>, Vec<G1Affine>) =
                    terms.map(|place| (scalars[place], self.affine[place])).unzip();
                best_multiexp(&scalars, &points)
            })
        });
        sums.reduce(G1::identity, |a, b| a + b)
    }

    /// Returns nothing where [`Buckets::sum`] does not.
    fn multiply_kind(&self, kind: &Kind) -> Option<G1> {
        let width = window_width(kind.places.len(), kind.bits);
        // One bit more than the scalars have, for the digits' signs.
        let windows = (kind.bits + 1).div_ceil(width);
        let sums: Vec<G1> = (0..windows)
            .into_par_iter()
            .map(|window| {
                let digits = kind.words.iter().map(|words| digit(words, window * width, width));
                let buckets = Buckets::new(kind.places.iter().copied().zip(digits), width, self.len());
                match self.arithmetic {
                    Arithmetic::Portable => buckets.sum::<Fq>(&self.signed),
                    #[cfg(target_arch = "x86_64")]
                    Arithmetic::Ifma => buckets.sum::<Ifma<Fq>>(&self.signed),
                }
            })
            .collect::<Option<_>>()?;
        let shift = |sum: G1| (0..width).fold(sum, |sum, _| sum.double());
        let highest_first = sums.into_iter().rev();
        Some(highest_first.fold(G1::identity(), |total, sum| shift(total) + sum))
    }
}

/// Scalars of about the same size. Most cells of a trace are zero or small, and take as few windows
/// as the largest of their kind.
struct Kind {
    /// Bits of each at most.
    bits: u32,
    /// Where they are.
    places: Vec<u32>,
    words: Vec<[u64; 4]>,
}

impl Kind {
    const BITS: [u32; 4] = [1, 12, 64, Fr::NUM_BITS];

    /// Sorts scalars by their size and leaves out those that are zero.
    fn sort(scalars: &[Fr]) -> Vec<Self> {
        let mut kinds = Self::BITS.map(|bits| Self {
            bits,
            places: Vec::new(),
            words: Vec::new(),
        });
        for (place, scalar) in scalars.iter().enumerate() {
            let words: [u64; 4] = (*scalar).into();
            let bits = match words {
                [low, 0, 0, 0] => u64::BITS - low.leading_zeros(),
                _ => Fr::NUM_BITS,
            };
            if bits == 0 {
                continue;
            }
            if let Some(kind) = kinds.iter_mut().find(|kind| bits <= kind.bits) {
                kind.places.push(place as u32);
                kind.words.push(words);
            }
        }
        kinds.into_iter().filter(|kind| !kind.places.is_empty()).collect()
    }
}

/// Returns the width of windows that takes the least time.
fn window_width(points: usize, bits: u32) -> u32 {
    // A bucket takes two additions in projective coordinates, each of them some eight times as long
    // as one in a batch.
    let cost = |width: &u32| (bits + 1).div_ceil(*width) as usize * (points + (8 << width));
    (2..=16).min_by_key(cost).unwrap_or(2)
}

/// Returns the signed digit of `width` bits from bit `shift` on (Booth's encoding): the bits, one
/// more for the bit below them, and `2^width` less when their highest is set.
fn digit(words: &[u64; 4], shift: u32, width: u32) -> i32 {
    let bits = match shift.checked_sub(1) {
        None => words[0] << 1,
        Some(from) => {
            let (word, bit) = ((from / 64) as usize, from % 64);
            let word_at = |index: usize| words.get(index).copied().unwrap_or(0);
            let above = word_at(word + 1).checked_shl(64 - bit).unwrap_or(0);
            word_at(word) >> bit | above
        }
    };
    let bits = (bits & ((1 << (width + 1)) - 1)) as i32;
    ((bits + 1) >> 1) - (bits >> width << width)
}

#[cfg(test)]
mod tests {
    use halo2_proofs::halo2curves::{
        ff::Field,
        group::{Curve, Group},
    };
    use rand_core::{OsRng, RngCore};

    use super::*;

    fn points(count: usize) -> Vec<G1Affine> {
        let points: Vec<G1> = (0..count).map(|_| G1::random(OsRng)).collect();
        let mut affine = vec![G1Affine::default(); count];
        G1::batch_normalize(&points, &mut affine);
        affine
    }

    #[test]
    fn digits_make_up_the_scalar() {
        for width in 2..=16 {
            let scalar = Fr::random(OsRng);
            let words: [u64; 4] = scalar.into();
            let windows = (Fr::NUM_BITS + 1).div_ceil(width);
            let sum = (0..windows).rev().fold(Fr::ZERO, |sum, window| {
                let digit = digit(&words, window * width, width);
                assert!(digit.unsigned_abs() <= 1 << (width - 1));
                let magnitude = Fr::from(u64::from(digit.unsigned_abs()));
                sum * Fr::from(1 << width) + if digit < 0 { -magnitude } else { magnitude }
            });
            assert_eq!(sum, scalar, "width {width}");
        }
    }

    #[test]
    fn sums_are_those_of_halo2() {
        let points = points(300);
        for arithmetic in [Arithmetic::Portable, Arithmetic::of_this_machine(8)] {
            let multiplied = Points {
                arithmetic,
                ..Points::new(points.clone())
            };
            let multiplied = Points {
                signed: rescaled(&multiplied, arithmetic),
                ..multiplied
            };
            for round in 0..20u32 {
                let scalars: Vec<Fr> = (0..(round as usize * 16).min(300))
                    .map(|place| match (place as u32 + round) % 6 {
                        0 => Fr::ZERO,
                        1 => Fr::ONE,
                        2 => Fr::from(OsRng.next_u64() % 256),
                        3 => Fr::from(OsRng.next_u64()),
                        4 => -Fr::from(OsRng.next_u64()),
                        _ => Fr::random(OsRng),
                    })
                    .collect();
                let expected = best_multiexp(&scalars, &points[..scalars.len()]);
                assert_eq!(multiplied.multiply(&scalars), expected, "{arithmetic:?}, {round}");
            }
        }
    }

    /// Returns the coordinates as another arithmetic has them.
    fn rescaled(points: &Points, arithmetic: Arithmetic) -> Coordinates {
        let divisor: Fq = arithmetic.divisor();
        let both = |of: fn(&G1Affine) -> Fq| points.affine.iter().map(move |point| of(point) * divisor);
        Coordinates {
            x: both(|point| point.x).chain(both(|point| point.x)).collect(),
            y: both(|point| point.y).chain(both(|point| -point.y)).collect(),
        }
    }

    #[test]
    fn equal_and_opposite_points_are_added_too() {
        let point = points(1)[0];
        let points = vec![point, point, -point, point];
        for scalars in [[5, 5, 0, 5], [7, 0, 7, 0], [3, 3, 3, 9]] {
            let scalars = scalars.map(Fr::from);
            let expected = best_multiexp(&scalars, &points);
            let sum = Points::new(points.clone()).multiply(&scalars);
            assert_eq!(sum.to_affine(), expected.to_affine());
        }
    }
}
