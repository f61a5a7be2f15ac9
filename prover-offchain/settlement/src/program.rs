//! The identity of a program: the digests of its verifying keys, one a size, under one Merkle root.
//!
//! The digest of a key is the hash of the transcript's Poseidon sponge of the sequence
//!
//! `protocol_digest, k, x0 + 2^88 x1, x2 + 2^88 y0, y1 + 2^88 y2, ...`
//!
//! with three elements for each preprocessed commitment `(x, y)`, whose coordinates are cut into limbs of
//! 88 bits from the lowest. `protocol_digest` is a constant of the VM's circuit. The transcript of a batch
//! proof starts with this digest. `program_id` is the root of the tree of depth 3 with `P2` nodes and the
//! digest of the key of size `k` at leaf `k - 14`; leaves of sizes that the program does not have are zero.

use halo2_base::{
    gates::{GateChip, GateInstructions},
    poseidon::hasher::PoseidonHasher,
    AssignedValue, Context,
    QuantumCell::Constant,
};
use halo2_proofs::halo2curves::{
    bn256::{Fq, Fr, G1Affine},
    ff::Field,
};
use snark_verifier::{
    loader::native::NativeLoader,
    util::{arithmetic::fe_to_limbs, hash::Poseidon},
    verifier::plonk::PlonkProtocol,
};
use snark_verifier_sdk::{
    halo2::{aggregation::PreprocessedAndDomainAsWitness, POSEIDON_SPEC},
    BITS, LIMBS,
};

use crate::poseidon::{p2, p2_in_circuit};

/// The size of the key at leaf 0.
pub const SMALLEST_K: u32 = 14;
/// Leaves of the tree of a program's keys.
pub const PROGRAM_LEAVES: usize = 1 << DEPTH;
/// Depth of that tree.
const DEPTH: usize = 3;

/// The digests of a program's keys by size, zero where it has none.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ProgramKeys {
    /// The digest of the key of size `14 + i`.
    pub digests: [Fr; PROGRAM_LEAVES],
}

impl ProgramKeys {
    /// Returns the keys of a program that has one key.
    pub fn single(k: u32, digest: Fr) -> Self {
        let mut keys = Self::default();
        if let Some(leaf) = leaf_of(k) {
            keys.digests[leaf] = digest;
        }
        keys
    }

    /// Returns the digest of the key of size `k`, if the program has one.
    pub fn digest(&self, k: u32) -> Option<Fr> {
        let digest = self.digests[leaf_of(k)?];
        (digest != Fr::ZERO).then_some(digest)
    }

    /// Returns the root of the tree.
    pub fn program_id(&self) -> Fr {
        self.levels()[DEPTH][0]
    }

    /// Returns the siblings on the way from the leaf of size `k` to the root; the first leaf's for a size without a leaf.
    pub(crate) fn path(&self, k: u32) -> [Fr; DEPTH] {
        let leaf = leaf_of(k).unwrap_or(0);
        let levels = self.levels();
        std::array::from_fn(|level| levels[level][(leaf >> level) ^ 1])
    }

    fn levels(&self) -> Vec<Vec<Fr>> {
        let mut levels = vec![self.digests.to_vec()];
        for level in 0..DEPTH {
            levels.push(levels[level].chunks(2).map(|pair| p2(pair[0], pair[1])).collect());
        }
        levels
    }
}

fn leaf_of(k: u32) -> Option<usize> {
    k.checked_sub(SMALLEST_K)
        .map(|leaf| leaf as usize)
        .filter(|leaf| *leaf < PROGRAM_LEAVES)
}

/// Returns the digest of the key in a protocol.
pub fn key_digest(protocol_digest: Fr, protocol: &PlonkProtocol<G1Affine>) -> Fr {
    digest_of(protocol_digest, protocol.domain.k as u64, &protocol.preprocessed)
}

fn digest_of(protocol_digest: Fr, k: u64, preprocessed: &[G1Affine]) -> Fr {
    let mut sponge = Poseidon::<Fr, Fr, 3, 2>::from_spec(&NativeLoader, POSEIDON_SPEC.clone());
    sponge.update(&[protocol_digest, Fr::from(k)]);
    for point in preprocessed {
        let [x, y] = [point.x, point.y].map(fe_to_limbs::<Fq, Fr, LIMBS, BITS>);
        let shift = Fr::from(2).pow([BITS as u64]);
        sponge.update(&[x[0] + shift * x[1], x[2] + shift * y[0], y[1] + shift * y[2]]);
    }
    sponge.squeeze()
}

