//! The library that `zkfusion-vm` links from is what this crate compiles to.

use std::{env, fs, path::Path, process::Command};

/// Any machine's pinned compiler makes the same bytes (`build.sh` says why); another version may
/// make others, so with one only the build is tried.
#[test]
fn the_committed_library_is_what_this_crate_compiles_to() {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("library.wasm");
    let build = Command::new(crate_dir.join("build.sh"))
        .arg(&out)
        .output()
        .unwrap();
    assert!(
        build.status.success(),
        "{}",
        String::from_utf8_lossy(&build.stderr)
    );
    let built = fs::read(&out).unwrap();
    if String::from_utf8_lossy(&build.stdout).trim() != pinned(crate_dir) {
        println!("not compared: built by another compiler than the pinned one");
        return;
    }
    let committed = fs::read(crate_dir.join("../vm/src/floats/library.wasm")).unwrap();
    assert!(
        built == committed,
        "run prover-offchain/floats/build.sh and commit what it makes"
    );
}

/// The pinned compiler's version.
fn pinned(crate_dir: &Path) -> String {
    let toolchain = fs::read_to_string(crate_dir.join("../../rust-toolchain.toml")).unwrap();
    let channel = toolchain.lines().find_map(|line| line.strip_prefix("channel = "));
    channel.unwrap().trim_matches('"').to_string()
}
