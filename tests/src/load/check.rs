//! Compares a chain with a re-execution of what its blocks include.

use codec::{Decode, DecodeAll};
use std::collections::{BTreeMap, HashMap};
use zkfusion_primitives::{
    ids::{AppId, Hash},
    message::Message,
    order::EMPTY_SEEDS_HASH,
};

use super::{
    client::{fault_name, is_signed, twox64_concat, value_key, Block, Client, Executed},
    model::{App, Batch, Event, Model},
    plan::{Fate, Item, FUNDS},
    send::Refusal,
    setup::{nonce_and_balance, Effect, Known},
};
use crate::{Failure, Result};

/// An inbox as the chain stores it: hash, next message, first unprocessed one, the open batch
/// (count, cost, block, hash), next batch, next seed, next proof, seeds hash, whether the app is
/// in the queue, backlog, and block of the last message.
type StoredInbox = (
    Hash,
    u64,
    u64,
    (u32, u64, u32, Hash),
    u64,
    u64,
    u64,
    Hash,
    bool,
    u64,
    u32,
);

/// A sealed batch as the chain stores it: first message, count, block, hash before, hash after,
/// seed, program (wasm, id), and its end.
type StoredBatch = (
    u64,
    u32,
    u32,
    Hash,
    Hash,
    Option<Hash>,
    (Hash, Hash),
    Option<(u32, bool)>,
);

/// What a block did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockFigures {
    /// Its number.
    pub number: u32,
    /// Milliseconds since 1970.
    pub time: u64,
    /// Messages that it took in.
    pub submitted: u64,
    /// Extrinsics whose call failed.
    pub failed: u64,
    /// Computing time of its user transactions, in picoseconds.
    pub weight: u64,
    /// Bytes of its extrinsics.
    pub bytes: u64,
}

/// Goes through the blocks of a chain, and notes what differs from the re-execution.
#[derive(Debug)]
pub struct Checker {
    /// What differs.
    pub differences: Vec<String>,
    /// The blocks.
    pub blocks: Vec<BlockFigures>,
    /// How many calls failed, by error.
    pub errors: BTreeMap<String, u64>,
    model: Model,
    known: Vec<Known>,
    by_bytes: HashMap<Vec<u8>, usize>,
    included: Vec<u32>,
    faults: Vec<Option<String>>,
    nonces: HashMap<[u8; 32], u64>,
    fees: HashMap<[u8; 32], u128>,
}

impl Checker {
    /// Returns a checker of a chain that was sent these extrinsics, at its genesis.
    pub fn new(model: Model, known: Vec<Known>) -> Self {
        let by_bytes = known
            .iter()
            .enumerate()
            .map(|(index, known)| (known.bytes.clone(), index))
            .collect();
        Self {
            differences: Vec::new(),
            blocks: Vec::new(),
            errors: BTreeMap::new(),
            model,
            included: vec![0; known.len()],
            faults: vec![None; known.len()],
            known,
            by_bytes,
            nonces: HashMap::new(),
            fees: HashMap::new(),
        }
    }

    fn differs(&mut self, what: String) {
        self.differences.push(what);
    }

    /// Executes the next block.
    pub fn block(&mut self, number: u32, block: &Block) {
        let mut figures = BlockFigures {
            number,
            time: block.time,
            weight: block.weight,
            ..BlockFigures::default()
        };
        for (index, executed) in block.extrinsics.iter().enumerate() {
            let at = format!("block {number}, extrinsic {index}");
            figures.bytes += executed.bytes.len() as u64;
            if !executed.concluded {
                self.differs(format!("{at}: the block does not say what became of it"));
            }
            if let Some(error) = &executed.error {
                figures.failed += 1;
                *self.errors.entry(error.clone()).or_default() += 1;
            }
            let taken = |event: &&Event| matches!(event, Event::Submitted { .. });
            figures.submitted += executed.events.iter().filter(taken).count() as u64;
            if is_signed(&executed.bytes) {
                self.extrinsic(number, &at, executed);
            } else if executed.error.is_some() || !executed.events.is_empty() {
                self.differs(format!("{at}: an inherent failed, or is an app's: {executed:?}"));
            }
        }
        let seeded: Vec<_> = block
            .hooks
            .iter()
            .filter_map(|event| match event {
                Event::Seeded { app, batch } => Some((*app, *batch)),
                _ => None,
            })
            .collect();
        let predicted = self.model.end(number, &seeded);
        if predicted != block.hooks {
            self.differs(format!(
                "block {number}: its end has {:?}, re-executed {predicted:?}",
                block.hooks
            ));
        }
        self.blocks.push(figures);
    }

