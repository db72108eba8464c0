//! What is used in web consoles.

use std::collections::BTreeMap;

use super::super::read::{ReadResult, Snapshot};
use super::by_name::update;
use super::question::Question;

/// What is used in web consoles, in the window.
#[derive(Debug, Default)]
pub struct Console {
    /// How often each action happened, by its name.
    pub actions: BTreeMap<String, u64>,
    /// What happened on each route, by its pattern.
    pub routes: BTreeMap<String, RouteUse>,
}

/// What happened on a route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RouteUse {
    /// Page views.
    pub views: u64,
    /// Actions.
    pub actions: u64,
}

impl Console {
    pub(super) fn gather(snapshot: &dyn Snapshot, question: &Question) -> ReadResult<Self> {
        let mut console = Self::default();
        snapshot.console(&question.selection(), &mut |cell| {
            update(&mut console.routes, cell.route, |route: &mut RouteUse| match cell.action {
                Some(_) => route.actions += cell.times,
                None => route.views += cell.times,
            });
            if let Some(action) = cell.action {
                update(&mut console.actions, action, |times| *times += cell.times);
            }
        })?;
        Ok(console)
    }
}
