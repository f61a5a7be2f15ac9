//! What the sequencer pallet does with messages, written down a second time and plainly: the load
//! is compared with it.
//!
//! The model does not know the randomness of the chain, so it takes from the chain which batches
//! got their seeds in a block, and checks that they are those whose turn it was.

use std::collections::{HashMap, VecDeque};
use zkfusion_primitives::{
    cost::message_cost,
    ids::{AppId, BatchIndex, Hash, MessageIndex},
    message::{extend_inbox_hash, Message, Payload, EMPTY_INBOX_HASH},
    price::unit_price,
};

use super::plan::Submission;

/// The bounds of the pallet, as the chain's metadata has them.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Messages of an app that may wait to be processed.
    pub max_unprocessed: u32,
    /// Messages of a sender among them.
    pub max_of_sender: u32,
    /// What a unit costs of an app of which nothing waits.
    pub lowest_price: u128,
    /// Fuel of a message.
    pub max_fuel_limit: u64,
    /// Cost of a batch's messages.
    pub batch_budget: u64,
    /// Messages of a batch.
    pub max_batch_messages: u32,
    /// Blocks after which a batch is sealed.
    pub max_batch_age: u32,
    /// Apps that are served in a block.
    pub visits_per_block: u32,
    /// Batches of an app that get seeds in a visit.
    pub seeds_per_visit: u32,
}

/// Why the pallet refuses a message, by the names of its errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The payload is too long.
    PayloadTooLarge,
    /// There is no fuel.
    FuelLimitZero,
    /// There is too much fuel.
    FuelLimitTooHigh,
    /// There is no such app.
    UnknownApp,
    /// Too many messages of the app wait.
    InboxFull,
    /// The fuel costs more than the sender allows.
    FuelTooExpensive,
    /// Too many messages of the sender wait at the app.
    TooManyOfSender,
}

impl Fault {
    /// Returns the name of the pallet's error.
    pub fn name(self) -> &'static str {
        match self {
            Self::PayloadTooLarge => "PayloadTooLarge",
            Self::FuelLimitZero => "FuelLimitZero",
            Self::FuelLimitTooHigh => "FuelLimitTooHigh",
            Self::UnknownApp => "UnknownApp",
            Self::InboxFull => "InboxFull",
            Self::FuelTooExpensive => "FuelTooExpensive",
            Self::TooManyOfSender => "TooManyOfSender",
        }
    }
}

/// An event of the sequencer pallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An app was registered.
    Registered {
        /// The app.
        app: AppId,
    },
    /// A message was taken in.
    Submitted {
        /// The app.
        app: AppId,
        /// Index of the message.
        index: MessageIndex,
        /// Who sent it.
        sender: [u8; 32],
    },
    /// A batch was sealed.
    Sealed {
        /// The app.
        app: AppId,
        /// Index of the batch.
        batch: BatchIndex,
        /// Index of its first message.
        first: MessageIndex,
        /// Number of its messages.
        count: u32,
    },
    /// A batch got its seed.
    Seeded {
        /// The app.
        app: AppId,
        /// Index of the batch.
        batch: BatchIndex,
    },
    /// An event that no load causes.
    Other(String),
}

/// A sealed batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Index of the first message.
    pub first: MessageIndex,
    /// Number of messages.
    pub count: u32,
    /// Block that sealed it.
    pub sealed_at: u32,
    /// Inbox hash before the first message.
    pub inbox_hash_pre: Hash,
    /// Inbox hash after the last message.
    pub inbox_hash_post: Hash,
}

