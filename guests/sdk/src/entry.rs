//! How a program starts and ends.

use crate::{log, require};

/// Names the handler that runs for each message: `fn(Message)` or `fn(Message) -> Result<(), E>`
/// with `E: AsRef<str>`.
///
/// Defines the export `zkmain` that the VM calls.
#[macro_export]
macro_rules! entry {
    ($handler:path) => {
        /// Processes one message.
        #[no_mangle]
        pub extern "C" fn zkmain() {
            $crate::entry::finish($handler($crate::inbox::Message::receive()))
        }
    };
}

/// What a handler may return.
pub trait Outcome {
    /// Ends the message: returns when it succeeded.
    fn finish(self);
}

impl Outcome for () {
    #[inline(always)]
    fn finish(self) {}
}

impl<E: AsRef<str>> Outcome for Result<(), E> {
    #[inline(always)]
    fn finish(self) {
        if let Err(reason) = self {
            log::text(reason.as_ref());
            require(false);
        }
    }
}

/// Ends the message as the handler's outcome says.
#[inline(always)]
pub fn finish(outcome: impl Outcome) {
    outcome.finish()
}
