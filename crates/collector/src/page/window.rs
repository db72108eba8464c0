//! What panels are made of: the answers of a window, and those of the previous one where they are compared.

use aboveboard_store::figures::Answers;
use aboveboard_store::read::Snapshot;

use super::scope::Scope;

/// A question of the page with its answers.
pub(crate) struct Window<'s> {
    pub(crate) scope: &'s Scope,
    pub(crate) answers: Answers<'s>,
}

impl<'s> Window<'s> {
    fn new(snapshot: &'s dyn Snapshot, scope: &'s Scope) -> Self {
        Self { scope, answers: Answers::new(snapshot, &scope.question, scope.manifest.as_deref()) }
    }
}

/// The window that is shown, and the previous one if it stands beside it.
pub(crate) struct Windows<'s> {
    pub(crate) shown: Window<'s>,
    pub(crate) previous: Option<Window<'s>>,
}

impl<'s> Windows<'s> {
    pub(crate) fn new(snapshot: &'s dyn Snapshot, scope: &'s Scope, previous: Option<&'s Scope>) -> Self {
        Self {
            shown: Window::new(snapshot, scope),
            previous: previous.map(|scope| Window::new(snapshot, scope)),
        }
    }
}
