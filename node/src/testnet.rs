//! Specifications of networks that are not for development, made from public keys alone.

use clap::Args;
use codec::DecodeAll;
use sc_network::config::MultiaddrWithPeerId;
use sc_service::ChainType;
use sp_consensus_beefy::ecdsa_crypto::AuthorityId as BeefyId;
use sp_core::{
    crypto::{
        default_ss58_version, get_public_from_string_or_panic, set_default_ss58_version,
        Ss58AddressFormatRegistry, Ss58Codec,
    },
    ed25519, sr25519,
};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use std::{path::PathBuf, str::FromStr};
use zkfusion_halo2::srs::SrsKind;
use zkfusion_runtime::{
    constants::UNIT,
    genesis::{patch, Parameters, Validator, BOND},
    AccountId, Balance, SessionKeys,
};

use crate::chain_spec::{self, ChainSpec};

/// Makes the specification of a network of type Live. All keys are public ones; those of
/// development accounts are refused.
///
/// Each validator makes its session keys on its own node (`author_rotateKeys`) and sends the public
/// ones. The proof system is that of the imported ceremony file (`fusion-prover setup import`).
///
/// Example, one validator (use four or more): zkfusion-node build-testnet-spec --name "My Testnet"
/// --id my-testnet --validator 5F...=0x... --council 5G... --endow 5F...=200000 --output spec.json
#[derive(Debug, Args)]
pub(crate) struct BuildTestnetSpec {
    /// The network's name.
    #[arg(long)]
    name: String,

    /// The network's id, which names its data folder.
    #[arg(long)]
    id: String,

    /// A validator: its stash account and its session keys as `author_rotateKeys` returns them.
    #[arg(long = "validator", value_name = "ACCOUNT=0xKEYS", required = true)]
    validators: Vec<ValidatorArg>,

    /// A member of the council.
    #[arg(long = "council", value_name = "ACCOUNT", required = true)]
    council: Vec<AccountArg>,

    /// What an account has at the genesis, in FUS. A validator needs its bond, 100,000 FUS, and
    /// some for fees.
    #[arg(long = "endow", value_name = "ACCOUNT=FUS")]
    endowments: Vec<Endowment>,

    /// Where new nodes find others.
    #[arg(long = "bootnode", value_name = "MULTIADDRESS")]
    bootnodes: Vec<MultiaddrWithPeerId>,

    /// The length of a session, in slots of three seconds.
    #[arg(long, default_value_t = 4_800, value_parser = clap::value_parser!(u32).range(1..))]
    session_slots: u32,

    /// The length of an era, in sessions.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..))]
    era_sessions: u32,

    /// The time between a decision of the council and a call as root, in blocks; by default two
    /// weeks.
    #[arg(long, default_value_t = 403_200)]
    notice: u32,

    /// Where to write the specification; by default to the standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl BuildTestnetSpec {
    /// Makes and writes the specification.
    ///
    /// # Errors
    ///
    /// A development key, a validator without its bond, a missing ceremony file, or why the file
    /// cannot be written.
    pub(crate) fn run(&self) -> Result<(), String> {
        let spec = self.spec(SrsKind::Ceremony)?;
        let json = spec.as_json(false)?;
        match &self.output {
            Some(path) => std::fs::write(path, json).map_err(|error| format!("{}: {error}", path.display())),
            None => {
                println!("{json}");
                Ok(())
            }
        }
    }

    fn spec(&self, setup: SrsKind) -> Result<ChainSpec, String> {
        let parameters = self.parameters()?;
        let genesis = with_generic_addresses(|| patch(parameters));
        Ok(chain_spec::builder(&self.name, &self.id, ChainType::Live)?
            .with_genesis_config_patch(merged(genesis, chain_spec::proof_system(setup)?))
            .with_boot_nodes(self.bootnodes.clone())
            .build())
    }

    fn parameters(&self) -> Result<Parameters, String> {
        let balances: Vec<(AccountId, Balance)> = self
            .endowments
            .iter()
            .map(|it| (it.account.0.clone(), it.amount))
            .collect();
        for (account, _) in &balances {
            refuse_development_account("--endow", account)?;
        }
        for AccountArg(account) in &self.council {
            refuse_development_account("--council", account)?;
        }
        for ValidatorArg { stash, keys } in &self.validators {
            refuse_development_account("--validator", &stash.0)?;
            refuse_development_keys(stash, keys)?;
            let has = balances
                .iter()
                .filter(|(account, _)| *account == stash.0)
                .map(|(_, balance)| balance)
                .sum::<Balance>();
            if has <= BOND {
                return Err(format!(
                    "validator {} has {} FUS and bonds {}: add --endow {}=AMOUNT",
                    stash.ss58(),
                    has / UNIT,
                    BOND / UNIT,
                    stash.ss58()
                ));
            }
        }
        let validators = self.validators.iter().map(|it| Validator {
            stash: it.stash.0.clone(),
            keys: it.keys.clone(),
        });
        Ok(Parameters {
            validators: validators.collect(),
            balances,
            council: self.council.iter().map(|it| it.0.clone()).collect(),
            notice: self.notice,
            session_slots: self.session_slots,
            era_sessions: self.era_sessions,
        })
    }
}