/// An app with its inbox.
#[derive(Clone, Debug)]
pub struct App {
    /// Inbox hash after the last message.
    pub inbox_hash: Hash,
    /// All messages, with the price of a unit of each.
    pub messages: Vec<(Message, u128)>,
    /// Units that all messages may use.
    pub backlog: u64,
    /// Messages of each sender.
    pub senders: HashMap<[u8; 32], u32>,
    /// Block of the last message.
    pub last_message: u32,
    /// Sealed batches.
    pub batches: Vec<Batch>,
    /// Messages that are in no batch.
    pub open: u32,
    /// Their cost.
    pub open_cost: u64,
    /// Block of the first of them; that of the last batch's first one if there are none.
    pub opened_at: u32,
    /// Inbox hash before the first of them.
    pub open_hash: Hash,
    /// Batches with seeds.
    pub seeded: u64,
    /// Whether the app is in the queue.
    pub queued: bool,
}

impl Default for App {
    fn default() -> Self {
        Self {
            inbox_hash: EMPTY_INBOX_HASH,
            messages: Vec::new(),
            backlog: 0,
            senders: HashMap::new(),
            last_message: 0,
            batches: Vec::new(),
            open: 0,
            open_cost: 0,
            opened_at: 0,
            open_hash: EMPTY_INBOX_HASH,
            seeded: 0,
            queued: false,
        }
    }
}

impl App {
    fn seal(&mut self, app: AppId, block: u32) -> Event {
        let first = self.messages.len() as u64 - u64::from(self.open);
        let sealed = Event::Sealed {
            app,
            batch: self.batches.len() as u64,
            first,
            count: self.open,
        };
        self.batches.push(Batch {
            first,
            count: self.open,
            sealed_at: block,
            inbox_hash_pre: self.open_hash,
            inbox_hash_post: self.inbox_hash,
        });
        self.open = 0;
        self.open_cost = 0;
        self.open_hash = self.inbox_hash;
        sealed
    }
}

/// All apps and the queue of those with something to do.
#[derive(Clone, Debug)]
pub struct Model {
    /// The apps by id.
    pub apps: Vec<App>,
    /// The apps that wait to be served, in order.
    pub queue: VecDeque<AppId>,
    /// How many were served.
    pub served: u64,
    /// What each sender paid for fuel.
    pub paid: HashMap<[u8; 32], u128>,
    bounds: Bounds,
}

impl Model {
    /// Returns a chain without apps.
    pub fn new(bounds: Bounds) -> Self {
        Self {
            apps: Vec::new(),
            queue: VecDeque::new(),
            served: 0,
            paid: HashMap::new(),
            bounds,
        }
    }

    /// Registers the next app.
    pub fn register(&mut self) -> Event {
        self.apps.push(App::default());
        Event::Registered {
            app: self.apps.len() as u32 - 1,
        }
    }

    /// Takes in a message in a block.
    ///
    /// # Errors
    ///
    /// Why it is refused.
    pub fn submit(
        &mut self,
        block: u32,
        sender: [u8; 32],
        submission: &Submission,
    ) -> Result<Vec<Event>, Fault> {
        let Submission {
            app: id,
            payload,
            fuel,
            max_fee,
        } = submission;
        let payload = Payload::try_from(payload.clone()).map_err(|_| Fault::PayloadTooLarge)?;
        if *fuel == 0 {
            return Err(Fault::FuelLimitZero);
        }
        if *fuel > self.bounds.max_fuel_limit {
            return Err(Fault::FuelLimitTooHigh);
        }
        let app = self.apps.get_mut(*id as usize).ok_or(Fault::UnknownApp)?;
        // Nothing is proved, so all messages are unprocessed.
        if app.messages.len() >= self.bounds.max_unprocessed as usize {
            return Err(Fault::InboxFull);
        }
        let cost = message_cost(payload.len(), *fuel);
        let share = self.bounds.batch_budget / u64::from(self.bounds.max_batch_messages);
        let units = cost.max(share);
        let price = unit_price(self.bounds.lowest_price, app.backlog);
        let fee = price.saturating_mul(units.into());
        if fee > *max_fee {
            return Err(Fault::FuelTooExpensive);
        }
        let of_sender = app.senders.entry(sender).or_default();
        if *of_sender >= self.bounds.max_of_sender {
            return Err(Fault::TooManyOfSender);
        }
        *of_sender += 1;
        app.backlog += units;
        app.last_message = block;
        *self.paid.entry(sender).or_default() += fee;
        let mut events = Vec::new();
        if app.open > 0 && app.open_cost + cost > self.bounds.batch_budget {
            events.push(app.seal(*id, block));
        }
        if app.open == 0 {
            app.opened_at = block;
        }
        let index = app.messages.len() as u64;
        let message = Message {
            index,
            sender,
            at_block: block.into(),
            fuel_limit: *fuel,
            payload,
        };
        // A hash that comes of hashing is a field element.
        app.inbox_hash = extend_inbox_hash(&app.inbox_hash, [&message]).unwrap_or_default();
        app.messages.push((message, price));
        app.open += 1;
        app.open_cost += cost;
        events.push(Event::Submitted {
            app: *id,
            index,
            sender,
        });
        if app.open >= self.bounds.max_batch_messages {
            events.push(app.seal(*id, block));
        }
        self.enqueue(*id);
        Ok(events)
    }

