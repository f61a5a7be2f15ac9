//! The zkFusion appchain node.

mod banner;
mod chain_spec;
mod cli;
mod command;
mod roles;
mod rpc;
mod service;
mod vrf;

fn main() -> sc_cli::Result<()> {
    command::run()
}
