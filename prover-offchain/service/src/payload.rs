//! Payloads as people write them: items, one after another.
//!
//! | item | bytes |
//! |---|---|
//! | `u64:5`, `u32:5`, `u16:5`, `u8:5` | the number, little-endian |
//! | `account:NAME` | an account id, 32 bytes |
//! | `str:text` | the text in UTF-8 |
//! | `0x0102` | these bytes |

use zkfusion_primitives::message::MAX_PAYLOAD;

/// Why a payload is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// The item has no form that is known.
    #[error("{0:?} is not a payload item: write u64:5, u32:5, u16:5, u8:5, account:NAME, str:TEXT or 0xHEX")]
    UnknownItem(String),
    /// The number does not fit.
    #[error("{item:?} does not fit: {type_name} goes from 0 to {max}")]
    Number {
        /// The item.
        item: String,
        /// The integer type.
        type_name: &'static str,
        /// Its largest value.
        max: u64,
    },
    /// The bytes are not hexadecimal.
    #[error("{0:?} is not hexadecimal: write pairs of digits 0-9, a-f after 0x")]
    Hex(String),
    /// The account is not known.
    #[error("{item:?}: {message}")]
    Account {
        /// The item.
        item: String,
        /// What is wrong.
        message: String,
    },
    /// The payload is too long.
    #[error("the payload has {0} bytes, at most {MAX_PAYLOAD} are allowed")]
    TooLong(usize),
}

/// Returns the payload that the items make; `account` knows the accounts.
///
/// # Errors
/// [`PayloadError`] naming the item.
pub fn parse_payload<I: AsRef<str>>(
    items: &[I],
    account: impl Fn(&str) -> Result<[u8; 32], String>,
) -> Result<Vec<u8>, PayloadError> {
    let mut payload = Vec::new();
    for item in items {
        let item = item.as_ref();
        if let Some(digits) = item.strip_prefix("0x") {
            payload.extend(hex::decode(digits).map_err(|_| PayloadError::Hex(item.into()))?);
            continue;
        }
        let (form, value) = item
            .split_once(':')
            .ok_or_else(|| PayloadError::UnknownItem(item.into()))?;
        match form {
            "u64" => payload.extend(number(item, value, "u64", u64::MAX)?.to_le_bytes()),
            "u32" => payload.extend(&number(item, value, "u32", u32::MAX.into())?.to_le_bytes()[..4]),
            "u16" => payload.extend(&number(item, value, "u16", u16::MAX.into())?.to_le_bytes()[..2]),
            "u8" => payload.extend(&number(item, value, "u8", u8::MAX.into())?.to_le_bytes()[..1]),
            "str" => payload.extend(value.as_bytes()),
            "account" => payload.extend(account(value).map_err(|message| PayloadError::Account {
                item: item.into(),
                message,
            })?),
            _ => return Err(PayloadError::UnknownItem(item.into())),
        }
    }
    if payload.len() > MAX_PAYLOAD as usize {
        return Err(PayloadError::TooLong(payload.len()));
    }
    Ok(payload)
}

fn number(item: &str, value: &str, type_name: &'static str, max: u64) -> Result<u64, PayloadError> {
    let number: Option<u64> = value.replace('_', "").parse().ok();
    number
        .filter(|number| *number <= max)
        .ok_or(PayloadError::Number {
            item: item.into(),
            type_name,
            max,
        })
}

/// Accounts of development chains, by name: the sr25519 public keys of `//Alice` and so on.
const DEVELOPMENT_ACCOUNTS: [(&str, &str); 6] = [
    (
        "Alice",
        "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d",
    ),
    (
        "Bob",
        "8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48",
    ),
    (
        "Charlie",
        "90b5ab205c6974c9ea841be688864633dc9ca8a357843eeacf2314649965fe22",
    ),
    (
        "Dave",
        "306721211d5404bd9da88e0204360a1a9ab8b87c66c1bc2fcdd37f3c2222cc20",
    ),
    (
        "Eve",
        "e659a7a1628cdd93febc04a4e0646ea20e9f5f0ce097d9a05290d4a9e054df4e",
    ),
    (
        "Ferdie",
        "1cbd2d43530a44705ad088af313e18f80b53ef16b36177cd4b77b846f2a5f07c",
    ),
];

/// Returns an account written as `0x` and 64 hexadecimal digits, or as a development name: `Alice`
/// or `//Alice`.
///
/// # Errors
/// What is wrong, for people.
pub fn parse_account(text: &str) -> Result<[u8; 32], String> {
    let name = text.trim_start_matches("//");
    let digits = match DEVELOPMENT_ACCOUNTS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
    {
        Some((_, key)) => key,
        None => text.strip_prefix("0x").unwrap_or_default(),
    };
    let mut account = [0; 32];
    hex::decode_to_slice(digits, &mut account).map_err(|_| {
        "write an account as 0x and 64 hexadecimal digits, or as Alice, Bob, ... Ferdie".to_owned()
    })?;
    Ok(account)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(items: &[&str]) -> Result<Vec<u8>, PayloadError> {
        parse_payload(items, parse_account)
    }

    #[test]
    fn items_follow_each_other() {
        let mut expected = vec![2, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0xab, b'h', b'i'];
        expected.extend(parse_account("//Bob").unwrap());
        assert_eq!(
            parse(&["u64:2", "u16:7", "0xab", "str:hi", "account:bob"]),
            Ok(expected)
        );
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        assert_eq!(parse(&["u8:255"]), Ok(vec![255]));
        assert!(matches!(
            parse(&["u8:256"]),
            Err(PayloadError::Number { max: 255, .. })
        ));
        assert!(matches!(parse(&["u64:-1"]), Err(PayloadError::Number { .. })));
    }

    #[test]
    fn what_is_not_an_item_is_named() {
        assert_eq!(parse(&["u64:1", "5"]), Err(PayloadError::UnknownItem("5".into())));
        assert_eq!(parse(&["0xa"]), Err(PayloadError::Hex("0xa".into())));
        assert!(matches!(
            parse(&["account:nobody"]),
            Err(PayloadError::Account { .. })
        ));
    }

    #[test]
    fn long_payloads_are_refused() {
        let text = format!("str:{}", "x".repeat(MAX_PAYLOAD as usize + 1));
        assert_eq!(parse(&[&text]), Err(PayloadError::TooLong(1025)));
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_a_short_payload(
            items in prop::collection::vec("(u64:|u32:|u16:|u8:|str:|account:|0x|//)?[0-9a-f_+-]{0,70}|\\PC{0,20}", 0..4)
        ) {
            match parse_payload(&items, parse_account) {
                Ok(payload) => prop_assert!(payload.len() <= MAX_PAYLOAD as usize),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }

        #[test]
        fn numbers_take_as_many_bytes_as_their_type(number: u64) {
            prop_assert_eq!(parse(&[&format!("u64:{number}")]), Ok(number.to_le_bytes().to_vec()));
            let small = parse(&[&format!("u16:{number}")]);
            prop_assert_eq!(small.ok(), u16::try_from(number).ok().map(|small| small.to_le_bytes().to_vec()));
        }
    }
}
