//! Settings of the service.

use crate::Tls;
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

/// Settings of the service.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder of the store; created when absent. One process at a time may use it.
    pub data: PathBuf,
    /// Address of the HTTP API. Port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Certificate and key of the API. Without them it listens on loopback only: the token would
    /// travel where others can read it.
    pub tls: Option<Tls>,
    /// The file with the token that requests must bring; made when absent.
    pub token_file: PathBuf,
    /// Names of this machine under which the API may be used, in addition to its addresses and
    /// `localhost`.
    pub hosts: Vec<String>,
    /// How long a job belongs to its worker without a sign of life. There is none any more once the
    /// attempt has taken too long.
    pub lease: Duration,
    /// Time between the worker's signs of life; well below the lease.
    pub heartbeat: Duration,
    /// Bytes of memory that the proofs under way may take. What the machine has free when there is
    /// no limit.
    pub memory: Option<u64>,
    /// The longest time of an attempt at a job.
    pub proof_time_limit: Duration,
    /// How often a job is begun before it is given up.
    pub max_attempts: u32,
    /// Pause before a job is tried again, doubled with each attempt.
    pub retry_after: Duration,
    /// Largest program, in bytes.
    pub max_program_bytes: usize,
    /// Programs that are stored.
    pub max_programs: u64,
    /// Bytes of stored programs, all of them together.
    pub max_programs_bytes: u64,
    /// Programs whose keys are made at the same time for `POST /v1/programs`.
    pub max_preparing: usize,
    /// Largest encoded job, in bytes.
    pub max_job_bytes: usize,
    /// Jobs that may wait; further ones are refused with 429.
    pub max_open_jobs: u64,
    /// Jobs that are remembered after they ended; the oldest go first.
    pub max_finished_jobs: u64,
    /// Bytes of failed jobs that are kept to try them again; the oldest go first.
    pub max_failed_bytes: u64,
    /// How long a shutdown waits for the running job before it leaves it to the next start.
    pub shutdown_grace: Duration,
}

impl Config {
    /// Port of the API unless told otherwise.
    pub const DEFAULT_PORT: u16 = 9955;

    /// The longest time of an attempt unless told otherwise: ten times the 180 s within which a
    /// settlement, the longest job, is to be proved on two cores. The first one has its keys made
    /// in that time too.
    pub const DEFAULT_PROOF_TIME_LIMIT: Duration = Duration::from_secs(1800);

    /// Returns the default settings, with the store in `data`.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        let data = data.into();
        Self {
            token_file: data.join("token"),
            data,
            listen: (Ipv4Addr::LOCALHOST, Self::DEFAULT_PORT).into(),
            hosts: Vec::new(),
            tls: None,
            lease: Duration::from_secs(60),
            heartbeat: Duration::from_secs(10),
            memory: None,
            proof_time_limit: Self::DEFAULT_PROOF_TIME_LIMIT,
            max_attempts: 3,
            retry_after: Duration::from_secs(2),
            max_program_bytes: 512 << 10,
            max_programs: 4096,
            max_programs_bytes: 256 << 20,
            max_preparing: 1,
            max_job_bytes: 64 << 20,
            max_open_jobs: 1024,
            max_finished_jobs: 1024,
            max_failed_bytes: 256 << 20,
            shutdown_grace: Duration::from_secs(5),
        }
    }
}
