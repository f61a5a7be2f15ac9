//! The command line.

use alloy::primitives::Address;
use clap::{Args as ClapArgs, Parser, Subcommand};
use std::{path::PathBuf, time::Duration};
use zkfusion_cli::{
    account::{AccountArg, Signer},
    amount::Amount,
};
use zkfusion_primitives::cost::DEFAULT_FUEL_LIMIT;

/// Registers apps on a zkFusion chain, sends them messages, and shows where everything stands.
///
/// Answers go to standard output, progress and errors to standard error. The exit code is 0 exactly
/// when what was asked for was done.
#[derive(Debug, Parser)]
#[command(name = "fusion", version, propagate_version = true, max_term_width = 110)]
pub(crate) struct Args {
    /// Answers in JSON, one document; errors too.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Apps: register them, send them messages, look at them.
    #[command(subcommand)]
    App(AppCommand),
    /// Messages.
    #[command(subcommand)]
    Message(MessageCommand),
    /// Settlements on Ethereum.
    #[command(subcommand)]
    Settlement(SettlementCommand),
}

/// How to reach the chain.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Node {
    /// WebSocket URL of a node.
    #[arg(
        long = "node",
        env = "FUSION_NODE",
        default_value = "ws://127.0.0.1:9944",
        value_name = "URL"
    )]
    pub(crate) url: String,
}

