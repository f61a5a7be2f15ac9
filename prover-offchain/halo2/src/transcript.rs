//! The transcript of batch proofs: snark-verifier's Poseidon transcript, started with the digest of the key as data.
//!
//! Halo2 starts its transcripts with a hash of the verifying key's debug output, which neither the chain nor the
//! settlement circuit can recompute. [`ProgramTranscript`] puts [`VerifyingKey::digest`](zkfusion_primitives::verifier::halo2::VerifyingKey::digest) in its place.

use crate::convert;
use halo2_proofs::{
    halo2curves::bn256::{Fr as HaloFr, G1Affine},
    transcript::{Transcript, TranscriptRead, TranscriptWrite},
};
use snark_verifier::{loader::native::NativeLoader, system::halo2::transcript::halo2::ChallengeScalar};
use snark_verifier_sdk::halo2::{PoseidonTranscript, POSEIDON_SPEC};
use std::io::{self, Read, Write};
use zkfusion_primitives::{field::NonCanonical, ids::Hash};

/// Halo2's encoded challenge for this transcript.
pub type Challenge = ChallengeScalar<G1Affine>;

/// A transcript whose first common scalar, the hash of halo2's verifying key, is replaced by the digest of the key as data.
pub struct ProgramTranscript<S> {
    inner: PoseidonTranscript<NativeLoader, S>,
    key_digest: Option<HaloFr>,
}

impl<S> std::fmt::Debug for ProgramTranscript<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProgramTranscript")
            .field("key_digest", &self.key_digest)
            .finish_non_exhaustive()
    }
}

impl<S> ProgramTranscript<S> {
    /// Returns the transcript of a proof under the key with this digest, over a stream to write to or to read from.
    ///
    /// # Errors
    ///
    /// [`NonCanonical`] if the digest is no field element.
    pub fn new(key_digest: &Hash, stream: S) -> Result<Self, NonCanonical> {
        let key_digest = Some(convert::halo2_scalar_from_bytes(key_digest)?);
        Ok(Self {
            inner: PoseidonTranscript::<NativeLoader, S>::from_spec(stream, POSEIDON_SPEC.clone()),
            key_digest,
        })
    }
}

impl<W: Write> ProgramTranscript<W> {
    /// Returns the stream with the proof.
    pub fn finalize(self) -> W {
        self.inner.finalize()
    }
}

impl<S> Transcript<G1Affine, Challenge> for ProgramTranscript<S> {
    fn squeeze_challenge(&mut self) -> Challenge {
        Transcript::squeeze_challenge(&mut self.inner)
    }

    fn common_point(&mut self, point: G1Affine) -> io::Result<()> {
        Transcript::common_point(&mut self.inner, point)
    }

    fn common_scalar(&mut self, scalar: HaloFr) -> io::Result<()> {
        let scalar = self.key_digest.take().unwrap_or(scalar);
        Transcript::<G1Affine, Challenge>::common_scalar(&mut self.inner, scalar)
    }
}

impl<W: Write> TranscriptWrite<G1Affine, Challenge> for ProgramTranscript<W> {
    fn write_point(&mut self, point: G1Affine) -> io::Result<()> {
        self.inner.write_point(point)
    }

    fn write_scalar(&mut self, scalar: HaloFr) -> io::Result<()> {
        TranscriptWrite::<G1Affine, Challenge>::write_scalar(&mut self.inner, scalar)
    }
}

impl<R: Read> TranscriptRead<G1Affine, Challenge> for ProgramTranscript<R> {
    fn read_point(&mut self) -> io::Result<G1Affine> {
        self.inner.read_point()
    }

    fn read_scalar(&mut self) -> io::Result<HaloFr> {
        TranscriptRead::<G1Affine, Challenge>::read_scalar(&mut self.inner)
    }
}
