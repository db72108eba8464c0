//! Whether two answers are the same.

use super::exceptions::EXCEPTIONS;
use super::pair::Pair;

/// What becomes of two answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The same bytes.
    Equal,
    /// The number of the exception that holds.
    Excepted(usize),
    /// What differs.
    Different(String),
}

impl Verdict {
    pub(super) fn of(pair: &Pair<'_>) -> Self {
        if pair.old == pair.new && pair.old.is_success {
            return Self::Equal;
        }
        let excepted = EXCEPTIONS.iter().position(|exception| (exception.allows)(pair));
        excepted.map_or_else(|| Self::Different(pair.told()), Self::Excepted)
    }
}
