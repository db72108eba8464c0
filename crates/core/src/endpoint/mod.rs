//! Where batches may go: the spelling of an endpoint, and the addresses that may be dialled for it.
//!
//! An endpoint can come from an operator's variable or a host's configuration, so it is treated as hostile: it
//! must not turn the agent into a way to reach what only this machine can reach. The spelling is checked once;
//! the address is checked by the transport for every address it is about to dial, since a name can resolve to
//! anything.

mod checked;
mod reach;
mod spelling;
mod tag;
mod unusable;

pub(crate) use self::tag::tag;
pub use self::{checked::Endpoint, unusable::Unusable};
