//! Answers that a variable has moved. `XDG_CONFIG_HOME` says where a user's answers lie, and like every variable it may be
//! somebody else's, as in a directory that was checked out: it may silence, and widens nothing.
//!
//! - What the user said in the usual place still counts there: an opt-out, `local`, and what cannot be read.
//! - A moved yes counts for the endpoint that the program was built with. One that a variable names needs a yes of the same
//!   process, as it does without any answer: two variables together are no person's answer.
//! - A moved no silences and deletes nothing; the verb `off` deletes by itself.

use std::path::Path;

use super::answer::{self, Answer, Choice, StoredAnswer};
use super::question::Question;
use super::resolve::StoredChoice;
use crate::error::Result;
use crate::paths::Paths;

/// The usual places of answers that lie elsewhere because of a variable; `None` where they are where they usually are.
pub(super) fn usual(question: &Question<'_>) -> Option<Paths> {
    let places = question.places.filter(|places| places.is_answer_moved())?;
    let usual = Paths::usual(question.declaration, question.environment)?;
    match places.wording_answer().and_then(Path::extension) {
        Some(wording) => Some(usual.worded(&wording.to_string_lossy())),
        None => Some(usual),
    }
}

/// Stores what a person answered ([`answer::store`]). Where a variable has moved the answers, an opt-out is also stored in
/// the usual place, and `local` where consent stands there: whoever says it need not know what moved them, and it holds
/// where the variable is not set.
///
/// # Errors
/// Those of [`answer::store`], after everything was tried.
pub fn store(question: &Question<'_>, places: &Paths, answer: &Answer) -> Result<()> {
    let stored = answer::store(places, question.declaration, answer);
    let Some(usual) = usual(question) else { return stored };
    let is_less = match answer.choice {
        Choice::No => true,
        Choice::Local => {
            let said = answer::read(usual.answer());
            said != StoredAnswer::Nothing && !said.stands()
        }
        _ => false,
    };
    if is_less { stored.and(answer::store(&usual, question.declaration, answer)) } else { stored }
}

/// An answer as it was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) answer: StoredAnswer,
    pub(super) place: Place,
}

/// Where an answer was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Place {
    /// Where answers lie, and no variable has moved them.
    #[default]
    Unmoved,
    /// Where a variable has moved it.
    Moved,
    /// In the usual place, although a variable has moved the answers.
    Usual,
}

impl Found {
    /// The answer in `place`, or what a person said in the usual place, if that allows less.
    pub(super) fn read(places: &Paths, place: &Path, usual: Option<&Path>) -> Self {
        let read = |place| match places.exposed_answer(place) {
            Some(_) => StoredAnswer::Unreadable,
            None => answer::read(place),
        };
        let answer = read(place);
        let Some(usual) = usual else { return Self { answer, place: Place::Unmoved } };
        let said = read(usual);
        if said.stands() && !StoredChoice::of(&answer).is_no() {
            return Self { answer: said, place: Place::Usual };
        }
        Self { answer, place: Place::Moved }
    }
}
