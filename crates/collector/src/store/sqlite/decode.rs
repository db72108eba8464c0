//! Stored events in neutral words.

use std::sync::Arc;

use super::dictionary::Dictionary;
use crate::rollup::row::{self, CountCell, Number, Stored, What, unpack_version};
use crate::store::read::{
    FieldValue, InstallationKey, Recorded, ReportedCount, RequestSum, RowEvent, RowSum,
};

pub(super) fn key(installation: Number) -> InstallationKey {
    InstallationKey(u64::from(installation))
}

fn key_if_any(installation: Number) -> Option<InstallationKey> {
    (installation != 0).then(|| key(installation))
}

pub(super) fn counts(names: &Dictionary, cells: &[CountCell]) -> Vec<ReportedCount> {
    let count = |cell: &CountCell| ReportedCount {
        count: Arc::clone(names.name(cell.name)),
        entry: names.name_if_any(cell.cell),
        number: cell.number,
    };
    cells.iter().map(count).collect()
}

pub(super) fn event(names: &Dictionary, event: Stored) -> RowEvent {
    let name = |number| Arc::clone(names.name(number));
    let what = match event.what {
        What::Command { command, ending, server, server_version } => Recorded::Command {
            command: name(command),
            ending,
            server: key_if_any(server),
            server_version: server_version.map(unpack_version),
        },
        What::Console { action, route, server, cli } => Recorded::Console {
            action: names.name_if_any(action),
            route: name(route),
            server: key_if_any(server),
            cli: key_if_any(cli),
        },
        What::Report(cells) => Recorded::Report(counts(names, &cells)),
        What::Timings(sums) => Recorded::Requests(
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
        What::Declared { name: event, times, fields } => Recorded::Declared {
            event: name(event),
            times,
            fields: fields.iter().map(|(field, value)| (name(*field), self::value(names, *value))).collect(),
        },
    };
    RowEvent { hour: event.hour, what }
}

fn value(names: &Dictionary, value: row::FieldValue) -> FieldValue {
    match value {
        row::FieldValue::Flag(flag) => FieldValue::Flag(flag),
        row::FieldValue::Number(number) | row::FieldValue::Exact(number) => FieldValue::Number(number),
        row::FieldValue::Name(choice) => FieldValue::Choice(Arc::clone(names.name(choice))),
        row::FieldValue::Version(version) => FieldValue::Version(unpack_version(version)),
        row::FieldValue::Country(letters) => FieldValue::Country(letters.to_be_bytes()),
        row::FieldValue::Nothing => FieldValue::NoMember,
    }
}
