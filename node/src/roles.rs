//! The off-chain roles that a node can have in addition to validating: proving batches, and
//! relaying proofs to Ethereum.

use clap::Args;
use std::{fmt, net::IpAddr, path::PathBuf, str::FromStr};
use zkfusion_offchain::url::Shown;

/// The command line of the roles.
#[derive(Debug, Clone, Args)]
pub(crate) struct RoleArgs {
    /// The prover of this node's batches: `off`, `embedded` (a service inside the node) or the URL
    /// of a `fusion-prover` daemon. By default it is embedded, but off on a validator of a network
    /// of type Live: proving takes the memory and processors that a validator needs.
    #[arg(long, value_name = "off|embedded|URL")]
    pub(crate) prover: Option<Prover>,

    /// File with the token of the daemon at --prover URL: `token` in its data folder. By default
    /// that of a daemon with default settings, if the URL is of this machine.
    #[arg(long, value_name = "FILE", requires = "prover")]
    pub(crate) prover_token_file: Option<PathBuf>,

    /// Loopback port of the embedded prover's HTTP API; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) prover_port: u16,

    /// Settle proved batches on Ethereum. The settlements are proved by the same prover.
    #[arg(long, requires_all = ["l1_rpc", "settlement", "order", "verifier"])]
    pub(crate) relayer: bool,

    /// JSON-RPC endpoint of Ethereum.
    #[arg(long, value_name = "URL", requires = "relayer")]
    pub(crate) l1_rpc: Option<HttpUrl>,

    /// Id of the Ethereum chain: nothing is signed for another. Left out, it is the chain on which
    /// the contracts are seen first.
    #[arg(long, value_name = "ID", requires = "relayer")]
    pub(crate) l1_chain_id: Option<u64>,

    /// The most that is paid for a unit of gas on Ethereum, tip included, in gwei. At most a tenth
    /// of it, and 50 gwei, is tip.
    #[arg(long, value_name = "GWEI", requires = "relayer", default_value_t = 500,
          value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) l1_max_fee: u64,

    /// Address of the Settlement contract.
    #[arg(long, value_name = "ADDRESS", requires = "relayer")]
    pub(crate) settlement: Option<EthereumAddress>,

    /// Address of the BeefyOrder contract, the appchain's light client.
    #[arg(long, value_name = "ADDRESS", requires = "relayer")]
    pub(crate) order: Option<EthereumAddress>,

    /// Address of the SettlementProofVerifier contract.
    #[arg(long, value_name = "ADDRESS", requires = "relayer")]
    pub(crate) verifier: Option<EthereumAddress>,

    /// Who may upgrade the apps on Ethereum, with a notice of 45 days; nobody when left out. The
    /// choice is a part of an app's key there: another upgrader is another app.
    #[arg(long, value_name = "ADDRESS", requires = "relayer")]
    pub(crate) upgrader: Option<EthereumAddress>,
}

/// The roles of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Roles {
    /// The prover of batches and settlements.
    pub(crate) prover: Prover,
    /// File with the token of a daemon, if it was given.
    pub(crate) prover_token_file: Option<PathBuf>,
    /// Port of the embedded prover's API; 0 for a free one.
    pub(crate) prover_port: u16,
    /// Where to settle them, if this node does.
    pub(crate) relayer: Option<Relayer>,
}

/// The prover of this node's batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Prover {
    /// Nobody: this node leaves batches to others.
    Off,
    /// A service inside the node.
    Embedded,
    /// A `fusion-prover` daemon.
    Remote(HttpUrl),
}

/// Where settlements go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Relayer {
    /// JSON-RPC endpoint of Ethereum.
    pub(crate) l1_rpc: HttpUrl,
    /// Id of the Ethereum chain, if it was given.
    pub(crate) l1_chain_id: Option<u64>,
    /// The most that is paid for a unit of gas, in gwei.
    pub(crate) l1_max_fee: u64,
    /// Address of the Settlement contract.
    pub(crate) settlement: EthereumAddress,
    /// Address of the BeefyOrder contract.
    pub(crate) order: EthereumAddress,
    /// Address of the SettlementProofVerifier contract.
    pub(crate) verifier: EthereumAddress,
    /// Who may upgrade the apps, if anybody may.
    pub(crate) upgrader: Option<EthereumAddress>,
}

