//! The agent that a command line program embeds: it records which declared commands are used and asks for consent
//! first. Programs use it through the crate `aboveboard`.
//!
//! ```no_run
//! # use aboveboard_types::declaration::Declaration;
//! # fn main_of(product: &'static Declaration, tree: clap::Command) -> std::process::ExitCode {
//! let telemetry = aboveboard_cli_agent::start(product, env!("CARGO_PKG_VERSION")); // first line of `main`
//! let (matches, command) = telemetry.matches(tree); // or `parse::<Cli>()`
//! command.run(|link| std::process::ExitCode::SUCCESS)
//! # }
//! ```
//!
//! - Each command gives one event: its declared path, when, whether it failed, versions; never an argument.
//! - The process of the user never talks to the network, unless it asks for that ([`Agent::deliver_now`],
//!   [`Agent::deliver_at_exit`]): a helper does, at most once per interval ([`Agent::every`]).
//! - Nothing is written to stdout, and to stderr only one question or notice, where a person is, after a command.
//! - Nothing is started but a helper, and the program itself as one only where its own `main` called [`start`].
//! - Where telemetry is off or undecided, nothing is opened for writing, sent, resolved or started.
#![deny(unsafe_code)]

mod agent;
mod arguments;
mod asking;
mod channel;
mod command;
#[cfg(feature = "console")]
mod console;
#[cfg(feature = "uploader")]
mod deliver;
mod delivering;
mod helper;
mod hints;
mod interrupted;
mod invocation;
#[cfg_attr(unix, path = "keyboard/unix.rs")]
mod keyboard;
mod left;
mod link;
#[cfg(feature = "console")]
mod origin;
mod peer;
mod prompt;
mod resident;
mod roots;
mod running;
mod server;
mod settings;
mod side;
mod terminal;
mod tickets;
#[cfg(feature = "uploader")]
mod transport;
pub mod verbs;
#[cfg(feature = "uploader")]
mod way;

pub(crate) use hints::{Calls, Hints};
pub(crate) use invocation::Invocation;
pub(crate) use peer::Peer;
pub(crate) use settings::{Settings, Wording};

pub use aboveboard_command_line::{command_paths, enable_telemetry};
pub use aboveboard_types::headers::LINK as LINK_HEADER;
pub use aboveboard_types::outcome::{Delivery, Fate};
pub use aboveboard_types::typed::{ConfigValue, Finished};

#[cfg(feature = "console")]
pub use self::console::ConsoleSink;
#[doc(hidden)]
pub use self::helper::close_inherited;
#[doc(hidden)]
pub use self::interrupted::finish as finish_interrupted_erasure;
#[cfg(feature = "uploader")]
pub use self::transport::Http;
#[cfg(feature = "uploader")]
#[doc(hidden)]
pub use self::transport::proxy_to;
pub use self::{
    agent::{Agent, library, start},
    arguments::instrument,
    command::Command,
    link::Link,
    resident::{MAX_RUNS, Resident},
};
