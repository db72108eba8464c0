//! Stored events in the terms of a cluster.

use std::sync::Arc;

use aboveboard_replay::{Naming, SentEvent, SentKind, SentValue};
use aboveboard_store::calendar::Day;
use aboveboard_store::packed_version::unpack_version;
use aboveboard_store::read::{RequestSum, RowSum};

use super::words::{Product, Words};
use crate::decode;
use crate::row::{StoredEvent, StoredKind, StoredValue, TimingSum};

/// Stored events of a day as a cluster has them.
pub(super) fn events(words: &Words, product: &Product, day: Day, stored: &[StoredEvent]) -> Vec<SentEvent> {
    let event = |event: &StoredEvent| {
        kind(words, product, &event.what).map(|what| SentEvent { day, hour: event.hour, what })
    };
    stored.iter().filter_map(event).collect()
}

fn kind(words: &Words, product: &Product, stored: &StoredKind) -> Option<SentKind> {
    Some(match stored {
        StoredKind::Command { command, ending, server, server_version } => SentKind::Command {
            command: words.name(*command),
            ending: *ending,
            server: product.installation(*server),
            server_version: server_version.map(unpack_version),
        },
        StoredKind::Console { action, route, server, cli } => SentKind::Console {
            action: words.names.name_if_any(*action),
            route: words.name(*route),
            server: product.installation(*server),
            cli: product.installation(*cli),
        },
        StoredKind::Report(counts) => {
            SentKind::Report { counts: decode::counts(&words.names, counts), timings: None }
        }
        StoredKind::Timings(sums) => SentKind::Requests(sums.iter().map(|of| sum(words, of)).collect()),
        StoredKind::SentVersion(_) => return None,
        StoredKind::Declared { name, times, fields } => SentKind::Declared {
            event: words.name(*name),
            times: *times,
            fields: fields.iter().map(|(field, of)| (words.name(*field), value(words, *of))).collect(),
        },
    })
}

fn sum(words: &Words, of: &TimingSum) -> RowSum {
    let sum = if of.is_time { RequestSum::Milliseconds(of.n) } else { RequestSum::Requests(of.n) };
    RowSum { name: Arc::clone(words.names.name(of.name)), from: of.from, sum }
}

fn value(words: &Words, stored: StoredValue) -> SentValue {
    match stored {
        StoredValue::Flag(flag) => SentValue::Flag(flag),
        StoredValue::Number(number) => SentValue::Count(number),
        StoredValue::Exact(number) => SentValue::Exact(number),
        StoredValue::Name(choice) => SentValue::Choice(words.name(choice)),
        StoredValue::Version(version) => SentValue::Version(unpack_version(version), Naming::Named),
        StoredValue::OtherVersion(version) => SentValue::Version(unpack_version(version), Naming::Other),
        StoredValue::Country(letters) => SentValue::Country(letters.to_be_bytes()),
        StoredValue::Nothing => SentValue::NoMember,
    }
}
