//! The agent of a command line program, in a build without telemetry.
//!
//! It reads the same command lines, so that scripts that use the switch and the verbs keep working: the switch has no effect,
//! and the verbs say that this build holds no telemetry.

mod agent;
mod command;
mod link;
mod resident;
pub mod verbs;

pub use aboveboard_command_line::{command_paths, enable_telemetry};
pub use aboveboard_types::headers::LINK as LINK_HEADER;
pub use aboveboard_types::outcome::{Delivery, Fate};
pub use aboveboard_types::typed::{ConfigValue, Finished};

#[cfg(feature = "console")]
pub use self::link::ConsoleSink;
pub use self::{
    agent::{Agent, instrument, library, start},
    command::Command,
    link::Link,
    resident::{MAX_RUNS, Resident},
};
