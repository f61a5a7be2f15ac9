//! Programs of `guests/`, built from source.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// Builds the guests once and returns the wasm of one, by its path in the folder that
/// `guests/build.sh` fills.
pub(crate) fn wasm(name: &str) -> Vec<u8> {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/build.sh");
        assert!(Command::new(script).arg(&folder).status().unwrap().success());
        folder
    });
    fs::read(folder.join(format!("{name}.wasm"))).unwrap()
}
