//! Links the sessions of a web console to the server or CLI that serves it.
//!
//! A page of the console loads `client.js`, reads `config` and posts to `events` what was done: declared actions
//! and route patterns, never a payload, parameter or address. The bridge admits only pages of the console itself
//! ([`Origins`]), translates what they report into events, and adds the installation id of the server or CLI, or
//! both, that the page belongs to. No id of an installation ever reaches the page.
//!
//! The handler is free of any framework: [`Bridge::answer`] takes the parts of a request and returns a response.
//! The feature `axum` adds [`router`].
#![forbid(unsafe_code)]

mod admission;
mod bridge;
mod config;
mod limits;
mod origins;
mod page;
mod peer;
mod rate;
mod refusal;
#[cfg(feature = "axum")]
mod router;
mod token;

pub use aboveboard_types::headers::TOKEN as TOKEN_HEADER;
pub use aboveboard_types::typed::{ConsoleState, Sink, Upstream};
pub use bridge::Bridge;
pub use limits::MAX_BYTES;
pub use origins::{Origin, Origins};
#[cfg(feature = "axum")]
pub use router::router;

#[cfg(test)]
mod tests;
