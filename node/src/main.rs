//! The zkFusion appchain node.

mod banner;
mod chain_spec;
mod cli;
mod command;
mod keys;
mod prover;
mod roles;
mod rpc;
mod running;
mod service;
mod settings;
mod vrf;

fn main() -> sc_cli::Result<()> {
    command::run()
}
