//! The bridge before what pages send, real and made up: what takes more than one file of the crate.

mod bridge;
pub(crate) mod kit;
mod random;
mod vectors;