    fn extrinsic(&mut self, number: u32, at: &str, executed: &Executed) {
        let Some(index) = self.by_bytes.get(&executed.bytes).copied() else {
            return self.differs(format!("{at}: nobody sent it"));
        };
        self.included[index] += 1;
        if self.included[index] > 1 {
            return self.differs(format!("{at}: it is in the chain already"));
        }
        self.faults[index] = executed.error.clone();
        let Known {
            signer,
            nonce,
            effect,
            ..
        } = self.known[index].clone();
        let next = self.nonces.entry(signer).or_default();
        let expected = *next;
        *next += 1;
        if nonce != expected {
            self.differs(format!("{at}: it has nonce {nonce}, and {expected} was the next"));
        }
        match executed.fee {
            Some((payer, fee)) if payer == signer => *self.fees.entry(signer).or_default() += fee,
            other => self.differs(format!("{at}: its sender should have paid for it: {other:?}")),
        }
        let predicted = match &effect {
            Effect::Register => Ok(vec![self.model.register()]),
            Effect::Fund => Ok(Vec::new()),
            Effect::Submit(submissions) => submissions
                .iter()
                .map(|submission| self.model.submit(number, signer, submission))
                .collect::<std::result::Result<Vec<_>, _>>()
                .map(|events| events.concat()),
        };
        let found = match &executed.error {
            None => Ok(&executed.events),
            Some(error) => Err(error.clone()),
        };
        let predicted = predicted.map_err(fault_name);
        if predicted.as_ref() != found.as_ref().copied() {
            self.differs(format!("{at}: {found:?}, re-executed {predicted:?}"));
        }
    }

    /// Compares what the node answered to the items of a plan with what it had to, and whether
    /// blocks include them. `first` is the place of the first item among the known extrinsics.
    pub fn answers(
        &mut self,
        items: &[Item],
        answers: &[Option<std::result::Result<(), Refusal>>],
        first: usize,
    ) {
        for (place, (item, answer)) in items.iter().zip(answers).enumerate() {
            // Whether the bytes of a repetition are in a block depends on those that they repeat.
            let included = item.repeats.is_none() && self.included[first + place] > 0;
            let what = format!("item {place} ({}) of {:?}", item.kind.name(), item.account);
            let fate = item.kind.fate();
            let wrong = match (answer, fate) {
                (None, _) => included.then(|| "it was not sent, and a block includes it".to_owned()),
                (Some(Ok(())), Fate::Included(fault)) => {
                    let found = &self.faults[first + place];
                    match (included, fault.map(fault_name)) {
                        (false, _) => Some("it is in no block".into()),
                        (true, Some(meant)) if found.as_ref() != Some(&meant) => Some(format!(
                            "its call should fail with {meant}, and ended with {found:?}"
                        )),
                        (true, _) => None,
                    }
                }
                (Some(Ok(())), Fate::Waits) => included.then(|| "a block includes it".into()),
                (Some(Ok(())), Fate::Refused(_)) => Some("the pool took it".into()),
                (Some(Err(refusal)), Fate::Refused(reasons)) => {
                    let right = reasons
                        .iter()
                        .any(|(code, text)| refusal.code == *code && refusal.text.contains(text));
                    match (right, included) {
                        (true, false) => None,
                        (true, true) => Some("a block includes it".into()),
                        (false, _) => Some(format!("{refusal:?}, and not one of {reasons:?}")),
                    }
                }
                (Some(Err(refusal)), Fate::Included(_) | Fate::Waits) => {
                    Some(format!("the pool refused it: {refusal:?}"))
                }
            };
            if let Some(wrong) = wrong {
                self.differs(format!("{what}: {wrong}"));
            }
        }
    }

