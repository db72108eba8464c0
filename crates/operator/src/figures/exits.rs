//! How a check ends.

use aboveboard_published::verify::Outcome;

/// What the exit codes of a check mean.
pub(crate) const EXIT_CODES: &str = "\
Exit codes of this verb; of several the first in this order but 0:
   1  the site, or a part of it, could not be read
  10  the head is not signed by a key that was known before
  11  the log is not the one that was signed, or not a continuation of the remembered one
  12  a document or a file is not as it was published, or figures break a rule
  13  a publication is overdue; all else fits
  14  all fits together, but no key was known before
   0  all fits";

/// The exit code of an outcome.
pub(crate) const fn code(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Unreadable => 1,
        Outcome::Signature => 10,
        Outcome::Log => 11,
        Outcome::Figures => 12,
        Outcome::Overdue => 13,
        Outcome::UnknownKey => 14,
        Outcome::Fits => 0,
    }
}
