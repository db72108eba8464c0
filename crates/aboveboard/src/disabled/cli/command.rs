//! One command of the host.

use std::ffi::OsString;
use std::process::ExitCode;

use aboveboard_types::typed::{ConfigValue, Finished};

use super::{Link, verbs};
use crate::disabled::ignored_settings;

/// A command that was parsed and not yet run.
#[derive(Debug)]
#[must_use]
pub struct Command(pub(super) ());

impl Command {
    ignored_settings! {
        config(impl Into<ConfigValue>);
        unasked();
        switch(impl Into<ConfigValue>);
    }

    /// Runs one of the verbs for a command line of the host's own, as far as a build without telemetry can.
    pub fn verb(self, words: impl IntoIterator<Item = impl Into<OsString>>) -> ExitCode {
        match aboveboard_command_line::verb(verbs::NAME, words) {
            Ok(matches) => verbs::run(&matches, &verbs::Context::default()),
            Err(error) => {
                let _ = error.print();
                ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
            }
        }
    }

    /// Runs the command and returns what it returned.
    pub fn run<T: Finished>(self, work: impl FnOnce(Link) -> T) -> T {
        work(Link::default())
    }
}
