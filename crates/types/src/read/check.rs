//! From what was read to the domain: total, explicit, and the one place where undeclared things are refused.
//!
//! What comes out borrows its names from the declaration, so a text that is not declared has no way through.

use std::borrow::Cow;

use super::number::exact;
use super::raw::{RawCells, RawEvent, RawValue};
use super::timing::timings;
use super::violation::Violation;
use crate::declaration::{Component, CountNames, EventNames, FieldKind, FieldNames, Names, Text};
use crate::event;
use crate::id::Id;
use crate::limits::MAX_NUMBER;
use crate::value::{self, Country, OTHER, Version};

impl RawEvent<'_> {
    /// The event of a batch or segment in domain types: [`RawEvent::check`], and that its installation is one of those
    /// that record it.
    ///
    /// # Errors
    /// The first thing about it that is not declared.
    pub fn check_from<'d>(
        &self,
        installation: Id,
        component: Component,
        names: impl Into<Names<'d>>,
    ) -> Result<event::Event<'d>, Violation> {
        let names = names.into();
        let event = self.check(component, names)?;
        match names.event(&self.name).and_then(|known| known.limits.share) {
            Some(share) if !share.has(installation, &self.name) => Err(Violation::WrongShare),
            _ => Ok(event),
        }
    }

    /// The event in domain types, every name taken from a declaration.
    ///
    /// # Errors
    /// The first thing about it that is not declared.
    pub fn check<'d>(
        &self,
        component: Component,
        names: impl Into<Names<'d>>,
    ) -> Result<event::Event<'d>, Violation> {
        let names = names.into();
        if self.time > MAX_NUMBER {
            return Err(Violation::WrongValue);
        }
        let recorded_by = match &*self.name {
            "command" => Component::Cli,
            "console" => Component::Console,
            "report" => Component::Server,
            _ => names.event(&self.name).ok_or(Violation::UnknownEvent)?.component,
        };
        if component != recorded_by {
            return Err(Violation::WrongComponent);
        }
        let kind = match &*self.name {
            "command" => event::EventKind::Command(self.command(names)?),
            "console" => event::EventKind::Console(self.console(names)?),
            "report" => event::EventKind::Report(self.report(names)?),
            _ => event::EventKind::Declared(self.declared(names)?),
        };
        Ok(event::Event { time: self.time, kind })
    }

    /// Whether a count was rounded down to its edge when this was checked, so that what was read says more than `checked`.
    pub fn was_rounded(&self, checked: &event::Event<'_>) -> bool {
        let event::EventKind::Report(report) = &checked.kind else { return false };
        let read = self.counts.iter().flatten().map(|(_, cells)| cells);
        read.zip(&report.counts).any(|(read, checked)| match (read, &checked.cells) {
            (RawCells::One(read), event::Cells::One(checked)) => read != checked,
            (RawCells::By(read), event::Cells::By(checked)) => {
                read.iter().zip(checked).any(|((_, read), (_, checked))| read != checked)
            }
            _ => true,
        })
    }

    fn command<'d>(&self, names: Names<'d>) -> Result<event::Command<'d>, Violation> {
        let ending = match (self.error, self.unfinished) {
            (Some(false), None) => event::Ending::Success,
            (Some(true), None) => event::Ending::Error,
            (None, Some(true)) => event::Ending::Unfinished,
            _ => return Err(Violation::WrongShape),
        };
        if self.has_console_keys() || self.has_report_keys() || self.has_declared_keys() {
            return Err(Violation::WrongShape);
        }
        let command = self.command.as_deref().ok_or(Violation::WrongShape)?;
        Ok(event::Command {
            command: names.command(command).ok_or(Violation::UnknownCommand)?,
            run: self.run.ok_or(Violation::WrongShape)?,
            ending,
            server: self.server,
            server_version: match &self.server_version {
                Some(version) => Some(Version::parse(version).ok_or(Violation::WrongValue)?),
                None => None,
            },
        })
    }

    fn console<'d>(&self, names: Names<'d>) -> Result<event::Console<'d>, Violation> {
        let foreign = self.has_command_keys() || self.server_version.is_some();
        if foreign || self.has_report_keys() || self.has_declared_keys() {
            return Err(Violation::WrongShape);
        }
        let action = match self.action.as_deref() {
            None => None,
            Some(name) => Some(names.action(name).ok_or(Violation::UnknownAction)?),
        };
        let route = match self.route.as_deref().ok_or(Violation::WrongShape)? {
            event::UNKNOWN_ROUTE => event::UNKNOWN_ROUTE,
            pattern => names.route(pattern).ok_or(Violation::UnknownRoute)?,
        };
        Ok(event::Console {
            session: self.session.ok_or(Violation::WrongShape)?,
            action,
            route,
            server: self.server,
            cli: self.cli,
        })
    }

    fn report<'d>(&self, names: Names<'d>) -> Result<event::Report<'d>, Violation> {
        // The restart tag stands with timings alone.
        let is_tagged = self.run.is_some() == self.timings.is_some();
        let foreign = self.command.is_some() || self.has_ending() || self.has_link_keys();
        if foreign || self.has_console_keys() || self.has_declared_keys() || !is_tagged {
            return Err(Violation::WrongShape);
        }
        let counts = self.counts.as_ref().ok_or(Violation::WrongShape)?;
        let named = |name: &str| names.count(name).ok_or(Violation::UnknownCount);
        let counts: Result<_, _> = counts.iter().map(|(name, cells)| count(named(name)?, cells)).collect();
        let timings = match (self.run, &self.timings) {
            (Some(run), Some(given)) => Some(timings(run, given, names)?),
            _ => None,
        };
        Ok(event::Report { counts: counts?, timings })
    }

    fn declared<'d>(&self, names: Names<'d>) -> Result<event::Declared<'d>, Violation> {
        let event = names.event_names(&self.name).ok_or(Violation::UnknownEvent)?;
        let known = event.declaration;
        let foreign = self.has_command_keys() || self.has_link_keys() || self.has_console_keys();
        if foreign || self.has_report_keys() {
            return Err(Violation::WrongShape);
        }
        let times = match self.times {
            None => 1,
            Some(_) if known.limits.fold.is_none() => return Err(Violation::WrongShape),
            Some(times) if (2..=event::MAX_TIMES).contains(&times) => times,
            Some(_) => return Err(Violation::WrongValue),
        };
        let given: &[(Cow<'_, str>, RawValue<'_>)] = self.fields.as_ref().map_or(&[], |fields| &fields[..]);
        let fields: Result<_, _> = given.iter().map(|(name, value)| field(name, value, event)).collect();
        Ok(event::Declared { name: &known.name, fields: fields?, times })
    }

    fn has_command_keys(&self) -> bool {
        self.command.is_some() || self.run.is_some() || self.has_ending()
    }

    fn has_ending(&self) -> bool {
        self.error.is_some() || self.unfinished.is_some()
    }

    fn has_report_keys(&self) -> bool {
        self.counts.is_some() || self.timings.is_some()
    }

    fn has_declared_keys(&self) -> bool {
        self.fields.is_some() || self.times.is_some()
    }

    fn has_link_keys(&self) -> bool {
        self.server.is_some() || self.server_version.is_some()
    }

    fn has_console_keys(&self) -> bool {
        self.cli.is_some() || self.session.is_some() || self.action.is_some() || self.route.is_some()
    }
}

