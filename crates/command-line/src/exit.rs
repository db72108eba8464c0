//! The exit codes of the verbs.

use std::process::ExitCode;

/// How a verb ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or on.
    Done = 0,
    /// It could not be done.
    Failed = 1,
    /// Telemetry is off.
    Off = 3,
    /// Telemetry is local.
    Local = 4,
    /// Nobody decided yet.
    Undecided = 5,
    /// The collector has not taken everything yet.
    Later = 6,
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
