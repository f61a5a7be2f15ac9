//! Points by digit.
//!
//! The points of a bucket are added up in rounds: neighbours in pairs, then the sums in pairs,
//! until one is left. All additions of a round, in all buckets, are independent of each other.

use halo2_proofs::halo2curves::{
    bn256::{Fq, G1Affine, G1},
    ff::Field,
    group::Group,
};

use super::addition::{Additions, Coordinates};
use crate::proof::lanes::Lanes;

/// Points sorted by the absolute value of a digit.
#[derive(Debug)]
pub(super) struct Buckets {
    /// Places of the points, bucket by bucket.
    places: Vec<u32>,
    /// Where the bucket of digit 1 begins, then where it and each one after it ends.
    bounds: Vec<usize>,
}

impl Buckets {
    /// Sorts points with their digits of `width` bits. The negative of a point is `negated` places
    /// after it.
    pub(super) fn new(points: impl Iterator<Item = (u32, i32)>, width: u32, negated: usize) -> Self {
        let points: Vec<(u32, usize)> = points
            .map(|(place, digit)| {
                let signed = if digit < 0 { place + negated as u32 } else { place };
                (signed, digit.unsigned_abs() as usize)
            })
            .collect();
        // Where the next point of each digit goes; in the end, where the digit's points end.
        let mut bounds = vec![0; (1 << (width - 1)) + 1];
        for (_, digit) in &points {
            bounds[*digit] += 1;
        }
        bounds[0] = 0;
        let mut before = 0;
        for bound in &mut bounds {
            (*bound, before) = (before, before + *bound);
        }
        let mut places = vec![0; before];
        for (place, digit) in points.into_iter().filter(|(_, digit)| *digit != 0) {
            places[bounds[digit]] = place;
            bounds[digit] += 1;
        }
        Self { places, bounds }
    }

    /// Returns the sum of the points times their digits, and nothing if two points that are added
    /// have the same x-coordinate. That takes equal points or a linear relation between them that
    /// nobody should know.
    pub(super) fn sum<L: Lanes<Element = Fq>>(mut self, points: &Coordinates) -> Option<G1> {
        let mut sums = self.round::<L>(points)?;
        while self.places.len() > self.occupied() {
            sums = self.round::<L>(&sums)?;
        }
        Some(self.weigh::<L>(&sums))
    }

    fn occupied(&self) -> usize {
        self.bounds
            .windows(2)
            .filter(|bounds| bounds[0] < bounds[1])
            .count()
    }

    /// Adds up neighbours. The buckets' points become the sums, in order.
    fn round<L: Lanes<Element = Fq>>(&mut self, points: &Coordinates) -> Option<Coordinates> {
        let mut additions = Additions::default();
        let mut kept = Vec::new();
        let (mut start, mut count) = (0, 0);
        for end in &mut self.bounds[1..] {
            for pair in self.places[start..*end].chunks(2) {
                match pair {
                    [left, right] => additions.push(*left, *right, count),
                    single => kept.extend(single.iter().map(|place| (*place, count))),
                }
                count += 1;
            }
            start = *end;
            *end = count as usize;
        }
        let mut sums = Coordinates::new(count as usize);
        for (place, to) in kept {
            sums.x[to as usize] = points.x[place as usize];
            sums.y[to as usize] = points.y[place as usize];
        }
        self.places = (0..count).collect();
        additions.run::<L>(points, &mut sums).then_some(sums)
    }

    /// Returns the sum of each bucket's only point times its digit: the sum, over all buckets, of
    /// the points in it and above.
    fn weigh<L: Lanes<Element = Fq>>(&self, sums: &Coordinates) -> G1 {
        let divisor_inverse = Fq::from(L::DIVISOR).invert().unwrap_or(Fq::ZERO);
        let (mut above, mut total) = (G1::identity(), G1::identity());
        for bounds in self.bounds.windows(2).rev() {
            let point = bounds[0];
            if point < bounds[1] {
                above += G1Affine {
                    x: sums.x[point] * divisor_inverse,
                    y: sums.y[point] * divisor_inverse,
                };
            }
            total += above;
        }
        total
    }
}
