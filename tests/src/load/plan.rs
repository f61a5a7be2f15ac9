//! What is sent, in which order, and what has to become of it. The same seed makes the same plan.

use rand::{rngs::StdRng, seq::SliceRandom, Rng, SeedableRng};
use std::collections::BTreeMap;
use zkfusion_primitives::{cost::MAX_FUEL_LIMIT, ids::AppId, message::MAX_PAYLOAD};

use super::model::Fault;

/// The app whose inbox is full when the load begins.
pub const FULL_APP: AppId = 0;

/// Messages planned for an app, at most, of the 4,096 that its inbox holds: apps are drawn, so some
/// get more than others.
const MESSAGES_PER_APP: u64 = 3_700;

/// Extrinsics that wait for a nonce that does not come. The pool holds a tenth of its limit of
/// them.
const MAX_WAITING: usize = 200;

/// What an account of the load has: fees and fuel of some ten thousand extrinsics, in the chain's
/// smallest units.
pub const FUNDS: u128 = 5_000 * 1_000_000_000_000;

/// Accounts without funds.
const POOR_ACCOUNTS: u32 = 16;

/// Extrinsics that come between one and its repetition, at least: the first is answered before.
const REPEAT_DISTANCE: usize = 1_024;

/// What the load is to be.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// Chooses everything that is left to chance.
    pub seed: u64,
    /// How long extrinsics are sent.
    pub seconds: u64,
    /// Extrinsics a second.
    pub rate: u64,
    /// Apps that messages are sent to; as many as needed when left out.
    pub apps: Option<u32>,
    /// Accounts that send.
    pub accounts: u16,
    /// Extrinsics of a hundred that are wrong in some way.
    pub invalid: u8,
    /// Bytes of a usual payload, at most.
    pub payload: u16,
}

/// What is special about an extrinsic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Nothing.
    Valid,
    /// Its app does not exist.
    UnknownApp,
    /// Its payload is longer than a message's.
    PayloadTooLarge,
    /// Its fuel limit is zero.
    FuelZero,
    /// Its fuel limit is higher than a message's.
    FuelTooHigh,
    /// The inbox of its app is full.
    InboxFull,
    /// It allows less than its fuel costs.
    FuelTooExpensive,
    /// Its nonce was used long ago.
    StaleNonce,
    /// Its nonce is not the next one, and the next one never comes.
    NonceGap,
    /// A bit of its signature is wrong.
    BadSignature,
    /// Its account has nothing.
    NoFunds,
    /// Its bytes are fewer than they say.
    Malformed,
    /// Its bytes are chance.
    Undecodable,
    /// It was sent before.
    Repeated,
}

/// What has to become of an extrinsic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The pool takes it and a block includes it; its call fails with this, if it is to fail.
    Included(Option<Fault>),
    /// The pool takes it and no block includes it.
    Waits,
    /// The pool refuses it with one of these: JSON-RPC code, and what the error's text or data
    /// contains.
    Refused(&'static [(i32, &'static str)]),
}

impl Kind {
    /// All of them that are wrong.
    pub const WRONG: [Self; 13] = [
        Self::UnknownApp,
        Self::PayloadTooLarge,
        Self::FuelZero,
        Self::FuelTooHigh,
        Self::InboxFull,
        Self::FuelTooExpensive,
        Self::StaleNonce,
        Self::NonceGap,
        Self::BadSignature,
        Self::NoFunds,
        Self::Malformed,
        Self::Undecodable,
        Self::Repeated,
    ];

    /// Returns what has to become of such an extrinsic.
    pub fn fate(self) -> Fate {
        match self {
            Self::Valid => Fate::Included(None),
            Self::UnknownApp => Fate::Included(Some(Fault::UnknownApp)),
            Self::PayloadTooLarge => Fate::Included(Some(Fault::PayloadTooLarge)),
            Self::FuelZero => Fate::Included(Some(Fault::FuelLimitZero)),
            Self::FuelTooHigh => Fate::Included(Some(Fault::FuelLimitTooHigh)),
            Self::InboxFull => Fate::Included(Some(Fault::InboxFull)),
            Self::FuelTooExpensive => Fate::Included(Some(Fault::FuelTooExpensive)),
            Self::NonceGap => Fate::Waits,
            Self::StaleNonce => Fate::Refused(&[(1010, "outdated")]),
            Self::BadSignature => Fate::Refused(&[(1010, "bad signature")]),
            Self::NoFunds => Fate::Refused(&[(1010, "pay some fees")]),
            Self::Malformed => Fate::Refused(&[(1040, "Not enough data")]),
            Self::Undecodable => Fate::Refused(&[(1002, "Verification Error")]),
            // In the pool, included a moment ago, included before that.
            Self::Repeated => Fate::Refused(&[
                (1013, "Already Imported"),
                (1012, "temporarily banned"),
                (1010, "outdated"),
            ]),
        }
    }

