//! The agent for programs in any language: verbs over a manifest that is read at run time.
//!
//! The binary `aboveboard-agent` is these verbs and nothing else; the operator's binary mounts them beside its own.
#![forbid(unsafe_code)]

mod ask;
#[cfg(feature = "bridge")]
mod bridge;
mod command_line;
mod counts;
mod deliver;
mod exec;
mod host;
mod ignored_signals;
mod left;
mod lines;
pub mod manifest_file;
pub mod named_file;
pub mod output;
mod record;
mod record_counts;
mod relay;
mod signals;
mod streams;
mod unrecorded;
mod user;
mod values;
mod verb;

#[cfg(any(test, feature = "fuzzing"))]
pub use self::relay::fuzz as fuzz_relay;
pub use self::{
    command_line::{parse, without_values},
    exec::become_program_if_called,
    host::{Product, deliver_if_called, with_host_options},
    ignored_signals::is_ignored,
    verb::{Verb, exit_codes, run},
};
