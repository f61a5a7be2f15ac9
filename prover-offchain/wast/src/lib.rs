//! Runs WebAssembly test scripts in zkFusion's VM.
//!
//! [`run`] executes every directive of a script and says in a [`Report`] what passed, failed or was
//! skipped, and why. Every call it makes is also handed to whoever wants to check it further, as a
//! [`Call`]: a program whose message is this call, in the state that the script has reached. So a
//! trace, a constraint checker or a prover can repeat it.
//!
//! Modules of a script can import from one another and from `spectest`. The VM has one module at a
//! time, so linked modules are merged into one (`merge`) as soon as one imports from another, and
//! what the script has done with them so far is done again (`store`).

mod interface;
mod merge;
mod report;
mod script;
mod spectest;
mod store;
mod value;

pub use report::{Failure, Report};
pub use script::{run, Call};