    /// Returns its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::UnknownApp => "unknown app",
            Self::PayloadTooLarge => "payload too long",
            Self::FuelZero => "no fuel",
            Self::FuelTooHigh => "too much fuel",
            Self::InboxFull => "full inbox",
            Self::FuelTooExpensive => "too low a fee",
            Self::StaleNonce => "used nonce",
            Self::NonceGap => "nonce after a gap",
            Self::BadSignature => "bad signature",
            Self::NoFunds => "account without funds",
            Self::Malformed => "fewer bytes than said",
            Self::Undecodable => "bytes of chance",
            Self::Repeated => "sent twice",
        }
    }
}

/// Who signs an extrinsic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// One of those that send the load.
    Load(u16),
    /// The one whose first nonce is used before the load begins.
    Stale,
    /// The one whose first nonce is never used.
    Gap,
    /// One without funds.
    Poor(u32),
    /// One of those that fill an inbox before the load begins.
    Filler(u32),
}

/// The arguments of a call of `sequencer.submit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The app.
    pub app: AppId,
    /// The payload.
    pub payload: Vec<u8>,
    /// The fuel limit.
    pub fuel: u64,
    /// The most that may be taken for the fuel.
    pub max_fee: u128,
}

/// An extrinsic of the load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What is special about it.
    pub kind: Kind,
    /// Who signs it.
    pub account: Account,
    /// With which nonce.
    pub nonce: u64,
    /// What it calls. The payload of extrinsics that do not decode is their bytes.
    pub submission: Submission,
    /// The item that it repeats, if it does.
    pub repeats: Option<usize>,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The apps, of which [`FULL_APP`] gets no valid messages.
    pub apps: u32,
    /// The extrinsics in order.
    pub items: Vec<Item>,
}

impl Plan {
    /// Makes a plan.
    pub fn new(parameters: &Parameters) -> Self {
        let count = parameters.rate.saturating_mul(parameters.seconds);
        let needed = count.div_ceil(MESSAGES_PER_APP).max(2);
        let targets = parameters
            .apps
            .unwrap_or(u32::try_from(needed).unwrap_or(u32::MAX - 1))
            .max(1);
        let mut planner = Planner {
            random: StdRng::seed_from_u64(parameters.seed),
            parameters,
            apps: targets + 1,
            nonces: BTreeMap::new(),
            waiting: 0,
            items: Vec::new(),
        };
        for _ in 0..count {
            planner.add();
        }
        Self {
            apps: planner.apps,
            items: planner.items,
        }
    }

    /// Returns the accounts of which each may have `of_each` messages, and that fill an inbox of
    /// `count` together.
    pub fn fillers(count: u32, of_each: u32) -> impl Iterator<Item = Account> {
        (0..count.div_ceil(of_each.max(1))).map(Account::Filler)
    }

    /// Returns the messages that fill the inbox of [`FULL_APP`].
    pub fn filling(seed: u64, count: u32) -> Vec<Submission> {
        let mut random = StdRng::seed_from_u64(seed ^ u64::from(FULL_APP) ^ 0xf111);
        (0..count)
            .map(|_| Submission {
                app: FULL_APP,
                payload: bytes(&mut random, 8),
                fuel: random.gen_range(1..=5_000),
                max_fee: FUNDS,
            })
            .collect()
    }
}

struct Planner<'a> {
    random: StdRng,
    parameters: &'a Parameters,
    apps: u32,
    nonces: BTreeMap<Account, u64>,
    waiting: usize,
    items: Vec<Item>,
}

