//! What the tests of this repository share. Never published.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test kit says what it expects by panicking, as a test does"
)]

#[cfg(feature = "authority")]
pub mod authority;
#[cfg(feature = "clickhouse")]
pub mod clickhouse;
pub mod fleet;
#[cfg(feature = "fuzz")]
pub mod fuzz;
#[cfg(feature = "proxies")]
pub mod proxies;
#[cfg(feature = "published")]
pub mod publications;
#[cfg(feature = "published")]
pub mod published;
pub mod sample;
pub mod sender;
pub mod server_product;
#[cfg(feature = "terminal")]
pub mod terminal;
