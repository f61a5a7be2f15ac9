//! The settlement circuit: a batch proof verified, its key found among the program's, its statement
//! made public.
//!
//! | file | what |
//! |---|---|
//! | `field`, `point`, `msm`, `offset` | numbers of the base field, points, multi-scalar multiplication |
//! | `scalar`, `transcript` | digits of scalars, halves of challenges; the sponge |
//! | `key`, `gates`, `opening`, `verifier` | the verifier of batch proofs |
//! | `chain` | statements of consecutive batches |

mod chain;
mod field;
mod gates;
mod key;
mod msm;
mod offset;
mod opening;
mod point;
mod scalar;
mod transcript;
mod verifier;

use halo2_base::gates::{
    circuit::{builder::BaseCircuitBuilder, BaseCircuitParams, CircuitBuilderStage},
    flex_gate::MultiPhaseThreadBreakPoints,
};
use halo2_proofs::halo2curves::bn256::Fr;
use serde::{Deserialize, Serialize};
use zkfusion_halo2::convert::halo2_scalar_from_bytes;
use zkfusion_primitives::verifier::halo2::{CheckedProtocol, Protocol};

use self::{
    chain::{chain, Batch},
    field::FieldChip,
};
use crate::{batch::BatchWitness, statement::BATCH_INPUTS, SettlementError};

/// Limbs of the accumulator's two points, the first public inputs.
pub(crate) const ACCUMULATOR_LIMBS: usize = 4 * field::LIMBS;

/// Rows at the end of the circuit that hold blinding values.
const BLINDED_ROWS: usize = 20;

/// The circuit, filled.
pub(crate) type Circuit = BaseCircuitBuilder<Fr>;

/// The size of the settlement circuit: part of its key and of the verifier contract.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct SettlementConfig {
    /// The circuit has `2^k` rows.
    pub k: u32,
    /// Range checks take this many bits at once.
    pub lookup_bits: usize,
    /// The most advice columns that keep the verifier's code within Ethereum's limit of 24,576
    /// bytes.
    pub max_advice: usize,
}

impl Default for SettlementConfig {
    fn default() -> Self {
        Self {
            k: 20,
            lookup_bits: 19,
            max_advice: 6,
        }
    }
}

/// What key generation fixes and proving needs in addition to the proving key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CircuitShape {
    /// Columns of the circuit.
    pub(crate) params: BaseCircuitParams,
    /// Where the virtual cells wrap from one column to the next.
    pub(crate) break_points: MultiPhaseThreadBreakPoints,
}

/// Builds the circuit for key generation and chooses its columns.
pub(crate) fn for_keys(
    config: &SettlementConfig,
    protocol: &CheckedProtocol,
) -> Result<Circuit, SettlementError> {
    let builder = BaseCircuitBuilder::from_stage(CircuitBuilderStage::Keygen)
        .use_k(config.k as usize)
        .use_lookup_bits(config.lookup_bits)
        .use_instance_columns(1);
    let mut circuit = build(builder, protocol, &[BatchWitness::dummy(protocol.protocol())])?;
    let params = circuit.calculate_params(Some(BLINDED_ROWS));
    let columns = params.num_advice_per_phase.iter().sum();
    let statistics = circuit.statistics();
    tracing::info!(
        "settlement circuit: k = {}, {columns} advice columns for {} cells, {} lookup columns for {} cells, {} constant columns",
        params.k,
        statistics.gate.total_advice_per_phase.iter().sum::<usize>(),
        params.num_lookup_advice_per_phase.iter().sum::<usize>(),
        statistics.total_lookup_advice_per_phase.iter().sum::<usize>(),
        params.num_fixed,
    );
    if columns > config.max_advice {
        return Err(SettlementError::TooLarge {
            k: config.k,
            columns,
            max: config.max_advice,
        });
    }
    Ok(circuit)
}

/// Builds the circuit with its witness for a proof.
pub(crate) fn for_proof(
    shape: &CircuitShape,
    protocol: &CheckedProtocol,
    batch: BatchWitness,
) -> Result<Circuit, SettlementError> {
    let builder = BaseCircuitBuilder::prover(shape.params.clone(), shape.break_points.clone());
    build(builder, protocol, &[batch])
}

/// Returns the circuit's public inputs.
pub(crate) fn public_inputs(circuit: &Circuit) -> Vec<Fr> {
    circuit.assigned_instances[0]
        .iter()
        .map(|cell| *cell.value())
        .collect()
}

/// Checks that the batch circuit is one that the circuit has places for.
fn check(protocol: &Protocol) -> Result<(), SettlementError> {
    let refuse = |reason| Err(SettlementError::Protocol(reason));
    if protocol.instance_lengths != [BATCH_INPUTS as u32] {
        return refuse("it has other public inputs than a statement");
    }
    let next = protocol
        .advice_queries
        .iter()
        .chain(&protocol.fixed_queries)
        .filter(|query| query.next);
    match next.count() {
        // Quotient pieces are opened on the current row only, so that the other set is never empty.
        0 => refuse("it opens nothing on the next row"),
        _ => Ok(()),
    }
}

/// Builds the circuit: its public inputs are the accumulator's 12 limbs, then the settlement
/// statement.
fn build(
    mut builder: Circuit,
    protocol: &CheckedProtocol,
    batches: &[BatchWitness; 1],
) -> Result<Circuit, SettlementError> {
    check(protocol.protocol())?;
    let digest = halo2_scalar_from_bytes(protocol.digest())
        .map_err(|_| SettlementError::Protocol("its digest is not a field element"))?;
    let range = builder.range_chip();
    let field = FieldChip::new(&range);
    let ctx = builder.main(0);
    let verified = verifier::verify(ctx, &field, protocol.protocol(), digest, &batches[0]);
    let statement = chain(ctx, field.gate(), &[Batch::of(&verified.statement)]);
    let accumulator = [&verified.accumulator.left, &verified.accumulator.right];
    let limbs = accumulator
        .iter()
        .flat_map(|point| [&point.x, &point.y])
        .flat_map(|coordinate| coordinate.limbs());
    builder.assigned_instances[0] = limbs.copied().chain(statement).collect();
    Ok(builder)
}

#[cfg(test)]
mod tests;
