//! A small circuit with everything that the batch circuit has: phases, a challenge, public inputs,
//! cells of the next row.

use halo2_proofs::{
    halo2curves::{bn256::Fr, ff::Field},
    poly::commitment::ParamsProver,
};
use zkfusion_halo2::{
    convert,
    gates::{ColumnKind, GateBuilder},
    proof::{self, program_key, verifier_srs, ProvingKey},
    srs::Params,
};
use zkfusion_primitives::verifier::{
    halo2::{CheckedProtocol, Halo2Kzg, Protocol},
    Verifier,
};

use crate::{batch::BatchWitness, BatchProof, BatchStatement, ProgramKeys};

/// A proof of the small circuit.
pub(super) struct Small {
    pub(super) protocol: CheckedProtocol,
    pub(super) witness: BatchWitness,
}

const INPUTS: usize = crate::BATCH_INPUTS;

fn protocol(params: &Params) -> CheckedProtocol {
    let mut b = GateBuilder::default();
    let [public, factor] = [0, 1].map(|column| b.cell(ColumnKind::Fixed, column, false));
    let [first, product, sum] = [0, 1, 2].map(|column| b.cell(ColumnKind::Advice, column, false));
    let [next_first, next_sum] = [0, 2].map(|column| b.cell(ColumnKind::Advice, column, true));
    let instance = b.cell(ColumnKind::Instance, 0, false);
    let challenge = b.challenge(0);
    // public * (first - instance) = 0
    let difference = b.sub(first, instance);
    let difference = b.mul(public, difference);
    b.zero(difference);
    // product = factor * first^2
    let square = b.mul(first, first);
    let square = b.mul(factor, square);
    let difference = b.sub(product, square);
    b.zero(difference);
    // next_sum = sum + challenge * (first - next_first), which goes around.
    let step = b.sub(first, next_first);
    let step = b.mul(challenge, step);
    let expected = b.add(sum, step);
    let difference = b.sub(next_sum, expected);
    b.zero(difference);
    let built = b.finish(2, 3);
    let protocol = Protocol {
        srs: verifier_srs(params).unwrap(),
        fixed_columns: 2,
        advice_phases: vec![0, 0, 1],
        challenge_phases: vec![0],
        instance_lengths: vec![INPUTS as u32],
        fixed_queries: built.fixed_queries,
        advice_queries: built.advice_queries,
        instance_queries: built.instance_queries,
        gates: built.gates,
        quotient_pieces: 2,
    };
    protocol.check().unwrap()
}

impl Small {
    /// Proves the circuit over the setup; its program has one key, and its statement names the
    /// program.
    pub(super) fn prove(params: &Params, k: u32) -> Self {
        let rows = params.get_g().len();
        let protocol = protocol(params);
        let mut public = vec![Fr::ZERO; rows];
        public[..INPUTS].fill(Fr::ONE);
        let factor = (0..rows as u64).map(|row| Fr::from(row + 5)).collect::<Vec<_>>();
        let fixed = vec![public, factor.clone()];
        let key = ProvingKey::new(params, protocol.clone(), fixed.clone()).unwrap();
        let verifying = key.verifying();
        let digest = convert::halo2_scalar_from_bytes(&verifying.digest()).unwrap();
        let program = ProgramKeys::single(k, digest);
        let statement = BatchStatement {
            program_id: program.program_id(),
            post_root: -Fr::ONE,
            ..BatchStatement::default()
        };
        let instances = statement.to_inputs();
        let mut first = instances.to_vec();
        first.resize_with(rows, || Fr::from(9));
        let proof = proof::prove(params, &key, &[&instances], |phase, challenges| match phase {
            0 => {
                let product = first
                    .iter()
                    .zip(&factor)
                    .map(|(first, factor)| first * first * factor);
                vec![first.clone(), product.collect()]
            }
            _ => vec![first
                .iter()
                .map(|first| Fr::from(3) - challenges[0] * first)
                .collect()],
        })
        .unwrap();
        let public = instances.map(|input| convert::scalar(&input));
        Halo2Kzg::verify(verifying, &[&public], &proof).unwrap();
        let batch = BatchProof {
            key: program_key(params, &fixed).unwrap(),
            program,
            statement,
            proof,
        };
        Self {
            witness: BatchWitness::new(protocol.protocol(), &batch).unwrap(),
            protocol,
        }
    }
}
