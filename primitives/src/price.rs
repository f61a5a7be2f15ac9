//! The price of fuel, which follows how much waits for an app's provers.
//!
//! A message is paid for by the units of [`cost`](crate::cost) that it may take. A unit has its
//! lowest price while nothing of the app waits, and twice that with every [`DOUBLING`] units that
//! wait, with straight lines between. So a user finds the price of the moment, an app whose provers
//! keep up stays cheap, and filling an inbox costs exponentially more the longer it is to last.
//! EIP-4844 prices blobs by their backlog in the same way.

use crate::cost::MAX_BATCH_COST;

/// The units whose waiting doubles the price: those of eight batches.
pub const DOUBLING: u64 = 8 * MAX_BATCH_COST;

/// Returns the price of a unit of an app of which `backlog` units wait, where one costs `lowest`
/// when none does. The largest number stands for all higher prices.
pub const fn unit_price(lowest: u128, backlog: u64) -> u128 {
    let doublings = backlog / DOUBLING;
    if doublings > lowest.leading_zeros() as u64 || lowest == 0 {
        return if lowest == 0 { 0 } else { u128::MAX };
    }
    let factor = match 1u128.checked_shl(doublings as u32) {
        Some(factor) => factor,
        None => return u128::MAX,
    };
    let price = lowest.saturating_mul(factor);
    let step = (backlog % DOUBLING) as u128;
    // The quotient first, which a price near the largest number needs; what it drops is less than
    // a unit of money for each unit that waits.
    let whole = (price / DOUBLING as u128).saturating_mul(step);
    let rest = (price % DOUBLING as u128) * step / DOUBLING as u128;
    price.saturating_add(whole).saturating_add(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn price_doubles_with_every_eight_batches() {
        assert_eq!(unit_price(1_000_000, 0), 1_000_000);
        assert_eq!(unit_price(1_000_000, DOUBLING / 2), 1_500_000);
        assert_eq!(unit_price(1_000_000, DOUBLING), 2_000_000);
        assert_eq!(unit_price(1_000_000, 10 * DOUBLING), 1_024_000_000);
    }

    #[test]
    fn prices_beyond_all_money_are_the_largest_number() {
        assert_eq!(unit_price(1, u64::MAX), u128::MAX);
        assert_eq!(unit_price(1_000_000, 127 * DOUBLING), u128::MAX);
        assert_eq!(unit_price(u128::MAX, 1), u128::MAX);
        assert_eq!(unit_price(0, u64::MAX), 0);
    }

    proptest! {
        #[test]
        fn more_that_waits_is_never_cheaper(lowest: u128, backlog: u64, more in 0..4 * DOUBLING) {
            let backlog = backlog % (200 * DOUBLING);
            prop_assert!(unit_price(lowest, backlog) >= lowest);
            prop_assert!(unit_price(lowest, backlog) <= unit_price(lowest, backlog + more));
        }

        #[test]
        fn lines_meet_where_the_price_has_doubled(lowest in 1..u128::from(u64::MAX), doublings in 1..60u64) {
            let at = doublings * DOUBLING;
            let (before, after) = (unit_price(lowest, at - 1), unit_price(lowest, at));
            prop_assert_eq!(after, lowest << doublings);
            prop_assert!(after - before <= (after / 2).div_ceil(DOUBLING.into()));
        }
    }
}
