//! From halo2's verifying key to the key as data that the chain verifies with.

use crate::convert;
use codec::Compact;
use halo2_proofs::{
    halo2curves::bn256::{Bn256, Fr as HaloFr, G1Affine},
    plonk::{ConstraintSystem, Expression, VerifyingKey as HaloKey},
    poly::{commitment::ParamsProver, kzg::commitment::ParamsKZG, Rotation},
};
use std::collections::HashMap;
use zkfusion_primitives::{
    field::to_bytes,
    verifier::halo2::{
        CheckedProtocol, ColumnQuery, Gates, KeyError, Operation, ProgramKey, Protocol, Scalar, Srs,
        VerifyingKey,
    },
};

/// Why a halo2 key has no counterpart as data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The circuit uses something that the data key has no place for.
    #[error("the circuit uses {0}, which the verifier does not support")]
    Unsupported(&'static str),
    /// A number is out of range.
    #[error("{what} out of range: {got}")]
    OutOfRange {
        /// What the number is.
        what: &'static str,
        /// The number.
        got: usize,
    },
    /// A fixed column is zero everywhere, so that its commitment is the point at infinity.
    #[error("fixed column {0} is zero on every row; give it a value on some row")]
    EmptyFixedColumn(usize),
    /// The setup holds the point at infinity.
    #[error("the setup holds the point at infinity")]
    DegenerateSetup,
    /// The setup and the key are for different numbers of rows.
    #[error("the setup is for k = {setup}, the key for k = {key}")]
    RowsDiffer {
        /// `k` of the setup.
        setup: u32,
        /// `k` of the key.
        key: u32,
    },
    /// The exported key does not pass the verifier's own checks.
    #[error("{0}")]
    Key(#[from] KeyError),
}

/// Returns the key as data, ready for the verifier.
///
/// `instance_lengths` are the numbers of public inputs in each instance column.
///
/// # Errors
///
/// [`ExportError`] if the circuit uses what the verifier does not support.
pub fn verifying_key(
    params: &ParamsKZG<Bn256>,
    key: &HaloKey<G1Affine>,
    instance_lengths: &[u32],
) -> Result<VerifyingKey, ExportError> {
    let protocol = protocol(params, key, instance_lengths)?;
    Ok(VerifyingKey::new(protocol, program_key(key)?)?)
}

/// Returns the part of the key that all programs share.
///
/// # Errors
///
/// As [`verifying_key`].
pub fn protocol(
    params: &ParamsKZG<Bn256>,
    key: &HaloKey<G1Affine>,
    instance_lengths: &[u32],
) -> Result<CheckedProtocol, ExportError> {
    let cs = key.cs();
    refuse_unsupported(cs)?;
    let fixed_queries = queries(
        cs.fixed_queries()
            .iter()
            .map(|(column, at)| (column.index(), *at)),
    )?;
    let advice_queries = queries(
        cs.advice_queries()
            .iter()
            .map(|(column, at)| (column.index(), *at)),
    )?;
    let instance_queries = queries(
        cs.instance_queries()
            .iter()
            .map(|(column, at)| (column.index(), *at)),
    )?;
    if cs.num_instance_columns() != instance_lengths.len() {
        return Err(ExportError::OutOfRange {
            what: "instance columns",
            got: cs.num_instance_columns(),
        });
    }
    let inputs = Inputs::new(cs, &fixed_queries, &advice_queries, &instance_queries);
    let mut builder = GateBuilder::new(&inputs);
    let polynomials = cs.gates().iter().flat_map(|gate| gate.polynomials());
    let constraints = polynomials
        .map(|polynomial| builder.expression(polynomial))
        .collect::<Result<Vec<_>, _>>()?;
    let protocol = Protocol {
        srs: srs(params)?,
        fixed_columns: narrow("fixed columns", cs.num_fixed_columns())?,
        advice_phases: cs.advice_column_phase(),
        challenge_phases: cs.challenge_phase(),
        instance_lengths: instance_lengths.to_vec(),
        fixed_queries,
        advice_queries,
        instance_queries,
        gates: builder.finish(constraints),
        quotient_pieces: narrow("quotient pieces", key.get_domain().get_quotient_poly_degree())?,
        blinded_rows: narrow("blinded rows", cs.blinding_factors() + 1)?,
    };
    Ok(protocol.check()?)
}

/// Returns the part of the key that belongs to the program.
///
/// # Errors
///
/// [`ExportError`] if a fixed column is zero everywhere, or there are too many.
pub fn program_key(key: &HaloKey<G1Affine>) -> Result<ProgramKey, ExportError> {
    let commitments = key.fixed_commitments().iter().enumerate();
    let points = commitments
        .map(|(column, point)| convert::g1(point).ok_or(ExportError::EmptyFixedColumn(column)))
        .collect::<Result<Vec<_>, _>>()?;
    let got = points.len();
    Ok(ProgramKey {
        k: narrow("k", key.get_domain().k() as usize)?,
        fixed_commitments: points.try_into().map_err(|_| ExportError::OutOfRange {
            what: "fixed columns",
            got,
        })?,
    })
}

/// Returns what the verifier needs of a setup.
///
/// # Errors
///
/// [`ExportError::DegenerateSetup`] if one of its points is infinity.
pub fn srs(params: &ParamsKZG<Bn256>) -> Result<Srs, ExportError> {
    let g1 = params.get_g().first().and_then(convert::g1);
    let points = (g1, convert::g2(&params.g2()), convert::g2(&params.s_g2()));
    match points {
        (Some(g1), Some(g2), Some(s_g2)) => Ok(Srs { g1, g2, s_g2 }),
        _ => Err(ExportError::DegenerateSetup),
    }
}

fn refuse_unsupported(cs: &ConstraintSystem<HaloFr>) -> Result<(), ExportError> {
    if !cs.permutation().get_columns().is_empty() {
        return Err(ExportError::Unsupported("copy constraints"));
    }
    if !cs.lookups().is_empty() {
        return Err(ExportError::Unsupported("halo2 lookups"));
    }
    Ok(())
}

fn queries(queries: impl Iterator<Item = (usize, Rotation)>) -> Result<Vec<ColumnQuery>, ExportError> {
    queries
        .map(|(column, rotation)| {
            Ok(ColumnQuery {
                column: narrow("columns", column)?,
                rotation: rotation.0,
            })
        })
        .collect()
}

fn narrow<T: TryFrom<usize>>(what: &'static str, got: usize) -> Result<T, ExportError> {
    T::try_from(got).map_err(|_| ExportError::OutOfRange { what, got })
}

/// Positions of the inputs of expressions, counted from the first of them.
struct Inputs {
    fixed: HashMap<(usize, i32), u32>,
    advice: HashMap<(usize, i32), u32>,
    instance: HashMap<(usize, i32), u32>,
    first_challenge: u32,
    count: u32,
}

impl Inputs {
    fn new(
        cs: &ConstraintSystem<HaloFr>,
        fixed: &[ColumnQuery],
        advice: &[ColumnQuery],
        instance: &[ColumnQuery],
    ) -> Self {
        let mut next = 0;
        let mut positions = |queries: &[ColumnQuery]| {
            let number = |query: &ColumnQuery| {
                next += 1;
                ((usize::from(query.column), query.rotation), next - 1)
            };
            queries.iter().map(number).collect()
        };
        let (fixed, advice, instance) = (positions(fixed), positions(advice), positions(instance));
        Self {
            fixed,
            advice,
            instance,
            first_challenge: next,
            count: next + cs.num_challenges() as u32,
        }
    }
}

/// A value of an expression under construction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Value {
    Constant(u32),
    Input(u32),
    Result(u32),
}

