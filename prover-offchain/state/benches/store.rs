//! What a tree of many leaves costs: making it, reading from it, a batch's writes to it.
//! `cargo bench -p zkfusion-state -- LEAVES FOLDER`; a million leaves, and a folder that is removed
//! afterwards, when they are left out.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use rand::{rngs::StdRng, Rng, SeedableRng};
use zkfusion_primitives::merkle::empty_root;
use zkfusion_state::{StateError, Store};

/// Memory for pages of the database.
const CACHE: usize = 512 << 20;
/// Leaves that are written together while the tree is made.
const CHUNK: usize = 250_000;
/// Leaves that are read, and written in one update.
const SOME: usize = 10_000;

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1).filter(|argument| argument != "--bench");
    let leaves = arguments
        .next()
        .map_or(Ok(1_000_000), |leaves| leaves.parse::<usize>());
    let folder = arguments.next().map(PathBuf::from);
    let Ok(leaves) = leaves else {
        eprintln!("error: LEAVES is no number");
        return ExitCode::FAILURE;
    };
    let result = match folder {
        Some(folder) => measure(leaves, &folder).map_err(|error| error.to_string()),
        None => tempfile::tempdir()
            .map_err(|error| error.to_string())
            .and_then(|folder| measure(leaves, folder.path()).map_err(|error| error.to_string())),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(leaves: usize, folder: &Path) -> Result<(), StateError> {
    let store = Store::open(folder, CACHE)?;
    let mut random = StdRng::seed_from_u64(1);
    let mut indices: Vec<u32> = (0..leaves).map(|_| random.gen()).collect();
    indices.sort_unstable();
    indices.dedup();
    let start = Instant::now();
    let mut root = empty_root();
    for (chunk, some) in indices.chunks(CHUNK).enumerate() {
        let new = store.update(&root, some.iter().map(|index| (*index, random.gen())))?;
        store.release(&root)?;
        root = new;
        eprintln!(
            "{} of {leaves} leaves after {:.0} s",
            (chunk * CHUNK + some.len()),
            start.elapsed().as_secs_f64()
        );
    }
    let made = start.elapsed();

    let known: Vec<u32> = (0..SOME)
        .map(|_| indices[random.gen_range(0..indices.len())])
        .collect();
    let leaf = worst_and_mean(&known, |index| store.view(&root)?.leaf(index).map(drop))?;
    let path = worst_and_mean(&known, |index| store.view(&root)?.path(index).map(drop))?;
    let start = Instant::now();
    let writes = known.iter().map(|index| (*index, [7; 32]));
    let written = store.update(&root, writes)?;
    let update = start.elapsed();
    let start = Instant::now();
    store.release(&root)?;
    let release = start.elapsed();
    let start = Instant::now();
    let one = store.update(&written, [(known[0], [8; 32])])?;
    let one_write = start.elapsed();
    assert!(store.view(&one)?.leaf(known[0])? == [8; 32]);

    let size = fs::metadata(folder.join("state.redb"))?.len();
    let row = |what: &str, value: String| println!("{what:44} {value}");
    row("leaves", indices.len().to_string());
    row("nodes", store.node_count()?.to_string());
    row("file, MB", format!("{:.0}", size as f64 / 1e6));
    row("made in, s", format!("{:.1}", made.as_secs_f64()));
    row("a leaf is read in, us: mean, worst", leaf);
    row("a leaf and its path, us: mean, worst", path);
    row("10,000 writes at random, s", seconds(update));
    row("the tree before them is released, s", seconds(release));
    row("one write, s", seconds(one_write));
    row("most memory, MB", (peak() / 1_000_000).to_string());
    row(
        "processors",
        std::thread::available_parallelism()
            .map_or(0, usize::from)
            .to_string(),
    );
    Ok(())
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

fn worst_and_mean(
    indices: &[u32],
    read: impl Fn(u32) -> Result<(), StateError>,
) -> Result<String, StateError> {
    let (mut worst, start) = (Duration::ZERO, Instant::now());
    for index in indices {
        let begun = Instant::now();
        read(*index)?;
        worst = worst.max(begun.elapsed());
    }
    let mean = start.elapsed().as_secs_f64() / indices.len() as f64;
    Ok(format!("{:.0}, {:.0}", 1e6 * mean, 1e6 * worst.as_secs_f64()))
}

/// Returns the most memory that this process has had, in bytes; 0 where the system does not say.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.map_or(0, |kilobytes| 1024 * kilobytes)
}