/// Constrains and returns the `program_id` of a key that was loaded as witness, given the digest of the protocol
/// and the siblings on the key's way to the root; constrains the transcript to start with the key's digest.
pub(crate) fn program_id_in_circuit(
    ctx: &mut Context<Fr>,
    gate: &GateChip<Fr>,
    key: &PreprocessedAndDomainAsWitness,
    protocol_digest: Fr,
    path: [Fr; DEPTH],
) -> AssignedValue<Fr> {
    let (limbs, transcript_start) = key.preprocessed.split_at(key.preprocessed.len() - 1);
    let shift = Constant(Fr::from(2).pow([BITS as u64]));
    let mut inputs = vec![ctx.load_constant(protocol_digest), key.k];
    inputs.extend(
        limbs
            .chunks(2)
            .map(|pair| gate.mul_add(ctx, pair[1], shift, pair[0])),
    );
    let mut hasher = PoseidonHasher::<Fr, 3, 2>::new(POSEIDON_SPEC.clone());
    hasher.initialize_consts(ctx, gate);
    let digest = hasher.hash_fix_len_array(ctx, gate, &inputs);
    ctx.constrain_equal(&digest, &transcript_start[0]);

    let leaf = gate.sub(ctx, key.k, Constant(Fr::from(u64::from(SMALLEST_K))));
    let bits = gate.num_to_bits(ctx, leaf, DEPTH);
    bits.into_iter().zip(path).fold(digest, |node, (bit, sibling)| {
        let sibling = ctx.load_witness(sibling);
        let left = gate.select(ctx, sibling, node, bit);
        let right = gate.select(ctx, node, sibling, bit);
        p2_in_circuit(ctx, gate, left, right)
    })
}

#[cfg(test)]
mod tests {
    use halo2_base::gates::circuit::builder::BaseCircuitBuilder;
    use halo2_proofs::dev::MockProver;

    use super::*;

    #[test]
    fn a_path_leads_from_its_leaf_to_the_root() {
        let mut keys = ProgramKeys::default();
        for (leaf, digest) in keys.digests.iter_mut().enumerate().take(7) {
            *digest = Fr::from(100 + leaf as u64);
        }
        for leaf in 0..7usize {
            let path = keys.path(SMALLEST_K + leaf as u32);
            let root = (0..DEPTH).fold(keys.digests[leaf], |node, level| match leaf >> level & 1 {
                0 => p2(node, path[level]),
                _ => p2(path[level], node),
            });
            assert_eq!(root, keys.program_id(), "leaf {leaf}");
        }
    }

    #[test]
    fn absent_sizes_have_no_digest() {
        let keys = ProgramKeys::single(16, Fr::from(9));
        assert_eq!(keys.digest(16), Some(Fr::from(9)));
        assert_eq!([13, 14, 15, 17, 21, 22].map(|k| keys.digest(k)), [None; 6]);
    }

    /// Returns whether the circuit accepts the key, given as limbs and transcript start, as one of `program_id`.
    fn accepts(k: u64, point: &[Fr], start: Fr, path: [Fr; DEPTH], program_id: Fr) -> bool {
        let mut builder = BaseCircuitBuilder::<Fr>::new(false)
            .use_k(13)
            .use_instance_columns(1);
        let ctx = builder.main(0);
        let key = PreprocessedAndDomainAsWitness {
            k: ctx.load_witness(Fr::from(k)),
            preprocessed: ctx.assign_witnesses(point.iter().copied().chain([start])),
        };
        let root = program_id_in_circuit(ctx, &GateChip::default(), &key, Fr::from(77), path);
        builder.assigned_instances[0] = vec![root];
        builder.calculate_params(Some(20));
        MockProver::run(13, &builder, vec![vec![program_id]])
            .unwrap()
            .verify()
            .is_ok()
    }

    #[test]
    fn only_a_key_of_the_program_leads_to_its_id() {
        let point = G1Affine::generator();
        let limbs: Vec<Fr> = [point.x, point.y]
            .into_iter()
            .flat_map(fe_to_limbs::<Fq, Fr, LIMBS, BITS>)
            .collect();
        let digest = digest_of(Fr::from(77), 16, &[point]);
        let mut keys = ProgramKeys::single(16, digest);
        keys.digests[5] = Fr::from(5);
        let (path, program_id) = (keys.path(16), keys.program_id());
        assert!(accepts(16, &limbs, digest, path, program_id));

        assert!(
            !accepts(16, &limbs, digest + Fr::ONE, path, program_id),
            "another transcript start"
        );
        assert!(!accepts(17, &limbs, digest, path, program_id), "another size");
        assert!(
            !accepts(24, &limbs, digest, path, program_id),
            "a size without a leaf"
        );
        assert!(
            !accepts(16, &limbs, digest, path, program_id + Fr::ONE),
            "another program"
        );
        assert!(
            !accepts(16, &limbs, digest, [Fr::ONE; DEPTH], program_id),
            "another path"
        );
        for limb in 0..limbs.len() {
            let mut forged = limbs.clone();
            forged[limb] += Fr::ONE;
            assert!(
                !accepts(16, &forged, digest, path, program_id),
                "another key, limb {limb}"
            );
        }
    }
}
