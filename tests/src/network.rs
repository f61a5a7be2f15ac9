//! The whole network.

use std::path::Path;
use tempfile::TempDir;
use zkfusion_cli::{chain::Chain, ethereum::Settlement};

use crate::{
    anvil::Anvil,
    build,
    contracts::Contracts,
    node::{self, Node, Prover},
    progress::Progress,
    prover::{ProverClient, ProverDaemon},
    Failure, Result,
};

/// Where the network listens; 0 stands for a free port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    /// RPC of the node.
    pub node: u16,
    /// API of the prover.
    pub prover: u16,
    /// RPC of Ethereum.
    pub l1: u16,
}

impl Ports {
    /// The usual ports, which are the defaults of the `fusion` command.
    pub const USUAL: Self = Self {
        node: 9944,
        prover: 9955,
        l1: 8545,
    };
}

/// What a network has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Where it listens.
    pub ports: Ports,
    /// Whether the node relays.
    pub relay: bool,
    /// Whether the prover is a daemon of its own, and not inside the node.
    pub prover_daemon: bool,
    /// Whether Ethereum can be killed and started again.
    pub durable_l1: bool,
}

/// A running network in a temporary folder. Dropping it stops everything and removes the folder.
#[derive(Debug)]
pub struct Network {
    // In this order: the node's relayer and prover end before what they talk to.
    /// The node.
    pub node: Node,
    /// The prover's daemon, if it has one.
    pub prover_daemon: Option<ProverDaemon>,
    /// Ethereum.
    pub anvil: Anvil,
    /// The contracts there.
    pub contracts: Contracts,
    folder: TempDir,
}

impl Network {
    /// Starts Ethereum, deploys the contracts, and starts a node of one validator with its prover
    /// and, if planned, its relayer.
    ///
    /// # Errors
    ///
    /// What does not start, with the end of its log.
    pub async fn start(plan: Plan, progress: &Progress) -> Result<Self> {
        let Plan {
            ports,
            relay,
            prover_daemon,
            durable_l1,
        } = plan;
        let folder = tempfile::Builder::new().prefix("zkfusion-").tempdir()?;
        let artifacts = tokio::task::spawn_blocking(build::contracts)
            .await
            .map_err(|error| Failure(error.to_string()))??;
        let anvil = Anvil::start(folder.path(), ports.l1, durable_l1).await?;
        let contracts = Contracts::deploy(&anvil.http(), &artifacts).await?;
        progress.done(format!(
            "Ethereum runs at {}; Settlement is deployed at {}, its verifier has {} bytes of code",
            anvil.http(),
            contracts.settlement,
            contracts.verifier_code_bytes
        ));
        let prover_daemon = match prover_daemon {
            true => {
                let address = format!("127.0.0.1:{}", ports.prover);
                Some(ProverDaemon::start(&folder.path().join("prover"), &address).await?)
            }
            false => None,
        };
        let prover = match &prover_daemon {
            Some(daemon) => Prover::Remote {
                url: daemon.url().to_owned(),
                token_file: daemon.token_file(),
            },
            None => Prover::Embedded(ports.prover),
        };
        let relayer = relay.then(|| node::Relayer {
            l1: anvil.http(),
            contracts,
        });
        let node = Node::start(node::Settings {
            folder: folder.path().join("node"),
            port: ports.node,
            prover,
            relayer,
            flags: Vec::new(),
        })
        .await?;
        progress.done(format!(
            "The node runs at {}, its prover at {}",
            node.ws(),
            node.prover()
        ));
        Ok(Self {
            node,
            prover_daemon,
            anvil,
            contracts,
            folder,
        })
    }

    /// Returns the folder of the network's data and logs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Connects to the node.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub async fn chain(&self) -> Result<Chain> {
        Ok(Chain::connect(&self.node.ws()).await?)
    }

    /// Returns a client of the prover.
    ///
    /// # Errors
    ///
    /// As [`ProverClient::new`].
    pub fn prover(&self) -> Result<ProverClient> {
        ProverClient::new(self.node.prover(), &self.node.prover_token_file())
    }

    /// Connects to the Settlement contract.
    ///
    /// # Errors
    ///
    /// When Ethereum does not answer.
    pub async fn settlement(&self) -> Result<Settlement> {
        Ok(Settlement::connect(&self.anvil.http(), self.contracts.settlement).await?)
    }

    /// Checks that everything still runs.
    ///
    /// # Errors
    ///
    /// What does not, with the end of its log.
    pub fn check(&mut self) -> Result<()> {
        self.anvil.check()?;
        if let Some(daemon) = &mut self.prover_daemon {
            daemon.check()?;
        }
        self.node.check()
    }
}
