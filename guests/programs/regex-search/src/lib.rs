//! A regular expression, with the crate `regex`.
//!
//! The payload is `n`. Finds mail addresses of a form in `n` lines of a log, and checks that they
//! are those that are there. Appends `n`, the number of addresses, the sum of their lengths and 0
//! to the outbox.
#![no_std]

extern crate alloc;

use regex::Regex;
use zkfusion_guest::{entry, inbox::Message, outbox};

entry!(handle);

const MOST_LINES: u64 = 1 << 12;

const PATTERN: &str = r"([a-z]+)@([a-z]+)\.org";

const LINE: &str = "12:07 from <ada@engine.org> to bob@mail.com\n";

/// The one address in the line that the pattern describes, in its parts.
const FOUND: (&str, &str) = ("ada", "engine");

fn handle(mut message: Message) -> Result<(), &'static str> {
    let [n] = message.payload.exact()?;
    if n > MOST_LINES {
        return Err("at most 2^12 lines");
    }
    let regex = Regex::new(PATTERN).map_err(|_| "the pattern is refused")?;
    let text = LINE.repeat(n as usize);
    let (mut count, mut length) = (0, 0);
    for found in regex.captures_iter(&text) {
        if (&found[1], &found[2]) != FOUND {
            return Err("an address is not the one in the text");
        }
        count += 1;
        length += found[0].len() as u64;
    }
    if count != n {
        return Err("there are more or fewer addresses in the text");
    }
    outbox::push_words([n, count, length, 0]);
    Ok(())
}
