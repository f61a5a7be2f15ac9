//! Work for callers who pay nothing is done for one of them at a time: it must not take all
//! processors and threads from the node.

use std::sync::{Mutex, MutexGuard, TryLockError};

/// Whose turn it is.
#[derive(Default)]
pub(super) struct Turn(Mutex<()>);

impl Turn {
    /// Takes the turn until the guard is dropped. `None` while somebody else has it.
    pub(super) fn take(&self) -> Option<MutexGuard<'_, ()>> {
        match self.0.try_lock() {
            Ok(turn) => Some(turn),
            // Nothing is kept under the lock that a panic could have damaged.
            Err(TryLockError::Poisoned(turn)) => Some(turn.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn one_caller_has_it_at_a_time_and_a_panic_gives_it_back() {
        let turn = Turn::default();
        thread::scope(|scope| {
            let panics = scope.spawn(|| {
                let _mine = turn.take().expect("nobody has it");
                assert!(thread::scope(|inner| inner
                    .spawn(|| turn.take().is_none())
                    .join()
                    .unwrap()));
                panic!("expected");
            });
            assert!(panics.join().is_err());
        });
        assert!(turn.take().is_some());
        assert!(turn.take().is_some());
    }
}
