//! What panels are made of: the answers of a window, and those of the previous one where they are compared.

use aboveboard_store::calendar::{HourOfDay, day_of, hour_of};
use aboveboard_store::figures::Answers;
use aboveboard_store::read::{ReadResult, Snapshot};
use aboveboard_store::renamed::Renamed;

use super::query::PageQuery;
use super::scope::Scope;
use super::state::PageState;
use crate::access::Access;

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

/// Makes something of the answers to an address, all from one moment of the store; none where there is no such product.
pub(crate) fn answer<T>(
    state: &PageState,
    access: &Access,
    query: &PageQuery,
    make: impl Fn(&dyn Snapshot, &Windows<'_>) -> ReadResult<T>,
) -> ReadResult<Option<T>> {
    let time = (state.now)();
    let now = hour_of(time).unwrap_or(HourOfDay { day: day_of(time), hour: 0 });
    state.reader.ask(|snapshot| {
        let scope = Scope::look_up(snapshot, query.clone(), now, &state.manifests, access)?;
        let Some(scope) = scope else { return Ok(None) };
        let previous = query.is_compared.then(|| scope.previous());
        let renamed = Renamed::new(snapshot, &scope.names);
        let windows = Windows {
            shown: Window::new(&renamed, &scope),
            previous: previous.as_ref().map(|previous| Window::new(&renamed, previous)),
        };
        make(&renamed, &windows).map(Some)
    })
}
