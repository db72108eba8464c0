//! Numbers that were read.

use super::violation::Violation;
use crate::limits::MAX_NUMBER;

/// The number, if every reader can hold it.
pub(super) fn exact(number: u64) -> Result<u64, Violation> {
    if number <= MAX_NUMBER { Ok(number) } else { Err(Violation::WrongValue) }
}
