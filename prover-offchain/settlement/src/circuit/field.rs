//! Coordinates of points in the circuit: numbers of BN254's base field in three limbs of 88 bits.
//!
//! A number is what halo2-ecc calls a `CRTInteger`: its limbs and its remainder modulo the scalar
//! field, which together determine every integer that occurs here. Sums of products stay unreduced
//! until [`FieldChip::reduce`] or [`FieldChip::assert_zero`]; their limbs grow beyond 88 bits
//! meanwhile, and may be negative.

use halo2_base::{
    gates::{GateChip, GateInstructions, RangeChip},
    AssignedValue, Context,
    QuantumCell::{Constant, Existing},
};
use halo2_ecc::{
    bigint::{CRTInteger, OverflowInteger},
    fields::{fp::FpChip, FieldChip as _},
};
use halo2_proofs::halo2curves::{
    bn256::{Fq, Fr},
    ff::Field,
};
use num_bigint::{BigInt, BigUint};

/// Bits of a limb.
pub(crate) const LIMB_BITS: usize = 88;
/// Limbs of a number.
pub(crate) const LIMBS: usize = 3;

/// An integer modulo the base field's modulus, possibly unreduced.
pub(crate) type Number = CRTInteger<Fr>;

/// Arithmetic of the base field.
#[derive(Clone, Debug)]
pub(crate) struct FieldChip<'a> {
    inner: FpChip<'a, Fr, Fq>,
}

impl<'a> FieldChip<'a> {
    pub(crate) fn new(range: &'a RangeChip<Fr>) -> Self {
        Self {
            inner: FpChip::new(range, LIMB_BITS, LIMBS),
        }
    }

    /// Returns halo2-ecc's chip.
    pub(crate) fn inner(&self) -> &FpChip<'a, Fr, Fq> {
        &self.inner
    }

    /// Returns the chip for single cells.
    pub(crate) fn gate(&self) -> &GateChip<Fr> {
        &self.inner.range.gate
    }

    /// Returns the chip for ranges.
    pub(crate) fn range(&self) -> &'a RangeChip<Fr> {
        self.inner.range
    }

    /// Returns the field element that a number stands for.
    pub(crate) fn value(&self, number: &Number) -> Fq {
        self.inner.get_assigned_value(number)
    }

    /// Loads a number below `2^254`, not necessarily below the modulus.
    pub(crate) fn load(&self, ctx: &mut Context<Fr>, value: Fq) -> Number {
        self.inner.load_private(ctx, value).into()
    }

    /// Loads a number below the modulus: the only one for its field element.
    pub(crate) fn load_canonical(&self, ctx: &mut Context<Fr>, value: Fq) -> Number {
        let number = self.inner.load_private(ctx, value);
        self.inner.enforce_less_than_p(ctx, number.clone());
        number.into()
    }

    /// Reduces a number: the result has limbs of 88 bits and is below `2^254`.
    pub(crate) fn reduce(&self, ctx: &mut Context<Fr>, number: Number) -> Number {
        self.inner.carry_mod(ctx, number).into()
    }

    /// As [`Self::reduce`], with a result below the modulus.
    pub(crate) fn reduce_canonical(&self, ctx: &mut Context<Fr>, number: Number) -> Number {
        let number = self.inner.carry_mod(ctx, number);
        self.inner.enforce_less_than_p(ctx, number.clone());
        number.into()
    }

    /// Constrains a number to be a multiple of the modulus.
    pub(crate) fn assert_zero(&self, ctx: &mut Context<Fr>, number: Number) {
        self.inner.check_carry_mod_to_zero(ctx, number);
    }

    /// Returns `a - b`, unreduced.
    pub(crate) fn sub(&self, ctx: &mut Context<Fr>, a: &Number, b: &Number) -> Number {
        self.inner.sub_no_carry(ctx, a, b)
    }

    /// Returns `a * b + sum of added - sum of subtracted`, unreduced; `a` and `b` must not be
    /// products themselves.
    ///
    /// Limb by limb this is one inner product, which takes fewer cells than product and sums by
    /// themselves.
    pub(crate) fn multiply_add(
        &self,
        ctx: &mut Context<Fr>,
        (a, b): (&Number, &Number),
        added: &[&Number],
        subtracted: &[&Number],
    ) -> Number {
        let gate = self.gate();
        let mut lane = |own: &dyn Fn(&Number) -> AssignedValue<Fr>,
                        products: Vec<(AssignedValue<Fr>, AssignedValue<Fr>)>| {
            let added = added.iter().map(|number| (own(number), Constant(Fr::ONE)));
            let products = products.into_iter().map(|(a, b)| (a, Existing(b)));
            let subtracted = subtracted.iter().map(|number| (own(number), Constant(-Fr::ONE)));
            // An addend goes first: the inner product then starts with it and not with zero.
            let (left, right): (Vec<_>, Vec<_>) = added.chain(products).chain(subtracted).unzip();
            gate.inner_product(ctx, left, right)
        };
        let limbs = (0..LIMBS)
            .map(|limb| {
                let products = (0..=limb).map(|i| (a.limbs()[i], b.limbs()[limb - i])).collect();
                lane(&|number| number.limbs()[limb], products)
            })
            .collect();
        let native = lane(&|number| *number.native(), vec![(*a.native(), *b.native())]);

        let power = |bits: usize| BigUint::from(1u8) << bits;
        let others = added
            .iter()
            .chain(subtracted)
            .map(|number| power(number.truncation.max_limb_bits));
        let bound = BigUint::from(LIMBS) * power(a.truncation.max_limb_bits + b.truncation.max_limb_bits)
            + others.sum::<BigUint>();
        // Each limb is smaller than the bound, so it has at most the bits of the number below it.
        let bits = (bound - 1u8).bits() as usize;
        let sum = |numbers: &[&Number]| numbers.iter().map(|number| &number.value).sum::<BigInt>();
        let value = &a.value * &b.value + sum(added) - sum(subtracted);
        Number::new(OverflowInteger::new(limbs, bits), native, value)
    }

    /// Returns `sign * a`, where the sign is a cell with 1 or -1.
    pub(crate) fn with_sign(&self, ctx: &mut Context<Fr>, a: &Number, sign: AssignedValue<Fr>) -> Number {
        let gate = self.gate();
        let limbs: Vec<_> = a.limbs().iter().map(|limb| gate.mul(ctx, *limb, sign)).collect();
        let native = gate.mul(ctx, *a.native(), sign);
        let value = if *sign.value() == Fr::ONE {
            a.value.clone()
        } else {
            -&a.value
        };
        Number::new(
            OverflowInteger::new(limbs, a.truncation.max_limb_bits),
            native,
            value,
        )
    }

    /// Returns the number with these limbs of 88 bits, whose value is known to be `value`.
    pub(crate) fn number_of_limbs(
        &self,
        ctx: &mut Context<Fr>,
        limbs: Vec<AssignedValue<Fr>>,
        value: BigInt,
    ) -> Number {
        let bases = self.inner.limb_bases.iter().map(|base| Constant(*base));
        let native = self.gate().inner_product(ctx, limbs.iter().copied(), bases);
        Number::new(OverflowInteger::new(limbs, LIMB_BITS), native, value)
    }
}