fn count<'d>(known: CountNames<'d>, cells: &RawCells<'_>) -> Result<event::Count<'d>, Violation> {
    let is_split = !known.declaration.by.is_empty();
    let recorded = |number: u64| exact(number).map(|number| known.declaration.recorded(number));
    let cells = match cells {
        RawCells::One(number) if !is_split => event::Cells::One(recorded(*number)?),
        RawCells::By(cells) if is_split => {
            let cell = |(name, number): &(Cow<'_, str>, u64)| {
                Ok((known.cell(name).ok_or(Violation::UnknownCount)?, recorded(*number)?))
            };
            event::Cells::By(cells.iter().map(cell).collect::<Result<_, _>>()?)
        }
        _ => return Err(Violation::UnknownCount),
    };
    Ok(event::Count { name: &known.declaration.name, cells })
}

fn field<'d>(
    name: &str,
    value: &RawValue<'_>,
    event: EventNames<'d>,
) -> Result<(&'d str, value::Value<'d>), Violation> {
    let known = event.field(name).ok_or(Violation::UnknownField)?;
    Ok((&known.declaration.name, value_of(known, value).ok_or(Violation::WrongValue)?))
}

/// The value if the field may hold it.
fn value_of<'d>(known: FieldNames<'d>, value: &RawValue<'_>) -> Option<value::Value<'d>> {
    // `other` comes after all that is declared.
    let listed = |list: &'d [Text], name: &str| {
        known.entry(list, name).or_else(|| (name == OTHER).then_some((list.len(), OTHER)))
    };
    let kind = &known.declaration.kind;
    let value = match (kind, value) {
        (FieldKind::Choice(list), RawValue::Text(name)) => {
            return listed(list, name).map(|(_, entry)| value::Value::Choice(entry));
        }
        (FieldKind::Set(list), RawValue::List(members)) => {
            let mut after = None;
            let ascending = members.iter().map(|member| {
                let (place, entry) = listed(list, member)?;
                let ascends = Some(place) > after;
                after = Some(place);
                ascends.then_some(entry)
            });
            return ascending.collect::<Option<_>>().map(value::Value::Set);
        }
        (FieldKind::Version, RawValue::Text(text)) => Version::parse(text).map(value::Value::Version),
        (FieldKind::Country, RawValue::Text(text)) => Country::parse(text).map(value::Value::Country),
        (_, RawValue::Flag(flag)) => Some(value::Value::Flag(*flag)),
        (_, RawValue::Number(number)) => Some(value::Value::Number(*number)),
        _ => None,
    };
    value.filter(|value| kind.allows(value))
}
