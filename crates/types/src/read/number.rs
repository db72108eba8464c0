//! Finding what was read among what is declared.

use super::violation::Violation;
use crate::declaration::Text;
use crate::limits::MAX_NUMBER;

/// The entry of a declared list that equals `name`.
pub(super) fn find<'d>(list: &'d [Text], name: &str) -> Option<&'d str> {
    list.iter().find(|known| *known == name).map(|known| &**known)
}

/// The number, if every reader can hold it.
pub(super) fn exact(number: u64) -> Result<u64, Violation> {
    if number <= MAX_NUMBER { Ok(number) } else { Err(Violation::WrongValue) }
}
