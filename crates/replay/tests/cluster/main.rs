//! A cluster in memory keeps the contract of every store, and several collectors come to one history.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

mod contract;
mod embedded;
mod killed;
mod node;
mod nodes;
mod one_log;
mod restart;
mod several;
mod steps;
