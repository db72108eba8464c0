//! What the agents of aboveboard share: event and value types, consent, identity, the spool, delivery, wire.
//!
//! The record path is std and rustix: this crate opens no socket, starts no thread and holds no runtime.
//! The feature `delivery` adds what reads, seals and hands over (serde, a hash); a recorder does without.
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate self as aboveboard_core;

mod admission;
pub mod clock;
pub mod consent;
mod daily;
pub mod declaration;
pub mod delivery;
mod disk;
pub mod envelope;
pub mod environment;
pub mod error;
pub mod event;
pub mod headers;
pub mod hex;
pub mod id;
pub mod identity;
#[cfg(feature = "delivery")]
pub mod inspect;
pub mod outcome;
pub mod paths;
pub mod recorder;
mod repeats;
#[cfg(test)]
mod sample;
pub mod spool;
#[cfg(feature = "silence")]
pub mod testing;
pub mod typed;
pub mod value;
pub mod wire;
