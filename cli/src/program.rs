//! Programs and their registration.

use codec::Encode;
use std::path::Path;
use subxt::dynamic::At;
use zkfusion_halo2::{
    prover::{BatchProver, PreparedProgram, ProverError},
    srs::{is_development, SrsKind},
};
use zkfusion_primitives::{
    ids::{AppId, ProgramId},
    verifier::halo2::Protocol,
};

use crate::{
    account::Signer,
    chain::{self, Chain},
    error::CliError,
};

/// Compiles a program and makes its keys, or finds them in the cache folder.
///
/// # Errors
///
/// When the wasm is not a program, naming the place in it, or the keys cannot be made.
pub fn prepare(wasm: &[u8], cache: &Path, setup: SrsKind) -> Result<PreparedProgram, CliError> {
    BatchProver::new(cache, setup)
        .program(wasm)
        .map_err(|error| match error {
            ProverError::Compile(error) => {
                CliError::new("invalid_program", format!("not a program: {error}"))
                    .hint("guests/README.md says what programs are made of and how to compile them")
            }
            ProverError::Srs(error) => CliError::new("setup", error.to_string()).hint(
                "chains that are not for development need the file that `fusion-prover setup import` imports",
            ),
            error => CliError::new("keys", format!("the program's keys cannot be made: {error}")),
        })
}

/// Returns the setup that a chain's programs need keys of.
///
/// # Errors
///
/// When a chain that is not for development has the insecure setup: everybody can forge proofs
/// there.
pub fn setup(chain: &Protocol, for_development: bool) -> Result<SrsKind, CliError> {
    match (is_development(&chain.srs), for_development) {
        (true, true) => Ok(SrsKind::InsecureDevelopment),
        (true, false) => Err(CliError::new(
            "insecure_setup",
            "the chain is not for development and has the INSECURE development setup: everybody can forge proofs for it",
        )
        .hint("do not use it; a chain is made with a ceremony's setup by zkfusion-node build-testnet-spec")),
        (false, _) => Ok(SrsKind::Ceremony),
    }
}

/// Checks that this command has the circuit and the trusted setup that are in force on the chain,
/// before anything is sent.
///
/// # Errors
///
/// What differs.
pub fn check_protocol(chain: &Protocol, cache: &Path, setup: SrsKind) -> Result<(), CliError> {
    let own = BatchProver::new(cache, setup).protocol().map_err(|error| {
        CliError::new("setup", error.to_string())
            .hint("import the chain's ceremony file with `fusion-prover setup import FILE`")
    })?;
    if own.protocol().srs != chain.srs {
        let message = "the imported ceremony file is not that of the setup in force on the chain";
        return Err(CliError::new("other_setup", message)
            .hint("import the chain's own with --cache of another folder"));
    }
    if own.protocol() != chain {
        let message =
            "the circuit in force on the chain is another than this command's: its keys would be refused";
        return Err(CliError::new("other_circuit", message)
            .hint("use the fusion command of the circuit's version: governance may have changed it (verifier.set_protocol)"));
    }
    Ok(())
}

/// A registered app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Its id.
    pub app: AppId,
    /// Its program.
    pub program_id: ProgramId,
    /// Hash of the block of the registration.
    pub block: String,
}

/// Registers an app for `owner`. The signer must be a member of the chain's council; where that has
/// several members, the others have to vote.
///
/// # Errors
///
/// When the chain refuses it, or computes another program id than this side did.
pub async fn register(
    chain: &Chain,
    wasm: &[u8],
    program: &PreparedProgram,
    owner: [u8; 32],
    signer: &Signer,
) -> Result<Registered, CliError> {
    let keys: Vec<_> = program.keys().map(|(k, key, _)| (k, key.encode())).collect();
    let votes = chain.council_threshold().await?;
    let included = chain
        .send(&chain::register(owner, wasm, &keys, votes), signer, None)
        .await?;
    if let Some(proposed) = included.event("Council", "Proposed") {
        let index = proposed.at("proposal_index").and_then(|index| index.as_u128());
        let message = format!(
            "the registration is proposal {} of the council and takes {votes} votes",
            index.unwrap_or_default()
        );
        return Err(CliError::new("needs_votes", message).hint(
            "members vote with council.vote; then anybody ends it with council.close, and the app gets its id",
        ));
    }
    let event = included.event("Sequencer", "AppRegistered");
    let event =
        event.ok_or_else(|| CliError::new("internal", "the block has no event about the registration"))?;
    let app = event
        .at("app")
        .and_then(|app| app.as_u128())
        .and_then(|app| app.try_into().ok());
    let app =
        app.ok_or_else(|| CliError::new("internal", "the event about the registration names no app"))?;
    let document = chain.call("fusion_app", &[serde_json::json!(app)]).await?;
    let program_id = program.program_id();
    if document["programId"] != format!("0x{}", hex::encode(program_id)) {
        let message = format!(
            "app {app} was registered, but with program {}",
            document["programId"]
        );
        return Err(CliError::new("program_id", message).hint("is the fusion command of the node's version?"));
    }
    Ok(Registered {
        app,
        program_id,
        block: included.hash,
    })
}
