//! Storing an answer, and doing what it asks of the disk.

use std::path::Path;

use super::line::{Answer, Choice, Surface};
use super::replacement;
use super::stored::StoredAnswer;
use crate::consent::purge::purge;
use crate::error::{Error, Result};
use crate::paths::Paths;

/// Stores an answer, and does what it asks of the disk: an opt-out deletes id, spool and sent log; consent after `local`
/// does too, since what was recorded before consent is never sent. Consent that was already given for this endpoint
/// keeps its time: what was recorded under it stays sendable when a wider manifest is agreed to.
///
/// What a person answers to a product of a family is also the family's answer: the tools of the family that never ask
/// obey the last one that was given to any of it. A yes to a question leaves an opt-out from another tool of the family.
///
/// Under a [wording](Paths::worded) of its own the answer is also the one to that wording.
///
/// What only a notice says ([`Choice::Shown`], or any choice by [`Surface::Notice`]) is stored by the program and
/// said by no person, and a yes to a question ([`Surface::Question`]) was asked for while there was no other answer.
/// Neither replaces an opt-out, a `local` or what cannot be read, however late it comes: a person may have answered
/// since. Nothing is written then, and that is no error.
///
/// # Errors
/// If the answer cannot be written, or what is to go cannot be deleted. An opt-out is written before anything is
/// deleted, so it holds even where the deletion failed.
pub fn store(places: &Paths, answer: &Answer) -> Result<()> {
    let put = |path: &Path| {
        replacement::put(path, answer).map_err(|error| Error::new("store the answer in", path, error))
    };
    // Before the base answer: consent that is cut short between the two does not count.
    if let Some(wording) = places.wording_answer() {
        put(wording)?;
    }
    let before = put(places.answer())?;
    // A notice is no answer, so the family has none by it.
    let is_said = matches!(answer.surface, Surface::Verb | Surface::Question);
    if let Some(family) = places.family_answer().filter(|family| is_said && *family != places.answer()) {
        put(family)?;
    }
    let was_local = matches!(before, Some(StoredAnswer::Answer(Answer { choice: Choice::Local, .. })));
    match (before, answer.choice) {
        (Some(_), Choice::No) => purge(places),
        (Some(_), Choice::Yes) if was_local => purge(places),
        _ => Ok(()),
    }
}
