//! Names and texts that a stranger chose, as messages show them.

use core::fmt::{self, Write};

/// A text on one line: control characters, and characters that reorder or hide text, are escaped,
/// and no more than a number of characters are shown.
///
/// Without this, a name with a line break could forge a line of a log.
#[derive(Clone, Copy, Debug)]
pub struct Printable<'a> {
    text: &'a str,
    longest: usize,
}

/// Characters of a name that are shown.
const NAME: usize = 80;
/// Characters of a message that are shown, which may quote names.
const MESSAGE: usize = 400;

impl<'a> Printable<'a> {
    /// Shows a name: at most 80 characters of it.
    pub const fn name(text: &'a str) -> Self {
        Self { text, longest: NAME }
    }

    /// Shows a message: at most 400 characters of it.
    pub const fn message(text: &'a str) -> Self {
        Self {
            text,
            longest: MESSAGE,
        }
    }

    /// Shows all of a text.
    pub const fn whole(text: &'a str) -> Self {
        Self {
            text,
            longest: usize::MAX,
        }
    }
}

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.text.chars();
        for character in characters.by_ref().take(self.longest) {
            if is_invisible(character) {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        let hidden = characters.count();
        if hidden > 0 {
            write!(f, "... ({hidden} more characters)")?;
        }
        Ok(())
    }
}

/// Returns whether a character is a control character, a line or paragraph separator, or formats
/// the text around it (Unicode Standard, "Bidirectional Ordering Controls" and "Layout Controls").
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn a_name_stays_on_its_line_and_is_cut() {
        assert_eq!(Printable::name("zk::main").to_string(), "zk::main");
        assert_eq!(Printable::name("a\nb\u{1b}[2K").to_string(), "a\\nb\\u{1b}[2K");
        assert_eq!(Printable::name("\u{202e}daeh").to_string(), "\\u{202e}daeh");
        assert_eq!(Printable::name("größe").to_string(), "größe");
        let long = "x".repeat(100);
        assert_eq!(
            Printable::name(&long).to_string(),
            "x".repeat(80) + "... (20 more characters)"
        );
        assert_eq!(Printable::whole(&long).to_string(), long);
    }
}
