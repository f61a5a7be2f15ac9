//! `fusion app register`.

use serde_json::json;
use std::path::{Path, PathBuf};
use zkfusion_cli::{
    account::{address, AccountArg, Signer},
    chain::Chain,
    error::CliError,
    program,
};
use zkfusion_halo2::srs::cache_folder;
use zkfusion_prover::{blake2_256, entry::with_entry};

use crate::output::{text, Output};

/// What is registered, and for whom.
pub(crate) struct Registration {
    pub(crate) wasm: PathBuf,
    pub(crate) entry: Option<String>,
    pub(crate) owner: Option<AccountArg>,
    pub(crate) signer: Signer,
    pub(crate) cache: Option<PathBuf>,
    pub(crate) url: String,
}

pub(crate) async fn run(registration: Registration, output: &Output) -> Result<(), CliError> {
    let Registration {
        wasm: path,
        entry,
        owner,
        signer,
        cache,
        url,
    } = registration;
    let mut wasm = read(&path)?;
    if let Some(entry) = entry {
        wasm = with_entry(&wasm, &entry)
            .map_err(|error| CliError::new("entry", format!("{}: {error}", path.display())))?;
    }
    let signer_id = signer.0.public_key().0;
    let owner = owner.map_or(signer_id, |owner| owner.0);
    let spinner = output.spinner("connecting");
    let chain = Chain::connect(&url).await?;
    let protocol = chain.protocol().await?;
    let setup = program::setup(&protocol, chain.is_for_development().await?)?;
    spinner.set_message("compiling the program and making its keys (minutes, the first time)");
    let cache = cache.unwrap_or_else(cache_folder);
    let prepared = tokio::task::spawn_blocking(move || {
        program::check_protocol(&protocol, &cache, setup)?;
        let program = program::prepare(&wasm, &cache, setup);
        program.map(|program| (wasm, program))
    })
    .await
    .map_err(|error| CliError::new("internal", error.to_string()))?;
    let (wasm, prepared) = prepared.map_err(|error| CliError {
        message: format!("{}: {}", path.display(), error.message),
        ..error
    })?;
    spinner.set_message("registering");
    let registered = program::register(&chain, &wasm, &prepared, owner, &signer).await?;
    spinner.finish_and_clear();
    let document = json!({
        "app": registered.app,
        "programId": format!("0x{}", hex::encode(registered.program_id)),
        "wasmHash": format!("0x{}", hex::encode(blake2_256(&wasm))),
        "owner": address(owner),
        "sizes": prepared.keys().map(|(k, _, _)| k).collect::<Vec<_>>(),
        "block": registered.block,
    });
    output.answer(&document, |document| {
        let app = text(document, "app");
        format!(
            "app {app}\nprogram {}\nowner {}\n  fusion app submit {app} ITEMS.. --as {} --wait",
            text(document, "programId"),
            text(document, "owner"),
            "SECRET_URI",
        )
    });
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    let wasm = std::fs::read(path)
        .map_err(|error| CliError::new("wasm_file", format!("{}: {error}", path.display())))?;
    if !wasm.starts_with(b"\0asm") {
        let message = format!(
            "{} is not a WebAssembly module: it does not begin with \\0asm",
            path.display()
        );
        return Err(CliError::new("wasm_file", message).hint(
            "guests/build.sh builds the examples; guests/README.md shows the commands for Rust and C",
        ));
    }
    Ok(wasm)
}