/// Operations under construction, in which what was computed before is found again.
struct GateBuilder<'a> {
    inputs: &'a Inputs,
    constants: Vec<Scalar>,
    constant_positions: HashMap<[u8; 32], u32>,
    operations: Vec<(Kind, Value, Value)>,
    known: HashMap<(Kind, Value, Value), u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Add,
    Sub,
    Mul,
}

impl<'a> GateBuilder<'a> {
    fn new(inputs: &'a Inputs) -> Self {
        Self {
            inputs,
            constants: Vec::new(),
            constant_positions: HashMap::new(),
            operations: Vec::new(),
            known: HashMap::new(),
        }
    }

    fn expression(&mut self, expression: &Expression<HaloFr>) -> Result<Value, ExportError> {
        let input = |position: Option<&u32>| {
            position
                .map(|position| Value::Input(*position))
                .ok_or(ExportError::Unsupported("unregistered queries"))
        };
        match expression {
            Expression::Constant(value) => Ok(self.constant(value)),
            Expression::Selector(_) => Err(ExportError::Unsupported(
                "selectors that were not made fixed columns",
            )),
            Expression::Fixed(query) => {
                input(self.inputs.fixed.get(&(query.column_index(), query.rotation().0)))
            }
            Expression::Advice(query) => input(
                self.inputs
                    .advice
                    .get(&(query.column_index(), query.rotation().0)),
            ),
            Expression::Instance(query) => input(
                self.inputs
                    .instance
                    .get(&(query.column_index(), query.rotation().0)),
            ),
            Expression::Challenge(challenge) => Ok(Value::Input(
                self.inputs.first_challenge + challenge.index() as u32,
            )),
            Expression::Negated(inner) => {
                let (zero, inner) = (self.constant(&HaloFr::zero()), self.expression(inner)?);
                Ok(self.operation(Kind::Sub, zero, inner))
            }
            Expression::Sum(a, b) => {
                let a = self.expression(a)?;
                match b.as_ref() {
                    Expression::Negated(b) => {
                        let b = self.expression(b)?;
                        Ok(self.operation(Kind::Sub, a, b))
                    }
                    b => {
                        let b = self.expression(b)?;
                        Ok(self.operation(Kind::Add, a, b))
                    }
                }
            }
            Expression::Product(a, b) => {
                let (a, b) = (self.expression(a)?, self.expression(b)?);
                Ok(self.operation(Kind::Mul, a, b))
            }
            Expression::Scaled(inner, factor) => {
                let (inner, factor) = (self.expression(inner)?, self.constant(factor));
                Ok(self.operation(Kind::Mul, inner, factor))
            }
        }
    }

