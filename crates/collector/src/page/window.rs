//! What panels are made of: the answers of a window, and those of the previous one where they are compared.

use std::cell::OnceCell;

use aboveboard_store::calendar::{HourOfDay, day_of, hour_of};
use aboveboard_store::figures::Answers;
use aboveboard_store::read::{ReadResult, Snapshot};
use aboveboard_store::renamed::Renamed;

use super::health::{HealthMessage, of_collector, of_product, sorted};
use super::query::PageQuery;
use super::scope::Scope;
use super::state::PageState;
use crate::access::Access;

/// A question of the page with its answers.
pub(crate) struct Window<'s> {
    pub(crate) scope: &'s Scope,
    pub(crate) answers: Answers<'s>,
    state: &'s PageState,
    access: &'s Access,
    health: OnceCell<Vec<HealthMessage>>,
}

impl<'s> Window<'s> {
    fn new(snapshot: &'s dyn Snapshot, scope: &'s Scope, state: &'s PageState, access: &'s Access) -> Self {
        let answers = Answers::new(snapshot, &scope.question, scope.manifest.as_deref());
        Self { scope, answers, state, access, health: OnceCell::new() }
    }

    /// What is to be said of the health of the product and its collector, most severe first, whatever the window.
    pub(crate) fn health(&self) -> ReadResult<&[HealthMessage]> {
        if let Some(known) = self.health.get() {
            return Ok(known);
        }
        let state = self.state;
        // While one of several does not run, the others take in what comes.
        let outages = if state.is_one_of_several { Vec::new() } else { state.outages.list() };
        let health = self.answers.health((state.now)(), &outages)?;
        let mut messages = of_product(state, self.scope, &health);
        messages.extend(of_collector(state, self.access, &self.scope.products));
        Ok(self.health.get_or_init(|| sorted(messages)))
    }
}

/// The window that is shown, and the previous one if it stands beside it.
pub(crate) struct Windows<'s> {
    pub(crate) shown: Window<'s>,
    pub(crate) previous: Option<Window<'s>>,
}

/// The hour that is not over.
pub(crate) fn this_hour(state: &PageState) -> HourOfDay {
    let time = (state.now)();
    hour_of(time).unwrap_or(HourOfDay { day: day_of(time), hour: 0 })
}

/// Makes something of the answers to an address, all from one moment of the store; none where there is no such product.
pub(crate) fn answer<T>(
    state: &PageState,
    access: &Access,
    query: &PageQuery,
    make: impl Fn(&dyn Snapshot, &Windows<'_>) -> ReadResult<T>,
) -> ReadResult<Option<T>> {
    let now = this_hour(state);
    state.reader.ask(|snapshot| {
        let scope = Scope::look_up(snapshot, query.clone(), now, &state.manifests, access)?;
        let Some(scope) = scope else { return Ok(None) };
        let previous = query.is_compared.then(|| scope.previous());
        let renamed = Renamed::new(snapshot, &scope.names);
        let windows = Windows {
            shown: Window::new(&renamed, &scope, state, access),
            previous: previous.as_ref().map(|previous| Window::new(&renamed, previous, state, access)),
        };
        make(&renamed, &windows).map(Some)
    })
}
