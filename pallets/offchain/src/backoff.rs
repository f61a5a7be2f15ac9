//! Pauses after failures.

use codec::{Decode, Encode};

/// How often something failed in a row, and until when it is left alone. Times are block numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub struct Backoff {
    failures: u32,
    until: u64,
}

impl Backoff {
    /// Returns the number of failures in a row.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Returns whether nothing is to be tried in this block.
    pub fn paused(&self, now: u64) -> bool {
        now < self.until
    }

    /// Notes a failure: the next try is after a pause that doubles each time, up to `longest`
    /// blocks.
    pub fn fail(&mut self, now: u64, longest: u64) {
        let pause = 1u64.checked_shl(self.failures).unwrap_or(longest);
        self.failures = self.failures.saturating_add(1);
        self.until = now.saturating_add(pause.min(longest));
    }

    /// Notes a failure that will most likely come again: the next try is after `pause` blocks.
    pub fn rest(&mut self, now: u64, pause: u64) {
        self.failures = self.failures.saturating_add(1);
        self.until = now.saturating_add(pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn pause_should_double_up_to_its_limit() {
        let mut backoff = Backoff::default();
        let pauses: Vec<_> = (0..70)
            .map(|_| {
                backoff.fail(100, 64);
                backoff.until - 100
            })
            .collect();
        assert_eq!(pauses[..7], [1, 2, 4, 8, 16, 32, 64]);
        assert!(pauses[7..].iter().all(|pause| *pause == 64));
        assert!(backoff.paused(163));
        assert!(!backoff.paused(164));
    }
}
