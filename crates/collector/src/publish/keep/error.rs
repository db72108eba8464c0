//! Why what is kept is refused or not changed.

use std::io;
use std::path::PathBuf;

use aboveboard_published::ratio::Ratio;

/// Why a draw is not kept, changed or read. The text says what can be done; nothing was drawn and nothing is lost.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeepError {
    /// A file or the directory cannot be used.
    #[error("cannot use {path}: {source}", path = path.display())]
    Io {
        /// What could not be used.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process publishes.
    #[error("another process publishes from {path}: wait until it is done", path = .0.display())]
    InUse(PathBuf),
    /// No product has this id.
    #[error("{0:?} is no id of a product")]
    Product(String),
    /// A file is not as it was written.
    #[error(
        "{path} is damaged or was edited: {why}; put it back from a backup of the data directory, or, where this publication \
         stands at the site and the file is lost, move the file away and take the publication over with `aboveboard publish adopt`",
        path = path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A file of a newer program.
    #[error("{path} was written by a newer program (format {format}): use that one", path = path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
    /// There is no such draw.
    #[error("{0} was not drawn: see `aboveboard publish check`, or draw it with `aboveboard publish run`")]
    Missing(String),
    /// There is one already.
    #[error(
        "{0} was drawn, and is not drawn again: a figure that is drawn twice tells more than was promised"
    )]
    Drawn(String),
    /// A draw does not go from its state to another.
    #[error("{id} is {is}, so it cannot be {wanted}: {remedy}")]
    State {
        /// The publication.
        id: String,
        /// Its state.
        is: &'static str,
        /// The state that was wanted.
        wanted: &'static str,
        /// What can be done.
        remedy: &'static str,
    },
    /// What is shown is not what was drawn.
    #[error("the figures of {0} are not those that were drawn: nothing is shown; please report this")]
    OtherFigures(String),
    /// It would cost too much.
    #[error(
        "{id} would cost ρ {more}, and the publications of the twelve months up to {upto} cost {spent} of {cap} already: publish \
         it without drawing again, or wait for a later period"
    )]
    Cap {
        /// The publication.
        id: String,
        /// What it would cost.
        more: Ratio,
        /// The last period of the twelve months.
        upto: String,
        /// What they cost already.
        spent: Ratio,
        /// What they may cost.
        cap: Ratio,
    },
}

impl KeepError {
    pub(super) fn io(path: PathBuf, source: impl Into<io::Error>) -> Self {
        Self::Io { path, source: source.into() }
    }
}
