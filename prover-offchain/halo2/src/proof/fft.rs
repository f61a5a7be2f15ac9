//! The Fourier transform over the rows' roots of unity.
//!
//! One polynomial is one thread's: a proof transforms hundreds. Quarters are transformed to the end
//! one after the other, so that all but the first passes stay within the processor's cache; three
//! layers of the transform are one pass at the end.

use halo2_proofs::halo2curves::{bn256::Fr, ff::Field};

#[cfg(target_arch = "x86_64")]
use super::lanes::Ifma;
use super::lanes::{factor, factors, Arithmetic, Kernel, Lanes};

/// A transform of a number of values that is a power of two.
#[derive(Debug)]
pub(super) enum Fft {
    /// One value at a time.
    Portable(Twiddles<Fr>),
    /// Eight at a time.
    #[cfg(target_arch = "x86_64")]
    Ifma(Twiddles<Ifma<Fr>>),
}

impl Fft {
    /// Prepares the transform of `2^k` values with a root of unity of that order.
    pub(super) fn new(k: u32, omega: Fr, arithmetic: Arithmetic) -> Self {
        match arithmetic {
            #[cfg(target_arch = "x86_64")]
            Arithmetic::Ifma => Self::Ifma(Twiddles::new(k, omega)),
            Arithmetic::Portable => Self::Portable(Twiddles::new(k, omega)),
        }
    }

    /// Replaces coefficients by the values at the powers of the root of unity.
    pub(super) fn transform(&self, values: &mut [Fr]) {
        match self {
            Self::Portable(twiddles) => twiddles.transform(values),
            #[cfg(target_arch = "x86_64")]
            Self::Ifma(twiddles) => twiddles.transform(values),
        }
        reverse_bits(values);
    }
}

/// Values whose layers are done one after the other: they fit the processor's cache.
const CACHED: usize = 1 << 12;

/// Powers of the roots of unity.
#[derive(Debug)]
pub(super) struct Twiddles<L> {
    /// The root of unity of all values.
    omega: Fr,
    /// For `4^i` times 8 values, or 16, from small to large: for each place in a quarter the root's
    /// power, the square, and the cube.
    quarters: Vec<Vec<[L; 3]>>,
    /// For 16 values, if the number of layers asks for it: for each place in a half the root's
    /// power.
    halves: Vec<L>,
    /// Powers 1 to 3 of the eighth root of unity.
    eighths: [L; 3],
}

impl<L: Lanes<Element = Fr>> Twiddles<L> {
    fn new(k: u32, omega: Fr) -> Self {
        let mut quarters = Vec::new();
        let mut halves = Vec::new();
        let mut root = omega;
        let mut size = 1usize << k;
        while size > 16 {
            let power = |power: u64| factors::<L>(&powers(root.pow_vartime([power]), size / 4));
            let places = power(1).into_iter().zip(power(2)).zip(power(3));
            quarters.push(
                places
                    .map(|((first, second), third)| [first, second, third])
                    .collect(),
            );
            root = root.square().square();
            size /= 4;
        }
        quarters.reverse();
        if size == 16 {
            halves = factors(&powers(root, 8));
            root = root.square();
        }
        Self {
            omega,
            quarters,
            halves,
            eighths: [1, 2, 3].map(|power| factor(root.pow_vartime([power]))),
        }
    }

    fn transform(&self, values: &mut [Fr]) {
        if values.len() < 8 * L::COUNT {
            small(values, self.omega);
        } else {
            self.divide(values, self.quarters.len());
        }
    }

    /// Decimation in frequency: the frequencies that leave a remainder of 0 by 4 go to the first
    /// quarter, those of 2 to the second, of 1 to the third, of 3 to the last.
    fn divide(&self, values: &mut [Fr], levels: usize) {
        let cached = values.len() <= CACHED;
        for level in (0..levels).rev() {
            let twiddles = &self.quarters[level];
            L::run(Quarter {
                values,
                twiddles,
                // The fourth root of unity.
                root: self.eighths[1],
            });
            if !cached {
                let quarter = values.len() / 4;
                return values
                    .chunks_exact_mut(quarter)
                    .for_each(|values| self.divide(values, level));
            }
        }
        if !self.halves.is_empty() {
            let twiddles = &self.halves;
            L::run(Halve { values, twiddles });
        }
        L::run(Finish {
            values,
            eighths: &self.eighths,
        });
    }
}

fn powers(base: Fr, count: usize) -> Vec<Fr> {
    std::iter::successors(Some(Fr::ONE), |power| Some(power * base))
        .take(count)
        .collect()
}

/// Two layers of each group of `4 * L::COUNT` times as many values as there are twiddles.
struct Quarter<'a, L> {
    values: &'a mut [Fr],
    twiddles: &'a [[L; 3]],
    root: L,
}

