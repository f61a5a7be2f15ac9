//! Keys of circuits.

use halo2_proofs::{
    halo2curves::bn256::Fr,
    poly::commitment::{Params as _, ParamsProver},
};
use rayon::prelude::*;
use zkfusion_primitives::verifier::halo2::{
    CheckedProtocol, KeyError, ProgramKey, Protocol, Srs, VerifyingKey,
};

use super::{
    commitment::{self, commit_all},
    domain::Domain,
    evaluator::Evaluator,
    lanes::Arithmetic,
    points::Points,
};
use crate::{convert, srs::Params};

/// Why there is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// A fixed column is zero everywhere, so that its commitment is the point at infinity.
    #[error("fixed column {0} is zero on every row; give it a value on some row")]
    EmptyFixedColumn(usize),
    /// There are more fixed columns than a key can hold.
    #[error("{0} fixed columns are too many")]
    FixedColumns(usize),
    /// A fixed column has another number of rows than the setup has points.
    #[error("fixed column {column} has {got} rows, the setup {expected} points")]
    Rows {
        /// The column.
        column: usize,
        /// Points of the setup.
        expected: usize,
        /// Rows of the column.
        got: usize,
    },
    /// The setup holds the point at infinity.
    #[error("the setup holds the point at infinity")]
    DegenerateSetup,
    /// The verifier would not take the key.
    #[error("{0}")]
    Key(#[from] KeyError),
}

/// What proofs of a circuit are made with.
#[derive(Debug)]
pub struct ProvingKey {
    verifying: VerifyingKey,
    /// The fixed columns as polynomials.
    pub(super) fixed: Vec<Vec<Fr>>,
    pub(super) domain: Domain,
    /// Commit to coefficients.
    pub(super) powers: Points,
    /// Commit to values.
    pub(super) lagrange: Points,
    pub(super) evaluator: Evaluator,
}

impl ProvingKey {
    /// Makes the key of a circuit with these values in its fixed columns, of as many rows as the
    /// setup has points.
    ///
    /// # Errors
    ///
    /// [`KeysError`] if the columns do not fit protocol and setup.
    pub fn new(params: &Params, protocol: CheckedProtocol, fixed: Vec<Vec<Fr>>) -> Result<Self, KeysError> {
        let lagrange = commitment::lagrange(params);
        let program = commit(params, &lagrange, &fixed)?;
        let verifying = VerifyingKey::new(protocol, program)?;
        let arithmetic = Arithmetic::of_this_machine(params.k());
        let domain = Domain::new(params.k(), arithmetic);
        let fixed = fixed
            .into_par_iter()
            .map(|values| domain.interpolate(values))
            .collect();
        Ok(Self {
            evaluator: Evaluator::new(verifying.protocol(), arithmetic),
            verifying,
            fixed,
            domain,
            powers: commitment::powers(params),
            lagrange,
        })
    }

    /// Returns the key that proofs are checked with.
    pub fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }

    pub(super) fn protocol(&self) -> &Protocol {
        self.verifying.protocol()
    }
}

/// Returns the part of the key that differs from program to program.
///
/// # Errors
///
/// As [`ProvingKey::new`].
pub fn program_key(params: &Params, fixed: &[Vec<Fr>]) -> Result<ProgramKey, KeysError> {
    commit(params, &commitment::lagrange(params), fixed)
}

fn commit(params: &Params, lagrange: &Points, fixed: &[Vec<Fr>]) -> Result<ProgramKey, KeysError> {
    let expected = params.get_g().len();
    if let Some(column) = fixed.iter().position(|values| values.len() != expected) {
        return Err(KeysError::Rows {
            column,
            expected,
            got: fixed[column].len(),
        });
    }
    let points = commit_all(lagrange, fixed)
        .iter()
        .enumerate()
        .map(|(column, point)| convert::g1(point).ok_or(KeysError::EmptyFixedColumn(column)))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(ProgramKey {
        k: params.k() as u8,
        fixed_commitments: points
            .try_into()
            .map_err(|_| KeysError::FixedColumns(fixed.len()))?,
    })
}

/// Returns what the verifier needs of a setup.
///
/// # Errors
///
/// [`KeysError::DegenerateSetup`] if one of its points is infinity.
pub fn verifier_srs(params: &Params) -> Result<Srs, KeysError> {
    let g1 = params.get_g().first().and_then(convert::g1);
    let points = (g1, convert::g2(&params.g2()), convert::g2(&params.s_g2()));
    match points {
        (Some(g1), Some(g2), Some(s_g2)) => Ok(Srs { g1, g2, s_g2 }),
        _ => Err(KeysError::DegenerateSetup),
    }
}