    /// Compares the chain's storage after the last block with the re-execution.
    ///
    /// # Errors
    ///
    /// When the node does not answer, or stores something that is not to be understood.
    pub async fn storage(&mut self, client: &Client, accounts: &[[u8; 32]]) -> Result<()> {
        let last = self.blocks.last().map_or(0, |block| block.number);
        let at = client.hash(last).await?;
        for account in accounts {
            let (nonce, free) = nonce_and_balance(client, *account, Some(&at)).await?;
            let expected = (
                self.nonces.get(account).copied().unwrap_or_default(),
                FUNDS
                    .saturating_sub(self.fees.get(account).copied().unwrap_or_default())
                    .saturating_sub(self.model.paid.get(account).copied().unwrap_or_default()),
            );
            if (nonce, free) != expected {
                self.differs(format!(
                    "account 0x{}: nonce and balance are {:?}, re-executed {expected:?}",
                    hex::encode(account),
                    (nonce, free)
                ));
            }
        }
        self.value::<u32>(client, &at, "NextApp", self.model.apps.len() as u32)
            .await?;
        let ends = (
            self.model.served,
            self.model.served + self.model.queue.len() as u64,
        );
        self.value(client, &at, "QueueEnds", ends).await?;
        let queue: BTreeMap<u64, AppId> = (ends.0..).zip(self.model.queue.iter().copied()).collect();
        let stored = client
            .storage_below(&value_key("Sequencer", "Queue"), &at)
            .await?;
        let stored: BTreeMap<u64, AppId> = decoded(stored)?;
        if stored != queue {
            self.differs(format!("the queue is {stored:?}, re-executed {queue:?}"));
        }
        for app in 0..self.model.apps.len() as AppId {
            self.app(client, &at, app).await?;
        }
        Ok(())
    }

    async fn value<T: Decode + PartialEq + std::fmt::Debug>(
        &mut self,
        client: &Client,
        at: &str,
        name: &str,
        expected: T,
    ) -> Result<()> {
        let bytes = client.storage(&value_key("Sequencer", name), at).await?;
        let stored = bytes.and_then(|bytes| T::decode(&mut &bytes[..]).ok());
        if stored.as_ref() != Some(&expected) {
            self.differs(format!("{name} is {stored:?}, re-executed {expected:?}"));
        }
        Ok(())
    }

    async fn app(&mut self, client: &Client, at: &str, id: AppId) -> Result<()> {
        let below = |name| [value_key("Sequencer", name), twox64_concat(id)].concat();
        let inbox = client.storage(&below("Inboxes"), at).await?;
        let inbox = inbox.and_then(|bytes| StoredInbox::decode_all(&mut &bytes[..]).ok());
        let messages: BTreeMap<u64, (Message, u128)> =
            decoded(client.storage_below(&below("Messages"), at).await?)?;
        let batches: BTreeMap<u64, StoredBatch> =
            decoded(client.storage_below(&below("Batches"), at).await?)?;
        let found = compare_app(id, &self.model.apps[id as usize], inbox, &messages, &batches);
        self.differences.extend(found);
        Ok(())
    }
}

/// Returns what differs between an app as the chain stores it and as it was re-executed.
fn compare_app(
    id: AppId,
    app: &App,
    inbox: Option<StoredInbox>,
    messages: &BTreeMap<u64, (Message, u128)>,
    batches: &BTreeMap<u64, StoredBatch>,
) -> Vec<String> {
    let mut differences = Vec::new();
    let expected: StoredInbox = (
        app.inbox_hash,
        app.messages.len() as u64,
        0,
        (app.open, app.open_cost, app.opened_at, app.open_hash),
        app.batches.len() as u64,
        app.seeded,
        0,
        EMPTY_SEEDS_HASH,
        app.queued,
        app.backlog,
        app.last_message,
    );
    let untouched = inbox.is_none() && app.messages.is_empty();
    if inbox != Some(expected) && !untouched {
        differences.push(format!(
            "app {id}: its inbox is {inbox:?}, re-executed {expected:?}"
        ));
    }
    if !messages.values().eq(&app.messages) || !messages.keys().copied().eq(0..messages.len() as u64) {
        differences.push(format!(
            "app {id}: it has {} messages, which are not the {} that were re-executed",
            messages.len(),
            app.messages.len()
        ));
    }
    let sealed = |(index, stored): (&u64, &StoredBatch)| {
        let batch = Batch {
            first: stored.0,
            count: stored.1,
            sealed_at: stored.2,
            inbox_hash_pre: stored.3,
            inbox_hash_post: stored.4,
        };
        (*index, batch, stored.5.is_some(), stored.7.is_some())
    };
    let predicted = (0..)
        .zip(&app.batches)
        .map(|(index, batch)| (index, batch.clone(), index < app.seeded, false));
    if !batches.iter().map(sealed).eq(predicted) {
        differences.push(format!(
            "app {id}: it has {} batches, which are not the {} that were re-executed",
            batches.len(),
            app.batches.len()
        ));
    }
    differences
}

