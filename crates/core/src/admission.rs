//! What of an event may be recorded: what the manifest declares, has not expired, and its user was asked about.

use std::borrow::Cow;

use crate::clock::day;
use crate::consent::Scope;
use crate::declaration::{Component, Declaration, EventDeclaration, List, Text};
use crate::event::{Cells, Console, Count, Declared, Event, Kind, Report, UNKNOWN_ROUTE};
use crate::outcome::Drop;

/// Why nothing of an event is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Dropped and counted.
    Dropped(Drop),
    /// The manifest has grown since the answer, and nobody was asked about this item yet: not even its number is
    /// told.
    Unasked,
}

const UNDECLARED: Refused = Refused::Dropped(Drop::Undeclared);

/// The event as it may be recorded. What is undeclared refuses the whole event, since no typed call makes it;
/// counts that have expired, and parts that nobody was asked about, are left out of it.
pub(crate) fn admit<'e, 'n>(
    event: &'e Event<'n>,
    component: Component,
    declaration: &Declaration,
    scope: Option<&Scope>,
) -> Result<Cow<'e, Event<'n>>, Refused> {
    let today = day(event.time);
    let kind = match &event.kind {
        Kind::Command(command) => {
            only(component, Component::Cli)?;
            admit_command(command.command, declaration, scope)?;
            None
        }
        Kind::Console(console) => {
            only(component, Component::Console)?;
            admit_console(console, declaration, scope)?.map(Kind::Console)
        }
        Kind::Report(report) => {
            only(component, Component::Server)?;
            admit_report(report, declaration, scope, today)?.map(Kind::Report)
        }
        Kind::Declared(declared) => {
            let known =
                declaration.events.iter().find(|known| known.name == declared.name).ok_or(UNDECLARED)?;
            only(component, known.component)?;
            let declared = admit_declared(declared, known, scope)?;
            if today >= known.until {
                return Err(Refused::Dropped(Drop::Expired));
            }
            declared.map(Kind::Declared)
        }
    };
    Ok(kind.map_or(Cow::Borrowed(event), |kind| Cow::Owned(Event { time: event.time, kind })))
}

/// The declared name of a command that may be recorded.
pub(crate) fn admit_command<'d>(
    name: &str,
    declaration: &'d Declaration,
    scope: Option<&Scope>,
) -> Result<&'d str, Refused> {
    let known = find(&declaration.commands, name).ok_or(UNDECLARED)?;
    asked(scope.is_none_or(|scope| scope.covers_command(known)))?;
    Ok(known)
}

fn admit_console<'n>(
    console: &Console<'n>,
    declaration: &Declaration,
    scope: Option<&Scope>,
) -> Result<Option<Console<'n>>, Refused> {
    if let Some(action) = console.action {
        declared(declaration.actions.iter().any(|known| known.name == action))?;
        asked(scope.is_none_or(|scope| scope.covers_action(action)))?;
    }
    if console.route == UNKNOWN_ROUTE {
        return Ok(None);
    }
    declared(find(&declaration.routes, console.route).is_some())?;
    let is_covered = scope.is_none_or(|scope| scope.covers_route(console.route));
    Ok((!is_covered).then(|| Console { route: UNKNOWN_ROUTE, ..console.clone() }))
}

fn admit_report<'n>(
    report: &Report<'n>,
    declaration: &Declaration,
    scope: Option<&Scope>,
    today: u32,
) -> Result<Option<Report<'n>>, Refused> {
    let mut stays = Vec::with_capacity(report.counts.len());
    for count in &report.counts {
        let known = declaration.counts.iter().find(|known| known.name == count.name).ok_or(UNDECLARED)?;
        declared(is_split_by(count, &known.by))?;
        if today < known.until && scope.is_none_or(|scope| scope.covers_count(known)) {
            stays.push(count);
        }
    }
    let is_whole = stays.len() == report.counts.len();
    Ok((!is_whole).then(|| Report { counts: stays.into_iter().cloned().collect() }))
}

fn is_split_by(count: &Count<'_>, by: &List<Text>) -> bool {
    match &count.cells {
        Cells::One(_) => by.is_empty(),
        Cells::By(cells) => !by.is_empty() && cells.iter().all(|(name, _)| find(by, name).is_some()),
    }
}

fn admit_declared<'n>(
    event: &Declared<'n>,
    known: &EventDeclaration,
    scope: Option<&Scope>,
) -> Result<Option<Declared<'n>>, Refused> {
    asked(scope.is_none_or(|scope| scope.covers_event(event.name)))?;
    let mut stays = Vec::with_capacity(event.fields.len());
    for field in &event.fields {
        let kind =
            known.fields.iter().find(|declared| declared.name == field.0 && declared.kind.allows(&field.1));
        let kind = kind.ok_or(UNDECLARED)?;
        if scope.is_none_or(|scope| scope.covers_field(event.name, kind)) {
            stays.push(field);
        }
    }
    let is_whole = stays.len() == event.fields.len();
    Ok((!is_whole).then(|| Declared { name: event.name, fields: stays.into_iter().cloned().collect() }))
}

fn only(component: Component, known: Component) -> Result<(), Refused> {
    declared(component == known)
}

fn declared(is: bool) -> Result<(), Refused> {
    if is { Ok(()) } else { Err(UNDECLARED) }
}

fn asked(was: bool) -> Result<(), Refused> {
    if was { Ok(()) } else { Err(Refused::Unasked) }
}

fn find<'d>(list: &'d List<Text>, name: &str) -> Option<&'d str> {
    list.iter().find(|known| *known == name).map(|known| &**known)
}
