//! Accounts and signers on the command line.

use sp_core::crypto::{AccountId32, Ss58AddressFormat, Ss58Codec};
use std::{fmt, str::FromStr};
use subxt_signer::{sr25519::Keypair, SecretUri};
use zkfusion_primitives::ids::SS58_PREFIX;
use zkfusion_prover::payload::parse_account;

/// A secret URI that signs, such as `//Alice`. Never shown.
#[derive(Clone)]
pub struct Signer(pub Keypair);

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", address(self.0.public_key().0))
    }
}

impl FromStr for Signer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The text may be a secret: no error repeats it.
        let wrong = || "not a secret URI: write //Alice, or a seed phrase with an optional //path".to_owned();
        let uri = SecretUri::from_str(text).map_err(|_| wrong())?;
        Keypair::from_uri(&uri).map(Self).map_err(|_| wrong())
    }
}

/// An account to be named: an SS58 address, `0x` and 64 digits, or `//Name` of a development chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountArg(pub [u8; 32]);

impl FromStr for AccountArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(account) = parse_account(text) {
            return Ok(Self(account));
        }
        if text.starts_with("//") {
            return text.parse::<Signer>().map(|signer| Self(signer.0.public_key().0));
        }
        // Any network's address: the key is the same.
        AccountId32::from_ss58check_with_version(text)
            .map(|(account, _)| Self(account.into()))
            .map_err(|_| {
                "not an account: write an SS58 address, 0x and 64 hexadecimal digits, or //Alice".into()
            })
    }
}

/// Returns the SS58 address of an account on this network.
pub fn address(account: [u8; 32]) -> String {
    AccountId32::new(account).to_ss58check_with_version(Ss58AddressFormat::custom(SS58_PREFIX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

    #[test]
    fn addresses_of_all_networks_are_taken_and_those_of_this_one_are_shown() {
        let bob = BOB.parse::<AccountArg>().unwrap();
        assert_eq!(bob, "//Bob".parse().unwrap());
        let ours = address(bob.0);
        assert_ne!(ours, BOB);
        assert_eq!(ours.parse(), Ok(bob));
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_an_account(text in "(//|0x|5)?[0-9A-Za-z/ -]{0,70}|\\PC{0,50}") {
            match text.parse::<AccountArg>() {
                Ok(account) => prop_assert_eq!(address(account.0).parse(), Ok(account)),
                Err(error) => prop_assert!(!error.is_empty()),
            }
            if let Err(error) = text.parse::<Signer>() {
                prop_assert!(!error.is_empty());
            }
        }

        #[test]
        fn an_address_with_another_character_is_refused(place in 0..BOB.len(), other in "[1-9A-HJ-NP-Za-km-z]") {
            let mut address = BOB.to_owned();
            address.replace_range(place..=place, &other);
            prop_assert_eq!(address.parse::<AccountArg>().is_ok(), address == BOB);
        }
    }
}