impl Planner<'_> {
    fn add(&mut self) {
        let mut kind = match self.random.gen_range(0..100) < self.parameters.invalid {
            true => *Kind::WRONG.choose(&mut self.random).unwrap_or(&Kind::Valid),
            false => Kind::Valid,
        };
        if kind == Kind::NonceGap {
            self.waiting += 1;
            if self.waiting > MAX_WAITING {
                kind = Kind::StaleNonce;
            }
        }
        let repeats = match kind {
            Kind::Repeated => self.earlier(),
            _ => None,
        };
        let item = match repeats {
            Some(earlier) => Item {
                kind,
                repeats,
                ..self.items[earlier].clone()
            },
            // Nothing to repeat yet.
            None if kind == Kind::Repeated => self.item(Kind::Valid),
            None => self.item(kind),
        };
        self.items.push(item);
    }

    /// Returns an item that was sent long ago and that a block includes.
    fn earlier(&mut self) -> Option<usize> {
        let last = self.items.len().checked_sub(REPEAT_DISTANCE)?;
        let index = self
            .random
            .gen_range(last.saturating_sub(2 * REPEAT_DISTANCE)..=last);
        let included = matches!(self.items.get(index)?.kind.fate(), Fate::Included(_));
        included.then_some(index)
    }

    fn item(&mut self, kind: Kind) -> Item {
        let account = match kind {
            Kind::StaleNonce => Account::Stale,
            Kind::NonceGap => Account::Gap,
            Kind::NoFunds => Account::Poor(self.random.gen_range(0..POOR_ACCOUNTS)),
            _ => Account::Load(self.random.gen_range(0..self.parameters.accounts)),
        };
        let next = self
            .nonces
            .entry(account)
            .or_insert(u64::from(account == Account::Gap));
        let nonce = *next;
        if matches!(kind.fate(), Fate::Included(_) | Fate::Waits) {
            *next += 1;
        }
        Item {
            kind,
            account,
            nonce,
            submission: self.submission(kind),
            repeats: None,
        }
    }

    fn submission(&mut self, kind: Kind) -> Submission {
        let random = &mut self.random;
        let app = match kind {
            Kind::UnknownApp => random.gen_range(self.apps..=u32::MAX),
            Kind::InboxFull => FULL_APP,
            _ => random.gen_range(FULL_APP + 1..self.apps),
        };
        let length = match kind {
            Kind::PayloadTooLarge => random.gen_range(MAX_PAYLOAD as usize + 1..MAX_PAYLOAD as usize + 100),
            Kind::Malformed | Kind::Undecodable => random.gen_range(1..200),
            // Now and then the longest.
            _ if random.gen_ratio(1, 200) => MAX_PAYLOAD as usize,
            _ => random.gen_range(0..=usize::from(self.parameters.payload)),
        };
        let fuel = match kind {
            Kind::FuelZero => 0,
            Kind::FuelTooHigh => random.gen_range(MAX_FUEL_LIMIT + 1..=u64::MAX),
            // Now and then as much as fills a batch.
            _ if random.gen_ratio(1, 100) => random.gen_range(100_000..=MAX_FUEL_LIMIT),
            _ => random.gen_range(1..=5_000),
        };
        let max_fee = match kind {
            Kind::FuelTooExpensive => random.gen_range(0..1_000_000_000),
            _ => FUNDS,
        };
        Submission {
            app,
            payload: bytes(random, length),
            fuel,
            max_fee,
        }
    }
}

fn bytes(random: &mut StdRng, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    random.fill(&mut bytes[..]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(seed: u64) -> Parameters {
        Parameters {
            seed,
            seconds: 10,
            rate: 2_000,
            apps: None,
            accounts: 8,
            invalid: 20,
            payload: 24,
        }
    }

    #[test]
    fn a_seed_makes_one_plan_and_another_seed_another() {
        let plan = Plan::new(&parameters(1));
        assert_eq!(plan, Plan::new(&parameters(1)));
        assert_ne!(plan, Plan::new(&parameters(2)));
        assert_eq!(Plan::filling(1, 9), Plan::filling(1, 9));
        assert_ne!(Plan::filling(1, 9), Plan::filling(2, 9));
    }

    #[test]
    fn a_plan_has_every_kind_and_as_many_apps_as_it_needs() {
        let plan = Plan::new(&parameters(3));
        assert_eq!(plan.items.len(), 20_000);
        for kind in Kind::WRONG.into_iter().chain([Kind::Valid]) {
            assert!(plan.items.iter().any(|item| item.kind == kind), "{}", kind.name());
        }
        let wrong = plan.items.iter().filter(|item| item.kind != Kind::Valid).count();
        assert!((3_000..5_000).contains(&wrong), "{wrong}");
        let waiting = plan.items.iter().filter(|item| item.kind == Kind::NonceGap);
        assert!(waiting.count() <= MAX_WAITING);
        for app in 1..plan.apps {
            let to_app = |item: &&Item| item.kind == Kind::Valid && item.submission.app == app;
            let messages = plan.items.iter().filter(to_app).count();
            assert!((1_000..4_096).contains(&messages), "{messages}");
        }
    }

    #[test]
    fn nonces_that_blocks_include_have_no_gaps() {
        let plan = Plan::new(&parameters(4));
        let mut next: BTreeMap<Account, u64> = BTreeMap::new();
        for item in &plan.items {
            match item.kind.fate() {
                Fate::Included(_) => {
                    let expected = next.entry(item.account).or_default();
                    assert_eq!(item.nonce, *expected);
                    *expected += 1;
                }
                Fate::Waits => assert!(item.nonce > 0),
                Fate::Refused(_) => match item.repeats {
                    Some(earlier) => assert_eq!(plan.items[earlier].submission, item.submission),
                    None => assert_eq!(item.nonce, next.get(&item.account).copied().unwrap_or_default()),
                },
            }
        }
    }
}
