//! `fusion`: registers apps, sends messages, and shows where they, their state and their settlements stand.

mod account;
mod args;
mod chain;
mod commands;
mod error;
mod ethereum;
mod output;

use args::{Args, Command};
use clap::Parser;
use error::CliError;
use output::Output;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let output = Output::new(args.json);
    match run(args.command, &output).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.error(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command, output: &Output) -> Result<(), CliError> {
    match command {
        Command::App(command) => commands::app::run(command, output).await,
        Command::Message(command) => commands::message::run(command, output).await,
        Command::Settlement(command) => commands::settlement::run(command, output).await,
    }
}
