//! Whose turn it is: that of the app whose proofs have taken the least time lately.
//!
//! For each app the time that its attempts took is added up, the failed ones too, and halves every
//! [`HALF_LIFE`]. So an app that asks for much waits for those that ask for little, and nobody
//! waits for long: what an app can have on its account is at most `HALF_LIFE / ln 2`, 14.4 minutes.
//! The account begins anew when the service does.

use crate::store::{JobKind, Label};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use zkfusion_primitives::ids::{AppId, Hash};

/// After this time, proving time counts half.
const HALF_LIFE: Duration = Duration::from_secs(600);

/// An account with less is closed.
const NOTHING: Duration = Duration::from_millis(1);

/// The proving time that apps have had lately. Batches and settlements have workers of their own,
/// and accounts of their own.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<HashMap<(JobKind, Hash, AppId), Account>>);

/// An app's account.
#[derive(Clone, Copy, Debug)]
struct Account {
    time: Duration,
    at: Instant,
}

impl Account {
    fn time(&self, now: Instant) -> Duration {
        let half_lives = now.saturating_duration_since(self.at).as_secs_f64() / HALF_LIFE.as_secs_f64();
        self.time.mul_f64(0.5f64.powf(half_lives))
    }
}

impl Turns {
    /// Adds the time of an attempt to the account of the job's app.
    pub(crate) fn charge(&self, kind: JobKind, label: &Label, took: Duration, now: Instant) {
        let mut accounts = self.accounts();
        accounts.retain(|_, account| account.time(now) >= NOTHING);
        let account = accounts
            .entry((kind, label.genesis, label.app))
            .or_insert(Account {
                time: Duration::ZERO,
                at: now,
            });
        *account = Account {
            time: account.time(now) + took,
            at: now,
        };
    }

    /// Returns what is on the account of a job's app. The job with the least is next.
    pub(crate) fn had(&self, kind: JobKind, label: &Label, now: Instant) -> Duration {
        let accounts = self.accounts();
        let account = accounts.get(&(kind, label.genesis, label.app));
        account.map_or(Duration::ZERO, |account| account.time(now))
    }

    fn accounts(&self) -> MutexGuard<'_, HashMap<(JobKind, Hash, AppId), Account>> {
        // No panic leaves an account half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(app: AppId) -> Label {
        Label {
            app,
            ..Label::default()
        }
    }

    #[test]
    fn proving_time_halves_with_every_half_life() {
        let turns = Turns::default();
        let start = Instant::now();
        let had = |after: Duration| {
            turns
                .had(JobKind::Batch, &label(1), start + after)
                .as_secs_f64()
                .round()
        };
        turns.charge(JobKind::Batch, &label(1), Duration::from_secs(100), start);
        assert_eq!(
            (had(Duration::ZERO), had(HALF_LIFE), had(2 * HALF_LIFE)),
            (100.0, 50.0, 25.0)
        );
        turns.charge(
            JobKind::Batch,
            &label(1),
            Duration::from_secs(10),
            start + HALF_LIFE,
        );
        assert_eq!(had(HALF_LIFE), 60.0);
        assert_eq!(turns.had(JobKind::Batch, &label(2), start), Duration::ZERO);
        assert_eq!(turns.had(JobKind::Settlement, &label(1), start), Duration::ZERO);
    }

    #[test]
    fn an_app_that_always_proves_has_a_bounded_account() {
        let turns = Turns::default();
        let start = Instant::now();
        let minute = Duration::from_secs(60);
        for minutes in 1..=1_000 {
            turns.charge(JobKind::Batch, &label(1), minute, start + minute * minutes);
        }
        let had = turns.had(JobKind::Batch, &label(1), start + minute * 1_000);
        assert!(had < 16 * minute, "{had:?}");
    }

    #[test]
    fn accounts_of_apps_that_are_gone_are_closed() {
        let turns = Turns::default();
        let start = Instant::now();
        for app in 0..100 {
            turns.charge(JobKind::Batch, &label(app), Duration::from_secs(10), start);
        }
        turns.charge(
            JobKind::Batch,
            &label(100),
            Duration::from_secs(10),
            start + 20 * HALF_LIFE,
        );
        assert_eq!(turns.accounts().len(), 1);
    }
}