    fn constant(&mut self, value: &HaloFr) -> Value {
        let value = convert::scalar(value);
        let constants = &mut self.constants;
        let position = *self
            .constant_positions
            .entry(to_bytes(&value))
            .or_insert_with(|| {
                constants.push(Scalar(value));
                constants.len() as u32 - 1
            });
        Value::Constant(position)
    }

    fn operation(&mut self, kind: Kind, a: Value, b: Value) -> Value {
        let (a, b) = if kind == Kind::Sub {
            (a, b)
        } else {
            (a.min(b), a.max(b))
        };
        let operations = &mut self.operations;
        let position = *self.known.entry((kind, a, b)).or_insert_with(|| {
            operations.push((kind, a, b));
            operations.len() as u32 - 1
        });
        Value::Result(position)
    }

    fn finish(self, constraints: Vec<Value>) -> Gates {
        let first_input = self.constants.len() as u32;
        let first_result = first_input + self.inputs.count;
        let number = |value: Value| match value {
            Value::Constant(position) => position,
            Value::Input(position) => first_input + position,
            Value::Result(position) => first_result + position,
        };
        let operation = |(kind, a, b): (Kind, Value, Value)| match kind {
            Kind::Add => Operation::Add(number(a), number(b)),
            Kind::Sub => Operation::Sub(number(a), number(b)),
            Kind::Mul => Operation::Mul(number(a), number(b)),
        };
        Gates {
            constants: self.constants,
            operations: self.operations.into_iter().map(operation).collect(),
            constraints: constraints
                .into_iter()
                .map(|value| Compact(number(value)))
                .collect(),
        }
    }
}
