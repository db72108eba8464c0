//! From the wire to the domain: total, explicit, and the one place where undeclared things are refused.
//!
//! What comes out borrows its names from the declaration, so a text that is not declared has no way through.

use std::fmt;

use super::batch::{Batch, Cells, Entries, Event, SegmentHeader, Text, Value};
use super::{MAX_EVENTS, MAX_NUMBER, WIRE, timing};
use crate::declaration::{Component, Declaration, FieldDeclaration, FieldKind};
use crate::envelope::{self, Envelope, Header, Marks};
use crate::event;
use crate::id::Id;
use crate::outcome::DropReason;
use crate::value::{self, Country, OTHER, Version};

/// Why one event is refused; the rest of its batch is not touched by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Violation {
    /// No event of this name is declared.
    UnknownEvent,
    /// The event is declared for another component.
    WrongComponent,
    /// A key is missing or does not belong to this kind of event.
    WrongShape,
    /// The command is not declared.
    UnknownCommand,
    /// The action is not declared.
    UnknownAction,
    /// The route is not declared.
    UnknownRoute,
    /// The count is not declared, or not with this split.
    UnknownCount,
    /// The timing is not declared, or not with these kinds.
    UnknownTiming,
    /// The field is not declared for this event.
    UnknownField,
    /// The field's value is none that its type allows.
    WrongValue,
    /// The event is recorded by a part of the installations, and this is none of them.
    WrongShare,
}

impl Violation {
    /// The spelling in a receipt.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UnknownEvent => "unknown-event",
            Self::WrongComponent => "wrong-component",
            Self::WrongShape => "wrong-shape",
            Self::UnknownCommand => "unknown-command",
            Self::UnknownAction => "unknown-action",
            Self::UnknownRoute => "unknown-route",
            Self::UnknownCount => "unknown-count",
            Self::UnknownTiming => "unknown-timing",
            Self::UnknownField => "unknown-field",
            Self::WrongValue => "wrong-value",
            Self::WrongShare => "wrong-share",
        }
    }
}

/// Why a whole batch is refused. The text names the key, never a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Malformed {}

impl<'a> Batch<'a> {
    /// The envelope in domain types.
    ///
    /// # Errors
    /// Where a key holds what no agent writes: another wire version, a nil id, an unknown component, version,
    /// system, architecture or mark, or more than [`MAX_EVENTS`] events.
    pub fn envelope(&self) -> Result<Envelope, Malformed> {
        if self.wire != WIRE {
            return Err(Malformed("wire: this version is not spoken here"));
        }
        if self.batch == Id::NIL || self.installation == Id::NIL {
            return Err(Malformed("batch, installation: a nil id is a placeholder"));
        }
        if self.events.len() > MAX_EVENTS {
            return Err(Malformed("events: too many for one batch"));
        }
        if self.sequence > MAX_NUMBER {
            return Err(Malformed("sequence: too large"));
        }
        Ok(Envelope {
            revision: self.revision,
            batch: self.batch,
            installation: self.installation,
            header: header(&self.component, &self.version, &self.os, &self.arch, &self.marks)?,
            sequence: self.sequence,
        })
    }

    /// The counted drops.
    ///
    /// # Errors
    /// Where a reason is not one of [`DropReason::ALL`] or a number is above [`MAX_NUMBER`].
    pub fn outcomes(&self) -> Result<Vec<(DropReason, u64)>, Malformed> {
        let known = |(name, number): &(Text<'_>, u64)| {
            Some((DropReason::parse(name)?, Some(*number).filter(|number| *number <= MAX_NUMBER)?))
        };
        self.outcomes
            .0
            .iter()
            .map(|entry| known(entry).ok_or(Malformed("outcomes: unknown reason or too large a number")))
            .collect()
    }
}

impl SegmentHeader<'_> {
    /// The header in domain types.
    ///
    /// # Errors
    /// Where a key holds what no agent writes.
    pub fn header(&self) -> Result<Header, Malformed> {
        header(&self.component, &self.version, &self.os, &self.arch, &self.marks)
    }
}

