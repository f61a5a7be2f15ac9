//! The constraints as data: a list of operations in which a shared subexpression occurs once.

use super::{encoding::Scalar, error::KeyError};
use crate::field::Fr;
use alloc::vec::Vec;
use ark_ff::{AdditiveGroup, Field};
use codec::{Compact, Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

/// One operation on two values computed before.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, DecodeWithMemTracking, TypeInfo,
)]
pub enum Operation {
    /// The sum.
    Add(#[codec(compact)] u32, #[codec(compact)] u32),
    /// The first minus the second.
    Sub(#[codec(compact)] u32, #[codec(compact)] u32),
    /// The product.
    Mul(#[codec(compact)] u32, #[codec(compact)] u32),
}

impl Operation {
    /// Returns the values that the operation takes.
    pub fn operands(self) -> (u32, u32) {
        match self {
            Self::Add(a, b) | Self::Sub(a, b) | Self::Mul(a, b) => (a, b),
        }
    }
}

/// The constraints: expressions that are zero on every row.
///
/// Values are numbered: the constants, then the evaluations of fixed, advice and instance queries,
/// then the challenges, then the results of the operations, each in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Gates {
    /// Constants.
    pub constants: Vec<Scalar>,
    /// Operations.
    pub operations: Vec<Operation>,
    /// The values that are zero, in the order in which the prover combines them.
    pub constraints: Vec<Compact<u32>>,
}

impl Gates {
    /// Returns the constraints combined as the prover does: Horner's rule in `y`.
    ///
    /// `inputs` are the lists of values between the constants and the results. References are taken
    /// as checked by [`Self::check`]; one that is not counts as zero.
    pub(super) fn evaluate(&self, inputs: &[&[Fr]], y: Fr) -> Fr {
        let mut values: Vec<Fr> = self.constants.iter().map(|constant| constant.0).collect();
        values.reserve(inputs.iter().map(|list| list.len()).sum::<usize>() + self.operations.len());
        inputs.iter().for_each(|list| values.extend_from_slice(list));
        for operation in &self.operations {
            let (a, b) = operation.operands();
            let (a, b) = (value(&values, a), value(&values, b));
            values.push(match operation {
                Operation::Add(..) => a + b,
                Operation::Sub(..) => a - b,
                Operation::Mul(..) if a == b => a.square(),
                Operation::Mul(..) => a * b,
            });
        }
        self.constraints
            .iter()
            .fold(Fr::ZERO, |sum, constraint| sum * y + value(&values, constraint.0))
    }

    /// Checks that operations and constraints refer to what is known, which are the constants, so
    /// many queries of columns and so many challenges; that constraints speak of columns; and that
    /// their degree (in the columns) is at most `max`.
    ///
    /// # Errors
    ///
    /// What is wrong, as a [`KeyError`].
    pub(super) fn check(&self, queries: usize, challenges: usize, max: u32) -> Result<(), KeyError> {
        let mut degrees: Vec<u32> = alloc::vec![0; self.constants.len()];
        degrees.resize(degrees.len() + queries, 1);
        degrees.resize(degrees.len() + challenges, 0);
        let lookup = |degrees: &[u32], index: u32| {
            degrees
                .get(index as usize)
                .copied()
                .ok_or(KeyError::ForwardReference {
                    known: degrees.len(),
                    got: index,
                })
        };
        for operation in &self.operations {
            let (a, b) = operation.operands();
            let (a, b) = (lookup(&degrees, a)?, lookup(&degrees, b)?);
            degrees.push(match operation {
                Operation::Add(..) | Operation::Sub(..) => a.max(b),
                Operation::Mul(..) => a.saturating_add(b),
            });
        }
        if self.constraints.is_empty() {
            return Err(KeyError::NoConstraints);
        }
        for (index, constraint) in self.constraints.iter().enumerate() {
            match lookup(&degrees, constraint.0)? {
                0 => return Err(KeyError::VacuousConstraint { constraint: index }),
                degree if degree > max => return Err(KeyError::DegreeTooHigh { max, got: degree }),
                _ => {}
            }
        }
        Ok(())
    }
}

fn value(values: &[Fr], index: u32) -> Fr {
    values.get(index as usize).copied().unwrap_or(Fr::ZERO)
}
