//! Ethereum on this machine.

use alloy::{
    eips::BlockId,
    primitives::{Address, B256},
    providers::{Provider, ProviderBuilder},
    transports::http::reqwest::Url,
};
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{daemon::Daemon, Failure, Result};

/// How long anvil may take to start.
const START: Duration = Duration::from_secs(60);

/// A running anvil with Ethereum's own limits. A block comes every second and is final two blocks
/// later.
#[derive(Debug)]
pub struct Anvil {
    daemon: Daemon,
    folder: PathBuf,
    port: u16,
    durable: bool,
}

/// A transaction that is in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Its hash.
    pub hash: B256,
    /// Who sent it.
    pub from: Address,
    /// The contract that it calls; nothing if it makes one.
    pub to: Option<Address>,
    /// Whether it had its effect.
    pub succeeded: bool,
}

impl Anvil {
    /// Starts anvil on loopback, on a free port if `port` is 0, with its log in `folder`. If it is
    /// to be durable, its state is kept there too, and gone on with when it is there already.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn start(folder: &Path, port: u16, durable: bool) -> Result<Self> {
        let mut command = Command::new("anvil");
        command
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            // Ethereum's limits: code size (EIP-170), gas of a block and of a transaction
            // (EIP-7825).
            .args([
                "--code-size-limit",
                "24576",
                "--gas-limit",
                "30000000",
                "--enable-tx-gas-limit",
            ])
            .args(["--block-time", "1", "--slots-in-an-epoch", "1"]);
        if durable {
            command
                .args(["--state-interval", "1", "--state"])
                .arg(state(folder));
        }
        let mut daemon = Daemon::spawn("anvil", command, &folder.join("anvil.log"))?;
        let port = daemon
            .find(START, |line| {
                line.trim().strip_prefix("Listening on 127.0.0.1:")?.parse().ok()
            })
            .await?;
        Ok(Self {
            daemon,
            folder: folder.to_owned(),
            port,
            durable,
        })
    }

    /// Kills anvil and starts it again from the state that it wrote last, which is a block or two
    /// behind.
    ///
    /// Anvil does not replace its file in one piece, so it is killed between two writes.
    ///
    /// # Errors
    ///
    /// When it does not start again, or does not keep its state.
    pub async fn restart(&mut self) -> Result<()> {
        let state = state(&self.folder);
        let written = || std::fs::metadata(&state).and_then(|file| file.modified());
        let before = written().map_err(|error| Failure::of("anvil keeps no state", error))?;
        while written()? == before {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        self.daemon.kill()?;
        *self = Self::start(&self.folder, self.port, self.durable).await?;
        Ok(())
    }

    /// Returns the URL of its JSON-RPC over HTTP.
    pub fn http(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns the URL of its JSON-RPC over WebSocket.
    pub fn ws(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    /// Returns all transactions, in their order.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub async fn transactions(&self) -> Result<Vec<Transaction>> {
        let http = self.http();
        let failed = |error: &dyn std::fmt::Display| Failure::of(&http, error);
        let url = http.parse::<Url>().map_err(|error| failed(&error))?;
        let provider = ProviderBuilder::new().connect_http(url);
        let newest = provider
            .get_block_number()
            .await
            .map_err(|error| failed(&error))?;
        let mut transactions = Vec::new();
        for block in 1..=newest {
            let receipts = provider
                .get_block_receipts(BlockId::number(block))
                .await
                .map_err(|error| failed(&error))?;
            for receipt in receipts.into_iter().flatten() {
                transactions.push(Transaction {
                    hash: receipt.transaction_hash,
                    from: receipt.from,
                    to: receipt.to,
                    succeeded: receipt.status(),
                });
            }
        }
        Ok(transactions)
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

fn state(folder: &Path) -> PathBuf {
    folder.join("anvil-state.json")
}
