//! A node of one validator.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{build, contracts::Contracts, daemon::Daemon, Result};

/// How long a node may take to answer: the first start makes the trusted setup of the genesis.
const START: Duration = Duration::from_secs(180);

/// Who proves for a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prover {
    /// Nobody: batches wait to be proved.
    Off,
    /// A service inside of it, at this port; 0 for a free one.
    Embedded(u16),
    /// A daemon.
    Remote {
        /// Its URL.
        url: String,
        /// The file with its token.
        token_file: PathBuf,
    },
}

/// How to run a node.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder of its data and log.
    pub folder: PathBuf,
    /// Port of its RPC; 0 for a free one.
    pub port: u16,
    /// Who proves for it.
    pub prover: Prover,
    /// Where the node relays to, if it does.
    pub relayer: Option<Relayer>,
    /// More of its flags, each argument by itself.
    pub flags: Vec<String>,
}

/// Where a node relays to.
#[derive(Clone, Debug)]
pub struct Relayer {
    /// URL of Ethereum.
    pub l1: String,
    /// The contracts there.
    pub contracts: Contracts,
}

impl Relayer {
    /// Returns what a node with `--relayer` has to be told: each flag with its value.
    pub fn options(&self) -> [(&'static str, String); 4] {
        [
            ("--l1-rpc", self.l1.clone()),
            ("--settlement", self.contracts.settlement.to_string()),
            ("--order", self.contracts.order.to_string()),
            ("--verifier", self.contracts.verifier.to_string()),
        ]
    }
}

/// A running node.
#[derive(Debug)]
pub struct Node {
    daemon: Daemon,
    settings: Settings,
    prover: String,
}

impl Node {
    /// Starts a node, on the chain that its folder has, and waits until it answers.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn start(mut settings: Settings) -> Result<Self> {
        let mut command = Command::new(build::program("zkfusion-node")?);
        command
            .args(["--dev", "--no-mdns", "--no-prometheus", "--no-telemetry"])
            .args([
                "--listen-addr",
                "/ip4/127.0.0.1/tcp/0",
                "--rpc-port",
                &settings.port.to_string(),
            ])
            .arg("--base-path")
            .arg(&settings.folder);
        match &settings.prover {
            Prover::Off => {
                command.args(["--prover", "off"]);
            }
            Prover::Embedded(port) => {
                command.args(["--prover", "embedded", "--prover-port", &port.to_string()]);
            }
            Prover::Remote { url, token_file } => {
                command
                    .args(["--prover", url, "--prover-token-file"])
                    .arg(token_file);
            }
        }
        if let Some(relayer) = &settings.relayer {
            command.arg("--relayer");
            for (flag, value) in relayer.options() {
                command.arg(flag).arg(value);
            }
        }
        command.args(&settings.flags);
        std::fs::create_dir_all(&settings.folder)?;
        let mut daemon = Daemon::spawn("the node", command, &log(&settings.folder))?;
        let mut prover = match &settings.prover {
            Prover::Remote { url, .. } => url.clone(),
            Prover::Off | Prover::Embedded(_) => String::new(),
        };
        let port = daemon
            .find(START, |line| {
                if let Some((_, url)) = line.split_once("embedded, at ") {
                    prover = url.trim().to_owned();
                }
                let (_, address) = line.split_once("Running JSON-RPC server: addr=127.0.0.1:")?;
                address.split(',').next()?.parse().ok()
            })
            .await?;
        settings.port = port;
        if let (Prover::Embedded(port), Some((_, digits))) = (&mut settings.prover, prover.rsplit_once(':')) {
            *port = digits.parse().unwrap_or_default();
        }
        Ok(Self {
            daemon,
            settings,
            prover,
        })
    }

    /// Kills the node and starts it again where it was.
    ///
    /// # Errors
    ///
    /// When it does not start again.
    pub async fn restart(&mut self) -> Result<()> {
        self.daemon.kill()?;
        *self = Self::start(self.settings.clone()).await?;
        Ok(())
    }

    /// Returns the URL of its RPC.
    pub fn ws(&self) -> String {
        format!("ws://127.0.0.1:{}", self.settings.port)
    }

    /// Returns the id of its process.
    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    /// Returns the URL of its prover; empty if it has none.
    pub fn prover(&self) -> &str {
        &self.prover
    }

    /// Returns the file with its prover's token.
    pub fn prover_token_file(&self) -> PathBuf {
        match &self.settings.prover {
            Prover::Remote { token_file, .. } => token_file.clone(),
            Prover::Off | Prover::Embedded(_) => self.settings.folder.join("chains/dev/prover/token"),
        }
    }

    /// Returns its log.
    pub fn log(&self) -> PathBuf {
        log(&self.settings.folder)
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

fn log(folder: &Path) -> PathBuf {
    folder.join("node.log")
}