/// Whether and how long to wait.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Wait {
    /// Waits until the outcome is known.
    #[arg(long)]
    pub(crate) wait: bool,
    /// Gives up waiting after so many seconds. What was sent stays sent.
    #[arg(long, default_value = "900", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Duration,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AppCommand {
    /// Registers an app: compiles its program, makes the program's keys, and sends both to the
    /// chain.
    ///
    /// The first keys of a program take minutes; they are kept in the cache folder.
    ///
    /// Example: fusion app register --wasm ~/.cache/zkfusion/guests/token.wasm --as //Alice
    Register {
        /// The program, a WebAssembly module.
        #[arg(long, value_name = "FILE")]
        wasm: PathBuf,
        /// The exported function that a message begins with; by default zkmain.
        #[arg(long, value_name = "EXPORT")]
        entry: Option<String>,
        /// The account for which the app is registered; the signer's if left out.
        #[arg(long, value_name = "ACCOUNT")]
        owner: Option<AccountArg>,
        /// Who signs; for now it must be a member of the chain's council.
        #[arg(
            long = "as",
            env = "FUSION_SIGNER",
            hide_env_values = true,
            value_name = "SECRET_URI"
        )]
        signer: Signer,
        /// Where keys and trusted setup are kept; by default $ZKFUSION_CACHE or ~/.cache/zkfusion.
        #[arg(long, value_name = "FOLDER")]
        cache: Option<PathBuf>,
        #[command(flatten)]
        node: Node,
    },
    /// Sends a message to an app.
    ///
    /// The payload is made of items, one after another: u64:5, u32:5, u16:5, u8:5 (little-endian),
    /// account:NAME (32 bytes), str:TEXT, 0xHEX.
    ///
    /// Example, a transfer of the token app: fusion app submit 0 u64:2 account://Bob u64:100 --as
    /// //Alice --wait
    Submit {
        /// The app's id.
        app: u32,
        /// The payload's items.
        payload: Vec<String>,
        /// Fuel that the message may use; beyond it, it fails. One unit is about one VM step;
        /// reading a leaf of the state takes 236, writing one 440.
        #[arg(long, default_value_t = DEFAULT_FUEL_LIMIT, value_name = "UNITS")]
        fuel: u64,
        /// The most to pay for this fuel, in whole tokens and parts: 0.05. What the message does
        /// not use comes back when it is proved. By default, twice what it costs now: the price
        /// rises with what waits at the app.
        #[arg(long, value_name = "FUS")]
        max_fee: Option<Amount>,
        /// Who signs: //Alice, or any secret URI. Prefer the environment variable for real secrets.
        #[arg(
            long = "as",
            env = "FUSION_SIGNER",
            hide_env_values = true,
            value_name = "SECRET_URI"
        )]
        signer: Signer,
        #[command(flatten)]
        wait: Wait,
        #[command(flatten)]
        node: Node,
    },
    /// Shows an app, or all apps.
    Show {
        /// The app's id; all apps when left out.
        app: Option<u32>,
        #[command(flatten)]
        node: Node,
    },
    /// Shows an app's state: all leaves that are not empty, or one with its proof, which is checked
    /// here.
    State {
        /// The app's id.
        app: u32,
        /// Only this leaf.
        #[arg(long, value_name = "INDEX", conflicts_with = "account")]
        leaf: Option<u32>,
        /// Only the leaf at which SDK programs keep this account.
        #[arg(long, value_name = "ACCOUNT")]
        account: Option<AccountArg>,
        #[command(flatten)]
        node: Node,
    },
    /// Shows an app's batches.
    Batches {
        /// The app's id.
        app: u32,
        /// Only the newest so many.
        #[arg(long, default_value_t = 20, value_name = "COUNT")]
        last: u64,
        #[command(flatten)]
        node: Node,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum MessageCommand {
    /// Shows where a message stands.
    Status {
        /// The app's id.
        app: u32,
        /// The message's index in the app's inbox.
        index: u64,
        #[command(flatten)]
        wait: Wait,
        #[command(flatten)]
        node: Node,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SettlementCommand {
    /// Shows the apps that are registered with a Settlement contract, and what was settled of them.
    Show {
        /// URL of an Ethereum node.
        #[arg(long, env = "FUSION_L1", value_name = "URL")]
        l1: String,
        /// Address of the Settlement contract.
        #[arg(long, env = "FUSION_SETTLEMENT", value_name = "ADDRESS")]
        contract: Address,
        /// Only this app.
        #[arg(long)]
        app: Option<u32>,
        /// Ethereum block from which to look for events; the contract's own is enough.
        #[arg(long, default_value_t = 0, value_name = "BLOCK")]
        from_block: u64,
        /// Waits until this batch of the app is settled, under the key that the app has with the
        /// order authority, the verifier and the upgrader named here: anybody can register an app's
        /// number with others.
        #[arg(long, value_name = "BATCH", requires_all = ["app", "order", "verifier"])]
        wait_for: Option<u64>,
        /// Address of the order authority with which the app is settled: the BeefyOrder contract.
        #[arg(long, env = "FUSION_ORDER", value_name = "ADDRESS")]
        order: Option<Address>,
        /// Address of the verifier that the app was registered with.
        #[arg(long, env = "FUSION_VERIFIER", value_name = "ADDRESS")]
        verifier: Option<Address>,
        /// Who may upgrade the app on Ethereum; nobody when left out.
        #[arg(long, env = "FUSION_UPGRADER", value_name = "ADDRESS")]
        upgrader: Option<Address>,
        /// Gives up waiting after so many seconds.
        #[arg(long, default_value = "1800", value_name = "SECONDS", value_parser = seconds)]
        timeout: Duration,
        #[command(flatten)]
        node: Node,
    },
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .map(Duration::from_secs)
        .map_err(|_| "a whole number of seconds is expected".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{error::ErrorKind, CommandFactory};

    const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_submission_takes_items_and_options_in_any_order() {
        let args =
            parse("fusion app submit 3 u64:2 account://Bob --as //Alice u64:7 --fuel 99 --max-fee 0.5 --wait --json")
                .unwrap();
        assert!(args.json);
        let Command::App(AppCommand::Submit {
            app,
            payload,
            fuel,
            max_fee,
            wait,
            ..
        }) = args.command
        else {
            panic!("another command");
        };
        assert_eq!((app, fuel, wait.wait), (3, 99, true));
        assert_eq!(max_fee.map(|fee| fee.in_units(12)), Some(Ok(500_000_000_000)));
        assert_eq!(payload, ["u64:2", "account://Bob", "u64:7"]);
    }

    #[test]
    fn a_registration_names_a_file_and_a_signer() {
        let line = "fusion app register --wasm token.wasm --as //Alice --owner //Bob";
        let Command::App(AppCommand::Register { wasm, owner, .. }) = parse(line).unwrap().command else {
            panic!("another command");
        };
        assert_eq!(wasm.as_os_str(), "token.wasm");
        assert_eq!(owner, Some(BOB.parse().unwrap()));
        assert_eq!(
            parse("fusion app register --as //Alice").unwrap_err().kind(),
            ErrorKind::MissingRequiredArgument
        );
    }

    #[test]
    fn the_signer_and_the_contract_must_be_well_formed() {
        let bad = [
            "fusion app submit 3 u64:2 --as not-a-phrase",
            "fusion settlement show --l1 http://127.0.0.1:8545 --contract 0x12",
            "fusion app state 0 --account nobody",
            "fusion app show minus-one",
            "fusion message status 0 1 --timeout soon",
        ];
        for line in bad {
            assert_eq!(
                parse(line).unwrap_err().kind(),
                ErrorKind::ValueValidation,
                "{line}"
            );
        }
    }

    #[test]
    fn waiting_for_a_settlement_names_the_app_and_what_it_is_settled_with() {
        let address = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
        let line = format!("fusion settlement show --l1 u --contract {address} --wait-for 2");
        assert_eq!(
            parse(&line).unwrap_err().kind(),
            ErrorKind::MissingRequiredArgument
        );
        let whole = format!("{line} --app 0 --order {address} --verifier {address}");
        assert!(parse(&whole).is_ok());
        for left_out in [
            " --app 0",
            &format!(" --order {address}"),
            &format!(" --verifier {address}"),
        ] {
            let line = whole.replace(left_out, "");
            assert_eq!(
                parse(&line).unwrap_err().kind(),
                ErrorKind::MissingRequiredArgument,
                "{line}"
            );
        }
    }

    #[test]
    fn accounts_are_names_addresses_or_bytes() {
        let bytes = format!("0x{}", hex::encode(BOB.parse::<AccountArg>().unwrap().0));
        for account in ["//Bob", "Bob", BOB, &bytes] {
            assert_eq!(account.parse::<AccountArg>().unwrap(), BOB.parse().unwrap());
        }
    }
}
