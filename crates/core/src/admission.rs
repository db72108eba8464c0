//! What of an event may be recorded: what the manifest declares, has not expired, and its user was asked about.

use std::borrow::Cow;

use aboveboard_types::clock::day;
use aboveboard_types::declaration::{Component, Declaration, EventDeclaration, List, Text};
use aboveboard_types::event::{
    Cells, Console, Count, Declared, Event, EventKind, Report, Timings, UNKNOWN_ROUTE,
};
use aboveboard_types::outcome::DropReason;
use aboveboard_types::scope::Scope;

/// Why nothing of an event is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Dropped and counted.
    Dropped(DropReason),
    /// The manifest has grown since the answer, and no user was asked about this item yet: not even its number is
    /// reported.
    Unasked,
}

const UNDECLARED: Refused = Refused::Dropped(DropReason::Undeclared);

/// The event as it may be recorded. What is undeclared refuses the whole event, since no typed call makes it;
/// counts that have expired, and parts that no user was asked about, are left out of it.
pub(crate) fn admit<'e, 'n>(
    event: &'e Event<'n>,
    component: Component,
    declaration: &Declaration,
    scope: Option<&Scope>,
) -> Result<Cow<'e, Event<'n>>, Refused> {
    let today = day(event.time);
    let kind = match &event.kind {
        EventKind::Command(command) => {
            only(component, Component::Cli)?;
            admit_command(command.command, declaration, scope, today)?;
            None
        }
        EventKind::Console(console) => {
            only(component, Component::Console)?;
            admit_console(console, declaration, scope, today)?.map(EventKind::Console)
        }
        EventKind::Report(report) => {
            only(component, Component::Server)?;
            admit_report(report, declaration, scope, today)?.map(EventKind::Report)
        }
        EventKind::Declared(declared) => {
            let known =
                declaration.events.iter().find(|known| known.name == declared.name).ok_or(UNDECLARED)?;
            only(component, known.component)?;
            let declared = admit_declared(declared, known, scope)?;
            if today >= known.until {
                return Err(Refused::Dropped(DropReason::Expired));
            }
            declared.map(EventKind::Declared)
        }
        // Nothing that this version knows how to check.
        _ => return Err(UNDECLARED),
    };
    Ok(kind.map_or(Cow::Borrowed(event), |kind| Cow::Owned(Event { time: event.time, kind })))
}

/// The declared name of a command that may be recorded.
pub(crate) fn admit_command<'d>(
    name: &str,
    declaration: &'d Declaration,
    scope: Option<&Scope>,
    today: u32,
) -> Result<&'d str, Refused> {
    let known = find(&declaration.commands, name).ok_or(UNDECLARED)?;
    asked(scope.is_none_or(|scope| scope.covers_command(known)))?;
    before(today, declaration.commands_until)?;
    Ok(known)
}

fn admit_console<'n>(
    console: &Console<'n>,
    declaration: &Declaration,
    scope: Option<&Scope>,
    today: u32,
) -> Result<Option<Console<'n>>, Refused> {
    if let Some(action) = console.action {
        declared(declaration.actions.iter().any(|known| known.name == action))?;
        asked(scope.is_none_or(|scope| scope.covers_action(action)))?;
    }
    before(today, declaration.console_until)?;
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
    let timings = match &report.timings {
        Some(timings) => Some(admit_timings(timings, declaration, scope, today)?),
        None => None,
    };
    let is_whole = timings.as_ref().map_or(0, |timings| timings.of.len())
        == report.timings.as_ref().map_or(0, |timings| timings.of.len());
    let timings = timings.filter(|timings| !timings.of.is_empty());
    let mut stays = Vec::with_capacity(report.counts.len());
    for count in &report.counts {
        let known = declaration.counts.iter().find(|known| known.name == count.name).ok_or(UNDECLARED)?;
        declared(is_split_by(count, &known.by))?;
        if today < known.until && scope.is_none_or(|scope| scope.covers_count(known)) {
            stays.push(count);
        }
    }
    let is_whole = is_whole && stays.len() == report.counts.len();
    Ok((!is_whole).then(|| Report { counts: stays.into_iter().cloned().collect(), timings }))
}

/// The timings that may be reported. The typed API makes no other cells than the declared ones, and what a segment holds
/// is checked again when it is read.
fn admit_timings<'n>(
    timings: &Timings<'n>,
    declaration: &Declaration,
    scope: Option<&Scope>,
    today: u32,
) -> Result<Timings<'n>, Refused> {
    let mut of = Vec::with_capacity(timings.of.len());
    for timing in &timings.of {
        let known = declaration.timings.iter().find(|known| known.name == timing.name).ok_or(UNDECLARED)?;
        if today < known.until && scope.is_none_or(|scope| scope.covers_timing(known)) {
            of.push(timing.clone());
        }
    }
    Ok(Timings { run: timings.run, of })
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
    asked(scope.is_none_or(|scope| scope.covers_event(known)))?;
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
    Ok((!is_whole).then(|| Declared {
        name: event.name,
        fields: stays.into_iter().cloned().collect(),
        times: event.times,
    }))
}

fn only(component: Component, known: Component) -> Result<(), Refused> {
    declared(component == known)
}

fn declared(is: bool) -> Result<(), Refused> {
    if is { Ok(()) } else { Err(UNDECLARED) }
}

fn before(today: u32, until: u32) -> Result<(), Refused> {
    if today < until { Ok(()) } else { Err(Refused::Dropped(DropReason::Expired)) }
}

fn asked(was: bool) -> Result<(), Refused> {
    if was { Ok(()) } else { Err(Refused::Unasked) }
}

fn find<'d>(list: &'d List<Text>, name: &str) -> Option<&'d str> {
    list.iter().find(|known| *known == name).map(|known| &**known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, NOW};
    use aboveboard_types::event::{Command, Ending};
    use aboveboard_types::id::Id;

    #[test]
    fn from_its_date_on_neither_a_command_nor_the_console_is_recorded_and_the_drop_is_counted() {
        let command = EventKind::Command(Command {
            command: "init",
            run: Id::NIL,
            ending: Ending::Success,
            server: None,
            server_version: None,
        });
        let console = EventKind::Console(Console {
            session: Id::NIL,
            action: Some("tracked"),
            route: "/data/:source",
            server: None,
            cli: None,
        });
        for (kind, component) in [(command, Component::Cli), (console, Component::Console)] {
            let event = Event { time: NOW, kind };
            for (until, expected) in
                [(day(NOW) + 1, Ok(())), (day(NOW), Err(Refused::Dropped(DropReason::Expired)))]
            {
                let declaration = sample::declaration().commands_until(until).console_until(until);
                assert_eq!(admit(&event, component, &declaration, None).map(|_| ()), expected);
            }
        }
    }

    #[test]
    fn a_command_that_has_expired_is_not_begun_and_is_told_as_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let today = day(NOW);
        let places = sample::places(directory.path());
        let declaration = sample::declaration().commands_until(today);
        let header = sample::header(Component::Cli);
        let permit = sample::permit(&declaration, &places);
        let recorder = crate::recorder::Recorder::open(permit, &declaration, &places, header);
        assert_eq!(recorder.begin("init", NOW).unwrap_err(), DropReason::Expired);
        let told = std::fs::read_to_string(places.state().join("spool/outcomes")).unwrap();
        assert!(told.contains(DropReason::Expired.name()), "{told}");
    }
}
