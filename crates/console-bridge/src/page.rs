//! What a page reports, and its translation into events: every text becomes a declared name or goes no further.

use std::borrow::Cow;

use aboveboard_types::declaration::Declaration;
use aboveboard_types::event::{Console, Event, EventKind, Seconds, UNKNOWN_ROUTE};
use aboveboard_types::id::Id;
use serde::Deserialize;

use crate::limits::MAX_EVENTS;

/// The body of a post.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Post<'a> {
    #[serde(borrow)]
    session: Cow<'a, str>,
    #[serde(borrow)]
    events: Vec<PageEvent<'a>>,
}

/// One event, as a page reports it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageEvent<'a> {
    #[serde(borrow)]
    route: Cow<'a, str>,
    #[serde(borrow, default)]
    action: Option<Cow<'a, str>>,
}

/// What the bridge adds to what a page reports.
#[derive(Clone, Copy)]
pub(crate) struct Context {
    pub(crate) declaration: &'static Declaration,
    pub(crate) time: Seconds,
    pub(crate) server: Option<Id>,
    pub(crate) cli: Option<Id>,
}

/// Reads a post. `None` where it is not what a client sends.
pub(crate) fn read(body: &[u8]) -> Option<Post<'_>> {
    serde_json::from_slice(body).ok().filter(|post: &Post<'_>| post.events.len() <= MAX_EVENTS)
}

impl Post<'_> {
    /// The declared events of the post, and how many of it are not declared. `None` where the session is not a random id as a client makes it.
    pub(crate) fn translate(&self, context: Context) -> Option<(Vec<Event<'static>>, u64)> {
        let session = Id::parse(&self.session)?;
        // An id of version 4 is random: it has no room for a name or a clock.
        if Id::from_random(*session.bytes()) != session {
            return None;
        }
        let events: Vec<_> =
            self.events.iter().filter_map(|event| event.translate(session, context)).collect();
        let undeclared = self.events.len() - events.len();
        Some((events, undeclared as u64))
    }
}

impl PageEvent<'_> {
    /// The event with declared names; `None` if its action is not declared. A route that is not declared becomes
    /// `unknown`.
    fn translate(&self, session: Id, context: Context) -> Option<Event<'static>> {
        let Context { declaration, time, server, cli } = context;
        let action = match &self.action {
            None => None,
            Some(name) => Some(&*declaration.actions.iter().find(|action| action.name == *name)?.name),
        };
        let route = declaration.routes.iter().find(|route| **route == *self.route);
        let route = route.map_or(UNKNOWN_ROUTE, |route| &**route);
        Some(Event { time, kind: EventKind::Console(Console { session, action, route, server, cli }) })
    }
}
