//! What of an event may be recorded: what the manifest declares, has not expired, and its user was asked about.

use std::borrow::Cow;

use aboveboard_types::declaration::{
    Component, CountDeclaration, Declaration, FieldDeclaration, List, Text, find,
};
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

/// What decides whether an event may be recorded.
pub(crate) struct Admission<'a, 'd> {
    pub(crate) component: Component,
    pub(crate) declaration: &'d Declaration,
    /// What its user was asked about; `None` for everything.
    pub(crate) scope: Option<&'a Scope>,
    /// The day of the event.
    pub(crate) today: u32,
}

impl<'d> Admission<'_, 'd> {
    /// The event as it may be recorded. What is undeclared refuses the whole event, since no typed call makes it;
    /// counts that have expired, and parts that no user was asked about, are left out of it.
    pub(crate) fn admit<'e, 'n>(&self, event: &'e Event<'n>) -> Result<Cow<'e, Event<'n>>, Refused> {
        let kind = match &event.kind {
            EventKind::Command(command) => self.command(command.command).map(|_| None),
            EventKind::Console(console) => Ok(self.console(console)?.map(EventKind::Console)),
            EventKind::Report(report) => Ok(self.report(report)?.map(EventKind::Report)),
            EventKind::Declared(declared) => Ok(self.declared(declared)?.map(EventKind::Declared)),
            // Nothing that this version knows how to check.
            _ => Err(UNDECLARED),
        };
        Ok(kind?.map_or(Cow::Borrowed(event), |kind| Cow::Owned(Event { time: event.time, kind })))
    }

    /// The declared name of a command that may be recorded.
    pub(crate) fn command(&self, name: &str) -> Result<&'d str, Refused> {
        self.only(Component::Cli)?;
        let known = find(&self.declaration.commands, name).ok_or(UNDECLARED)?;
        asked(self.covers(|scope| scope.covers_command(known, self.declaration)))?;
        asked(self.covers_publication("commands"))?;
        self.before(self.declaration.commands_until)?;
        Ok(known)
    }

    fn console<'n>(&self, console: &Console<'n>) -> Result<Option<Console<'n>>, Refused> {
        self.only(Component::Console)?;
        if let Some(action) = console.action {
            let known = self.declaration.actions.iter().find(|known| known.name == action);
            let known = known.ok_or(UNDECLARED)?;
            asked(self.covers(|scope| scope.covers_action(known, self.declaration)))?;
            asked(self.covers_publication("actions"))?;
        }
        self.before(self.declaration.console_until)?;
        if console.route == UNKNOWN_ROUTE {
            return Ok(None);
        }
        declared(find(&self.declaration.routes, console.route).is_some())?;
        let is_covered = self.covers(|scope| scope.covers_route(console.route, self.declaration));
        Ok((!is_covered).then(|| Console { route: UNKNOWN_ROUTE, ..console.clone() }))
    }

    fn report<'n>(&self, report: &Report<'n>) -> Result<Option<Report<'n>>, Refused> {
        self.only(Component::Server)?;
        let timings = report.timings.as_ref().map(|timings| self.timings(timings)).transpose()?;
        let is_whole = timings.as_ref().map_or(0, |timings| timings.of.len())
            == report.timings.as_ref().map_or(0, |timings| timings.of.len());
        let timings = timings.filter(|timings| !timings.of.is_empty());
        let may_be_published = self.covers_publication("sizes");
        let mut stays = Vec::with_capacity(report.counts.len());
        for count in &report.counts {
            let known = self.declaration.counts.iter().find(|known| known.name == count.name);
            let known = known.ok_or(UNDECLARED)?;
            declared(is_split_by(count, &known.by))?;
            let is_covered = may_be_published && self.covers(|scope| scope.covers_count(known, self.today));
            if self.today < known.until && is_covered {
                stays.push(recorded(count, known));
            }
        }
        let is_whole = is_whole && stays == report.counts;
        Ok((!is_whole).then_some(Report { counts: stays, timings }))
    }

    /// The timings that may be reported. The typed API makes no other cells than the declared ones, and what a segment
    /// holds is checked again when it is read.
    fn timings<'n>(&self, timings: &Timings<'n>) -> Result<Timings<'n>, Refused> {
        let mut of = Vec::with_capacity(timings.of.len());
        for timing in &timings.of {
            let known = self.declaration.timings.iter().find(|known| known.name == timing.name);
            let known = known.ok_or(UNDECLARED)?;
            let is_covered = self.covers(|scope| scope.covers_timing(known, self.today))
                && self.covers_publication(&format!("timings.{}", known.name));
            if self.today < known.until && is_covered {
                of.push(timing.clone());
            }
        }
        Ok(Timings { run: timings.run, of })
    }

    fn declared<'n>(&self, event: &Declared<'n>) -> Result<Option<Declared<'n>>, Refused> {
        let known = self.declaration.events.iter().find(|known| known.name == event.name);
        let known = known.ok_or(UNDECLARED)?;
        self.only(known.component)?;
        asked(self.covers(|scope| scope.covers_event(known, self.today)))?;
        asked(self.covers_publication(&format!("events.{}", known.name)))?;
        let mut stays = Vec::with_capacity(event.fields.len());
        for field in &event.fields {
            let is_declared =
                |known: &&FieldDeclaration| known.name == field.0 && known.kind.allows(&field.1);
            let known = known.fields.iter().find(is_declared).ok_or(UNDECLARED)?;
            if self.covers(|scope| scope.covers_field(event.name, known)) {
                stays.push(field);
            }
        }
        self.before(known.until)?;
        let is_whole = stays.len() == event.fields.len();
        let fields = || stays.into_iter().cloned().collect();
        Ok((!is_whole).then(|| Declared { name: event.name, fields: fields(), times: event.times }))
    }

    fn only(&self, component: Component) -> Result<(), Refused> {
        declared(self.component == component)
    }

    fn covers(&self, covers: impl FnOnce(&Scope) -> bool) -> bool {
        self.scope.is_none_or(covers)
    }

    /// Whether its user was asked about figures that are published of a table, or there are none.
    fn covers_publication(&self, table: &str) -> bool {
        self.covers(|scope| scope.covers_publication(table, self.declaration))
    }

    fn before(&self, until: u32) -> Result<(), Refused> {
        if self.today < until { Ok(()) } else { Err(Refused::Dropped(DropReason::Expired)) }
    }
}

