//! A raffle drawn by the batch's randomness.
//!
//! A payload is one little-endian word, the operation:
//!
//! | operation | meaning |
//! |---|---|
//! | 1 | open a round; the sender becomes its organiser |
//! | 2 | enter: one ticket for each message |
//! | 3 | draw: the organiser closes the round; the winner's account id goes to the outbox |
//!
//! The seed of the batch that holds the draw was unknown when that batch was sealed, so neither
//! organiser nor players can choose the winner by when they send.
//!
//! State: leaf 0 is `[rounds finished, open (0 or 1), tickets, 0]`, leaf 1 the organiser, leaf 2
//! the last winner, leaf `3 + i` the holder of ticket `i`.
#![no_std]

use zkfusion_guest::{account::Account, entry, inbox::Message, kv, outbox, vrf};

entry!(handle);

const OPEN: u64 = 1;
const ENTER: u64 = 2;
const DRAW: u64 = 3;

const ROUND: u32 = 0;
const ORGANISER: u32 = 1;
const WINNER: u32 = 2;
const FIRST_TICKET: u32 = 3;

/// Tickets of a round, at most.
const MAX_TICKETS: u64 = 1 << 20;

fn handle(mut message: Message) -> Result<(), &'static str> {
    let [operation] = message.payload.exact()?;
    let [rounds, open, tickets, _] = kv::words(ROUND);
    match (operation, open) {
        (OPEN, 0) => {
            kv::set_words(ROUND, [rounds, 1, 0, 0]);
            kv::set_words(ORGANISER, message.sender.0);
            Ok(())
        }
        (OPEN, _) => Err("a round is open already"),
        (ENTER | DRAW, 0) => Err("no round is open"),
        (ENTER, _) => enter(message.sender, rounds, tickets),
        (DRAW, _) => draw(message.sender, rounds, tickets),
        _ => Err("unknown operation"),
    }
}

fn enter(player: Account, rounds: u64, tickets: u64) -> Result<(), &'static str> {
    if tickets == MAX_TICKETS {
        return Err("the round is full");
    }
    kv::set_words(FIRST_TICKET + tickets as u32, player.0);
    kv::set_words(ROUND, [rounds, 1, tickets + 1, 0]);
    Ok(())
}

fn draw(sender: Account, rounds: u64, tickets: u64) -> Result<(), &'static str> {
    if Account(kv::words(ORGANISER)) != sender {
        return Err("only the organiser draws");
    }
    if tickets == 0 {
        return Err("nobody has entered");
    }
    // Tickets are at most 2^20, so the remainder of a 64-bit word favours none by more than 2^-44.
    let ticket = (vrf::word(0) % tickets) as u32;
    let winner = kv::words(FIRST_TICKET + ticket);
    outbox::push_words(winner);
    kv::set_words(WINNER, winner);
    kv::set_words(ROUND, [rounds + 1, 0, 0, 0]);
    Ok(())
}
