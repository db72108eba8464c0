//! What can be wrong with a cluster, and what to do about it.

use std::path::Path;

use aboveboard_files::Errno;
use aboveboard_store::{StoreError, StoreFate, StoreProblem};

/// The engine, as people know it.
pub(crate) const ENGINE: &str = "ClickHouse";

/// Why a cluster, or one server of it, cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// Nothing answers there, or not in time, or the answer is cut.
    Unreachable(String),
    /// The server answers with an error: its number and text.
    Refused(u32, String),
    /// What it answered is not what was asked for.
    Answer(&'static str),
    /// It works, but does not have what the others have yet.
    Behind(String),
    /// Somebody must change something.
    Setup(String),
}

/// Errors of ClickHouse about who asks: user, password, and what they may do.
const ACCESS: [u32; 7] = [192, 193, 194, 195, 291, 497, 516];

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable(why) | Self::Behind(why) | Self::Setup(why) => f.write_str(why),
            Self::Refused(code, text) if ACCESS.contains(code) => write!(
                f,
                "the server does not let the collector in ({text}); check the user and the password of the store, and that the user may \
                 make databases and tables"
            ),
            Self::Refused(_, text) => f.write_str(text),
            Self::Answer(why) => write!(f, "the answer of the server cannot be read: {why}"),
        }
    }
}

impl Problem {
    /// Whether somebody must change something before it can work.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Setup(_) => true,
            Self::Refused(code, _) => ACCESS.contains(code),
            Self::Unreachable(_) | Self::Answer(_) | Self::Behind(_) => false,
        }
    }

    /// What a store says of a problem of one server.
    pub(crate) fn at(self, server: &str) -> StoreError {
        let fate = if self.is_final() { StoreFate::Final } else { StoreFate::Transient };
        error(format!("{server}: {self}"), fate)
    }
}

/// An error of the store in words.
pub(crate) fn error(text: String, fate: StoreFate) -> StoreError {
    StoreError { engine: ENGINE, what: StoreProblem::Engine(text.into()), fate }
}

/// A file of the collector's own directory cannot be used.
pub(crate) fn file(path: &Path, source: Errno) -> StoreError {
    let problem = match source {
        Errno::NOSPC | Errno::DQUOT => StoreProblem::Full,
        source => StoreProblem::Io { path: path.to_owned(), source: source.into() },
    };
    StoreError::new(ENGINE, problem)
}

/// What a server or a file holds was not written by this program.
pub(crate) fn malformed(what: &'static str) -> StoreError {
    error(Problem::Answer(what).to_string(), StoreFate::Transient)
}
