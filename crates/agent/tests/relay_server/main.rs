//! `relay --server` as a server in any language uses it: the real program, a pipe, and a collector on loopback.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]
#![cfg(target_os = "linux")]

mod document;
mod kills;
mod notice;
mod relay;
mod reports;
mod script;
mod silence;
mod verbs;