fn header(
    component: &str,
    version: &str,
    os: &str,
    arch: &str,
    marks: &[Text<'_>],
) -> Result<Header, Malformed> {
    let marks = marks.iter().try_fold(Marks::default(), |set, name| Some(set.with(Marks::parse(name)?)));
    Ok(Header {
        component: Component::parse(component).ok_or(Malformed("component: unknown"))?,
        version: Version::parse(version).ok_or(Malformed("version: not MAJOR.MINOR.PATCH[-CHANNEL]"))?,
        os: envelope::known(&envelope::OPERATING_SYSTEMS, os).ok_or(Malformed("os: unknown"))?,
        arch: envelope::known(&envelope::ARCHITECTURES, arch).ok_or(Malformed("arch: unknown"))?,
        marks: marks.ok_or(Malformed("marks: unknown"))?,
    })
}

impl Event<'_> {
    /// The event of a batch or segment in domain types: [`Event::check`], and that its installation is one of those
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
        let known = declaration.events.iter().find(|event| event.name == *self.name);
        match known.and_then(|known| known.limits.share) {
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
        let kind = match &*self.name {
            "command" => event::Kind::Command(self.command(component, declaration)?),
            "console" => event::Kind::Console(self.console(component, declaration)?),
            "report" => event::Kind::Report(self.report(component, declaration)?),
            _ => event::Kind::Declared(self.declared(component, declaration)?),
        };
        Ok(event::Event { time: self.time, kind })
    }

    fn command<'d>(
        &self,
        component: Component,
        declaration: &'d Declaration,
    ) -> Result<event::Command<'d>, Violation> {
        only(component, Component::Cli)?;
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

    fn console<'d>(
        &self,
        component: Component,
        declaration: &'d Declaration,
    ) -> Result<event::Console<'d>, Violation> {
        only(component, Component::Console)?;
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

    fn report<'d>(
        &self,
        component: Component,
        declaration: &'d Declaration,
    ) -> Result<event::Report<'d>, Violation> {
        only(component, Component::Server)?;
        // The restart tag stands with timings alone.
        let is_tagged = self.run.is_some() == self.timings.is_some();
        let foreign = self.command.is_some() || self.has_ending() || self.has_link_keys();
        if foreign || self.has_console_keys() || self.has_declared_keys() || !is_tagged {
            return Err(Violation::WrongShape);
        }
        let counts = self.counts.as_ref().ok_or(Violation::WrongShape)?;
        let counts: Result<_, _> =
            counts.0.iter().map(|(name, cells)| count(name, cells, declaration)).collect();
        let timings = match (self.run, &self.timings) {
            (Some(run), Some(timings)) => Some(timing::timings(run, timings, declaration)?),
            _ => None,
        };
        Ok(event::Report { counts: counts?, timings })
    }

    fn declared<'d>(
        &self,
        component: Component,
        declaration: &'d Declaration,
    ) -> Result<event::Declared<'d>, Violation> {
        let known = declaration.events.iter().find(|event| event.name == *self.name);
        let known = known.ok_or(Violation::UnknownEvent)?;
        only(component, known.component)?;
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
        let given: &[(Text<'_>, Value<'_>)] = self.fields.as_ref().map_or(&[], |fields| &fields.0);
        let fields: Result<_, _> =
            given.iter().map(|(name, value)| field(name, value, &known.fields)).collect();
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

fn only(component: Component, declared: Component) -> Result<(), Violation> {
    if component == declared { Ok(()) } else { Err(Violation::WrongComponent) }
}

pub(super) fn find<'d>(list: &'d [crate::declaration::Text], name: &str) -> Option<&'d str> {
    list.iter().find(|known| *known == name).map(|known| &**known)
}

fn count<'d>(
    name: &str,
    cells: &Cells<'_>,
    declaration: &'d Declaration,
) -> Result<event::Count<'d>, Violation> {
    let known = declaration.counts.iter().find(|count| count.name == name).ok_or(Violation::UnknownCount)?;
    let cells = match cells {
        Cells::One(number) if known.by.is_empty() => event::Cells::One(exact(*number)?),
        Cells::By(Entries(cells)) if !known.by.is_empty() => {
            let cell = |(name, number): &(Text<'_>, u64)| {
                Ok((find(&known.by, name).ok_or(Violation::UnknownCount)?, exact(*number)?))
            };
            event::Cells::By(cells.iter().map(cell).collect::<Result<_, _>>()?)
        }
        _ => return Err(Violation::UnknownCount),
    };
    Ok(event::Count { name: &known.name, cells })
}

pub(super) fn exact(number: u64) -> Result<u64, Violation> {
    if number <= MAX_NUMBER { Ok(number) } else { Err(Violation::WrongValue) }
}

fn field<'d>(
    name: &str,
    value: &Value<'_>,
    declared: &'d [FieldDeclaration],
) -> Result<(&'d str, value::Value<'d>), Violation> {
    let known = declared.iter().find(|field| field.name == name).ok_or(Violation::UnknownField)?;
    let value = value_of(&known.kind, value).filter(|value| known.kind.allows(value));
    Ok((&known.name, value.ok_or(Violation::WrongValue)?))
}

fn value_of<'d>(kind: &'d FieldKind, value: &Value<'_>) -> Option<value::Value<'d>> {
    let listed = |list: &'d [crate::declaration::Text], name: &str| {
        find(list, name).or_else(|| (name == OTHER).then_some(OTHER))
    };
    match (kind, value) {
        (FieldKind::Choice(list), Value::Text(name)) => listed(list, name).map(value::Value::Choice),
        (FieldKind::Version, Value::Text(text)) => Version::parse(text).map(value::Value::Version),
        (FieldKind::Country, Value::Text(text)) => Country::parse(text).map(value::Value::Country),
        (FieldKind::Set(list), Value::List(members)) => {
            members.iter().map(|member| listed(list, member)).collect::<Option<_>>().map(value::Value::Set)
        }
        (_, Value::Flag(flag)) => Some(value::Value::Flag(*flag)),
        (_, Value::Number(number)) => Some(value::Value::Number(*number)),
        _ => None,
    }
}
