//! Checks of whole sites.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

mod changed;
mod checked;
mod hostile;
mod rules;
