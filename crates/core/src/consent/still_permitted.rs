//! Looking again after something was made.

use super::answer::{self, Answer, Choice, StoredAnswer};
use super::purge::purge;
use crate::paths::Paths;

/// Whether no opt-out has been stored meanwhile. Called after something was made that did not exist: either it is the
/// first time, or an opt-out has just deleted it, and then it is deleted again. Where the system cannot say, nothing is
/// permitted and nothing is deleted.
pub fn still_permitted(places: &Paths) -> bool {
    match answer::read(places.answer()) {
        StoredAnswer::Answer(Answer { choice: Choice::No, .. }) => {
            let _ = purge(places);
            false
        }
        StoredAnswer::Unreadable | StoredAnswer::Unavailable => false,
        StoredAnswer::Nothing | StoredAnswer::Answer(_) => true,
    }
}
