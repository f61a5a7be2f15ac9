//! The fees that a transaction offers for its gas.

use codec::{Decode, Encode};
use core::fmt;

/// One gwei, in wei.
pub const GWEI: u128 = 1_000_000_000;

/// What is offered for each unit of gas, in wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Fees {
    /// The most that is paid, base fee and priority fee together.
    pub max_fee: u128,
    /// What goes to the block's author.
    pub priority_fee: u128,
}

/// The most that the operator pays for each unit of gas, in wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeLimits {
    /// Limit of [`Fees::max_fee`].
    pub max_fee: u128,
    /// Limit of [`Fees::priority_fee`]; a first offer is at most half of it, so that it can be
    /// outbid six times. What a dishonest Ethereum node can make a transaction cost
    /// is bounded by it, since the rest is the chain's own base fee.
    pub priority_fee: u128,
}

impl Default for FeeLimits {
    fn default() -> Self {
        Self::up_to(500 * GWEI)
    }
}

impl FeeLimits {
    /// Returns the limits of who pays at most `max_fee`: a tenth of it, and 50 gwei at most, as
    /// priority fee.
    pub fn up_to(max_fee: u128) -> Self {
        Self {
            max_fee,
            priority_fee: (max_fee / 10).clamp(1, 50 * GWEI),
        }
    }
}

/// Gas costs more than the operator pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooExpensive {
    /// What would have to be offered.
    pub needed: u128,
    /// What may be offered.
    pub limit: u128,
}

impl fmt::Display for TooExpensive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "gas costs {} gwei, the limit is {} gwei",
            self.needed / GWEI,
            self.limit / GWEI
        )
    }
}

impl Fees {
    /// Returns fees that outlast six full blocks, each of which raises the base fee by an eighth,
    /// and that leave room for replacements.
    ///
    /// # Errors
    ///
    /// [`TooExpensive`] if even the next block would cost more than the limit.
    pub fn of_market(base_fee: u128, priority_fee: u128, limits: &FeeLimits) -> Result<Self, TooExpensive> {
        let priority_fee = priority_fee.min(limits.priority_fee.div_ceil(2));
        let needed = base_fee.saturating_add(priority_fee);
        if needed > limits.max_fee {
            return Err(TooExpensive {
                needed,
                limit: limits.max_fee,
            });
        }
        Ok(Self {
            max_fee: base_fee
                .saturating_mul(2)
                .saturating_add(priority_fee)
                .min(limits.max_fee),
            priority_fee,
        })
    }

    /// Returns fees with which a transaction replaces one that offers `self`: those of the market,
    /// but at least an eighth more in both parts, which all clients accept.
    ///
    /// # Errors
    ///
    /// [`TooExpensive`] if that is beyond the limits.
    pub fn replaced_by(&self, market: &Self, limits: &FeeLimits) -> Result<Self, TooExpensive> {
        let fees = Self {
            max_fee: raise(self.max_fee).max(market.max_fee),
            priority_fee: raise(self.priority_fee).max(market.priority_fee),
        };
        for (needed, limit) in [
            (fees.max_fee, limits.max_fee),
            (fees.priority_fee, limits.priority_fee),
        ] {
            if needed > limit {
                return Err(TooExpensive { needed, limit });
            }
        }
        Ok(fees)
    }
}

/// Returns an eighth more, rounded up, and more than before in any case.
fn raise(fee: u128) -> u128 {
    fee.saturating_add(fee.div_ceil(8).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: FeeLimits = FeeLimits {
        max_fee: 1_000,
        priority_fee: 50,
    };

    fn fees(max_fee: u128, priority_fee: u128) -> Fees {
        Fees {
            max_fee,
            priority_fee,
        }
    }

    #[test]
    fn fees_should_leave_room_for_a_rising_base_fee() {
        assert_eq!(Fees::of_market(100, 7, &LIMITS), Ok(fees(207, 7)));
        assert_eq!(Fees::of_market(0, 0, &LIMITS), Ok(fees(0, 0)));
    }

    #[test]
    fn fees_should_stay_within_the_limits() {
        assert_eq!(Fees::of_market(600, 7, &LIMITS), Ok(fees(1_000, 7)));
        assert_eq!(Fees::of_market(100, 7_000, &LIMITS), Ok(fees(225, 25)));
        assert_eq!(
            Fees::of_market(994, 7, &LIMITS),
            Err(TooExpensive {
                needed: 1_001,
                limit: 1_000
            })
        );
        assert!(Fees::of_market(u128::MAX, u128::MAX, &LIMITS).is_err());
    }

    #[test]
    fn replacement_should_offer_an_eighth_more_in_both_parts() {
        assert_eq!(fees(80, 8).replaced_by(&fees(1, 1), &LIMITS), Ok(fees(90, 9)));
        assert_eq!(fees(81, 9).replaced_by(&fees(1, 1), &LIMITS), Ok(fees(92, 11)));
        assert_eq!(fees(0, 0).replaced_by(&fees(0, 0), &LIMITS), Ok(fees(1, 1)));
        assert_eq!(
            fees(80, 8).replaced_by(&fees(500, 20), &LIMITS),
            Ok(fees(500, 20))
        );
    }

    #[test]
    fn first_offer_should_leave_room_for_six_replacements_when_tips_are_beyond_the_limit() {
        let limits = FeeLimits::default();
        let market = |base_fee| Fees::of_market(base_fee, u128::MAX, &limits);
        let mut offer = market(GWEI).expect("gas is cheap");
        assert_eq!(offer.priority_fee, 25 * GWEI);
        for replacement in 1..=5 {
            let market = market(replacement * 40 * GWEI).expect("gas is not too dear");
            offer = offer.replaced_by(&market, &limits).expect("there is room");
        }
        assert!(offer.replaced_by(&offer, &limits).is_err());
    }

    #[test]
    fn replacement_should_be_refused_beyond_the_limits() {
        assert!(fees(900, 8).replaced_by(&fees(1, 1), &LIMITS).is_err());
        assert!(fees(80, 50).replaced_by(&fees(1, 1), &LIMITS).is_err());
    }

    #[test]
    fn limits_should_follow_what_the_operator_pays() {
        assert_eq!(FeeLimits::default().priority_fee, 50 * GWEI);
        assert_eq!(FeeLimits::up_to(20 * GWEI).priority_fee, 2 * GWEI);
        assert_eq!(FeeLimits::up_to(0).priority_fee, 1);
    }
}
