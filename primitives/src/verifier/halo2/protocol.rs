//! The part of the verifying key that all programs of a VM share.

use super::{
    encoding::{G1Point, G2Point},
    error::KeyError,
    gates::Gates,
};
use crate::{
    field::{from_short_bytes, Fr},
    transcript::sponge_hash,
};
use alloc::{collections::BTreeSet, vec::Vec};
use ark_ff::AdditiveGroup;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

/// A column at a row relative to the current one.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, TypeInfo,
)]
pub struct ColumnQuery {
    /// The column, among those of its kind.
    pub column: u16,
    /// Whether the row after the current one is meant, around the circle of all rows.
    pub next: bool,
}

/// What the verifier needs of the trusted setup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Srs {
    /// Generator of G1, the commitment to 1.
    pub g1: G1Point,
    /// Generator of G2.
    pub g2: G2Point,
    /// The generator of G2 times the setup's secret.
    pub s_g2: G2Point,
}

/// A circuit without what differs from program to program: columns, queries, constraints, and the
/// trusted setup.
///
/// Independent of the number of rows.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Protocol {
    /// Trusted setup.
    pub srs: Srs,
    /// Number of fixed columns.
    pub fixed_columns: u16,
    /// Phase of each advice column, in the order of columns.
    pub advice_phases: Vec<u8>,
    /// Phase after which each challenge is drawn.
    pub challenge_phases: Vec<u8>,
    /// Number of public inputs in each instance column.
    pub instance_lengths: Vec<u32>,
    /// Queries of fixed columns, in the order of their evaluations in a proof.
    pub fixed_queries: Vec<ColumnQuery>,
    /// Queries of advice columns, in the order of their evaluations in a proof.
    pub advice_queries: Vec<ColumnQuery>,
    /// Queries of instance columns, which the verifier evaluates.
    pub instance_queries: Vec<ColumnQuery>,
    /// The constraints.
    pub gates: Gates,
    /// Commitments to the quotient: the largest degree of a constraint less one.
    pub quotient_pieces: u8,
}

impl Protocol {
    /// Returns the number of bytes of a proof.
    pub fn proof_bytes(&self) -> usize {
        let pieces = usize::from(self.quotient_pieces);
        let points = self.advice_phases.len() + pieces + 2;
        let scalars = self.advice_queries.len() + self.fixed_queries.len() + pieces;
        32 * (points + scalars)
    }

    /// Returns the number of phases.
    pub fn phases(&self) -> u8 {
        self.advice_phases
            .iter()
            .max()
            .map_or(0, |last| last.saturating_add(1))
    }

    /// Returns the digest of the protocol: the sponge hash of its SCALE encoding's length and of
    /// the encoding in chunks of 31 bytes.
    pub fn digest(&self) -> Fr {
        let encoded = self.encode();
        let length = Fr::from(encoded.len() as u64);
        // A chunk of 31 bytes is always a field element.
        let chunks = encoded
            .chunks(31)
            .map(|chunk| from_short_bytes(chunk).unwrap_or(Fr::ZERO));
        sponge_hash(core::iter::once(length).chain(chunks))
    }

    /// Checks everything that does not depend on the program and computes the digest.
    ///
    /// # Errors
    ///
    /// What is wrong, as a [`KeyError`].
    pub fn check(self) -> Result<CheckedProtocol, KeyError> {
        self.check_structure()?;
        for point in [self.srs.g2, self.srs.s_g2] {
            if !point.affine().is_in_correct_subgroup_assuming_on_curve() {
                return Err(KeyError::SetupSubgroup);
            }
        }
        if self.srs.g2 == self.srs.s_g2 {
            return Err(KeyError::DegenerateSetup);
        }
        let digest = crate::field::to_bytes(&self.digest());
        Ok(CheckedProtocol {
            protocol: self,
            digest,
        })
    }

    /// The checks that take no cryptography.
    pub(super) fn check_structure(&self) -> Result<(), KeyError> {
        if self.advice_phases.is_empty() {
            return Err(KeyError::NoAdvice);
        }
        let phases = self.phases();
        if phases == u8::MAX || !(0..phases).all(|phase| self.advice_phases.contains(&phase)) {
            return Err(KeyError::AdvicePhases);
        }
        if let Some(challenge) = self.challenge_phases.iter().position(|phase| *phase >= phases) {
            return Err(KeyError::ChallengePhase { challenge });
        }
        if self.quotient_pieces == 0 {
            return Err(KeyError::QuotientPieces { got: 0 });
        }
        check_queries(&self.fixed_queries, self.fixed_columns.into())?;
        check_queries(&self.advice_queries, self.advice_phases.len())?;
        check_queries(&self.instance_queries, self.instance_lengths.len())?;
        check_openings(&self.fixed_queries, self.fixed_columns.into())?;
        check_openings(&self.advice_queries, self.advice_phases.len())?;
        let queries = self.fixed_queries.len() + self.advice_queries.len() + self.instance_queries.len();
        let max_degree = u32::from(self.quotient_pieces) + 1;
        self.gates.check(queries, self.challenge_phases.len(), max_degree)
    }
}

fn check_queries(queries: &[ColumnQuery], columns: usize) -> Result<(), KeyError> {
    let mut seen = BTreeSet::new();
    for query in queries {
        if usize::from(query.column) >= columns {
            return Err(KeyError::QueriedColumn {
                columns,
                got: query.column,
            });
        }
        if !seen.insert(query) {
            return Err(KeyError::DuplicateQuery {
                column: query.column,
                next: query.next,
            });
        }
    }
    Ok(())
}

/// Every committed column must be opened on the current row.
fn check_openings(queries: &[ColumnQuery], columns: usize) -> Result<(), KeyError> {
    let opened = |column: usize| {
        queries
            .iter()
            .any(|query| usize::from(query.column) == column && !query.next)
    };
    match (0..columns).find(|column| !opened(*column)) {
        Some(column) => Err(KeyError::UnopenedColumn { column }),
        None => Ok(()),
    }
}

/// A protocol that passed [`Protocol::check`], with its digest.
///
/// Decoding does not repeat the check: decode only what a trusted party (the runtime itself)
/// encoded.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct CheckedProtocol {
    protocol: Protocol,
    digest: [u8; 32],
}

impl CheckedProtocol {
    /// Returns the protocol.
    pub fn protocol(&self) -> &Protocol {
        &self.protocol
    }

    /// Returns the digest, a canonical field element.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}
