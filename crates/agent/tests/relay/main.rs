//! The relay, as the binary that a host in any language starts.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]
#![cfg(target_os = "linux")]

mod consent;
mod delivery;
mod document;
mod ends;
mod full;
mod home;
mod silence;
mod unusable;
mod vectors;
