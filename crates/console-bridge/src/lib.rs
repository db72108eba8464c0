//! Links the sessions of a web console to the server or CLI that serves it.
//!
//! A page of the console loads `client.js`, reads `config` and posts to `events` what was done: declared actions
//! and route patterns, never a payload, parameter or address. The bridge admits only pages of the console itself
//! ([`Origins`]), translates what they report into events, and adds the installation id of the server or CLI, or
//! both, that the page belongs to. No id of an installation ever reaches the page.
//!
//! The handler is free of any framework: [`Bridge::answer`] takes the parts of a request and returns a response.
//! The feature `axum` adds [`router`].
//!
//! The agents make a bridge for their hosts. A host that needs one of its own writes a [`Sink`]:
//!
//! ```
//! use aboveboard_console_bridge::{Bridge, ConsoleState, Origins, Sink};
//! use aboveboard_types::{declaration::Declaration, event::Event, id::Id};
//!
//! /// An agent whose telemetry is off.
//! struct Off;
//!
//! impl Sink for Off {
//!     fn state(&self) -> ConsoleState {
//!         ConsoleState::Off
//!     }
//!     fn record(&self, _event: Event<'static>) {}
//!     fn undeclared(&self, _events: u64) {}
//! }
//!
//! # fn main() -> Result<(), http::Error> { fn with(product: &'static Declaration, random: Id) -> Result<(), http::Error> {
//! let bridge = Bridge::new(product, Origins::literal(), random, Off);
//! let request = http::Request::get("/telemetry/config").header("host", "localhost:8080").body(())?;
//! let response = bridge.answer(&request.into_parts().0, b"", None);
//! assert_eq!(response.body(), br#"{"mode":"off"}"#, "the page learns that it should be silent");
//! # Ok(()) }
//! # with(Box::leak(Box::new(aboveboard_testkit::server_product::declaration())), Id::from_random([7; 16])) }
//! ```
#![forbid(unsafe_code)]

mod admission;
mod bridge;
mod config;
mod limits;
mod origins;
mod page;
mod peer;
mod rate;
#[cfg(feature = "axum")]
mod readings;
mod refusal;
#[cfg(feature = "axum")]
mod router;
#[cfg(target_os = "linux")]
mod tables;
mod token;

pub use aboveboard_types::headers::TOKEN as TOKEN_HEADER;
pub use aboveboard_types::typed::{ConsoleState, Sink, Upstream};
pub use bridge::Bridge;
pub use limits::MAX_BYTES;
pub use origins::{Origin, Origins};
pub use peer::Connection;
#[cfg(feature = "axum")]
pub use router::router;
pub use token::Token;

#[cfg(test)]
mod tests;

pub(crate) use refusal::Refusal;
