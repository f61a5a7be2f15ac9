//! One run of the relayer role.

use super::{
    account::Account,
    candidates::{candidates, Candidate},
    ethereum::{CallError, Ethereum, EthereumError},
    finality::{due, evidence_of, handover_is_due, missing_set, remember, Due, NoEvidence},
    follow::{follow, Followed},
    rpc::RpcError,
    send::{Sender, Slot, Unsent},
    settings::{MissingSetting, Settings},
    settling::{advance, Name, Settling},
    RUN_MS,
};
use crate::{
    abi::{AppState, Contracts},
    plan::next_range,
    transaction::{InFlight, Intent},
    Config, LOG_TARGET,
};
use alloc::{string::String, vec::Vec};
use alloy_primitives::U256;
use core::fmt;
use frame_support::traits::Get;
use pallet_sequencer::Batches;
use pallet_verifier::Verified;
use sp_core::offchain::Duration;
use sp_runtime::offchain::storage::StorageValueRef;
use zkfusion_offchain::{
    backoff::Backoff,
    prover::{Service, ServiceError},
    url::Shown,
};
use zkfusion_primitives::{
    ids::{AppId, BatchIndex},
    statement::Statement,
};

/// Key of the pause after a commitment that was not sent.
const KEY_COMMIT_PAUSE: &[u8] = b"zkfusion::relayer::commit_pause";

/// The longest such pause, in blocks.
const MAX_COMMIT_PAUSE: u64 = 64;

/// Key of the chain on which the contracts were seen, with their addresses.
const KEY_CHAIN: &[u8] = b"zkfusion::relayer::chain";

/// Why the role cannot be played now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outage {
    /// The node does not say what is needed.
    Setting(MissingSetting),
    /// There is nothing to sign with.
    NoKey,
    /// Ethereum cannot be asked.
    Ethereum { url: String, error: EthereumError },
    /// The Ethereum node is on another chain than it has to be.
    OtherChain { url: String, found: u64, expected: u64 },
    /// The prover service cannot be asked.
    Prover { url: String },
}

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(MissingSetting(key)) => {
                write!(f, "the node's setting {key} is missing or malformed")
            }
            Self::NoKey => f.write_str("there is no ECDSA key of type zkrl in the keystore"),
            Self::Ethereum { url, error } => write!(f, "Ethereum at {}: {error}", Shown(url)),
            Self::OtherChain { url, found, expected } => write!(
                f,
                "Ethereum at {} is chain {found} now, and was {expected}: nothing is signed for another. If it is meant, give \
                 --l1-chain-id {found}",
                Shown(url)
            ),
            Self::Prover { url } => write!(f, "the prover service at {} does not answer", Shown(url)),
        }
    }
}

/// Takes the steps that there are to take. Also apps that seem to be settled are looked at if
/// `look_at_all`.
///
/// # Errors
///
/// Why nothing more can be done now.
pub(super) fn run<T: Config>(settings: &Settings, now: u64, look_at_all: bool) -> Result<(), Outage> {
    let end = sp_io::offchain::timestamp().add(Duration::from_millis(RUN_MS));
    let transaction = InFlight::load();
    let needed = transaction
        .as_ref()
        .and_then(|transaction| transaction.intent.app());
    let contracts = &settings.contracts;
    let apps = candidates::<T>(now, contracts, needed, look_at_all).map_err(Outage::Setting)?;
    if apps.is_empty() && transaction.is_none() && !handover_is_due() {
        return Ok(());
    }
    let account = Account::load().ok_or(Outage::NoKey)?;
    let ethereum = Ethereum::new(&settings.l1_url, contracts);
    let names: Vec<_> = apps.iter().map(|candidate| candidate.name.clone()).collect();
    let hashes: Vec<_> = transaction.iter().flat_map(InFlight::hashes).collect();
    let view = ethereum
        .view(account.address(), &hashes, &names)
        .map_err(|error| Outage::Ethereum {
            url: settings.l1_url.clone(),
            error,
        })?;
    let expected = settings
        .chain_id
        .unwrap_or_else(|| pinned(view.chain_id, contracts));
    if view.chain_id != expected {
        return Err(Outage::OtherChain {
            url: settings.l1_url.clone(),
            found: view.chain_id,
            expected,
        });
    }
    remember(&view.order);
    if let Some(set) = missing_set(&view.order) {
        log::warn!(
            target: LOG_TARGET,
            "Ethereum waits for a commitment of validator set {set}, which this node has not seen: relay with a node that \
             was online then"
        );
    }
    let sender = Sender {
        ethereum,
        account: &account,
        contracts,
        view: &view,
        limits: &settings.limits,
    };
    let apps: Vec<_> = apps.into_iter().zip(view.apps.iter().copied()).collect();
    let mut step = Step {
        service: Service::new(&settings.prover_url),
        sender: &sender,
        slot: None,
        now,
    };
    step.slot = match transaction {
        Some(transaction) => {
            let app = transaction.intent.app();
            let of_it = apps.iter().find(|(candidate, _)| Some(candidate.app) == app);
            match follow(&sender, transaction, of_it.map(|(_, state)| state)) {
                Followed::Free(slot) => Some(slot),
                Followed::Busy => None,
                Followed::Reverted => {
                    if let Some((candidate, state)) = of_it {
                        step.punish(candidate, state);
                    }
                    None
                }
            }
        }
        None => Some(Slot {
            nonce: view.nonce,
            replaces: None,
        }),
    };
    step.commit::<T>(0);
    for (candidate, state) in &apps {
        candidate.remember(state.next_batch);
        if sp_io::offchain::timestamp() > end {
            return Ok(());
        }
        step.take::<T>(candidate, state)
            .map_err(|Unreachable| Outage::Prover {
                url: settings.prover_url.clone(),
            })?;
    }
    Ok(())
}

