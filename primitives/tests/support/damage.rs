//! Damage to bytes that come from outside.
#![allow(dead_code)]

use proptest::prelude::*;

/// A change of an encoding. Places are taken modulo its length.
#[derive(Clone, Debug)]
pub(crate) enum Damage {
    Set(usize, u8),
    Flip(usize, u32),
    Remove(usize),
    Insert(usize, u8),
    Truncate(usize),
    /// A length that no input has.
    Length(usize),
}

/// Chooses one to three changes.
pub(crate) fn damage() -> impl Strategy<Value = Vec<Damage>> {
    prop::collection::vec(change(), 1..4)
}

/// Returns an encoding after these changes.
pub(crate) fn damaged(encoding: &[u8], damage: &[Damage]) -> Vec<u8> {
    let mut bytes = encoding.to_vec();
    damage.iter().for_each(|change| change.apply(&mut bytes));
    bytes
}

/// Chooses one change.
fn change() -> impl Strategy<Value = Damage> {
    let place = || 0..1usize << 16;
    prop_oneof![
        (place(), any::<u8>()).prop_map(|(place, byte)| Damage::Set(place, byte)),
        (place(), 0..8u32).prop_map(|(place, bit)| Damage::Flip(place, bit)),
        place().prop_map(Damage::Remove),
        (place(), any::<u8>()).prop_map(|(place, byte)| Damage::Insert(place, byte)),
        place().prop_map(Damage::Truncate),
        place().prop_map(Damage::Length),
    ]
}

impl Damage {
    /// Changes an encoding.
    pub(crate) fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let place = |place: &usize| place % bytes.len();
        match self {
            Self::Set(at, byte) => {
                let at = place(at);
                bytes[at] = *byte;
            }
            Self::Flip(at, bit) => {
                let at = place(at);
                bytes[at] ^= 1 << bit;
            }
            Self::Remove(at) => {
                bytes.remove(place(at));
            }
            Self::Insert(at, byte) => bytes.insert(place(at), *byte),
            Self::Truncate(at) => bytes.truncate(place(at)),
            Self::Length(at) => {
                let at = place(at);
                bytes.splice(at..at, [0x03, 0xff, 0xff, 0xff, 0xff]);
            }
        }
    }
}
