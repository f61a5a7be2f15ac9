//! A network of validators.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{
    runtime::Handle,
    task::block_in_place,
    time::{sleep, timeout},
};
use zkfusion_halo2::srs::cache_folder;
use zkfusion_tests::build;
use zombienet_sdk::{
    AddNodeOptions, Arg, GlobalSettingsBuilder, LocalFileSystem, NetworkConfigBuilder, NetworkConfigExt,
    NetworkNode,
};

use crate::{
    client::Client,
    spec::{self, Sessions},
    Failure, Result,
};

/// How long a node may take to answer.
const START: Duration = Duration::from_secs(90);
/// How often it is tried.
const POLL: Duration = Duration::from_millis(500);
/// How long killed nodes may take to end.
const END: Duration = Duration::from_secs(20);

/// A running network in a temporary folder. Dropping it kills the nodes, waits for their end, and
/// removes the folder; after a failed test the folder, with their logs, stays. Tests need tokio's
/// runtime of several threads for that.
pub struct Network {
    /// Nothing once the network is dropped.
    nodes: Option<zombienet_sdk::Network<LocalFileSystem>>,
    folder: TempDir,
}

/// Makes a folder for a network.
///
/// # Errors
///
/// When the system does not let us.
pub fn folder() -> Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("zombienet-").tempdir()?)
}

impl Network {
    /// Starts validators by their names: those of the genesis are `alice`, `bob`, `charlie` and
    /// `dave`.
    ///
    /// # Errors
    ///
    /// When the specification or a node fails.
    pub async fn start(sessions: Sessions, validators: &[&str]) -> Result<Self> {
        Self::start_with(sessions, validators, |_| Vec::new()).await
    }

    /// As [`start`](Self::start), with more arguments for each node.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub async fn start_with(
        sessions: Sessions,
        validators: &[&str],
        arguments: impl Fn(&str) -> Vec<Arg>,
    ) -> Result<Self> {
        let folder = folder()?;
        let chain = spec::write(folder.path(), sessions)?;
        Self::start_in(folder, &chain, validators, arguments).await
    }

    /// As [`start_with`](Self::start_with), in this folder and with this specification.
    ///
    /// # Errors
    ///
    /// When a node fails.
    pub async fn start_in(
        folder: TempDir,
        chain: &Path,
        validators: &[&str],
        arguments: impl Fn(&str) -> Vec<Arg>,
    ) -> Result<Self> {
        let command = build::program("zkfusion-node")?;
        let command = command.to_string_lossy().into_owned();
        let base = folder.path().join("nodes");
        let cache = cache_folder();
        let cache = cache_variable(&cache)?;
        let (first, others) = validators
            .split_first()
            .ok_or_else(|| Failure("a network has a validator".into()))?;
        let settings = |settings: GlobalSettingsBuilder| {
            settings
                .with_base_dir(base.clone())
                .with_tear_down_on_failure(false)
        };
        let config = NetworkConfigBuilder::new()
            .with_relaychain(|relaychain| {
                let relaychain = relaychain
                    .with_chain("zkfusion")
                    .with_chain_spec_path(chain.to_owned())
                    .with_default_command(command.as_str())
                    .with_validator(|node| {
                        let node = node.with_name(*first).with_args(common(arguments(first)));
                        node.with_env(vec![cache])
                    });
                others.iter().fold(relaychain, |relaychain, name| {
                    let arguments = common(arguments(name));
                    relaychain.with_validator(|node| {
                        let node = node.with_name(*name).with_args(arguments);
                        node.with_env(vec![cache])
                    })
                })
            })
            .with_global_settings(settings)
            .build()
            .map_err(|errors| Failure(format!("the network's definition: {errors:?}")))?;
        let nodes = config
            .spawn_native()
            .await
            .map_err(|error| Failure::of("the network does not start", error))?;
        Ok(Self {
            nodes: Some(nodes),
            folder,
        })
    }

    /// Starts another node, which knows nothing yet.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn join(&mut self, name: &str, is_validator: bool, arguments: Vec<Arg>) -> Result<()> {
        let cache = cache_folder();
        let options = AddNodeOptions {
            args: common(arguments),
            env: vec![cache_variable(&cache)?.into()],
            is_validator,
            ..Default::default()
        };
        self.nodes
            .as_mut()
            .ok_or_else(ended)?
            .add_node(name, options)
            .await
            .map_err(|error| Failure::of(format!("{name} does not start"), error))
    }

    /// Returns a node.
    ///
    /// # Errors
    ///
    /// When there is none of this name.
    pub fn node(&self, name: &str) -> Result<&NetworkNode> {
        self.nodes
            .as_ref()
            .ok_or_else(ended)?
            .get_node(name)
            .map_err(|error| Failure::of(name, error))
    }

    /// Connects to a node, which may still be starting.
    ///
    /// # Errors
    ///
    /// When it does not answer in time.
    pub async fn client(&self, name: &str) -> Result<Client> {
        let url = self.node(name)?.ws_uri();
        let start = Instant::now();
        loop {
            match Client::connect(url).await {
                Err(_) if start.elapsed() < START => sleep(POLL).await,
                connected => return connected,
            }
        }
    }

    /// Returns the folder of the network's data and logs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        if let (Some(nodes), Ok(runtime)) = (self.nodes.take(), Handle::try_current()) {
            // What they still write would come back after the folder is removed.
            let end = async { timeout(END, nodes.destroy()).await };
            match block_in_place(|| runtime.block_on(end)) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => eprintln!("a node was not killed: {error}"),
                Err(_) => eprintln!("the nodes have not ended after {} seconds", END.as_secs()),
            }
        }
        if thread::panicking() {
            self.folder.disable_cleanup(true);
            eprintln!("the network's data and logs are in {}", self.folder().display());
        }
    }
}

fn ended() -> Failure {
    Failure("the network has ended".into())
}

/// Returns the environment variable that names the folder of setup and keys: nodes see few others.
fn cache_variable(folder: &Path) -> Result<(&'static str, &str)> {
    let name = folder.to_str();
    let name = name.ok_or_else(|| Failure(format!("{} is not in UTF-8", folder.display())))?;
    Ok(("ZKFUSION_CACHE", name))
}

/// Adds the arguments that every node gets.
fn common(mut arguments: Vec<Arg>) -> Vec<Arg> {
    arguments.push("--no-mdns".into());
    let chooses_prover = arguments
        .iter()
        .any(|argument| matches!(argument, Arg::Option(name, _) if name == "--prover"));
    if !chooses_prover {
        arguments.push(("--prover", "off").into());
    }
    arguments
}
