//! Storing an answer, and doing what it asks of the disk.

use aboveboard_files::Errno;
use std::io;
use std::path::Path;

use aboveboard_types::declaration::Declaration;
use aboveboard_types::scope::Scope;

use super::line::{Answer, Choice, Surface};
use super::stored::StoredAnswer;
use super::{agreed, asked, replacement};
use crate::consent::purge::purge;
use crate::error::{Error, Result};
use crate::exposure::Exposure;
use crate::paths::Paths;

/// Stores an answer, and does what it asks of the disk: an opt-out deletes id, spool and sent log; consent after `local`
/// does too, since what was recorded before consent is never sent. Consent that was already given for this endpoint
/// keeps its time: what was recorded under it stays sendable when a wider manifest is agreed to.
///
/// What a person answers to a product of a family is also the family's answer: the tools of the family that never ask
/// obey the last one that was given to any of it. A yes to a question leaves an opt-out from another tool of the family.
///
/// That a question was put without an answer ([`Asked`](super::Asked)) is forgotten.
///
/// What consent was given to, the terms and items of `declaration`, is stored beside the answer.
///
/// Under a [wording](Paths::worded) of its own the answer is also the one to that wording.
///
/// What only a notice says ([`Choice::Shown`], or any choice by [`Surface::Notice`]) is stored by the program and
/// said by no person, and a yes to a question ([`Surface::Question`]) was asked for while there was no other answer.
/// Neither replaces an opt-out, a `local` or what cannot be read, however late it comes: a person may have answered
/// since. Nothing is written then, and that is no error.
///
/// What cannot be read may be the answer of a newer version, so nothing takes its place but an opt-out.
///
/// # Errors
/// If the answer cannot be written, or what is there cannot be read, or what is to go cannot be deleted. An opt-out is
/// written before anything is deleted, so it holds even where the deletion failed. Where there is no room, an opt-out or a
/// `local` is written over the answer that is there; where there is none either, what the opt-out deletes makes the room.
pub fn store(places: &Paths, declaration: &Declaration, answer: &Answer) -> Result<()> {
    let put = |path: &Path| {
        let explained = |error| match error {
            Errno::EXIST => io::Error::other(
                "what is there cannot be read, perhaps because a newer version wrote it; only an opt-out (`off`) \
                 takes its place",
            ),
            error => error.into(),
        };
        // A refusal is written wherever that leads to no file of something else.
        let exposed = places.exposed_answer(path);
        if let Some(exposed) = exposed.filter(|by| answer.choice != Choice::No || by.by == Exposure::Link) {
            return Err(Error::new("store the answer in", path, exposed.as_error()));
        }
        replacement::put(path, answer)
            .or_else(|error| put_without_room(places, path, answer, error))
            .map_err(|error| Error::new("store the answer in", path, explained(error)))
    };
    let put_wording = || places.wording_answer().map_or(Ok(()), |wording| put(wording).map(drop));
    // Consent that is cut short between the two does not count, and an opt-out does.
    if answer.choice != Choice::No {
        put_wording()?;
    }
    let before = put(places.answer())?;
    asked::forget(places);
    let worded = if answer.choice == Choice::No { put_wording() } else { Ok(()) };
    if answer.choice == Choice::No {
        agreed::remove(places);
    }
    let scope = answer.items.as_ref().map(|_| Scope::of(declaration));
    if let Some(scope) = scope.filter(|scope| before.is_some() && answer.items == Some(scope.digest())) {
        agreed::put(places, &scope)
            .map_err(|error| Error::new("store what was agreed to in", &places.agreed(), error))?;
    }
    // A notice is no answer, so the family has none by it.
    let is_said = matches!(answer.surface, Surface::Verb | Surface::Question);
    let family = places.family_answer().filter(|family| is_said && *family != places.answer());
    let related = family.map_or(Ok(()), |family| put(family).map(drop));
    let was_local = matches!(before, Some(StoredAnswer::Answer(Answer { choice: Choice::Local, .. })));
    let purged = match (before, answer.choice) {
        (Some(_), Choice::No) => purge(places),
        (Some(_), Choice::Yes) if was_local => purge(places),
        _ => Ok(()),
    };
    worded.and(related).and(purged)
}

/// What can be done where the answer could not be put in its place because of `error`.
fn put_without_room(
    places: &Paths,
    path: &Path,
    answer: &Answer,
    error: Errno,
) -> aboveboard_files::Result<Option<StoredAnswer>> {
    let is_full = matches!(error, Errno::NOSPC | Errno::DQUOT);
    let over = || replacement::put_over(path, answer).map(Some);
    match answer.choice {
        Choice::No => over().or_else(|_| {
            if !is_full {
                return Err(error);
            }
            agreed::remove(places);
            asked::forget(places);
            // Whatever of it goes makes room.
            let _ = purge(places);
            replacement::put(path, answer).or_else(|_| over()).map_err(|_| error)
        }),
        Choice::Local if is_full => over().map_err(|_| error),
        _ => Err(error),
    }
}
