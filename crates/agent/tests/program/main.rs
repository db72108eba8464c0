//! The program from outside: what a host sees that forwards to it, and what its users see.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

mod ask;
mod called;
mod deliver;
mod document;
mod ended;
mod explain;
mod home;
mod product;
