//! The zkFusion appchain node.

mod banner;
mod chain_spec;
mod cli;
mod client;
mod command;
mod endpoints;
mod equivocation;
mod keys;
mod mountain_range;
mod partial;
mod prover;
mod roles;
mod rpc;
mod running;
mod service;
mod settings;
mod setup;
mod testnet;

fn main() -> sc_cli::Result<()> {
    command::run()
}