/// Returns the entries of a `Twox64Concat` map, given the rest of each key after the map's prefix.
fn decoded<V: Decode>(entries: Vec<(Vec<u8>, Vec<u8>)>) -> Result<BTreeMap<u64, V>> {
    let entry = |(key, value): (Vec<u8>, Vec<u8>)| {
        let key = u64::decode(&mut key.get(8..).unwrap_or_default()).ok()?;
        Some((key, V::decode(&mut &value[..]).ok()?))
    };
    let all: Option<BTreeMap<_, _>> = entries.into_iter().map(entry).collect();
    all.ok_or_else(|| Failure("the chain stores something that is not to be understood".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{
        model::Bounds,
        plan::{Account, Kind, Submission},
    };

    const SIGNER: [u8; 32] = [7; 32];

    fn known(first_byte: u8, nonce: u64, effect: Effect) -> Known {
        Known {
            bytes: signed(first_byte),
            signer: SIGNER,
            nonce,
            effect,
        }
    }

    fn signed(byte: u8) -> Vec<u8> {
        vec![0x08, 0x84, byte]
    }

    fn submission(app: AppId) -> Effect {
        Effect::Submit(vec![Submission {
            app,
            payload: vec![1, 2, 3],
            fuel: 1,
            max_fee: u128::MAX,
        }])
    }

    fn executed(byte: u8, events: Vec<Event>, error: Option<&str>) -> Executed {
        Executed {
            bytes: signed(byte),
            events,
            error: error.map(str::to_owned),
            concluded: true,
            fee: Some((SIGNER, 5)),
        }
    }

    fn checker() -> Checker {
        let bounds = Bounds {
            max_unprocessed: 10,
            max_of_sender: 10,
            lowest_price: 1,
            max_fuel_limit: 10,
            batch_budget: 100_000,
            max_batch_messages: 10,
            max_batch_age: 2,
            visits_per_block: 2,
            seeds_per_visit: 2,
        };
        let known = vec![
            known(0, 0, Effect::Register),
            known(1, 1, submission(0)),
            known(2, 2, submission(9)),
        ];
        Checker::new(Model::new(bounds), known)
    }

    fn honest() -> Block {
        let submitted = Event::Submitted {
            app: 0,
            index: 0,
            sender: SIGNER,
        };
        Block {
            extrinsics: vec![
                executed(0, vec![Event::Registered { app: 0 }], None),
                executed(1, vec![submitted], None),
                executed(2, Vec::new(), Some("Sequencer.UnknownApp")),
            ],
            ..Block::default()
        }
    }

    /// Returns what the checker says of the honest block after a change.
    fn differences(change: impl FnOnce(&mut Block)) -> Vec<String> {
        let mut checker = checker();
        let mut block = honest();
        change(&mut block);
        checker.block(1, &block);
        checker.differences
    }

    #[test]
    fn a_block_that_does_as_the_model_is_accepted() {
        let mut checker = checker();
        checker.block(1, &honest());
        assert_eq!(checker.differences, [] as [String; 0]);
        let figures = checker.blocks[0];
        assert_eq!((figures.submitted, figures.failed), (1, 1));
        assert_eq!(checker.errors["Sequencer.UnknownApp"], 1);
    }

    #[test]
    fn whatever_a_block_does_otherwise_is_told() {
        let one = |found: Vec<String>, what: &str| {
            assert!(found.len() == 1 && found[0].contains(what), "{found:?}");
        };
        one(
            differences(|block| block.extrinsics[1].events.clear()),
            "re-executed",
        );
        one(
            differences(|block| block.extrinsics[2].error = Some("Sequencer.InboxFull".into())),
            "UnknownApp",
        );
        one(
            differences(|block| block.extrinsics[1].concluded = false),
            "what became of it",
        );
        one(
            differences(|block| block.extrinsics[1].fee = None),
            "should have paid",
        );
        one(
            differences(|block| block.extrinsics.push(executed(9, Vec::new(), None))),
            "nobody sent it",
        );
        one(
            differences(|block| block.extrinsics.push(block.extrinsics[0].clone())),
            "already",
        );
        one(
            differences(|block| block.hooks.push(Event::Seeded { app: 0, batch: 0 })),
            "its end has",
        );
        one(
            differences(|block| {
                block.extrinsics.remove(2);
                block
                    .extrinsics
                    .insert(1, executed(2, Vec::new(), Some("Sequencer.UnknownApp")));
            })
            .drain(..1)
            .collect(),
            "was the next",
        );
    }

    #[test]
    fn lost_and_wrongly_taken_items_are_told() {
        let item = |kind| Item {
            kind,
            account: Account::Load(0),
            nonce: 0,
            submission: Submission {
                app: 0,
                payload: Vec::new(),
                fuel: 1,
                max_fee: u128::MAX,
            },
            repeats: None,
        };
        let refusal = |code, text: &str| {
            Some(Err(Refusal {
                code,
                text: text.into(),
            }))
        };
        let found = |kind, answer, included: u32| {
            let mut checker = checker();
            checker.included = vec![included];
            checker.faults = vec![None];
            checker.answers(&[item(kind)], &[answer], 0);
            checker.differences
        };
        assert!(found(Kind::Valid, Some(Ok(())), 1).is_empty());
        assert!(found(Kind::Valid, None, 0).is_empty());
        assert!(found(Kind::NonceGap, Some(Ok(())), 0).is_empty());
        assert!(found(Kind::NoFunds, refusal(1010, "Inability to pay some fees"), 0).is_empty());

        assert!(found(Kind::Valid, Some(Ok(())), 0)[0].contains("no block"));
        assert!(found(Kind::Valid, None, 1)[0].contains("not sent"));
        assert!(found(Kind::Valid, refusal(1016, "Immediately Dropped"), 0)[0].contains("1016"));
        assert!(found(Kind::NonceGap, Some(Ok(())), 1)[0].contains("a block"));
        assert!(found(Kind::FuelZero, Some(Ok(())), 1)[0].contains("should fail"));
        assert!(found(Kind::BadSignature, Some(Ok(())), 0)[0].contains("took it"));
        assert!(found(Kind::BadSignature, refusal(1010, "outdated"), 0)[0].contains("outdated"));
    }

    #[test]
    fn an_app_that_is_stored_otherwise_is_told() {
        let mut checker = checker();
        checker.block(1, &honest());
        let app = &checker.model.apps[0];
        let inbox: StoredInbox = (
            app.inbox_hash,
            1,
            0,
            (1, app.open_cost, 1, app.open_hash),
            0,
            0,
            0,
            EMPTY_SEEDS_HASH,
            true,
            app.backlog,
            1,
        );
        let messages: BTreeMap<u64, (Message, u128)> = (0..).zip(app.messages.clone()).collect();
        let batches = BTreeMap::new();
        assert!(compare_app(0, app, Some(inbox), &messages, &batches).is_empty());
        let mut other = inbox;
        other.0[0] ^= 1;
        assert_eq!(compare_app(0, app, Some(other), &messages, &batches).len(), 1);
        assert_eq!(compare_app(0, app, None, &messages, &batches).len(), 1);
        assert_eq!(
            compare_app(0, app, Some(inbox), &BTreeMap::new(), &batches).len(),
            1
        );
        let sealed: StoredBatch = (0, 1, 1, [0; 32], [0; 32], None, ([0; 32], [0; 32]), None);
        let batches = BTreeMap::from([(0, sealed)]);
        assert_eq!(compare_app(0, app, Some(inbox), &messages, &batches).len(), 1);
    }
}