impl Roles {
    /// Returns the roles of a node that is a validator of a network of type Live, or is not.
    pub(crate) fn new(args: RoleArgs, live_validator: bool) -> Self {
        let contracts = args.settlement.zip(args.order).zip(args.verifier);
        let relayer = args
            .l1_rpc
            .zip(contracts)
            .map(|(l1_rpc, ((settlement, order), verifier))| Relayer {
                l1_rpc,
                l1_chain_id: args.l1_chain_id,
                l1_max_fee: args.l1_max_fee,
                settlement,
                order,
                verifier,
                upgrader: args.upgrader,
            });
        let default = match live_validator {
            true => Prover::Off,
            false => Prover::Embedded,
        };
        Self {
            prover: args.prover.unwrap_or(default),
            prover_token_file: args.prover_token_file,
            prover_port: args.prover_port,
            relayer,
        }
    }

    /// Returns whether the node works for apps at all.
    pub(crate) fn any(&self) -> bool {
        self.prover != Prover::Off || self.relayer.is_some()
    }

    /// Checks that the roles can do their work together and with the offchain worker on or off.
    ///
    /// # Errors
    ///
    /// What is missing, and which flag supplies it.
    pub(crate) fn check(&self, offchain_worker: bool) -> Result<(), String> {
        if self.relayer.is_some() && self.prover == Prover::Off {
            return Err(
                "a relayer has its settlements proved: start it with --prover embedded or --prover URL"
                    .into(),
            );
        }
        if self.prover_token_file.is_some() {
            match &self.prover {
                Prover::Remote(url) if url.has_user() => return Err(
                    "the URL of --prover has a token already: leave out --prover-token-file, or the user in \
                         the URL"
                        .into(),
                ),
                Prover::Remote(_) => {}
                Prover::Off | Prover::Embedded => {
                    return Err("--prover-token-file is for a daemon: name it with --prover URL".into())
                }
            }
        }
        if self.any() && !offchain_worker {
            return Err("prover and relayer are offchain workers: leave out --offchain-worker never, or add --prover off and \
                        leave out --relayer"
                .into());
        }
        Ok(())
    }
}

impl FromStr for Prover {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "off" => Ok(Self::Off),
            "embedded" => Ok(Self::Embedded),
            url => url
                .parse()
                .map(Self::Remote)
                .map_err(|_| "expected `off`, `embedded` or an http(s) URL".into()),
        }
    }
}

impl fmt::Display for Prover {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Off => formatter.write_str("off"),
            Self::Embedded => formatter.write_str("embedded"),
            Self::Remote(url) => url.fmt(formatter),
        }
    }
}

impl fmt::Display for Relayer {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        // Providers put keys into addresses.
        write!(
            formatter,
            "{} through {}",
            self.settlement,
            Shown(self.l1_rpc.as_str())
        )
    }
}

/// An `http://` or `https://` URL with a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HttpUrl(String);

impl HttpUrl {
    /// Returns the URL.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns scheme, user with its password, and host with its port.
    fn parts(&self) -> (&str, Option<&str>, &str) {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("", &self.0));
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        match authority.rsplit_once('@') {
            Some((user, host)) => (scheme, Some(user), host),
            None => (scheme, None, authority),
        }
    }

    /// Returns whether the URL says who asks: `http://user:password@host`.
    pub(crate) fn has_user(&self) -> bool {
        self.parts().1.is_some()
    }

    /// Returns whether the host is this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let (_, _, host) = self.parts();
        let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((v6, _)) => v6,
            None => host.split_once(':').map_or(host, |(name, _)| name),
        };
        name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
    }

    /// Returns the URL, which has no user, with one.
    pub(crate) fn with_user(&self, user: &str, password: &str) -> String {
        let (scheme, _, _) = self.parts();
        let rest = &self.0[scheme.len() + "://".len()..];
        format!("{scheme}://{user}:{password}@{rest}")
    }
}

