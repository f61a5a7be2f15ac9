//! One run of the relayer role.

use super::{
    account::Account,
    candidates::{candidates, Candidate},
    ethereum::{CallError, Ethereum, EthereumError},
    follow::{follow, Followed},
    rpc::RpcError,
    send::{Sender, Slot, Unsent},
    settings::{MissingSetting, Settings},
    settling::{advance, Name, Settling},
    RUN_MS,
};
use crate::{
    abi::{AppState, Refusal},
    plan::next_range,
    transaction::{InFlight, Intent},
    Config, LOG_TARGET,
};
use alloc::{string::String, vec::Vec};
use core::fmt;
use frame_support::traits::Get;
use pallet_verifier::{
    offchain::service::{Service, ServiceError},
    Verified,
};
use sp_core::offchain::Duration;
use zkfusion_primitives::{ids::BatchIndex, statement::Statement};

/// Why the role cannot be played now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outage {
    /// The node does not say what is needed.
    Setting(MissingSetting),
    /// There is nothing to sign with.
    NoKey,
    /// Ethereum cannot be asked.
    Ethereum { url: String, error: EthereumError },
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
            Self::Ethereum { url, error } => write!(f, "Ethereum at {url}: {error}"),
            Self::Prover { url } => write!(f, "the prover service at {url} does not answer"),
        }
    }
}

/// Takes the steps that there are to take. Also apps that seem to be settled are looked at if `look_at_all`.
///
/// # Errors
///
/// Why nothing more can be done now.
pub(super) fn run<T: Config>(settings: &Settings, now: u64, look_at_all: bool) -> Result<(), Outage> {
    let end = sp_io::offchain::timestamp().add(Duration::from_millis(RUN_MS));
    let transaction = InFlight::load();
    let needed = transaction.as_ref().map(|transaction| transaction.intent.app());
    let apps = candidates::<T>(now, needed, look_at_all).map_err(Outage::Setting)?;
    if apps.is_empty() && transaction.is_none() {
        return Ok(());
    }
    let account = Account::load().ok_or(Outage::NoKey)?;
    let ethereum = Ethereum::new(&settings.l1_url, settings.settlement);
    let names: Vec<_> = apps.iter().map(|candidate| candidate.name.clone()).collect();
    let hashes: Vec<_> = transaction.iter().flat_map(InFlight::hashes).collect();
    let view = ethereum
        .view(account.address(), &hashes, &names)
        .map_err(|error| Outage::Ethereum {
            url: settings.l1_url.clone(),
            error,
        })?;
    let sender = Sender {
        ethereum,
        account: &account,
        contract: settings.settlement,
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
            let of_it = apps
                .iter()
                .find(|(candidate, _)| candidate.app == transaction.intent.app());
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
    /// Takes the next step for an app.
    fn take<T: Config>(&mut self, candidate: &Candidate, state: &AppState) -> Result<(), Unreachable> {
        let app = candidate.app;
        let statement =
            |batch: BatchIndex| -> Option<Statement> { Some(Verified::<T>::get(app, batch)?.statement) };
        let mut settling = self.settling(candidate, state);
        if settling.paused(self.now) {
            return Ok(());
        }
        let range = match next_range(state, candidate.verified, T::MaxBatches::get(), statement) {
            Ok(range) if range.is_empty() => return Ok(()),
            Ok(range) => range,
            Err(blocked) => {
                log::error!(target: LOG_TARGET, "app {app}: {blocked}");
                settling.fail(self.now, true);
                settling.save(app);
                return Ok(());
            }
        };
        if !state.registered {
            if let Some(slot) = self.slot.take() {
                let calldata = candidate.name.register();
                self.send(&slot, Intent::Register { app }, calldata, &mut settling);
            }
        }
        // While a transaction is under way, jobs are posted, but results wait.
        if settling.paused(self.now) || (settling.job.is_some() && (self.slot.is_none() || !state.registered))
        {
            settling.save(app);
            return Ok(());
        }
        let advanced = advance::<T>(&self.service, app, &range, &mut settling, self.now);
        let result = match advanced {
            Ok(Some(result)) => {
                if let Some(slot) = self.slot.take() {
                    let count = settling.job.as_ref().map_or(0, |job| u64::from(job.count));
                    let intent = Intent::Settle {
                        app,
                        first: state.next_batch,
                        last: state.next_batch.saturating_add(count).saturating_sub(1),
                    };
                    self.send(&slot, intent, result.calldata, &mut settling);
                }
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(ServiceError::Unreachable) => Err(Unreachable),
            Err(error) => {
                log::warn!(target: LOG_TARGET, "{}: {error}", Name { app, range: &range });
                Ok(())
            }
        };
        settling.save(app);
        result
    }

    /// Sends a transaction, and says what happens when it was not sent.
    fn send(&self, slot: &Slot, intent: Intent, calldata: Vec<u8>, settling: &mut Settling) {
        let error = match self.sender.send(slot, intent, calldata) {
            Ok(()) => return,
            Err(error) => error,
        };
        match &error {
            Unsent::Call(CallError::Refused(Refusal::AlreadySettled(_))) => {
                log::info!(target: LOG_TARGET, "{intent}: somebody else was faster");
            }
            Unsent::Call(CallError::Refused(Refusal::InvalidProof(_))) => {
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
        Settling::load(candidate.app, &self.sender.contract, state)
    }
}
