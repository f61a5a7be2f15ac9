//! JSON, read and written with the crate `serde_json`.
//!
//! The payload is `n`. Parses a list of `n` records, adds up a field of theirs, and writes the list
//! again, which must give the text that was read. Appends `n`, the sum, the text's length and its
//! hash to the outbox.
#![no_std]

extern crate alloc;

use alloc::string::String;
use serde_json::Value;
use zkfusion_guest::{entry, inbox::Message, outbox};

entry!(handle);

const MOST_RECORDS: u64 = 1 << 12;

/// A record as the crate writes it: without blanks, fields in alphabetical order.
const RECORD: &str = concat!(
    r#"{"amount":1250,"from":{"id":18446744073709551615,"name":"Zo\u0001e \"Z\" Müller"},"#,
    r#""note":null,"paid":true,"tags":["a","bc",-7,[],{}]}"#
);

/// The field `amount` of a record.
const AMOUNT: u64 = 1250;

fn handle(mut message: Message) -> Result<(), &'static str> {
    let [n] = message.payload.exact()?;
    if n > MOST_RECORDS {
        return Err("at most 2^12 records");
    }
    let text = list(n as usize);
    let value: Value = serde_json::from_str(&text).map_err(|_| "the text is refused")?;
    let records = value.as_array().ok_or("the value is no list")?;
    let amounts = records.iter().map(|record| record["amount"].as_u64());
    let sum = amounts.sum::<Option<u64>>().ok_or("a record has no amount")?;
    if sum != n * AMOUNT {
        return Err("the sum of the amounts is wrong");
    }
    if serde_json::to_string(&value).map_err(|_| "the value cannot be written")? != text {
        return Err("the text that was written is not the one that was read");
    }
    outbox::push_words([n, sum, text.len() as u64, hash(text.as_bytes())]);
    Ok(())
}

/// Returns the list of so many records.
fn list(records: usize) -> String {
    let mut text = String::with_capacity(2 + records * (RECORD.len() + 1));
    text.push('[');
    for record in 0..records {
        if record > 0 {
            text.push(',');
        }
        text.push_str(RECORD);
    }
    text.push(']');
    text
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}
