//! From what was read to the domain: total, explicit, and the one place where undeclared things are refused.
//!
//! What comes out borrows its names from the declaration, so a text that is not declared has no way through.

use std::borrow::Cow;

use super::number::exact;
use super::raw::{RawCells, RawEvent, RawValue};
use super::timing::timings;
use super::violation::Violation;
use crate::declaration::{Component, Declaration, EventDeclaration, FieldDeclaration, FieldKind, Text, find};
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
        declaration: &'d Declaration,
    ) -> Result<event::Event<'d>, Violation> {
        let event = self.check(component, declaration)?;
        match self.event_declaration(declaration).ok().and_then(|known| known.limits.share) {
            Some(share) if !share.has(installation, &self.name) => Err(Violation::WrongShare),
            _ => Ok(event),
        }
    }

    /// The event in domain types, every name taken from `declaration`.
    ///
    /// # Errors
    /// The first thing about it that is not declared.
    pub fn check<'d>(
        &self,
        component: Component,
        declaration: &'d Declaration,
    ) -> Result<event::Event<'d>, Violation> {
        if self.time > MAX_NUMBER {
            return Err(Violation::WrongValue);
        }
        let recorded_by = match &*self.name {
            "command" => Component::Cli,
            "console" => Component::Console,
            "report" => Component::Server,
            _ => self.event_declaration(declaration)?.component,
        };
        if component != recorded_by {
            return Err(Violation::WrongComponent);
        }
        let kind = match &*self.name {
            "command" => event::EventKind::Command(self.command(declaration)?),
            "console" => event::EventKind::Console(self.console(declaration)?),
            "report" => event::EventKind::Report(self.report(declaration)?),
            _ => event::EventKind::Declared(self.declared(declaration)?),
        };
        Ok(event::Event { time: self.time, kind })
    }

    fn command<'d>(&self, declaration: &'d Declaration) -> Result<event::Command<'d>, Violation> {
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
            command: find(&declaration.commands, command).ok_or(Violation::UnknownCommand)?,
            run: self.run.ok_or(Violation::WrongShape)?,
            ending,
            server: self.server,
            server_version: match &self.server_version {
                Some(version) => Some(Version::parse(version).ok_or(Violation::WrongValue)?),
                None => None,
            },
        })
    }

    fn console<'d>(&self, declaration: &'d Declaration) -> Result<event::Console<'d>, Violation> {
        let foreign = self.has_command_keys() || self.server_version.is_some();
        if foreign || self.has_report_keys() || self.has_declared_keys() {
            return Err(Violation::WrongShape);
        }
        let action = match self.action.as_deref() {
            None => None,
            Some(name) => {
                let known = declaration.actions.iter().find(|action| action.name == name);
                Some(&*known.ok_or(Violation::UnknownAction)?.name)
            }
        };
        let route = match self.route.as_deref().ok_or(Violation::WrongShape)? {
            event::UNKNOWN_ROUTE => event::UNKNOWN_ROUTE,
            pattern => find(&declaration.routes, pattern).ok_or(Violation::UnknownRoute)?,
        };
        Ok(event::Console {
            session: self.session.ok_or(Violation::WrongShape)?,
            action,
            route,
            server: self.server,
            cli: self.cli,
        })
    }

    fn report<'d>(&self, declaration: &'d Declaration) -> Result<event::Report<'d>, Violation> {
        // The restart tag stands with timings alone.
        let is_tagged = self.run.is_some() == self.timings.is_some();
        let foreign = self.command.is_some() || self.has_ending() || self.has_link_keys();
        if foreign || self.has_console_keys() || self.has_declared_keys() || !is_tagged {
            return Err(Violation::WrongShape);
        }
        let counts = self.counts.as_ref().ok_or(Violation::WrongShape)?;
        let counts: Result<_, _> =
            counts.iter().map(|(name, cells)| count(name, cells, declaration)).collect();
        let timings = match (self.run, &self.timings) {
            (Some(run), Some(given)) => Some(timings(run, given, declaration)?),
            _ => None,
        };
        Ok(event::Report { counts: counts?, timings })
    }

    fn declared<'d>(&self, declaration: &'d Declaration) -> Result<event::Declared<'d>, Violation> {
        let known = self.event_declaration(declaration)?;
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
        let fields: Result<_, _> =
            given.iter().map(|(name, value)| field(name, value, &known.fields)).collect();
        Ok(event::Declared { name: &known.name, fields: fields?, times })
    }

    fn event_declaration<'d>(&self, declaration: &'d Declaration) -> Result<&'d EventDeclaration, Violation> {
        declaration.events.iter().find(|event| event.name == *self.name).ok_or(Violation::UnknownEvent)
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

fn count<'d>(
    name: &str,
    cells: &RawCells<'_>,
    declaration: &'d Declaration,
) -> Result<event::Count<'d>, Violation> {
    let known = declaration.counts.iter().find(|count| count.name == name).ok_or(Violation::UnknownCount)?;
    let cells = match cells {
        RawCells::One(number) if known.by.is_empty() => event::Cells::One(exact(*number)?),
        RawCells::By(cells) if !known.by.is_empty() => {
            let cell = |(name, number): &(Cow<'_, str>, u64)| {
                Ok((find(&known.by, name).ok_or(Violation::UnknownCount)?, exact(*number)?))
            };
            event::Cells::By(cells.iter().map(cell).collect::<Result<_, _>>()?)
        }
        _ => return Err(Violation::UnknownCount),
    };
    Ok(event::Count { name: &known.name, cells })
}

fn field<'d>(
    name: &str,
    value: &RawValue<'_>,
    declared: &'d [FieldDeclaration],
) -> Result<(&'d str, value::Value<'d>), Violation> {
    let known = declared.iter().find(|field| field.name == name).ok_or(Violation::UnknownField)?;
    let value = value_of(&known.kind, value).filter(|value| known.kind.allows(value));
    Ok((&known.name, value.ok_or(Violation::WrongValue)?))
}

fn value_of<'d>(kind: &'d FieldKind, value: &RawValue<'_>) -> Option<value::Value<'d>> {
    let listed = |list: &'d [Text], name: &str| find(list, name).or_else(|| (name == OTHER).then_some(OTHER));
    match (kind, value) {
        (FieldKind::Choice(list), RawValue::Text(name)) => listed(list, name).map(value::Value::Choice),
        (FieldKind::Version, RawValue::Text(text)) => Version::parse(text).map(value::Value::Version),
        (FieldKind::Country, RawValue::Text(text)) => Country::parse(text).map(value::Value::Country),
        (FieldKind::Set(list), RawValue::List(members)) => {
            members.iter().map(|member| listed(list, member)).collect::<Option<_>>().map(value::Value::Set)
        }
        (_, RawValue::Flag(flag)) => Some(value::Value::Flag(*flag)),
        (_, RawValue::Number(number)) => Some(value::Value::Number(*number)),
        _ => None,
    }
}
