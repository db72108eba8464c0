//! `bridge` as a host in any language uses it: the real program, its socket, and hosts that pass on what pages ask.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]
#![cfg(all(target_os = "linux", feature = "bridge"))]

mod backlog;
mod document;
mod host;
mod page;
mod program;
mod refused;
mod silence;
mod socket;
