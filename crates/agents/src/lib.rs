//! The agents that a facade with telemetry re-exports.
//!
//! A cargo feature cannot ask for two others at once. The facade's `telemetry` asks for this crate and its
//! `server`, `cli` and `console` ask for the features here, so that an agent is compiled only where both do.
#![forbid(unsafe_code)]

#[cfg(feature = "cli")]
pub use aboveboard_cli_agent as cli;
#[cfg(feature = "console")]
pub use aboveboard_console_bridge as console;
#[cfg(feature = "server")]
pub use aboveboard_server_agent as server;
