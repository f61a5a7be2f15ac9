//! The VRF claim of a block author and its verification.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{
    crypto::VrfPublic,
    sr25519::{
        self,
        vrf::{VrfPreOutput, VrfProof, VrfSignData, VrfSignature, VrfTranscript},
    },
};
use sp_inherents::{InherentIdentifier, IsFatalError};

/// The 32 random bytes of a block.
pub type Output = [u8; 32];

/// Under this name the author's claim travels in the inherent data.
pub const INHERENT_IDENTIFIER: InherentIdentifier = *b"zkfusvrf";

/// Separates these outputs from any other use of the same VRF pre-output.
const OUTPUT_CONTEXT: &[u8] = b"zkfusion-block-randomness";

/// A block author's VRF pre-output with its proof.
///
/// Kept as plain bytes, so that a malformed claim is an invalid claim and not an undecodable extrinsic.
#[derive(
    Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct VrfClaim {
    /// A compressed Ristretto point.
    pub pre_output: [u8; 32],
    /// The DLEQ proof that the pre-output belongs to the author's key.
    pub proof: [u8; 64],
}

impl VrfClaim {
    /// Returns what an author signs in `slot`, given the previous block's output (the genesis hash for the first
    /// block).
    pub fn sign_data(previous: &Output, slot: u64) -> VrfSignData {
        transcript(previous, slot).into_sign_data()
    }

    /// Returns the output that this claim proves, if it is `author`'s for this input.
    pub fn verify(&self, author: &sr25519::Public, previous: &Output, slot: u64) -> Option<Output> {
        let pre_output = VrfPreOutput::decode(&mut &self.pre_output[..]).ok()?;
        let proof = VrfProof::decode(&mut &self.proof[..]).ok()?;
        let input = transcript(previous, slot);
        let signature = VrfSignature { pre_output, proof };
        if !author.vrf_verify(&input.clone().into_sign_data(), &signature) {
            return None;
        }
        author
            .make_bytes(OUTPUT_CONTEXT, &input, &signature.pre_output)
            .ok()
    }
}

impl From<VrfSignature> for VrfClaim {
    fn from(signature: VrfSignature) -> Self {
        Self {
            pre_output: *signature.pre_output.0.as_bytes(),
            proof: signature.proof.0.to_bytes(),
        }
    }
}

/// Why a block's inherents are refused before it is executed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum InherentError {
    /// The block does not carry a VRF output.
    Missing,
}

impl IsFatalError for InherentError {
    fn is_fatal_error(&self) -> bool {
        true
    }
}

fn transcript(previous: &Output, slot: u64) -> VrfTranscript {
    VrfTranscript::new(
        b"zkFusion block VRF",
        &[(b"previous output", previous), (b"slot", &slot.to_le_bytes())],
    )
}