/// Calls `write` while addresses are written in Substrate's generic format. A runtime that reads
/// its genesis does not know the chain's own prefix, and refuses addresses with it.
fn with_generic_addresses<T>(write: impl FnOnce() -> T) -> T {
    let own = default_ss58_version();
    set_default_ss58_version(Ss58AddressFormatRegistry::SubstrateAccount.into());
    let written = write();
    set_default_ss58_version(own);
    written
}

/// Returns two patches of a genesis as one.
fn merged(mut patch: serde_json::Value, other: serde_json::Value) -> serde_json::Value {
    if let (Some(patch), serde_json::Value::Object(other)) = (patch.as_object_mut(), other) {
        patch.extend(other);
    }
    patch
}

/// Derivations of the phrase that everybody knows, as development chains use them.
fn development_accounts() -> impl Iterator<Item = (String, AccountId)> {
    let sr25519 = Sr25519Keyring::iter().map(|it| (format!("//{it}"), it.to_account_id()));
    let ed25519 = Ed25519Keyring::iter().map(|it| (format!("//{it}"), it.to_account_id()));
    sr25519.chain(ed25519)
}

fn refuse_development_account(flag: &str, account: &AccountId) -> Result<(), String> {
    match development_accounts().find(|(_, known)| known == account) {
        Some((name, _)) => Err(format!(
            "{flag}: {} is the development account {name}, whose secret everybody knows",
            account.to_ss58check()
        )),
        None => Ok(()),
    }
}

fn refuse_development_keys(stash: &AccountArg, keys: &SessionKeys) -> Result<(), String> {
    let raw: [&[u8]; 4] = [
        keys.babe.as_ref(),
        keys.grandpa.as_ref(),
        keys.beefy.as_ref(),
        keys.authority_discovery.as_ref(),
    ];
    for keyring in Sr25519Keyring::iter() {
        let name = keyring.to_string();
        let sr25519: sr25519::Public = keyring.public();
        let ed25519 = get_public_from_string_or_panic::<ed25519::Public>(&name);
        let ecdsa = get_public_from_string_or_panic::<BeefyId>(&name);
        let known: [&[u8]; 3] = [sr25519.as_ref(), ed25519.as_ref(), ecdsa.as_ref()];
        if raw.iter().any(|key| known.contains(key)) {
            return Err(format!(
                "validator {} has a session key of the development account //{name}, whose secret everybody knows",
                stash.ss58()
            ));
        }
    }
    Ok(())
}

/// An account, by its address.
#[derive(Clone, Debug, PartialEq, Eq)]
struct AccountArg(AccountId);

impl AccountArg {
    fn ss58(&self) -> String {
        self.0.to_ss58check()
    }
}

impl FromStr for AccountArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let account = AccountId::from_ss58check_with_version(text);
        let (account, _) = account.map_err(|error| format!("{text:?} is not an address: {error}"))?;
        Ok(Self(account))
    }
}

/// A validator of the genesis.
#[derive(Clone, Debug)]
struct ValidatorArg {
    stash: AccountArg,
    keys: SessionKeys,
}

impl FromStr for ValidatorArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (stash, keys) = text
            .split_once('=')
            .ok_or("write ACCOUNT=0xKEYS, with the keys that author_rotateKeys returned")?;
        let bytes = hex::decode(keys.trim_start_matches("0x"))
            .map_err(|error| format!("the session keys are not in hexadecimal: {error}"))?;
        let keys = SessionKeys::decode_all(&mut &bytes[..]).map_err(|_| {
            format!(
                "{} bytes are not the four session keys (babe, grandpa, beefy, authority discovery: 129 bytes)",
                bytes.len()
            )
        })?;
        Ok(Self {
            stash: stash.parse()?,
            keys,
        })
    }
}

/// What an account has at the genesis.
#[derive(Clone, Debug)]
struct Endowment {
    account: AccountArg,
    amount: Balance,
}

