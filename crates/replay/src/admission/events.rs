//! The events of a batch, with the names and keys that they get.

use std::sync::Arc;

use aboveboard_store::calendar::SECONDS_A_DAY;
use aboveboard_store::facts::{Facts, PlacedEvent};
use aboveboard_store::read::{InstallationKey, ReportedCount};
use aboveboard_store::sums::{Summed, most_a_second};
use aboveboard_store::verification::Standing;
use aboveboard_store::versions::OTHER;
use aboveboard_types::declaration::FieldKind;
use aboveboard_types::event::{Cells, EventKind, Report, Timing, Timings};
use aboveboard_types::id::Id;
use aboveboard_types::value::{Value, Version};

use super::books::Asking;
use super::product::Product;
use crate::batch::{Naming, ReportedCell, ReportedTiming, ReportedTimings, SentEvent, SentKind, SentValue};
use crate::journal::JournalEntry;
use crate::key::ClusterKey;

/// What gives the events of one batch their names.
pub(super) struct EventNames<'a> {
    pub(super) key: &'a ClusterKey,
    pub(super) product: &'a mut Product,
    pub(super) facts: &'a Facts<'a>,
    pub(super) sender: InstallationKey,
    pub(super) asking: Asking<'a>,
    /// Whether a new version may get a name by the batch.
    pub(super) gives_names: bool,
    /// The names that were given.
    pub(super) named: Vec<JournalEntry>,
}

impl EventNames<'_> {
    pub(super) fn event(&mut self, event: &PlacedEvent<'_>) -> SentEvent {
        let what = match &event.kind {
            EventKind::Command(command) => {
                // The numbers come from the server by way of the user's machine: what they say must be a known version.
                let server_version = command.server_version.map(|version| {
                    if self.product.books.is_known(version, &self.asking) { version } else { OTHER }
                });
                SentKind::Command {
                    command: self.text(command.command),
                    ending: command.ending,
                    server: self.server(command.server),
                    server_version,
                }
            }
            EventKind::Console(console) => SentKind::Console {
                action: console.action.map(|action| self.text(action)),
                route: self.text(console.route),
                server: self.server(console.server),
                // Nobody but the sender itself.
                cli: (console.cli == Some(self.facts.installation)).then_some(self.sender),
            },
            EventKind::Report(report) => self.report(report),
            EventKind::Declared(declared) => {
                let mut fields = Vec::with_capacity(declared.fields.len());
                for (field, value) in &declared.fields {
                    let declaration =
                        event.declaration.and_then(|of| of.fields.iter().find(|of| of.name == *field));
                    // Of a count there may be many numbers; of an edge or a code there are few, and each means something.
                    let is_count = declaration.is_none_or(|field| matches!(field.kind, FieldKind::Count(_)));
                    let field = self.text(&format!("{}.{field}", declared.name));
                    self.push_value(&field, value, is_count, event, &mut fields);
                }
                SentKind::Declared { event: self.text(declared.name), times: declared.times, fields }
            }
            // Kinds that this version does not know are refused by the check before.
            _ => SentKind::Declared { event: self.text(""), times: 1, fields: Vec::new() },
        };
        SentEvent { day: event.at.day, hour: event.at.hour, what }
    }

    fn text(&mut self, text: &str) -> Arc<str> {
        self.product.texts.of(text)
    }

    /// Whom an event names as a server: the sender itself, or one that it knows by a hash.
    fn server(&self, named: Option<Id>) -> Option<InstallationKey> {
        named.map(|named| {
            if named == self.facts.installation {
                self.sender
            } else {
                self.key.of_reference(&self.facts.product, named)
            }
        })
    }

    fn report(&mut self, report: &Report<'_>) -> SentKind {
        let mut counts = Vec::with_capacity(report.counts.len());
        for count in &report.counts {
            let name = self.text(count.name);
            match &count.cells {
                Cells::One(number) => {
                    counts.push(ReportedCount { count: name, entry: None, number: *number })
                }
                Cells::By(by) => {
                    for (entry, number) in by {
                        let entry = Some(self.text(entry));
                        counts.push(ReportedCount { count: Arc::clone(&name), entry, number: *number });
                    }
                }
            }
        }
        let timings = report.timings.as_ref().map(|timings| Box::new(self.timings(timings)));
        SentKind::Report { counts, timings }
    }

    fn timings(&mut self, timings: &Timings<'_>) -> ReportedTimings {
        let of = timings.of.iter().map(|timing| self.timing(timing)).collect();
        ReportedTimings { process: timings.run, of }
    }

    fn timing(&mut self, timing: &Timing<'_>) -> ReportedTiming {
        let a_second = most_a_second(self.facts.terms.rate(timing.name));
        let left = Summed::ALL.map(|of| {
            if self.asking.standing == Standing::Verified {
                return u64::MAX;
            }
            let a_day = a_second[of as usize].saturating_mul(SECONDS_A_DAY.unsigned_abs());
            self.product.weights.of(&weight_of(timing.name, of), self.asking.received).left(a_day)
        });
        let edges = self.facts.edges(timing.name);
        let cells = timing.cells.iter().map(|cell| {
            let kind: Vec<_> = cell.kind.iter().map(|(_, entry)| *entry).collect();
            ReportedCell {
                kind: self.text(&kind.join("/")),
                from: cell.from,
                below: edges.iter().find(|edge| **edge > cell.from).copied(),
                count: cell.count,
                total: cell.total,
                parts: cell.parts.iter().map(|(part, n)| (self.text(part), *n)).collect(),
            }
        });
        let cells = cells.collect();
        ReportedTiming { name: self.text(timing.name), a_second, left, cells }
    }

    fn push_value(
        &mut self,
        field: &Arc<str>,
        value: &Value<'_>,
        is_count: bool,
        event: &PlacedEvent<'_>,
        fields: &mut Vec<(Arc<str>, SentValue)>,
    ) {
        let value = match value {
            Value::Flag(flag) => SentValue::Flag(*flag),
            Value::Number(number) if is_count => SentValue::Count(*number),
            Value::Number(number) => SentValue::Exact(*number),
            Value::Choice(choice) => SentValue::Choice(self.text(choice)),
            Value::Version(version) => SentValue::Version(*version, self.value(field, *version, event)),
            Value::Country(country) => match country.code().as_bytes() {
                [a, b] => SentValue::Country([*a, *b]),
                _ => SentValue::NoMember,
            },
            Value::Set(members) if !members.is_empty() => {
                for member in members {
                    let member = SentValue::Choice(self.text(member));
                    fields.push((Arc::clone(field), member));
                }
                return;
            }
            _ => SentValue::NoMember,
        };
        fields.push((Arc::clone(field), value));
    }

    fn value(&mut self, field: &Arc<str>, version: Version, event: &PlacedEvent<'_>) -> Naming {
        let books = &mut self.product.books;
        let has_name = if self.gives_names && event.at.day >= self.product.kept_from {
            let (has_name, admitted) = books.decide(Some(field), version, &self.asking);
            self.named.extend(admitted.map(|admitted| JournalEntry::Named {
                product: self.facts.product.to_string(),
                field: Some(field.to_string()),
                version,
                admitted,
            }));
            has_name
        } else {
            books.has(Some(field), version)
        };
        if has_name {
            Naming::Named
        } else {
            self.product.contexts.value(field, version, self.asking.standing)
        }
    }
}

/// What is summed of a timing, as its weight is known by.
pub(super) fn weight_of(timing: &str, of: Summed) -> String {
    let of = match of {
        Summed::Requests => "requests",
        Summed::Milliseconds => "milliseconds",
    };
    format!("{of} of {timing}")
}
