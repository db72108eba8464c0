//! Delivery: how sealed batches leave the machine.
//!
//! Policy lives here and bytes are moved elsewhere. [`Delivery`] is a state machine without I/O: it says what to do
//! next ([`Step`]) and what a reply means ([`Verdict`]). [`Round`] joins it to a spool
//! and to the small file that it remembers its pauses in. A [`Transport`] sends one request; there are two, thin,
//! and both pass the one conformance suite.
//! Beside it, [`server`] decides for a server whether it may record and when it reports.
//!
//! - A batch is acknowledged by a `202` whose body is our receipt for its id, and by nothing else.
//! - A refusal is believed only as the collector's problem document that echoes the batch's id. `400`, `413`, `415` and
//!   `422` then reject it for good, and `410` ends sending for a week; everything else keeps it.
//! - After a failure everything pauses, not the one batch alone, and one batch goes first afterwards.
//! - Pauses carry jitter and outlive the process; `Retry-After` is obeyed up to 24 hours.
//! - Redirects are not followed, private addresses not dialled unless allowed, replies cut at 64 KiB.

#![forbid(unsafe_code)]

mod collectors;
#[cfg(feature = "network")]
pub mod jitter;
pub mod limits;
#[cfg(feature = "network")]
mod machine;
mod memory;
#[cfg(feature = "network")]
mod pace;
#[cfg(feature = "network")]
pub mod proxy;
#[cfg(feature = "network")]
pub mod retry_after;
#[cfg(feature = "network")]
mod round;
#[cfg(feature = "network")]
pub mod server;
#[cfg(feature = "network")]
mod transport;
#[cfg(feature = "network")]
mod verdict;

pub use self::{
    collectors::{By, Collector, collectors, collectors_file, remember},
    memory::Memory,
};
#[cfg(feature = "network")]
pub use self::{
    machine::Delivery,
    pace::Pace,
    round::{Ended, Round},
    transport::{Failure, Reply, Request, Transport},
    verdict::{Fate, Kept, Outage, Step, Verdict},
};
