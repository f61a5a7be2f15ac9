//! The example app's life in the demo: a token that three people are given, pass on, and once fail
//! to.

use zkfusion_cli::{
    account::Signer,
    chain::{self, Chain},
};
use zkfusion_primitives::{
    ids::AppId,
    message::{Message, Payload},
};
use zkfusion_prover::payload::{parse_account, parse_payload};

use crate::{Failure, Result};

/// The example program.
pub const PROGRAM: &str = "token";
/// The chain's council, which registers the app, and the app's admin.
pub const ADMIN: &str = "Alice";
/// The accounts whose balances are shown.
pub const HOLDERS: [&str; 4] = ["Alice", "Bob", "Charlie", "Dave"];
/// The number of messages that fail.
pub const TRAPS: u64 = 1;

/// Fuel of a message; a transfer takes 1,522 units.
const FUEL: u64 = 5_000;

/// What a message may cost: a token, some hundred times what it does.
const MAX_FEE: u128 = 1_000_000_000_000;

/// A message to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Who sends it.
    pub sender: &'static str,
    /// Items of its payload.
    pub payload: [String; 3],
}

fn mint(to: &str, amount: u64) -> Order {
    order(ADMIN, 1, to, amount)
}

fn transfer(from: &'static str, to: &str, amount: u64) -> Order {
    order(from, 2, to, amount)
}

fn order(sender: &'static str, operation: u64, to: &str, amount: u64) -> Order {
    Order {
        sender,
        payload: [
            format!("u64:{operation}"),
            format!("account:{to}"),
            format!("u64:{amount}"),
        ],
    }
}

/// Returns the messages of the demo's batches. Within a batch only the order of each sender's own
/// messages matters.
pub fn batches() -> [Vec<Order>; 3] {
    // The supply overflows: the guest ends at an `unreachable`.
    let trap = mint("Alice", u64::MAX);
    [
        vec![mint("Alice", 1_000), mint("Bob", 500), mint("Charlie", 250)],
        vec![
            transfer("Alice", "Bob", 100),
            transfer("Bob", "Charlie", 50),
            transfer("Charlie", "Alice", 25),
        ],
        vec![
            transfer("Alice", "Dave", 10),
            transfer("Bob", "Dave", 20),
            trap,
            transfer("Charlie", "Dave", 30),
        ],
    ]
}

/// Returns the messages of a batch that takes a while to prove: the admin mints, and passes on one
/// by one.
pub fn long_batch() -> Vec<Order> {
    let transfers = (0..30).map(|i| transfer(ADMIN, HOLDERS[1 + i % 3], 1));
    std::iter::once(mint(ADMIN, 1_000)).chain(transfers).collect()
}

/// Returns the signer of a development account.
///
/// # Errors
///
/// When there is no such account.
pub fn signer(name: &str) -> Result<Signer> {
    format!("//{name}").parse().map_err(Failure)
}

/// Sends messages at once, so that one batch holds them, and returns them as the chain took them
/// in, by index.
///
/// # Errors
///
/// When the chain refuses one.
pub async fn send(chain: &Chain, app: AppId, orders: &[Order]) -> Result<Vec<Message>> {
    let mut nonces: Vec<(&str, u64)> = Vec::new();
    let mut sending = Vec::new();
    for order in orders {
        let signer = signer(order.sender)?;
        let known = nonces.iter_mut().find(|(sender, _)| *sender == order.sender);
        let nonce = match known {
            Some((_, nonce)) => {
                *nonce += 1;
                *nonce
            }
            None => {
                let nonce = chain.nonce(&signer).await?;
                nonces.push((order.sender, nonce));
                nonce
            }
        };
        sending.push(send_one(chain, app, order, signer, nonce));
    }
    let mut messages = futures::future::try_join_all(sending).await?;
    messages.sort_by_key(|message| message.index);
    Ok(messages)
}

async fn send_one(chain: &Chain, app: AppId, order: &Order, signer: Signer, nonce: u64) -> Result<Message> {
    use subxt::dynamic::At;

    let payload = parse_payload(&order.payload, parse_account).map_err(|error| Failure(error.to_string()))?;
    let call = chain::submit(app, payload.clone(), FUEL, MAX_FEE);
    let included = chain.send(&call, &signer, Some(nonce)).await?;
    let index = included
        .event("Sequencer", "MessageSubmitted")
        .and_then(|event| u64::try_from(event.at("index")?.as_u128()?).ok())
        .ok_or_else(|| Failure("the block has no event about the message".into()))?;
    Ok(Message {
        index,
        sender: signer.0.public_key().0,
        at_block: included.number,
        fuel_limit: FUEL,
        payload: Payload::try_from(payload).map_err(|_| Failure("the payload is too long".into()))?,
    })
}
