//! Keys of batch circuits, and proofs with them.

use std::sync::OnceLock;

use halo2_proofs::halo2curves::{bn256::Fr, ff::Field};
use zkfusion_air::{table::MAX_DEGREE, witness::Witness};
use zkfusion_primitives::{
    ids::Hash,
    statement::STATEMENT_FIELDS,
    verifier::halo2::{CheckedProtocol, ProgramKey, Protocol, VerifyingKey},
};
use zkfusion_vm::Program;

use super::{
    assignment::{fixed_rows, statement_rows, Assignment},
    columns::{AdviceColumns, Challenge, FixedColumns},
    gates,
    layout::Layout,
};
use crate::{
    gates::BuiltGates,
    proof::{self, verifier_srs, KeysError, ProofError, ProvingKey},
    srs::Params,
};

/// Number of public inputs.
pub const INSTANCES: u32 = STATEMENT_FIELDS as u32;

/// Returns what all programs and sizes have in common, over the setup of `params`.
///
/// # Errors
///
/// [`KeysError`] if the setup is unusable.
pub fn protocol(params: &Params) -> Result<CheckedProtocol, KeysError> {
    static GATES: OnceLock<BuiltGates> = OnceLock::new();
    let layout = Layout::vm();
    let advice = AdviceColumns::new(layout);
    let built = GATES.get_or_init(|| gates::build(layout)).clone();
    let protocol = Protocol {
        srs: verifier_srs(params)?,
        fixed_columns: FixedColumns::COUNT as u16,
        advice_phases: advice.phases(),
        challenge_phases: vec![0; Challenge::COUNT],
        instance_lengths: vec![INSTANCES],
        fixed_queries: built.fixed_queries,
        advice_queries: built.advice_queries,
        instance_queries: built.instance_queries,
        gates: built.gates,
        // A constraint's degree is at most one more than its table's, for the selector.
        quotient_pieces: MAX_DEGREE as u8,
    };
    Ok(protocol.check()?)
}

/// Returns the part of the key that the chain stores for each size of a program, and the key's
/// digest.
///
/// # Errors
///
/// [`KeysError`] when the setup is too small for the program.
pub fn program_key(params: &Params, program: &Program, k: u32) -> Result<(ProgramKey, Hash), KeysError> {
    let key = proof::program_key(params, &fixed_columns(program, k))?;
    let digest = VerifyingKey::new(protocol(params)?, key.clone())?.digest();
    Ok((key, digest))
}

/// Returns the proving key of a program's circuit of `2^k` rows, where `k` is that of `params`.
///
/// # Errors
///
/// As [`program_key`].
pub fn proving_key(params: &Params, program: &Program, k: u32) -> Result<ProvingKey, KeysError> {
    ProvingKey::new(params, protocol(params)?, fixed_columns(program, k))
}

/// Proves a witness.
///
/// # Errors
///
/// [`ProofError`] when the witness does not fit the key. That it is right is not checked here.
pub fn prove(
    params: &Params,
    key: &ProvingKey,
    program: &Program,
    witness: &Witness,
    instances: &[Fr],
) -> Result<Vec<u8>, ProofError> {
    let assignment = Assignment::new(Layout::vm(), program, witness, 1 << key.verifying().k());
    proof::prove(params, key, &[instances], |phase, challenges| {
        match (phase, challenges) {
            (0, _) => assignment.columns.clone(),
            (_, [alpha, beta, ..]) => assignment.helpers(*alpha, *beta, instances),
            _ => Vec::new(),
        }
    })
}

fn fixed_columns(program: &Program, k: u32) -> Vec<Vec<Fr>> {
    let places = FixedColumns::ALL;
    let mut columns = vec![vec![Fr::ZERO; 1 << k]; FixedColumns::COUNT];
    let mut set = |column: usize, row: usize, value: Fr| {
        // A table longer than the circuit makes a longer column, which the key's maker refuses.
        if row >= columns[column].len() {
            columns[column].resize(row + 1, Fr::ZERO);
        }
        columns[column][row] = value;
    };
    for (row, entries) in fixed_rows(program).into_iter().enumerate() {
        for (column, entry) in places.table.clone().zip(entries) {
            set(column, row, entry);
        }
    }
    for field in statement_rows() {
        set(places.statement_uses, field as usize, Fr::ONE);
        set(places.statement_field, field as usize, Fr::from(field));
    }
    set(places.first, 0, Fr::ONE);
    columns
}