impl FromStr for Endowment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (account, amount) = text.split_once('=').ok_or("write ACCOUNT=FUS")?;
        let tokens: u64 = amount
            .parse()
            .map_err(|error| format!("{amount:?} is not a whole number of FUS: {error}"))?;
        Ok(Self {
            account: account.parse()?,
            amount: Balance::from(tokens).saturating_mul(UNIT),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::Encode;
    use sp_core::{crypto::Ss58AddressFormat, ecdsa, Pair};
    use zkfusion_primitives::ids::SS58_PREFIX;

    /// Returns keys that only the test knows.
    fn session_keys(seed: u8) -> SessionKeys {
        SessionKeys {
            babe: sr25519::Pair::from_seed(&[seed; 32]).public().into(),
            grandpa: ed25519::Pair::from_seed(&[seed; 32]).public().into(),
            beefy: ecdsa::Pair::from_seed(&[seed; 32]).public().into(),
            authority_discovery: sr25519::Pair::from_seed(&[seed + 1; 32]).public().into(),
        }
    }

    fn account(seed: u8) -> AccountId {
        sr25519::Pair::from_seed(&[seed; 32]).public().into()
    }

    fn command() -> BuildTestnetSpec {
        let stash = AccountArg(account(1));
        BuildTestnetSpec {
            name: "Test".into(),
            id: "test".into(),
            validators: vec![ValidatorArg {
                stash: stash.clone(),
                keys: session_keys(2),
            }],
            council: vec![AccountArg(account(4))],
            endowments: vec![Endowment {
                account: stash,
                amount: 2 * BOND,
            }],
            bootnodes: vec![],
            session_slots: 10,
            era_sessions: 2,
            notice: 100,
            output: None,
        }
    }

    fn refusal(change: impl FnOnce(&mut BuildTestnetSpec)) -> String {
        let mut command = command();
        change(&mut command);
        match command.parameters() {
            Ok(_) => panic!("it is not refused"),
            Err(error) => error,
        }
    }

    #[test]
    fn parameters_should_be_taken_over() {
        let parameters = command().parameters().expect("everything is in order");
        assert_eq!(parameters.validators.len(), 1);
        assert_eq!(
            (
                parameters.session_slots,
                parameters.era_sessions,
                parameters.notice
            ),
            (10, 2, 100)
        );
    }

    #[test]
    fn development_keys_should_be_refused_wherever_they_are() {
        let alice = || AccountArg(Sr25519Keyring::Alice.to_account_id());
        let refusals = [
            refusal(|it| it.council.push(alice())),
            refusal(|it| it.validators[0].stash = alice()),
            refusal(|it| it.endowments[0].account = alice()),
            refusal(|it| it.validators[0].keys.babe = Sr25519Keyring::Bob.public().into()),
            refusal(|it| it.validators[0].keys.grandpa = Ed25519Keyring::Dave.public().into()),
            refusal(|it| it.validators[0].keys.beefy = get_public_from_string_or_panic::<BeefyId>("Eve")),
            refusal(|it| it.validators[0].keys.authority_discovery = Sr25519Keyring::Ferdie.public().into()),
        ];
        for refusal in refusals {
            assert!(refusal.contains("whose secret everybody knows"), "{refusal}");
        }
    }

    #[test]
    fn validator_without_its_bond_should_be_refused() {
        let refusal = refusal(|it| it.endowments[0].amount = BOND);
        assert!(refusal.contains("--endow"), "{refusal}");
    }

    #[test]
    fn genesis_should_have_generic_addresses_when_the_chain_has_a_prefix() {
        set_default_ss58_version(Ss58AddressFormat::custom(SS58_PREFIX));
        let parameters = command().parameters().expect("everything is in order");
        let genesis = with_generic_addresses(|| patch(parameters));
        let generic = Ss58AddressFormatRegistry::SubstrateAccount.into();
        let address = account(4).to_ss58check_with_version(generic);
        assert_eq!(genesis["council"]["members"][0], address);
        assert_eq!(default_ss58_version(), Ss58AddressFormat::custom(SS58_PREFIX));
    }

    #[test]
    fn arguments_should_be_read_as_they_are_printed() {
        let keys = session_keys(7);
        let text = format!("{}=0x{}", account(3).to_ss58check(), hex::encode(keys.encode()));
        let argument: ValidatorArg = text.parse().expect("it is well-formed");
        assert_eq!((argument.stash.0, argument.keys), (account(3), keys));
        for wrong in ["", "x", "x=0x00", &text[..text.len() - 2], &text.replace('=', "")] {
            assert!(wrong.parse::<ValidatorArg>().is_err(), "{wrong}");
        }
        assert!("x=5".parse::<Endowment>().is_err());
    }
}
