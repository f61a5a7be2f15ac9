//! A token ledger.
//!
//! A payload is six little-endian words: the operation, the receiver's account id (four words), the
//! amount.
//!
//! | operation | meaning |
//! |---|---|
//! | 1 | mint: the first minter becomes the admin; only the admin mints |
//! | 2 | transfer from the sender |
//!
//! Whatever is not allowed fails the message with a logged reason, a supply beyond 64 bits with a
//! trap; state stays as it was.
//!
//! State: leaf 0 is `[supply, admin 0..24]`; each other leaf in use is `[balance, holder 0..24]`,
//! where `0..24` are the first 24 bytes of the account id. An account's leaf is at the hash of its
//! id, or at the first of the following seven indices that is free or its own: holders never leave,
//! so the search is stable. To keep somebody from ever receiving, an attacker has to fund eight
//! accounts that hash to the right indices (some 2^35 hashes).
#![no_std]

use zkfusion_guest::{account::Account, entry, inbox::Message, kv};

entry!(handle);

const MINT: u64 = 1;
const TRANSFER: u64 = 2;

/// Index of the leaf with the supply and the admin.
const LEDGER: u32 = 0;

/// Indices at which an account's leaf may lie.
const PROBES: u32 = 8;

fn handle(mut message: Message) -> Result<(), &'static str> {
    let [operation, a, b, c, d, amount] = message.payload.exact()?;
    let to = Account([a, b, c, d]);
    match operation {
        MINT => mint(message.sender, to, amount),
        TRANSFER => transfer(message.sender, to, amount),
        _ => Err("unknown operation"),
    }
}

fn mint(sender: Account, to: Account, amount: u64) -> Result<(), &'static str> {
    let minter = Id::of(sender)?;
    let (supply, admin) = read(LEDGER);
    if !admin.is_none() && !admin.is(minter) {
        return Err("only the admin mints");
    }
    let Some(supply) = supply.checked_add(amount) else {
        panic!("the supply would overflow");
    };
    write(LEDGER, supply, minter);
    let (index, balance, holder) = find(to)?;
    // No balance exceeds the supply, which does not overflow.
    write(index, balance.wrapping_add(amount), holder);
    Ok(())
}

fn transfer(from: Account, to: Account, amount: u64) -> Result<(), &'static str> {
    let (index, balance, holder) = find(from)?;
    let rest = balance.checked_sub(amount).ok_or("the balance is too low")?;
    write(index, rest, holder);
    // Read after the debit, so that a transfer to oneself changes nothing.
    let (index, balance, holder) = find(to)?;
    write(index, balance.wrapping_add(amount), holder);
    Ok(())
}

/// Returns an account's leaf index and balance, and the id that its leaf carries.
#[inline(always)]
fn find(account: Account) -> Result<(u32, u64, Id), &'static str> {
    let holder = Id::of(account)?;
    let mut index = account.leaf_index();
    let mut probes = 0;
    while probes < PROBES {
        if index == LEDGER {
            index = 1;
        }
        let (balance, found) = read(index);
        if found.is(holder) {
            return Ok((index, balance, holder));
        }
        if found.is_none() {
            return Ok((index, 0, holder));
        }
        index = index.wrapping_add(1);
        probes += 1;
    }
    Err("no leaf is free for the account")
}

/// The part of an account id that leaves carry: its first 24 bytes. All zero stands for nobody.
#[derive(Clone, Copy)]
struct Id(u64, u64, u64);

impl Id {
    #[inline(always)]
    fn of(account: Account) -> Result<Self, &'static str> {
        let [a, b, c, _] = account.0;
        let id = Self(a, b, c);
        if id.is_none() {
            return Err("the account id is not valid");
        }
        Ok(id)
    }

    #[inline(always)]
    fn is_none(self) -> bool {
        self.0 | self.1 | self.2 == 0
    }

    /// Compares word by word: comparing arrays would go through memory, and memory is what a proof
    /// costs most.
    #[inline(always)]
    fn is(self, other: Self) -> bool {
        (self.0 ^ other.0) | (self.1 ^ other.1) | (self.2 ^ other.2) == 0
    }
}

#[inline(always)]
fn read(index: u32) -> (u64, Id) {
    let [amount, a, b, c] = kv::words(index);
    (amount, Id(a, b, c))
}

#[inline(always)]
fn write(index: u32, amount: u64, id: Id) {
    kv::set_words(index, [amount, id.0, id.1, id.2]);
}