/// Returns the chain on which the contracts were seen first: `now`, if that is here.
///
/// An Ethereum node may answer for another chain for a while, as a load balancer of several does.
fn pinned(now: u64, contracts: &Contracts) -> u64 {
    let pin = StorageValueRef::persistent(KEY_CHAIN);
    let place = (contracts.settlement.0 .0, contracts.order.0 .0);
    match pin.get::<(u64, ([u8; 20], [u8; 20]))>() {
        Ok(Some((chain, pinned_place))) if pinned_place == place => chain,
        _ => {
            pin.set(&(now, place));
            now
        }
    }
}

/// The prover service does not answer.
struct Unreachable;

/// What a step for an app needs.
struct Step<'a> {
    service: Service<'a>,
    sender: &'a Sender<'a>,
    /// Where the next transaction goes; nothing while one is under way.
    slot: Option<Slot>,
    now: u64,
}

impl Step<'_> {
    /// Tells Ethereum of the validators' next set, or of a block as new as `wanted`, if that is
    /// due.
    fn commit<T: Config>(&mut self, wanted: u64) {
        let pause = StorageValueRef::persistent(KEY_COMMIT_PAUSE);
        let mut backoff = pause.get::<Backoff>().ok().flatten().unwrap_or_default();
        if self.slot.is_none() || backoff.paused(self.now) {
            return;
        }
        let Some(Due { set, block, calldata }) = due::<T>(&self.sender.view.order, wanted) else {
            return;
        };
        let Some(slot) = self.slot.take() else { return };
        let intent = Intent::Commit { set, block };
        match self.sender.send(&slot, intent, calldata) {
            Ok(()) => backoff = Backoff::default(),
            Err(Unsent::Call(CallError::Refused(refusal))) if refusal.came_second() => {
                log::info!(target: LOG_TARGET, "{intent}: somebody else was faster");
            }
            // The slot was not used up, but what is refused now will be in the next blocks too:
            // apps go first.
            Err(error) => {
                log::error!(target: LOG_TARGET, "{intent}: not sent: {error}");
                backoff.fail(self.now, MAX_COMMIT_PAUSE);
            }
        }
        pause.set(&backoff);
    }

    /// Takes the next step for an app.
    fn take<T: Config>(&mut self, candidate: &Candidate, state: &AppState) -> Result<(), Unreachable> {
        let app = candidate.app;
        let mut settling = self.settling(candidate, state);
        if settling.paused(self.now) {
            return Ok(());
        }
        if !state.registered && candidate.verified > 0 {
            if let Some(slot) = self.slot.take() {
                let calldata = candidate.name.register();
                self.send(&slot, Intent::Register { app }, calldata, &mut settling);
            }
        }
        let next = state.next_batch;
        if next < candidate.verified && pallet_sequencer::Pallet::<T>::is_voided(app, next) {
            self.skip_voided::<T>(candidate, state, &mut settling);
            settling.save(app);
            return Ok(());
        }
        let result = self.settle::<T>(candidate, state, &mut settling);
        settling.save(app);
        result
    }

    /// Passes an app's next batch, which was voided.
    fn skip_voided<T: Config>(&mut self, candidate: &Candidate, state: &AppState, settling: &mut Settling) {
        let (app, batch) = (candidate.app, state.next_batch);
        let Some(sealed) = Batches::<T>::get(app, batch).filter(|_| state.registered) else {
            return;
        };
        let evidence = match evidence_of::<T>(app, batch, &self.sender.view.order) {
            Ok(evidence) => evidence,
            Err(error) => return self.lack::<T>(app, &error, settling),
        };
        let word = |hash: &[u8; 32]| U256::from_le_bytes(*hash);
        let Some((seed, slot)) = sealed.seed.zip(self.slot.take()) else {
            return;
        };
        let calldata = candidate
            .name
            .skip_voided(word(&sealed.inbox_hash_post), word(&seed), evidence);
        self.send(&slot, Intent::SkipVoided { app, batch }, calldata, settling);
    }

    /// Has the next batches of an app proved, or settles them.
    fn settle<T: Config>(
        &mut self,
        candidate: &Candidate,
        state: &AppState,
        settling: &mut Settling,
    ) -> Result<(), Unreachable> {
        let app = candidate.app;
        let statement =
            |batch: BatchIndex| -> Option<Statement> { Some(Verified::<T>::get(app, batch)?.statement) };
        let end = candidate
            .verified
            .min(state.next_batch.saturating_add(T::MaxBatches::get().into()));
        let voided =
            (state.next_batch..end).find(|batch| pallet_sequencer::Pallet::<T>::is_voided(app, *batch));
        let range = match next_range(state, voided.unwrap_or(end), statement) {
            Ok(range) => range,
            Err(blocked) => {
                log::error!(target: LOG_TARGET, "app {app}: {blocked}");
                settling.fail(self.now, true);
                return Ok(());
            }
        };
        let Some(last) = range.last().map(|statement| statement.batch_index) else {
            return Ok(());
        };
        // The commitment goes ahead of the proof, which takes longer; and nothing is proved that
        // this node could not send.
        if let Err(error) = evidence_of::<T>(app, last, &self.sender.view.order) {
            self.lack::<T>(app, &error, settling);
        }
        // While a transaction is under way, jobs are posted, but results wait.
        if settling.paused(self.now) || (settling.job.is_some() && (self.slot.is_none() || !state.registered))
        {
            return Ok(());
        }
        let (result, range) = match advance::<T>(&self.service, app, &range, settling, self.now) {
            Ok(Some(proved)) => proved,
            Ok(None) => return Ok(()),
            Err(ServiceError::Unreachable) => return Err(Unreachable),
            Err(error) => {
                log::warn!(target: LOG_TARGET, "{}: {error}", Name { app, range: &range });
                return Ok(());
            }
        };
        let (first, last) = (result.first, result.last);
        let evidence = match evidence_of::<T>(app, last, &self.sender.view.order) {
            Ok(evidence) => evidence,
            Err(error) => {
                self.lack::<T>(app, &error, settling);
                return Ok(());
            }
        };
        let calldata = candidate
            .name
            .settle(range, &result.statement, result.proof, evidence);
        if let Some((slot, calldata)) = self.slot.take().zip(calldata.ok()) {
            self.send(&slot, Intent::Settle { app, first, last }, calldata, settling);
        }
        Ok(())
    }

    /// Does what helps when there is no evidence for a batch.
    fn lack<T: Config>(&mut self, app: AppId, error: &NoEvidence, settling: &mut Settling) {
        match error {
            NoEvidence::NotCommitted(block) => {
                log::debug!(target: LOG_TARGET, "app {app}: {error}");
                self.commit::<T>(*block);
            }
            NoEvidence::Behind(_) => log::debug!(target: LOG_TARGET, "app {app}: {error}"),
            NoEvidence::NotIndexed(_) => {
                log::error!(target: LOG_TARGET, "app {app}: {error}");
                settling.fail(self.now, true);
            }
        }
    }

    /// Sends a transaction, and says what happens when it was not sent.
    fn send(&self, slot: &Slot, intent: Intent, calldata: Vec<u8>, settling: &mut Settling) {
        let error = match self.sender.send(slot, intent, calldata) {
            Ok(()) => return,
            Err(error) => error,
        };
        match &error {
            Unsent::Call(CallError::Refused(refusal)) if refusal.came_second() => {
                log::info!(target: LOG_TARGET, "{intent}: somebody else was faster");
            }
            Unsent::Call(CallError::Refused(refusal)) if refusal.is_invalid_proof() => {
                log::error!(
                    target: LOG_TARGET,
                    "{intent}: {error}; are the contract's verifier and the prover made from the same setup and circuit?"
                );
                settling.fail(self.now, true);
            }
            // It may have arrived.
            Unsent::Call(CallError::Rpc(RpcError::Http(_))) => {
                log::warn!(target: LOG_TARGET, "{intent}: {error}");
            }
            _ => {
                log::error!(target: LOG_TARGET, "{intent}: not sent: {error}");
                settling.fail(self.now, false);
            }
        }
    }

    /// Leaves an app alone for long after a transaction of it reverted, which costs.
    fn punish(&self, candidate: &Candidate, state: &AppState) {
        let mut settling = self.settling(candidate, state);
        settling.fail(self.now, true);
        settling.save(candidate.app);
    }

    fn settling(&self, candidate: &Candidate, state: &AppState) -> Settling {
        Settling::load(candidate.app, &self.sender.contracts.settlement, state)
    }
}
