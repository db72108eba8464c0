//! The relay, as the binary that a host in any language starts.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

mod home;
mod vectors;
