//! Amounts of the chain's token, as people write them.

use std::str::FromStr;

/// An amount such as `12` or `0.05`, in whole tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    whole: String,
    part: String,
}

impl FromStr for Amount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(part) || text.ends_with('.') {
            return Err(format!(
                "{text:?} is not an amount: write whole tokens and parts, 12 or 0.05"
            ));
        }
        Ok(Self {
            whole: whole.into(),
            part: part.trim_end_matches('0').into(),
        })
    }
}

impl Amount {
    /// Returns the amount in the smallest units of a token with so many decimals.
    ///
    /// # Errors
    ///
    /// When the amount has more decimals, or is larger than all amounts.
    pub fn in_units(&self, decimals: u32) -> Result<u128, String> {
        let missing = (decimals as usize)
            .checked_sub(self.part.len())
            .ok_or_else(|| format!("{}.{} has more than {decimals} decimals", self.whole, self.part))?;
        format!("{}{}{}", self.whole, self.part, "0".repeat(missing))
            .parse()
            .map_err(|_| format!("{} is larger than any amount", self.whole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> Result<u128, String> {
        text.parse::<Amount>()?.in_units(12)
    }

    #[test]
    fn amounts_are_whole_tokens_and_parts() {
        assert_eq!(units("12"), Ok(12_000_000_000_000));
        assert_eq!(units("0.05"), Ok(50_000_000_000));
        assert_eq!(units("1.000000000001"), Ok(1_000_000_000_001));
        assert_eq!(units("1.0000000000010000"), Ok(1_000_000_000_001));
        assert_eq!(units("0"), Ok(0));
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", ".5", "5.", "-1", "+1", "1e3", "1_000", "0x10", "1.2.3", "1,5"] {
            assert!(units(text).unwrap_err().contains("is not an amount"), "{text}");
        }
        assert!(units("0.0000000000001").unwrap_err().contains("decimals"));
        assert!(units(&"9".repeat(30)).unwrap_err().contains("larger"));
    }
}
