//! What the network needs beside Rust programs: guests in wasm, contracts in bytecode. Building
//! what is built already is quick.

use std::{
    path::{Path, PathBuf},
    process::Command,
};
use zkfusion_halo2::srs::cache_folder;

use crate::{Failure, Result};

/// Returns the folder of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map_or_else(PathBuf::new, Path::to_owned)
}

/// Returns the path of a program of this workspace, which is built beside the program that runs.
///
/// # Errors
///
/// When it is not there.
pub fn program(name: &str) -> Result<PathBuf> {
    let us = std::env::current_exe()?;
    // Tests run in a folder below.
    let found = us
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    found.ok_or_else(|| Failure(format!("{name} is not built: cargo build --workspace --bins")))
}

/// Builds an example program and returns its wasm.
///
/// # Errors
///
/// When it does not build.
pub fn guest(name: &str) -> Result<Vec<u8>> {
    let folder = cache_folder().join("guests");
    run(
        Command::new(repository().join("guests/build.sh")).arg(&folder),
        "guests/build.sh",
    )?;
    let path = folder.join(format!("{name}.wasm"));
    std::fs::read(&path).map_err(|error| Failure::of(path.display(), error))
}

/// Builds the contracts and returns the folder of the compiler's output.
///
/// # Errors
///
/// When they do not build.
pub fn contracts() -> Result<PathBuf> {
    let folder = repository().join("contracts");
    run(
        Command::new("forge")
            .args(["build", "--skip", "test"])
            .current_dir(&folder),
        "forge build",
    )?;
    Ok(folder.join("out"))
}

fn run(command: &mut Command, name: &str) -> Result<()> {
    let output = command.output().map_err(|error| Failure::of(name, error))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(Failure::of(
        format!("{name} failed"),
        String::from_utf8_lossy(&said),
    ))
}
