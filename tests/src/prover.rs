//! The prover service: what it says about jobs, and the daemon.

use alloy::transports::http::reqwest::Client;
use serde::Deserialize;
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{build, daemon::Daemon, Failure, Result};

/// How long the daemon may take to start.
const START: Duration = Duration::from_secs(60);
/// How long an answer may take while the machine proves.
const ANSWER: Duration = Duration::from_secs(30);

/// A job as the service lists it.
#[derive(Clone, Debug, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// `batch` or `settlement`.
    pub kind: String,
    /// The app.
    pub app: u32,
    /// The first batch.
    pub first: u64,
    /// The last batch.
    pub last: u64,
    /// `queued`, `running`, `done` or `failed`.
    pub state: String,
    /// What the prover does now, if the job runs.
    pub stage: Option<String>,
    /// Why it failed, if it did.
    pub failure: Option<Value>,
}

/// What a proof cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
pub struct Stats {
    /// VM steps.
    pub steps: u64,
    /// Time to execute and build the witness, in seconds.
    pub witness_s: f64,
    /// Time to prove, in seconds.
    pub prove_s: f64,
    /// Most memory that the prover's process had resident, in MB.
    pub peak_mb: u64,
}

/// A client of the service.
#[derive(Clone, Debug)]
pub struct ProverClient {
    url: String,
    token: String,
    http: Client,
}

impl ProverClient {
    /// Returns a client of the service at `url`, whose token is in a file.
    ///
    /// # Errors
    ///
    /// When there can be no HTTP client, or the file is not there.
    pub fn new(url: &str, token_file: &Path) -> Result<Self> {
        let token =
            std::fs::read_to_string(token_file).map_err(|error| Failure::of(token_file.display(), error))?;
        let http = Client::builder()
            .timeout(ANSWER)
            .build()
            .map_err(|error| Failure::of("HTTP client", error))?;
        Ok(Self {
            url: url.into(),
            token: token.trim().into(),
            http,
        })
    }

    /// Returns the jobs, newest first.
    ///
    /// # Errors
    ///
    /// When the service does not answer.
    pub async fn jobs(&self) -> Result<Vec<Job>> {
        let jobs = self.get("/v1/jobs").await?;
        serde_json::from_value(jobs).map_err(|error| Failure::of("the prover's list of jobs", error))
    }

    /// Returns what the proof over these batches cost.
    ///
    /// # Errors
    ///
    /// When the service does not answer, or has not made that proof.
    pub async fn stats(&self, kind: &str, app: u32, first: u64, last: u64) -> Result<Stats> {
        let done = |job: &Job| {
            (
                job.kind.as_str(),
                job.app,
                job.first,
                job.last,
                job.state.as_str(),
            ) == (kind, app, first, last, "done")
        };
        let job = self.jobs().await?.into_iter().find(done);
        let job = job.ok_or_else(|| {
            Failure(format!(
                "the prover knows no {kind} proof of batches {first} to {last}"
            ))
        })?;
        let path = match kind {
            "settlement" => "settlements",
            _ => "batches",
        };
        let state = self.get(&format!("/v1/{path}/{}?json", job.id)).await?;
        serde_json::from_value(state["result"]["stats"].clone())
            .map_err(|error| Failure::of("the prover's statistics", error))
    }

    async fn get(&self, path: &str) -> Result<Value> {
        let url = format!("{}{path}", self.url);
        let failed = |error: &dyn std::fmt::Display| Failure::of(&url, error);
        let answer = self
            .http
            .get(&url)
            .bearer_auth(&self.token)
            .send()
            .await
            .map_err(|e| failed(&e))?;
        let text = answer.text().await.map_err(|e| failed(&e))?;
        serde_json::from_str(&text).map_err(|e| failed(&e))
    }
}

/// A running `fusion-prover serve`.
#[derive(Debug)]
pub struct ProverDaemon {
    daemon: Daemon,
    folder: PathBuf,
    url: String,
}

impl ProverDaemon {
    /// Starts the daemon on loopback with its queue and log in `folder`; port 0 in `address` takes
    /// a free one.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn start(folder: &Path, address: &str) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let mut command = Command::new(build::program("fusion-prover")?);
        command
            .env("NO_COLOR", "1")
            .args(["serve", "--listen", address, "--data"])
            .arg(folder);
        let mut daemon = Daemon::spawn("fusion-prover", command, &folder.join("prover.log"))?;
        let url = daemon
            .find(START, |line| {
                let (_, rest) = line.split_once("proving for ")?;
                rest.split_whitespace().next().map(str::to_owned)
            })
            .await?;
        Ok(Self {
            daemon,
            folder: folder.to_owned(),
            url,
        })
    }

    /// Kills the daemon.
    ///
    /// # Errors
    ///
    /// When the system does not let us.
    pub fn kill(&mut self) -> Result<()> {
        self.daemon.kill()
    }

    /// Kills the daemon, if it still runs, and starts it again where it was.
    ///
    /// # Errors
    ///
    /// When it does not start again.
    pub async fn restart(&mut self) -> Result<()> {
        self.kill()?;
        let address = self.url.trim_start_matches("http://").to_owned();
        *self = Self::start(&self.folder, &address).await?;
        Ok(())
    }

    /// Returns the URL of its API.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the file with its token.
    pub fn token_file(&self) -> PathBuf {
        self.folder.join("token")
    }

    /// Checks that it still runs.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub fn check(&mut self) -> Result<()> {
        self.daemon.check()
    }
}
