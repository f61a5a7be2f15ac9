//! Many additions of two points, in affine coordinates, with one inversion for a batch
//! (Montgomery's trick): six multiplications each.

use halo2_proofs::halo2curves::{
    bn256::Fq,
    ff::{BatchInvert, Field},
};

use crate::proof::lanes::{factor, Kernel, Lanes};

/// Additions that share an inversion.
const BATCH: usize = 1 << 10;

/// Lanes at most.
const MOST_LANES: usize = 8;

/// Coordinates of points, times [`Lanes::DIVISOR`].
#[derive(Debug, Default)]
pub(super) struct Coordinates {
    pub(super) x: Vec<Fq>,
    pub(super) y: Vec<Fq>,
}

impl Coordinates {
    /// Returns room for points.
    pub(super) fn new(count: usize) -> Self {
        Self {
            x: vec![Fq::ZERO; count],
            y: vec![Fq::ZERO; count],
        }
    }
}

/// Pairs of points to be added.
#[derive(Debug, Default)]
pub(super) struct Additions {
    /// Places of the first summands.
    left: Vec<u32>,
    /// Places of the second summands.
    right: Vec<u32>,
    /// Places of the results.
    to: Vec<u32>,
}

impl Additions {
    pub(super) fn push(&mut self, left: u32, right: u32, to: u32) {
        self.left.push(left);
        self.right.push(right);
        self.to.push(to);
    }

    /// Adds. Returns whether no two summands have the same x-coordinate; otherwise the results mean
    /// nothing.
    pub(super) fn run<L: Lanes<Element = Fq>>(
        mut self,
        from: &Coordinates,
        results: &mut Coordinates,
    ) -> bool {
        let Some(last) = self.to.len().checked_sub(1) else {
            return true;
        };
        // The last addition is done more than once to fill the lanes.
        while !self.to.len().is_multiple_of(L::COUNT) {
            self.push(self.left[last], self.right[last], self.to[last]);
        }
        let unused = factor::<L>(Fq::ZERO);
        let mut differences = vec![unused; BATCH / L::COUNT];
        let mut products = differences.clone();
        let mut valid = true;
        let summands = self.left.chunks(BATCH).zip(self.right.chunks(BATCH));
        for ((left, right), to) in summands.zip(self.to.chunks(BATCH)) {
            L::run(Batch {
                left,
                right,
                to,
                from,
                results,
                differences: &mut differences,
                products: &mut products,
                valid: &mut valid,
            });
        }
        valid
    }
}

/// Additions with one inversion.
struct Batch<'a, L> {
    left: &'a [u32],
    right: &'a [u32],
    to: &'a [u32],
    from: &'a Coordinates,
    results: &'a mut Coordinates,
    /// Room for the differences of x-coordinates.
    differences: &'a mut [L],
    /// Room for the product of all differences before each.
    products: &'a mut [L],
    valid: &'a mut bool,
}

impl<L: Lanes<Element = Fq>> Kernel<L> for Batch<'_, L> {
    #[inline(always)]
    fn run(self) {
        let Coordinates { x, y } = self.from;
        let pairs = self
            .left
            .chunks_exact(L::COUNT)
            .zip(self.right.chunks_exact(L::COUNT));
        let kept = self.differences.iter_mut().zip(self.products.iter_mut());
        let mut product = factor::<L>(Fq::ONE);
        for ((left, right), (kept_difference, kept_product)) in pairs.clone().zip(kept) {
            let difference = L::gather(x, right).sub(L::gather(x, left));
            *kept_difference = difference;
            *kept_product = product;
            product = product.mul(difference);
        }

        let mut inverses = [Fq::ZERO; MOST_LANES];
        let inverses = &mut inverses[..L::COUNT];
        product.reduce().store(inverses, 1);
        if inverses.contains(&Fq::ZERO) {
            *self.valid = false;
            return;
        }
        inverses.iter_mut().batch_invert();
        // The product came times the divisor, and its inverse should.
        let divisor = Fq::from(L::DIVISOR);
        for inverse in inverses.iter_mut() {
            *inverse *= divisor * divisor;
        }

        let mut inverse = L::load(inverses, 1);
        let kept = self.differences.iter().zip(self.products.iter());
        let places = pairs.zip(self.to.chunks_exact(L::COUNT));
        for (((left, right), to), (difference, product)) in places.zip(kept).rev() {
            let of_difference = inverse.mul(*product);
            inverse = inverse.mul(*difference);
            let (x1, y1) = (L::gather(x, left), L::gather(y, left));
            let (x2, y2) = (L::gather(x, right), L::gather(y, right));
            let slope = y2.sub(y1).mul(of_difference);
            let x3 = slope.mul(slope).sub(x1).sub(x2);
            let y3 = x1.sub(x3).mul(slope).sub(y1);
            x3.reduce().scatter(&mut self.results.x, to);
            y3.reduce().scatter(&mut self.results.y, to);
        }
    }
}