    /// Ends a block in which the chain gave seeds to these batches, and returns what should have
    /// happened at its end.
    pub fn end(&mut self, block: u32, seeded: &[(AppId, BatchIndex)]) -> Vec<Event> {
        let mut events = Vec::new();
        let mut seeded = seeded.iter().peekable();
        let visits = self.queue.len().min(self.bounds.visits_per_block as usize);
        for id in self.queue.drain(..visits).collect::<Vec<_>>() {
            self.served += 1;
            let Some(app) = self.apps.get_mut(id as usize) else {
                continue;
            };
            app.queued = false;
            if app.open > 0 && block - app.opened_at >= self.bounds.max_batch_age {
                events.push(app.seal(id, block));
            }
            for _ in 0..self.bounds.seeds_per_visit {
                let turn = (id, app.seeded);
                if app.seeded >= app.batches.len() as u64 || seeded.next_if_eq(&&turn).is_none() {
                    break;
                }
                // Nobody may know the seed when the batch is sealed.
                if app.batches[app.seeded as usize].sealed_at >= block {
                    break;
                }
                app.seeded += 1;
                events.push(Event::Seeded {
                    app: turn.0,
                    batch: turn.1,
                });
            }
            self.enqueue(id);
        }
        events
    }

    /// Puts an app with something to do into the queue, once.
    fn enqueue(&mut self, id: AppId) {
        let Some(app) = self.apps.get_mut(id as usize) else {
            return;
        };
        if !app.queued && (app.open > 0 || app.seeded < app.batches.len() as u64) {
            app.queued = true;
            self.queue.push_back(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: [u8; 32] = [1; 32];
    const BOB: [u8; 32] = [2; 32];

    fn model() -> Model {
        let mut model = Model::new(Bounds {
            max_unprocessed: 5,
            max_of_sender: 4,
            lowest_price: 10,
            max_fuel_limit: 1_000,
            batch_budget: 4_000,
            max_batch_messages: 3,
            max_batch_age: 2,
            visits_per_block: 1,
            seeds_per_visit: 1,
        });
        model.register();
        model.register();
        model
    }

    fn submission(app: AppId, fuel: u64) -> Submission {
        Submission {
            app,
            payload: vec![7; 10],
            fuel,
            max_fee: 1_000_000,
        }
    }

    fn sealed(app: AppId, batch: u64, first: u64, count: u32) -> Event {
        Event::Sealed {
            app,
            batch,
            first,
            count,
        }
    }

    #[test]
    fn messages_are_refused_for_the_first_thing_that_is_wrong() {
        let mut model = model();
        let mut long = submission(9, 0);
        long.payload = vec![0; 1_025];
        let mut fault = |submission: &Submission| model.submit(1, ALICE, submission).unwrap_err();
        assert_eq!(fault(&long), Fault::PayloadTooLarge);
        assert_eq!(fault(&submission(9, 0)), Fault::FuelLimitZero);
        assert_eq!(fault(&submission(9, 1_001)), Fault::FuelLimitTooHigh);
        assert_eq!(fault(&submission(9, 1_000)), Fault::UnknownApp);
        assert!(model.apps.iter().all(|app| app.messages.is_empty()));
        for _ in 0..4 {
            assert!(model.submit(1, ALICE, &submission(1, 1)).is_ok());
        }
        let submit = |model: &mut Model, sender| model.submit(1, sender, &submission(1, 1));
        assert_eq!(submit(&mut model, ALICE), Err(Fault::TooManyOfSender));
        assert!(submit(&mut model, BOB).is_ok());
        assert_eq!(submit(&mut model, BOB), Err(Fault::InboxFull));
    }

    #[test]
    fn messages_pay_for_their_fuel_or_their_share_of_a_batch() {
        let mut model = model();
        let mut costly = submission(0, 1_000);
        // 1,510 units at 10 each; an empty one has 1,333, the third of a batch.
        costly.max_fee = 15_099;
        assert_eq!(model.submit(1, ALICE, &costly), Err(Fault::FuelTooExpensive));
        costly.max_fee = 15_100;
        assert!(model.submit(1, ALICE, &costly).is_ok());
        assert!(model.submit(1, BOB, &submission(0, 1)).is_ok());
        assert_eq!((model.paid[&ALICE], model.paid[&BOB]), (15_100, 13_330));
        assert_eq!(model.apps[0].backlog, 1_510 + 1_333);
    }

    #[test]
    fn batches_are_sealed_by_number_by_cost_and_by_age() {
        let mut model = model();
        for _ in 0..2 {
            model.submit(1, ALICE, &submission(0, 1)).unwrap();
        }
        let events = model.submit(1, ALICE, &submission(0, 1)).unwrap();
        assert_eq!(events[1..], [sealed(0, 0, 0, 3)]);

        // Two such messages cost 3,020, three cost more than 4,000.
        for _ in 0..2 {
            assert_eq!(model.submit(4, ALICE, &submission(1, 1_000)).unwrap().len(), 1);
        }
        let events = model.submit(4, ALICE, &submission(1, 1_000)).unwrap();
        assert_eq!(events[0], sealed(1, 0, 0, 2));

        // App 0 is the first in the queue, and then goes to its end.
        assert_eq!(model.end(4, &[(0, 0)]), [Event::Seeded { app: 0, batch: 0 }]);
        assert_eq!(model.end(5, &[]), []);
        assert_eq!(model.end(6, &[]), [sealed(1, 1, 2, 1)]);
        let app = &model.apps[1];
        assert_eq!(app.batches[0].inbox_hash_post, app.batches[1].inbox_hash_pre);
        assert_eq!(app.batches[1].inbox_hash_post, app.inbox_hash);
        let messages = app.messages.iter().map(|(message, _)| message);
        let all = extend_inbox_hash(&EMPTY_INBOX_HASH, messages).unwrap();
        assert_eq!(app.inbox_hash, all);
    }

    #[test]
    fn seeds_out_of_turn_are_not_predicted() {
        let mut model = model();
        for _ in 0..3 {
            model.submit(1, ALICE, &submission(0, 1)).unwrap();
        }
        // Not in the block that sealed the batch, not for a batch that is not there, not twice in a
        // visit.
        assert_eq!(model.clone().end(1, &[(0, 0)]), []);
        assert_eq!(model.clone().end(2, &[(0, 1)]), []);
        assert_eq!(model.clone().end(2, &[(1, 0)]), []);
        assert_eq!(
            model.end(2, &[(0, 0), (0, 1)]),
            [Event::Seeded { app: 0, batch: 0 }]
        );
        assert!(model.queue.is_empty());
        assert_eq!(model.served, 1);
    }
}
