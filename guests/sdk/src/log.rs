//! Text for whoever executes the program (`fusion-prover run` shows it). Nothing is proved of it.

use crate::imports;
use core::fmt::{self, Write};

/// Longest formatted line, in bytes; the rest is cut off.
const LINE_BYTES: usize = 256;

/// Shows text: `log!("done")`, or `log!("sum {}", sum)`.
///
/// A literal costs two instructions. Formatting costs thousands; keep it for development.
#[macro_export]
macro_rules! log {
    ($text:literal) => {
        $crate::log::text($text)
    };
    ($($format:tt)+) => {
        $crate::log::formatted(::core::format_args!($($format)+))
    };
}

/// Shows `text`.
#[inline(always)]
pub fn text(text: &str) {
    // SAFETY: pointer and length describe a live string; the import only reads.
    unsafe { imports::log(text.as_ptr() as usize as i32, text.len() as i32) }
}

/// Shows formatted text of up to 256 bytes.
pub fn formatted(arguments: fmt::Arguments<'_>) {
    let mut line = Line {
        bytes: [0; LINE_BYTES],
        len: 0,
    };
    // A line that is full is shown as far as it goes.
    let _ = line.write_fmt(arguments);
    // SAFETY: the first `len` bytes were written; the import only reads.
    unsafe { imports::log(line.bytes.as_ptr() as usize as i32, line.len as i32) }
}

struct Line {
    bytes: [u8; LINE_BYTES],
    len: usize,
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = LINE_BYTES - self.len;
        let taken = text.len().min(room);
        self.bytes[self.len..self.len + taken].copy_from_slice(&text.as_bytes()[..taken]);
        self.len += taken;
        if taken < text.len() {
            return Err(fmt::Error);
        }
        Ok(())
    }
}