impl FromStr for HttpUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text
            .strip_prefix("http://")
            .or_else(|| text.strip_prefix("https://"));
        match rest.and_then(|rest| rest.split('/').next()) {
            Some(host) if !host.is_empty() && !text.contains(char::is_whitespace) => Ok(Self(text.into())),
            _ => Err("expected a URL that begins with http:// or https://".into()),
        }
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A 20-byte Ethereum address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EthereumAddress(pub(crate) [u8; 20]);

impl FromStr for EthereumAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || "expected 0x and 40 hexadecimal digits".to_string();
        let digits = text.strip_prefix("0x").ok_or_else(error)?;
        let mut address = [0; 20];
        hex::decode_to_slice(digits, &mut address).map_err(|_| error())?;
        Ok(Self(address))
    }
}

impl fmt::Display for EthereumAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use sc_cli::SubstrateCli;

    const ADDRESS: &str = "0x5fbdb2315678afecb367f032d93f642f64180aa3";

    /// What a relayer needs to be told, each flag with its value.
    const RELAYER: [(&str, &str); 4] = [
        ("--l1-rpc", "http://127.0.0.1:8545"),
        ("--settlement", ADDRESS),
        ("--order", ADDRESS),
        ("--verifier", ADDRESS),
    ];

    /// Returns the arguments of a relayer, without this flag.
    fn relayer_without(left_out: &str) -> Vec<&'static str> {
        let given = RELAYER.iter().filter(|(flag, _)| *flag != left_out);
        let given = given.flat_map(|(flag, value)| [*flag, *value]);
        ["--relayer"].into_iter().chain(given).collect()
    }

    fn roles(arguments: &[&str]) -> Option<Roles> {
        let arguments = ["zkfusion-node"].iter().chain(arguments);
        let cli = Cli::try_from_iter(arguments).ok();
        cli.map(|cli| Roles::new(cli.roles, false))
    }

    #[test]
    fn validator_of_a_live_network_should_not_prove_when_nothing_is_said() {
        let prover = |arguments: &[&str]| {
            let arguments = ["zkfusion-node"].iter().chain(arguments);
            let cli = Cli::try_from_iter(arguments).expect("the arguments are known");
            Roles::new(cli.roles, true).prover
        };
        assert_eq!(prover(&[]), Prover::Off);
        assert_eq!(prover(&["--prover", "embedded"]), Prover::Embedded);
    }

    #[test]
    fn node_should_prove_and_not_relay_when_nothing_is_said() {
        assert_eq!(
            roles(&["--dev"]),
            Some(Roles {
                prover: Prover::Embedded,
                prover_token_file: None,
                prover_port: 0,
                relayer: None
            })
        );
    }

    #[test]
    fn roles_should_be_refused_when_something_they_need_is_off() {
        let relayer = relayer_without("");
        let check = |more: &[&str], worker| {
            let arguments: Vec<_> = relayer.iter().chain(more).copied().collect();
            roles(&arguments).map(|roles| roles.check(worker))
        };
        assert_eq!(check(&[], true), Some(Ok(())));
        let refused = |checked: Option<Result<(), String>>, flag: &str| {
            checked
                .and_then(Result::err)
                .is_some_and(|error| error.contains(flag))
        };
        assert!(refused(check(&["--prover", "off"], true), "--prover embedded"));
        assert!(refused(check(&[], false), "--offchain-worker"));
        assert_eq!(
            roles(&["--prover", "off"]).map(|roles| roles.check(false)),
            Some(Ok(()))
        );
    }

    #[test]
    fn token_file_should_be_refused_when_no_prover_can_use_it() {
        let check = |prover: &str| {
            let roles = roles(&["--prover", prover, "--prover-token-file", "token"]);
            roles.map(|roles| roles.check(true).is_ok())
        };
        assert_eq!(check("http://127.0.0.1:9955"), Some(true));
        for prover in ["off", "embedded", "http://node:secret@127.0.0.1:9955"] {
            assert_eq!(check(prover), Some(false), "{prover}");
        }
        assert_eq!(roles(&["--prover-token-file", "token"]), None);
    }

    #[test]
    fn user_should_be_put_before_the_host() {
        let url = |text: &str| text.parse::<HttpUrl>().expect("it is a URL");
        for (plain, with_user) in [
            ("http://127.0.0.1:9955", "http://node:a1@127.0.0.1:9955"),
            ("https://prover.example/api", "https://node:a1@prover.example/api"),
        ] {
            assert!(!url(plain).has_user());
            assert_eq!(url(plain).with_user("node", "a1"), with_user);
            assert!(url(with_user).has_user());
        }
        assert!(!url("http://host/path@2").has_user());
    }

    #[test]
    fn host_should_be_this_machine_when_it_is_on_loopback() {
        let loopback = |text: &str| text.parse::<HttpUrl>().is_ok_and(|url| url.is_loopback());
        for here in [
            "http://127.0.0.1:9955",
            "http://localhost/",
            "https://[::1]:9955",
            "http://a:b@127.0.0.2",
        ] {
            assert!(loopback(here), "{here}");
        }
        for elsewhere in [
            "http://10.0.0.1:9955",
            "http://127.0.0.1.example",
            "http://localhost.example",
            "http://127.0.0.1:80@example",
            "http://example?@127.0.0.1",
            "http://example#@127.0.0.1",
        ] {
            assert!(!loopback(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn prover_should_be_read_from_the_command_line() {
        let prover = |text| roles(&["--prover", text]).map(|roles| roles.prover.to_string());
        for accepted in [
            "off",
            "embedded",
            "http://127.0.0.1:9988",
            "https://prover.example/api",
        ] {
            assert_eq!(prover(accepted).as_deref(), Some(accepted));
        }
        for refused in [
            "",
            "on",
            "127.0.0.1:9988",
            "http://",
            "http:///path",
            "ftp://host",
            "http://a b",
        ] {
            assert_eq!(prover(refused), None, "{refused}");
        }
    }

    #[test]
    fn relayer_should_need_an_endpoint_and_contracts() {
        let relayer = roles(&relayer_without("")).and_then(|roles| roles.relayer);
        let (_, url) = RELAYER[0];
        assert_eq!(
            relayer.as_ref().map(ToString::to_string),
            Some(format!("{ADDRESS} through {url}"))
        );
        assert!(relayer.is_some_and(|relayer| {
            (relayer.upgrader, relayer.l1_chain_id, relayer.l1_max_fee) == (None, None, 500)
        }));
        for (flag, _) in RELAYER {
            assert_eq!(roles(&relayer_without(flag)), None, "without {flag}");
        }
        assert_eq!(roles(&relayer_without("")[1..]), None, "without --relayer");
        let mut arguments = relayer_without("");
        arguments.extend(["--upgrader", ADDRESS]);
        let relayer = roles(&arguments).and_then(|roles| roles.relayer);
        assert!(relayer.is_some_and(|relayer| relayer.upgrader.is_some()));
    }

    #[test]
    fn secrets_of_the_endpoint_should_not_be_shown() {
        let mut arguments = relayer_without("--l1-rpc");
        arguments.extend(["--l1-rpc", "https://user:secret@eth.example/v3/secret"]);
        let relayer = roles(&arguments).and_then(|roles| roles.relayer);
        assert_eq!(
            relayer.map(|relayer| relayer.to_string()),
            Some(format!("{ADDRESS} through https://eth.example/..."))
        );
    }

    #[test]
    fn address_should_be_refused_when_malformed() {
        for refused in [
            "",
            "0x",
            &ADDRESS[2..],
            &ADDRESS[..41],
            "0x5fbdb2315678afecb367f032d93f642f64180aaé",
        ] {
            assert!(refused.parse::<EthereumAddress>().is_err(), "{refused}");
        }
        assert!(format!("0x+{}", &ADDRESS[3..])
            .parse::<EthereumAddress>()
            .is_err());
    }
}