/// A count as it is recorded: each number as its edge, where it has edges.
fn recorded<'n>(count: &Count<'n>, known: &CountDeclaration) -> Count<'n> {
    let cells = match &count.cells {
        Cells::One(number) => Cells::One(known.recorded(*number)),
        Cells::By(cells) => {
            Cells::By(cells.iter().map(|(name, number)| (*name, known.recorded(*number))).collect())
        }
    };
    Count { cells, ..count.clone() }
}

fn is_split_by(count: &Count<'_>, by: &List<Text>) -> bool {
    match &count.cells {
        Cells::One(_) => by.is_empty(),
        Cells::By(cells) => !by.is_empty() && cells.iter().all(|(name, _)| find(by, name).is_some()),
    }
}

fn declared(is: bool) -> Result<(), Refused> {
    if is { Ok(()) } else { Err(UNDECLARED) }
}

fn asked(was: bool) -> Result<(), Refused> {
    if was { Ok(()) } else { Err(Refused::Unasked) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::sample::{self, NOW};
    use aboveboard_types::clock::day;
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
                let admission =
                    Admission { component, declaration: &declaration, scope: None, today: day(NOW) };
                assert_eq!(admission.admit(&event).map(|_| ()), expected);
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
        assert_eq!(recorder.begin("init", NOW).unwrap_err(), DropReason::Expired.into());
        let tag = crate::spool::Destination::named(&declaration.endpoint).tag().to_owned();
        let told = std::fs::read_to_string(places.state().join(format!("spool/outcomes.{tag}"))).unwrap();
        assert!(told.contains(DropReason::Expired.name()), "{told}");
    }

    #[test]
    fn what_a_newly_published_table_counts_is_not_recorded_until_its_user_was_asked() {
        let silent = sample::declaration();
        let asked = Scope::of(&silent.clone().publish_months(3));
        let counts = vec![Count { name: "tables", cells: Cells::One(10) }];
        let report = EventKind::Report(Report { counts, timings: None });
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
        let happened =
            EventKind::Declared(Declared { name: &silent.events[0].name, fields: Vec::new(), times: 1 });
        let of_event = format!("events.{}", silent.events[0].name);
        for (kind, component, table) in [
            (report, Component::Server, "sizes"),
            (command, Component::Cli, "commands"),
            (console, Component::Console, "actions"),
            (happened, silent.events[0].component, &*of_event),
        ] {
            let event = Event { time: NOW, kind };
            for published in ["sizes", "commands", "actions", &*of_event] {
                let declaration = silent.clone().publish_months(3);
                let declaration = declaration.published(vec![Text::from(published.to_owned())].into());
                let scopes = [
                    (Some(&asked), published != table),
                    (Some(&Scope::of(&declaration)), true),
                    (None, true),
                ];
                for (scope, is_whole) in scopes {
                    let admission =
                        Admission { component, declaration: &declaration, scope, today: day(NOW) };
                    let admitted = admission.admit(&event);
                    let is_admitted = admitted.as_ref().is_ok_and(|admitted| **admitted == event);
                    assert_eq!(is_admitted, is_whole, "{table}, {published}: {admitted:?}");
                }
            }
        }
    }

    #[test]
    fn a_count_with_edges_is_recorded_as_its_edge_and_an_exact_one_as_it_is() {
        let count = |name: &'static str, by: &[&'static str], edges: &[u64]| {
            let by: Vec<Text> = by.iter().map(|entry| Text::Borrowed(*entry)).collect();
            CountDeclaration::new(
                name.into(),
                by.into(),
                edges.to_vec().into(),
                "".into(),
                u32::MAX,
                "".into(),
            )
        };
        let declaration = sample::declaration().counts(
            vec![
                count("rounded", &[], &[1, 10, 100]),
                count("parts", &["a", "b"], &[1, 10, 100]),
                count("exact", &[], &[]),
            ]
            .into(),
        );
        let report = |rounded, a, b, exact| {
            let counts = vec![
                Count { name: "rounded", cells: Cells::One(rounded) },
                Count { name: "parts", cells: Cells::By(vec![("a", a), ("b", b)]) },
                Count { name: "exact", cells: Cells::One(exact) },
            ];
            Event { time: NOW, kind: EventKind::Report(Report { counts, timings: None }) }
        };
        let component = Component::Server;
        let admission = Admission { component, declaration: &declaration, scope: None, today: day(NOW) };
        for (given, recorded) in [
            (report(0, 9, 10, 0), report(0, 1, 10, 0)),
            (report(99, 100, 101, 99), report(10, 100, 100, 99)),
            (report(u64::MAX, 0, 1, 1_234_567), report(100, 0, 1, 1_234_567)),
            (report(1, 10, 100, 7), report(1, 10, 100, 7)),
        ] {
            assert_eq!(admission.admit(&given).as_deref(), Ok(&recorded));
        }
        // Who agreed to the edges is not counted exactly by a later manifest.
        let scope = Scope::of(&declaration);
        let exact = declaration.clone().counts(
            vec![
                count("rounded", &[], &[]),
                count("parts", &["a", "b"], &[1, 100]),
                count("exact", &[], &[]),
            ]
            .into(),
        );
        let admission = Admission { component, declaration: &exact, scope: Some(&scope), today: day(NOW) };
        let given = report(99, 99, 100, 99);
        let admitted = admission.admit(&given).unwrap();
        let EventKind::Report(admitted) = &admitted.kind else { unreachable!() };
        let names: Vec<_> = admitted.counts.iter().map(|count| count.name).collect();
        assert_eq!(names, ["parts", "exact"]);
        assert_eq!(admitted.counts[0].cells, Cells::By(vec![("a", 1), ("b", 100)]));
    }
}
