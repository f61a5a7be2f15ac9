//! Several elements of a field at once.
//!
//! Transforms, constraints and sums of points do the same to many elements. They are written for
//! [`Lanes`]: one element where nothing is known of the processor, eight where it has AVX-512 with
//! IFMA, which takes about a quarter of the time.

#[cfg(target_arch = "x86_64")]
mod ifma;

use halo2_proofs::halo2curves::{bn256::Fr, ff::PrimeField};

#[cfg(target_arch = "x86_64")]
pub(super) use ifma::Ifma;

/// Elements that are computed with side by side.
pub(super) trait Lanes: Copy + Send + Sync {
    /// An element.
    type Element: PrimeField;

    /// How many there are.
    const COUNT: usize;
    /// A product comes out divided by this: who multiplies by a constant multiplies the constant by
    /// it before.
    const DIVISOR: u64;

    /// Returns the same element in all lanes.
    fn splat(value: Self::Element) -> Self;

    /// Reads elements that are `stride` apart.
    ///
    /// # Panics
    ///
    /// When `values` has fewer than `(COUNT - 1) * stride + 1` elements.
    fn load(values: &[Self::Element], stride: usize) -> Self;

    /// Writes elements `stride` apart; they are what [`Lanes::load`] reads, but only after
    /// [`Lanes::reduce`] what others read.
    ///
    /// # Panics
    ///
    /// As [`Lanes::load`].
    fn store(self, values: &mut [Self::Element], stride: usize);

    /// Reads the elements at [`Lanes::COUNT`] places.
    ///
    /// # Panics
    ///
    /// When there are fewer places, or no element at one.
    fn gather(values: &[Self::Element], places: &[u32]) -> Self;

    /// Writes elements, as [`Lanes::store`] does, to [`Lanes::COUNT`] places.
    ///
    /// # Panics
    ///
    /// As [`Lanes::gather`].
    fn scatter(self, values: &mut [Self::Element], places: &[u32]);

    /// Returns the elements as numbers below the modulus.
    fn reduce(self) -> Self;

    /// Returns the sums.
    fn add(self, other: Self) -> Self;

    /// Returns the differences.
    fn sub(self, other: Self) -> Self;

    /// Returns the products divided by [`Lanes::DIVISOR`].
    fn mul(self, other: Self) -> Self;

    /// Runs a kernel with the instructions that these lanes take.
    fn run(kernel: impl Kernel<Self>);
}

/// A loop over lanes. Everything in it should be inlined, so that it is compiled for the lanes'
/// instructions.
pub(super) trait Kernel<L> {
    /// Runs the loop.
    fn run(self);
}

impl<F: PrimeField> Lanes for F {
    type Element = F;

    const COUNT: usize = 1;
    const DIVISOR: u64 = 1;

    #[inline(always)]
    fn splat(value: F) -> Self {
        value
    }

    #[inline(always)]
    fn load(values: &[F], _: usize) -> Self {
        values[0]
    }

    #[inline(always)]
    fn store(self, values: &mut [F], _: usize) {
        values[0] = self;
    }

    #[inline(always)]
    fn gather(values: &[F], places: &[u32]) -> Self {
        values[places[0] as usize]
    }

    #[inline(always)]
    fn scatter(self, values: &mut [F], places: &[u32]) {
        values[places[0] as usize] = self;
    }

    #[inline(always)]
    fn reduce(self) -> Self {
        self
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self + other
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self - other
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self * other
    }

    #[inline(always)]
    fn run(kernel: impl Kernel<Self>) {
        kernel.run();
    }
}

/// Returns a constant in all lanes, as a factor that makes up for [`Lanes::DIVISOR`].
pub(super) fn factor<L: Lanes>(value: L::Element) -> L {
    L::splat(value * L::Element::from(L::DIVISOR))
}

/// Returns constants as [`factor`] does, `L::COUNT` of them a lane.
pub(super) fn factors<L: Lanes>(values: &[L::Element]) -> Vec<L> {
    let divisor = L::Element::from(L::DIVISOR);
    let scaled: Vec<L::Element> = values.iter().map(|value| *value * divisor).collect();
    scaled
        .chunks_exact(L::COUNT)
        .map(|chunk| L::load(chunk, 1))
        .collect()
}

/// What this machine computes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    /// One element at a time.
    Portable,
    /// Eight at a time.
    #[cfg(target_arch = "x86_64")]
    Ifma,
}

impl Arithmetic {
    /// Returns the fastest for `2^k` rows; with few of them nothing is won.
    pub(super) fn of_this_machine(k: u32) -> Self {
        #[cfg(target_arch = "x86_64")]
        if k >= 6 && ifma::is_supported() {
            return Self::Ifma;
        }
        Self::Portable
    }

    /// Returns [`Lanes::DIVISOR`].
    pub(super) fn divisor<F: PrimeField>(self) -> F {
        F::from(match self {
            Self::Portable => Fr::DIVISOR,
            #[cfg(target_arch = "x86_64")]
            Self::Ifma => Ifma::<Fr>::DIVISOR,
        })
    }

    /// Returns the divisor's inverse.
    pub(super) fn divisor_inverse<F: PrimeField>(self) -> F {
        self.divisor::<F>().invert().unwrap_or(F::ZERO)
    }
}
