//! How much room events take, for the bound of what one installation may have on a day.

use std::ops::AddAssign;

use aboveboard_store::packed_version::pack_version;
use aboveboard_store::read::{InstallationKey, RequestSum};
use aboveboard_types::value::Version;

use crate::batch::{SentEvent, SentKind, SentValue};

/// What a name takes as a number of a dictionary.
const NAME: Bytes = Bytes(1);

/// What an installation takes as a number of its product.
const INSTALLATION: Bytes = Bytes(1);

/// What none takes in the place of a name or an installation.
const NONE: Bytes = Bytes(1);

/// Room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Bytes(u64);

impl AddAssign for Bytes {
    fn add_assign(&mut self, more: Self) {
        self.0 = self.0.saturating_add(more.0);
    }
}

/// How much room events of one day take where every name and installation is a number of one byte: what the embedded store measures
/// while its dictionary is small. It is a quota, and no figure.
pub(crate) fn bytes_of<'e>(events: impl IntoIterator<Item = &'e SentEvent>) -> u64 {
    let mut all = Bytes::default();
    let mut before = None;
    for event in events {
        // Most people work with one server, so that its number and version stand once.
        let link = link(&event.what);
        if link.is_some() && link == before {
            all += number(u64::from(event.hour) << 3);
            all += NAME;
            all += number(0);
            continue;
        }
        before = link.or(before);
        all += bytes_of_event(event);
    }
    all.0
}

/// What an event says of the server that it talked to.
fn link(what: &SentKind) -> Option<(Option<InstallationKey>, Option<Version>)> {
    match what {
        SentKind::Command { server, server_version, .. } => {
            (server.is_some() || server_version.is_some()).then_some((*server, *server_version))
        }
        _ => None,
    }
}

fn bytes_of_event(event: &SentEvent) -> Bytes {
    let mut all = number(u64::from(event.hour) << 3);
    match &event.what {
        SentKind::Command { server_version, .. } => {
            all += NAME;
            all += number(0);
            if link(&event.what).is_some() {
                all += INSTALLATION;
                all += number(server_version.map_or(0, |version| pack_version(version).saturating_add(1)));
            }
        }
        SentKind::Console { action, server, cli, .. } => {
            all += action.as_ref().map_or(NONE, |_| NAME);
            all += NAME;
            all += server.map_or(NONE, |_| INSTALLATION);
            all += cli.map_or(NONE, |_| INSTALLATION);
        }
        SentKind::Report { counts, .. } => {
            all += number(counts.len() as u64);
            for count in counts {
                all += NAME;
                all += count.entry.as_ref().map_or(NONE, |_| NAME);
                all += number(count.number);
            }
        }
        SentKind::Requests(sums) => {
            all += number(sums.len() as u64);
            for sum in sums {
                all += NAME;
                all += number(sum.from);
                let (RequestSum::Requests(n) | RequestSum::Milliseconds(n)) = sum.sum;
                all += number(n);
            }
        }
        SentKind::Declared { times, fields, .. } => {
            if *times != 1 {
                all += number(*times);
            }
            all += NAME;
            all += number(fields.len() as u64);
            for (_, value) in fields {
                all += NAME;
                all += number(0);
                all += bytes_of_value(value);
            }
        }
    }
    all
}

fn bytes_of_value(value: &SentValue) -> Bytes {
    match value {
        SentValue::Flag(_) | SentValue::NoMember => number(0),
        SentValue::Count(n) | SentValue::Exact(n) => number(*n),
        SentValue::Choice(_) => NAME,
        SentValue::Version(version, _) => number(pack_version(*version)),
        SentValue::Country(letters) => number(u16::from_be_bytes(*letters).into()),
    }
}

/// What a number takes as LEB128.
fn number(n: u64) -> Bytes {
    let bits = u64::from(u64::BITS - n.leading_zeros()).max(1);
    Bytes(bits.div_ceil(7))
}
