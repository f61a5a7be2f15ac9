//! `fusion`: registers apps, sends messages, and shows where they, their state and their
//! settlements stand.

mod args;
mod commands;
mod output;

use args::{Args, Command};
use clap::Parser;
use output::Output;
use std::process::ExitCode;
use zkfusion_cli::error::CliError;

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
