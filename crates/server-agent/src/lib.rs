//! The agent that a server embeds: it reports the counts that the product's manifest declares, and records declared
//! events. Programs use it through the crate `aboveboard`.
//!
//! ```no_run
//! # use aboveboard_types::{declaration::Declaration, event::Report, typed::Counts};
//! # struct Tables; impl Counts for Tables { fn report(self) -> Report<'static> { Report { counts: vec![], timings: None } } }
//! # async fn embed(product: &'static Declaration, flag: Option<&str>, config: Option<&str>) {
//! let telemetry = aboveboard_server_agent::Agent::new(product, env!("CARGO_PKG_VERSION"))
//!     .flag(flag)
//!     .config(config)
//!     .directory("/var/lib/quarry")
//!     .counts(|| async { Tables })
//!     .start();
//! // … serve …
//! telemetry.shutdown().await;
//! # }
//! ```
//!
//! - One task, and while telemetry is on one thread that sleeps until the next report: the host's runtime need have neither
//!   timers nor I/O. Batches are sent on a thread that ends with them. The host's closure counts in a task that may hang
//!   or panic; names are resolved on a detached thread that nothing waits for.
//! - Consent is decided anew before each report and each request, and at most a second before each event: an opt-out
//!   while the server runs silences it, and deletes what the rule says is deleted.
//! - Under the policy `notice` the start-up line names the endpoint, what is sent, and how to turn it off. It counts as
//!   shown only if something listens to it. Nothing is recorded before the first delay since then has passed.
//! - Every transmission is one tracing event of target `aboveboard`, with batch id, bytes, host and receipt.
//!
//! # Variables
//!
//! `<PREFIX>_TELEMETRY_ROOTS` names a file of PEM certificates that the collector's must come from, for collectors
//! behind a private certificate authority; proxies come from the standard variables. Both are the operator's word; whoever
//! else can set a server's variables can read what it sends.
//!
//! In builds that are not releases, `<PREFIX>_TELEMETRY_FIRST_DELAY`, `<PREFIX>_TELEMETRY_PERIOD` and
//! `<PREFIX>_TELEMETRY_DELIVER` (whole seconds) shorten the first delay, the time between reports and that
//! between deliveries, for tests and demonstrations.
#![forbid(unsafe_code)]

mod agent;
mod clock;
#[cfg(feature = "router")]
mod console;
mod counts;
mod delivery;
mod handle;
mod integration;
mod layer;
mod limits;
mod notice;
mod progress;
#[cfg(feature = "router")]
mod refusal;
mod report;
mod resolver;
#[cfg(feature = "router")]
mod router;
mod running;
mod state_store;
mod status;
mod stop;
mod transport;
mod worker;

#[cfg(test)]
mod tests;

pub(crate) use counts::{Counter, NoCounts};
pub(crate) use integration::Integration;
pub(crate) use limits::{MAX_LAST_REQUEST_TIME, MAX_SHUTDOWN_TIME, STATE_STORE_RETRY};
pub(crate) use progress::{SharedProgress, Transmission};
pub(crate) use resolver::{Resolver, System};
pub(crate) use running::RunningAgent;
pub(crate) use state_store::SharedState;
pub(crate) use stop::StopSignal;

pub use aboveboard_types::headers::LINK as LINK_HEADER;
pub use aboveboard_types::typed::{
    ConfigValue, Counted, Fallible, Perhaps, Plain, StateStore, StateStoreError,
};
pub use agent::Agent;
pub use handle::Handle;
pub use layer::{Link, LinkLayer};
pub use status::Status;

/// The target of every tracing event of this crate.
pub const TARGET: &str = "aboveboard";
