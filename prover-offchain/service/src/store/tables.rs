//! Tables of the store. Values are SCALE unless they are plain bytes.

use redb::TableDefinition;

/// Wasm by its hash.
pub(super) const PROGRAMS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("programs");

/// [`crate::ProgramInfo`] by the wasm's hash.
pub(super) const INFOS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("program_infos");

/// [`super::JobRecord`] by the job's id.
pub(super) const JOBS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("jobs");

/// Encodings of open jobs, and of failed ones as far as there is room.
pub(super) const INPUTS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("inputs");

/// Encoded results of jobs that are done.
pub(super) const RESULTS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("results");

/// Open jobs in the order in which they came.
pub(super) const QUEUE: TableDefinition<'_, u64, &[u8; 32]> = TableDefinition::new("queue");

/// Ended jobs in the order in which they ended.
pub(super) const FINISHED: TableDefinition<'_, u64, &[u8; 32]> = TableDefinition::new("finished");

/// Counters.
pub(super) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");

/// Counter of sequence numbers and tokens.
pub(super) const NEXT_SEQUENCE: &str = "next_sequence";

/// Bytes of all programs together.
pub(super) const PROGRAM_BYTES: &str = "program_bytes";

/// Number of the form of what the tables hold: [`FORMAT`].
pub(super) const FORMAT_KEY: &str = "format";

/// The form of today.
pub(super) const FORMAT: u64 = 2;