impl<L: Lanes<Element = Fr>> Kernel<L> for Quarter<'_, L> {
    #[inline(always)]
    fn run(self) {
        let quarter = self.twiddles.len() * L::COUNT;
        for values in self.values.chunks_exact_mut(4 * quarter) {
            let (left, right) = values.split_at_mut(2 * quarter);
            let (a, b) = left.split_at_mut(quarter);
            let (c, d) = right.split_at_mut(quarter);
            let left = a.chunks_exact_mut(L::COUNT).zip(b.chunks_exact_mut(L::COUNT));
            let right = c.chunks_exact_mut(L::COUNT).zip(d.chunks_exact_mut(L::COUNT));
            for (((a, b), (c, d)), [first, second, third]) in left.zip(right).zip(self.twiddles) {
                let (va, vc) = (L::load(a, 1), L::load(c, 1));
                let (sum, difference) = (va.add(vc), va.sub(vc));
                let (vb, vd) = (L::load(b, 1), L::load(d, 1));
                let (other_sum, other_difference) = (vb.add(vd), vb.sub(vd).mul(self.root));
                sum.add(other_sum).store(a, 1);
                sum.sub(other_sum).mul(*second).store(b, 1);
                difference.add(other_difference).mul(*first).store(c, 1);
                difference.sub(other_difference).mul(*third).store(d, 1);
            }
        }
    }
}

/// One layer of each 16 values.
struct Halve<'a, L> {
    values: &'a mut [Fr],
    twiddles: &'a [L],
}

impl<L: Lanes<Element = Fr>> Kernel<L> for Halve<'_, L> {
    #[inline(always)]
    fn run(self) {
        for values in self.values.chunks_exact_mut(16) {
            let (a, b) = values.split_at_mut(8);
            let pairs = a.chunks_exact_mut(L::COUNT).zip(b.chunks_exact_mut(L::COUNT));
            for ((a, b), twiddle) in pairs.zip(self.twiddles) {
                let (va, vb) = (L::load(a, 1), L::load(b, 1));
                va.add(vb).store(a, 1);
                va.sub(vb).mul(*twiddle).store(b, 1);
            }
        }
    }
}

/// The last three layers, on `L::COUNT` neighbouring groups of eight values at a time.
struct Finish<'a, L> {
    values: &'a mut [Fr],
    eighths: &'a [L; 3],
}

impl<L: Lanes<Element = Fr>> Kernel<L> for Finish<'_, L> {
    #[inline(always)]
    fn run(self) {
        let [w1, w2, w3] = *self.eighths;
        for values in self.values.chunks_exact_mut(8 * L::COUNT) {
            let mut v = [w1; 8];
            for (place, lanes) in v.iter_mut().enumerate() {
                *lanes = L::load(&values[place..], 8);
            }
            for i in 0..4 {
                (v[i], v[i + 4]) = (v[i].add(v[i + 4]), v[i].sub(v[i + 4]));
            }
            v[5] = v[5].mul(w1);
            v[6] = v[6].mul(w2);
            v[7] = v[7].mul(w3);
            for i in [0, 1, 4, 5] {
                (v[i], v[i + 2]) = (v[i].add(v[i + 2]), v[i].sub(v[i + 2]));
            }
            v[3] = v[3].mul(w2);
            v[7] = v[7].mul(w2);
            for i in [0, 2, 4, 6] {
                (v[i], v[i + 1]) = (v[i].add(v[i + 1]), v[i].sub(v[i + 1]));
            }
            for (place, lanes) in v.into_iter().enumerate() {
                lanes.reduce().store(&mut values[place..], 8);
            }
        }
    }
}

/// Transforms a few values: one layer, then each half.
fn small(values: &mut [Fr], omega: Fr) {
    let half = values.len() / 2;
    if half == 0 {
        return;
    }
    let (first, second) = values.split_at_mut(half);
    for ((a, b), twiddle) in first.iter_mut().zip(second.iter_mut()).zip(powers(omega, half)) {
        (*a, *b) = (*a + *b, (*a - *b) * twiddle);
    }
    small(first, omega.square());
    small(second, omega.square());
}

/// Moves each value to the place whose bits are those of its own in reverse.
fn reverse_bits(values: &mut [Fr]) {
    let shift = usize::BITS - values.len().trailing_zeros();
    for place in 1..values.len().saturating_sub(1) {
        let other = place.reverse_bits() >> shift;
        if place < other {
            values.swap(place, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use halo2_proofs::halo2curves::ff::PrimeField;

    use super::*;

    #[test]
    fn values_are_those_of_the_polynomial() {
        for k in 0..11 {
            for arithmetic in [Arithmetic::Portable, Arithmetic::of_this_machine(k)] {
                let omega = (k..Fr::S).fold(Fr::ROOT_OF_UNITY, |root, _| root.square());
                let coefficients: Vec<Fr> = (0..1u64 << k)
                    .map(|i| Fr::from(i * i + 3).invert().unwrap())
                    .collect();
                let mut values = coefficients.clone();
                Fft::new(k, omega, arithmetic).transform(&mut values);
                for row in (0..values.len()).step_by(1 + values.len() / 64) {
                    let point = omega.pow_vartime([row as u64]);
                    let expected = coefficients.iter().rev().fold(Fr::ZERO, |sum, c| sum * point + c);
                    assert_eq!(values[row], expected, "{arithmetic:?}, k {k}, row {row}");
                }
            }
        }
    }
}
