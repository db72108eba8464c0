//! What every part of aboveboard speaks of: events and their values, ids, the declaration of a product, and the JSON
//! in which they stand in a spool and in a batch.
//!
//! Nothing here opens a file or a socket or reads the environment, and nothing needs serde: [`encode`] writes what
//! the record path can afford, and [`read`] is its strict inverse.
#![forbid(unsafe_code)]

pub mod bearer;
pub mod checksum;
pub mod clock;
pub mod declaration;
pub mod encode;
pub mod envelope;
pub mod event;
pub mod hand_over;
pub mod headers;
pub mod hex;
pub mod host;
pub mod id;
pub mod json;
pub mod limits;
pub mod outcome;
pub mod possession;
pub mod printable;
pub mod read;
pub mod refusal;
pub mod scope;
pub mod sealed;
mod spelled;
pub mod typed;
pub mod value;
