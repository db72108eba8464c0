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

    /// The exit that has this number.
    #[must_use]
    pub fn of(code: i32) -> Option<Self> {
        let all = [Self::Done, Self::Failed, Self::Off, Self::Local, Self::Undecided, Self::Later];
        all.into_iter().find(|exit| i32::from(exit.code()) == code)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
