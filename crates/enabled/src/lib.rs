//! The agents that the facade re-exports while its feature `telemetry` is on.
//!
//! A cargo feature cannot require two others at once. The facade's `telemetry` turns this crate on, and its `server`,
//! `recorder`, `cli` and `console` turn on the features here, so that an agent is compiled only where both are on. Depend on
//! `aboveboard`, not on this crate.
#![forbid(unsafe_code)]

#[cfg(feature = "recorder")]
pub use aboveboard_cli_agent as cli;
#[cfg(feature = "console")]
pub use aboveboard_console_bridge as console;
#[cfg(feature = "server")]
pub use aboveboard_server_agent as server;
