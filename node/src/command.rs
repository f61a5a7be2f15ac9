//! Carries out the command line.

use crate::{
    chain_spec,
    cli::{Cli, Command},
    client::FullClient,
    endpoints,
    partial::new_partial,
    roles::Roles,
    service,
};
use sc_cli::SubstrateCli;
use sc_network::config::NetworkBackendType;
use sc_service::{ChainType, PartialComponents};
use sp_core::crypto::Ss58AddressFormat;
use std::sync::Arc;
use zkfusion_primitives::ids::SS58_PREFIX;
use zkfusion_runtime::{opaque::Block, Hash};

impl SubstrateCli for Cli {
    fn impl_name() -> String {
        "zkFusion Node".into()
    }

    fn impl_version() -> String {
        env!("SUBSTRATE_CLI_IMPL_VERSION").into()
    }

    fn description() -> String {
        env!("CARGO_PKG_DESCRIPTION").into()
    }

    fn author() -> String {
        env!("CARGO_PKG_AUTHORS").into()
    }

    fn support_url() -> String {
        "the issue tracker of the repository".into()
    }

    fn copyright_start_year() -> i32 {
        2025
    }

    fn load_spec(&self, id: &str) -> Result<Box<dyn sc_service::ChainSpec>, String> {
        Ok(Box::new(match id {
            "dev" => chain_spec::development()?,
            "" | "local" => chain_spec::local_testnet()?,
            path => chain_spec::ChainSpec::from_json_file(path.into())?,
        }))
    }
}

/// Carries out the command line of this process.
pub(crate) fn run() -> sc_cli::Result<()> {
    sp_core::crypto::set_default_ss58_version(Ss58AddressFormat::custom(SS58_PREFIX));
    let cli = Cli::from_args();
    match &cli.subcommand {
        Some(Command::Key(command)) => command.run(&cli),
        Some(Command::BuildTestnetSpec(command)) => command.run().map_err(sc_cli::Error::Input),
        Some(Command::ExportChainSpec(command)) => command.run(cli.load_spec(&command.chain)?),
        Some(Command::CheckBlock(command)) => cli.create_runner(command)?.async_run(|config| {
            let PartialComponents {
                client,
                task_manager,
                import_queue,
                ..
            } = new_partial(&config)?;
            Ok((command.run(client, import_queue), task_manager))
        }),
        Some(Command::ExportBlocks(command)) => cli.create_runner(command)?.async_run(|config| {
            let PartialComponents {
                client, task_manager, ..
            } = new_partial(&config)?;
            Ok((command.run(client, config.database), task_manager))
        }),
        Some(Command::ExportState(command)) => cli.create_runner(command)?.async_run(|config| {
            let PartialComponents {
                client, task_manager, ..
            } = new_partial(&config)?;
            Ok((command.run(client, config.chain_spec), task_manager))
        }),
        Some(Command::ImportBlocks(command)) => cli.create_runner(command)?.async_run(|config| {
            let PartialComponents {
                client,
                task_manager,
                import_queue,
                ..
            } = new_partial(&config)?;
            Ok((command.run(client, import_queue), task_manager))
        }),
        Some(Command::PurgeChain(command)) => cli
            .create_runner(command)?
            .sync_run(|config| command.run(config.database)),
        Some(Command::Revert(command)) => cli.create_runner(command)?.async_run(|config| {
            let PartialComponents {
                client,
                task_manager,
                backend,
                ..
            } = new_partial(&config)?;
            let revert_finality = Box::new(|client: Arc<FullClient>, backend, blocks| {
                sc_consensus_babe::revert(client.clone(), backend, blocks)?;
                Ok(sc_consensus_grandpa::revert(client, blocks)?)
            });
            Ok((command.run(client, backend, Some(revert_finality)), task_manager))
        }),
        Some(Command::ChainInfo(command)) => cli
            .create_runner(command)?
            .sync_run(|config| command.run::<Block>(&config)),
        Some(Command::ProvingProcess(process)) => process.run(),
        None => run_node(&cli),
    }
}

fn run_node(cli: &Cli) -> sc_cli::Result<()> {
    let roles = cli.roles.clone();
    cli.create_runner(&cli.run)?
        .run_node_until_exit(|mut config| async move {
            let live = !matches!(
                config.chain_spec.chain_type(),
                ChainType::Development | ChainType::Local
            );
            let roles = Roles::new(roles, live && config.role.is_authority());
            roles
                .check(config.offchain_worker.enabled)
                .map_err(sc_cli::Error::Input)?;
            endpoints::require_rpc_address(&mut config).map_err(sc_cli::Error::Input)?;
            endpoints::limit_strangers(&mut config);
            // Proofs that the runtime accepts are kept for settlement and for whoever asks over
            // RPC. So are the nodes of the Merkle mountain range, which every validator needs to
            // report who signs a fork.
            config.offchain_worker.indexing_enabled = true;
            let started = match config.network.network_backend {
                NetworkBackendType::Libp2p => {
                    service::new_full::<sc_network::NetworkWorker<Block, Hash>>(config, roles).await
                }
                NetworkBackendType::Litep2p => {
                    service::new_full::<sc_network::Litep2pNetworkBackend>(config, roles).await
                }
            };
            started.map_err(sc_cli::Error::Service)
        })
}
