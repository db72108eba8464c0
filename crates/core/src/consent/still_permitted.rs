//! Looking again after something was made.

use super::answer::{self, Answer, Choice, StoredAnswer};
use super::purge::purge;
use crate::paths::Paths;

/// Whether no no has been stored meanwhile. Asked after something was made that was not there: it is the first
/// time, or a no has just deleted it, and then it goes again. What the system cannot tell is not permitted, and
/// nothing goes.
pub(crate) fn still_permitted(places: &Paths) -> bool {
    match answer::read(places.answer()) {
        StoredAnswer::Unreadable | StoredAnswer::Answer(Answer { choice: Choice::No, .. }) => {
            let _ = purge(places);
            false
        }
        StoredAnswer::Unavailable => false,
        StoredAnswer::Nothing | StoredAnswer::Answer(_) => true,
    }
}
