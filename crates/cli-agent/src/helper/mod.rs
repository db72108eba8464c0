//! The helper: the same program once more, in a session of its own, that delivers what is due and is gone.
//!
//! A command never talks to the network. When a delivery is due, at most once per interval, its end starts
//! `<program> telemetry-deliver` and does not wait for it. The helper holds none of the host's descriptors, has no
//! terminal, works in `/`, is the only one of its product (by a lock that dies with it), decides consent afresh,
//! and ends within ten seconds, if need be by killing itself.

mod descriptors;
mod due;
mod protocol;
mod start;
#[cfg(feature = "uploader")]
mod work;

pub use self::descriptors::close_inherited;
#[cfg(feature = "uploader")]
pub(crate) use self::work::{Hindrance, take_over, turn};
pub(crate) use self::{
    due::DueFile,
    start::{consents, is_turn, start, start_if_due},
};
