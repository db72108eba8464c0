//! Stored events in neutral words.

use std::sync::Arc;

use aboveboard_store::context::Context;
use aboveboard_store::packed_version::unpack_version;
use aboveboard_store::read::{
    BatchRow, FieldValue, InstallationKey, Recorded, ReportedCount, RequestSum, RowEvent, RowSum,
};

use rusqlite::Result;

use super::block::{self, EncodedRow};
use super::dictionary::Dictionary;
use crate::row::{self, InstallationNumber, StoredCount, StoredEvent, StoredKind};

pub(super) fn key(installation: InstallationNumber) -> InstallationKey {
    InstallationKey(u64::from(installation))
}

fn key_if_any(installation: InstallationNumber) -> Option<InstallationKey> {
    (installation != 0).then(|| key(installation))
}

/// The events of a stored row.
pub(super) fn stored(raw: &EncodedRow) -> Result<Vec<StoredEvent>> {
    row::read(&raw.events).map_err(block::damaged)
}

/// A stored row of an installation in neutral words. `reported` says of which servers there is a report about that day.
pub(super) fn batch_row(
    names: &Dictionary,
    reported: &dyn Fn(InstallationNumber) -> bool,
    context: &Context,
    installation: InstallationNumber,
    stored: Vec<StoredEvent>,
) -> BatchRow {
    let mut context = context.clone();
    // Rows say what was sent, though it is counted under another version.
    if let Some(StoredKind::SentVersion(sent)) = stored.first().map(|event| &event.what) {
        context.version = unpack_version(*sent);
    }
    let events = events(names, installation, reported, stored);
    BatchRow { installation: key(installation), context, events }
}

/// The events of a row of an installation. A link is kept where it leads to the installation itself, or to one of the
/// servers that reported about that day.
fn events(
    names: &Dictionary,
    sender: InstallationNumber,
    reported: &dyn Fn(InstallationNumber) -> bool,
    events: Vec<StoredEvent>,
) -> Vec<RowEvent> {
    let is_kept = |linked: InstallationNumber| linked == sender || reported(linked);
    let without_strangers = |mut event: StoredEvent| {
        match &mut event.what {
            StoredKind::Command { server, server_version, .. } if !is_kept(*server) => {
                (*server, *server_version) = (0, None);
            }
            StoredKind::Console { server, .. } if !is_kept(*server) => *server = 0,
            _ => {}
        }
        event
    };
    events.into_iter().filter_map(|stored| event(names, without_strangers(stored))).collect()
}

pub(super) fn counts(names: &Dictionary, cells: &[StoredCount]) -> Vec<ReportedCount> {
    let count = |cell: &StoredCount| ReportedCount {
        count: Arc::clone(names.name(cell.name)),
        entry: names.name_if_any(cell.cell),
        number: cell.number,
    };
    cells.iter().map(count).collect()
}

/// An event in neutral words; none where it is none.
fn event(names: &Dictionary, event: StoredEvent) -> Option<RowEvent> {
    let name = |number| Arc::clone(names.name(number));
    let what = match event.what {
        StoredKind::Command { command, ending, server, server_version } => Recorded::Command {
            command: name(command),
            ending,
            server: key_if_any(server),
            server_version: server_version.map(unpack_version),
        },
        StoredKind::Console { action, route, server, cli } => Recorded::Console {
            action: names.name_if_any(action),
            route: name(route),
            server: key_if_any(server),
            cli: key_if_any(cli),
        },
        StoredKind::Report(cells) => Recorded::Report(counts(names, &cells)),
        StoredKind::Timings(sums) => Recorded::Requests(
            sums.iter()
                .map(|sum| RowSum {
                    name: name(sum.name),
                    from: sum.from,
                    sum: if sum.is_time {
                        RequestSum::Milliseconds(sum.n)
                    } else {
                        RequestSum::Requests(sum.n)
                    },
                })
                .collect(),
        ),
        StoredKind::SentVersion(_) => return None,
        StoredKind::Declared { name: event, times, fields } => Recorded::Declared {
            event: name(event),
            times,
            fields: fields.iter().map(|(field, value)| (name(*field), self::value(names, *value))).collect(),
        },
    };
    Some(RowEvent { hour: event.hour, what })
}

fn value(names: &Dictionary, value: row::StoredValue) -> FieldValue {
    match value {
        row::StoredValue::Flag(flag) => FieldValue::Flag(flag),
        row::StoredValue::Number(number) | row::StoredValue::Exact(number) => FieldValue::Number(number),
        row::StoredValue::Name(choice) => FieldValue::Choice(Arc::clone(names.name(choice))),
        row::StoredValue::Version(version) | row::StoredValue::OtherVersion(version) => {
            FieldValue::Version(unpack_version(version))
        }
        row::StoredValue::Country(letters) => FieldValue::Country(letters.to_be_bytes()),
        row::StoredValue::Nothing => FieldValue::NoMember,
    }
}
