//! Consecutive batches: their statements chained to the settlement statement.

use halo2_base::{
    gates::{GateChip, GateInstructions},
    AssignedValue, Context,
    QuantumCell::Constant,
};
use halo2_proofs::halo2curves::{bn256::Fr, ff::Field};

use crate::{poseidon::p2_in_circuit, statement::BATCH_INPUTS};

/// The cells of one batch's statement, in the order of [`crate::BatchStatement`].
#[derive(Clone, Copy)]
pub(crate) struct Batch {
    genesis_hash: AssignedValue<Fr>,
    app_id: AssignedValue<Fr>,
    program_id: AssignedValue<Fr>,
    batch_index: AssignedValue<Fr>,
    pre_root: AssignedValue<Fr>,
    post_root: AssignedValue<Fr>,
    inbox_hash_pre: AssignedValue<Fr>,
    inbox_hash_post: AssignedValue<Fr>,
    writes_hash: AssignedValue<Fr>,
    outbox_root: AssignedValue<Fr>,
    vrf_seed: AssignedValue<Fr>,
    deposit_hash_pre: AssignedValue<Fr>,
    deposit_hash_post: AssignedValue<Fr>,
}

impl Batch {
    pub(crate) fn of(inputs: &[AssignedValue<Fr>]) -> Self {
        assert_eq!(
            inputs.len(),
            BATCH_INPUTS,
            "a batch proof has {BATCH_INPUTS} public inputs"
        );
        Self {
            genesis_hash: inputs[0],
            app_id: inputs[1],
            program_id: inputs[2],
            batch_index: inputs[3],
            pre_root: inputs[4],
            post_root: inputs[5],
            inbox_hash_pre: inputs[6],
            inbox_hash_post: inputs[7],
            writes_hash: inputs[8],
            outbox_root: inputs[9],
            vrf_seed: inputs[10],
            deposit_hash_pre: inputs[11],
            deposit_hash_post: inputs[12],
        }
    }
}

/// Constrains the batches to follow each other and returns the cells of the settlement statement.
pub(crate) fn chain(ctx: &mut Context<Fr>, gate: &GateChip<Fr>, batches: &[Batch]) -> Vec<AssignedValue<Fr>> {
    let (first, last) = (batches[0], batches[batches.len() - 1]);
    let (mut writes_hash, mut outbox_root, mut vrf_seed) =
        (first.writes_hash, first.outbox_root, first.vrf_seed);
    for pair in batches.windows(2) {
        let (before, next) = (&pair[0], &pair[1]);
        let next_index = gate.add(ctx, before.batch_index, Constant(Fr::ONE));
        for (expected, got) in [
            (&before.genesis_hash, &next.genesis_hash),
            (&before.app_id, &next.app_id),
            (&before.program_id, &next.program_id),
            (&next_index, &next.batch_index),
            (&before.post_root, &next.pre_root),
            (&before.inbox_hash_post, &next.inbox_hash_pre),
            (&before.deposit_hash_post, &next.deposit_hash_pre),
        ] {
            ctx.constrain_equal(expected, got);
        }
        writes_hash = p2_in_circuit(ctx, gate, writes_hash, next.writes_hash);
        outbox_root = p2_in_circuit(ctx, gate, outbox_root, next.outbox_root);
        vrf_seed = p2_in_circuit(ctx, gate, vrf_seed, next.vrf_seed);
    }
    let batch_count = ctx.load_constant(Fr::from(batches.len() as u64));
    vec![
        first.genesis_hash,
        first.app_id,
        first.program_id,
        first.batch_index,
        first.pre_root,
        last.post_root,
        first.inbox_hash_pre,
        last.inbox_hash_post,
        writes_hash,
        outbox_root,
        vrf_seed,
        first.deposit_hash_pre,
        last.deposit_hash_post,
        batch_count,
    ]
}

#[cfg(test)]
mod tests {
    use halo2_base::gates::circuit::builder::BaseCircuitBuilder;
    use halo2_proofs::dev::MockProver;

    use super::*;
    use crate::{BatchStatement, SettlementStatement};

    fn batch(index: u64) -> BatchStatement {
        let value = |offset: u64| Fr::from(1000 * offset + index);
        BatchStatement {
            genesis_hash: Fr::from(1),
            app_id: Fr::from(2),
            program_id: Fr::from(3),
            batch_index: Fr::from(index),
            pre_root: value(1),
            post_root: value(1) + Fr::ONE,
            inbox_hash_pre: value(2),
            inbox_hash_post: value(2) + Fr::ONE,
            writes_hash: value(3),
            outbox_root: value(4),
            vrf_seed: value(5),
            deposit_hash_pre: value(6),
            deposit_hash_post: value(6) + Fr::ONE,
        }
    }

    /// Returns whether the circuit accepts that the batches have the statement.
    fn accepts(batches: &[[Fr; BATCH_INPUTS]], statement: SettlementStatement) -> bool {
        let mut builder = BaseCircuitBuilder::<Fr>::new(false)
            .use_k(13)
            .use_instance_columns(1);
        let ctx = builder.main(0);
        let batches: Vec<_> = batches
            .iter()
            .map(|inputs| Batch::of(&ctx.assign_witnesses(*inputs)))
            .collect();
        let cells = chain(ctx, &GateChip::default(), &batches);
        builder.assigned_instances[0] = cells;
        builder.calculate_params(Some(20));
        MockProver::run(13, &builder, vec![statement.to_inputs().to_vec()])
            .unwrap()
            .verify()
            .is_ok()
    }

    #[test]
    fn chains_like_the_native_statement() {
        for count in 1..=3 {
            let batches: Vec<_> = (4..4 + count).map(batch).collect();
            let statement = SettlementStatement::of(&batches).unwrap();
            let inputs: Vec<_> = batches.iter().map(|batch| batch.to_inputs()).collect();
            assert!(accepts(&inputs, statement), "{count} batches");
            let forged = SettlementStatement {
                batch_count: Fr::from(count + 1),
                ..statement
            };
            assert!(!accepts(&inputs, forged), "a batch more than {count}");
        }
    }

    #[test]
    fn every_field_of_every_batch_is_bound() {
        let batches = [batch(4), batch(5)];
        let statement = SettlementStatement::of(&batches).unwrap();
        let inputs = batches.map(|batch| batch.to_inputs());
        for position in 0..2 {
            for field in 0..BATCH_INPUTS {
                let mut forged = inputs;
                forged[position][field] += Fr::ONE;
                assert!(!accepts(&forged, statement), "field {field} of batch {position}");
            }
        }
    }
}
