//! The command line.

use crate::{roles::RoleArgs, testnet::BuildTestnetSpec};
use clap::{Parser, Subcommand};
use sc_cli::RunCmd;

/// Everything on the command line.
#[derive(Debug, Parser)]
#[command(mut_arg("enabled", |argument| argument.default_value("always")))]
// The SDK's default, the fork-aware pool, is slow with many extrinsics and loses some: see "Load"
// in docs/status.md.
#[command(mut_arg("pool_type", |argument| argument.default_value("single-state")))]
pub(crate) struct Cli {
    /// What to do instead of running a node.
    #[command(subcommand)]
    pub(crate) subcommand: Option<Command>,

    /// How to run the node.
    #[command(flatten)]
    pub(crate) run: RunCmd,

    /// Which off-chain roles to take on.
    #[command(flatten)]
    pub(crate) roles: RoleArgs,
}

/// The commands, apart from running a node.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make and inspect keys.
    #[command(subcommand)]
    Key(sc_cli::KeySubcommand),

    /// Make the specification of a network of type Live from public keys.
    BuildTestnetSpec(BuildTestnetSpec),

    /// Write a chain specification.
    ExportChainSpec(sc_cli::ExportChainSpecCmd),

    /// Execute blocks again and compare.
    CheckBlock(sc_cli::CheckBlockCmd),

    /// Write blocks to a file.
    ExportBlocks(sc_cli::ExportBlocksCmd),

    /// Write the state of a block into a chain specification.
    ExportState(sc_cli::ExportStateCmd),

    /// Read blocks from a file.
    ImportBlocks(sc_cli::ImportBlocksCmd),

    /// Remove the whole chain.
    PurgeChain(sc_cli::PurgeChainCmd),

    /// Go back to an earlier block.
    Revert(sc_cli::RevertCmd),

    /// Show the state of the database.
    ChainInfo(sc_cli::ChainInfoCmd),

    /// Prove for the node that started this process.
    #[command(hide = true)]
    ProvingProcess(zkfusion_prover::ProvingProcess),
}
