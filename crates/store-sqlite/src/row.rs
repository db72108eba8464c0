//! The stored form of events: what one batch says of one day, as a few bytes an event.
//!
//! A row is (product, day, installation, part, context, events). `events` is a sequence of variable-length
//! integers (LEB128): first `hour × 8 + kind`, then what the kind says. Names are numbers of the store's
//! dictionary, never 0; installations are numbers of the product's. Run and session ids are not kept: they serve to seal
//! a batch and to show it live.

use std::borrow::Cow;
use std::io::{Read as _, Write as _};

use aboveboard_types::event::Ending;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

/// A number of the dictionary of names; 0 stands for none.
pub(crate) type NameNumber = u32;

/// A number of an installation within its product; 0 stands for none.
pub(crate) type InstallationNumber = u32;

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredEvent {
    /// Hour of the day, UTC.
    pub(crate) hour: u8,
    /// What happened.
    pub(crate) what: StoredKind,
}

/// What happened, in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StoredKind {
    /// A command of a CLI.
    Command {
        /// Its canonical path.
        command: NameNumber,
        /// How it ended.
        ending: Ending,
        /// The server it talked to.
        server: InstallationNumber,
        /// That server's version, packed by [`pack_version`](aboveboard_store::packed_version::pack_version): anybody can make up versions, so they get no names.
        server_version: Option<u64>,
    },
    /// An action or page view in a console.
    Console {
        /// The action; 0 for a page view.
        action: NameNumber,
        /// The route pattern.
        route: NameNumber,
        /// The server that serves the console.
        server: InstallationNumber,
        /// The CLI that serves it.
        cli: InstallationNumber,
    },
    /// The object counts of a server.
    Report(Vec<StoredCount>),
    /// What a server served since its report before: how much each sum has grown.
    Timings(Vec<TimingSum>),
    /// No event: the version of the product that was sent, where the row's context has another in its place.
    SentVersion(u64),
    /// An event that the manifest declares.
    Declared {
        /// Its name.
        name: NameNumber,
        /// How often it happened: 1 unless repeats were folded.
        times: u64,
        /// Its fields, in the order they were recorded.
        fields: Vec<(NameNumber, StoredValue)>,
    },
}

/// One cell of a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StoredCount {
    /// The count.
    pub(crate) name: NameNumber,
    /// The entry of its closed list; 0 for a count of one number.
    pub(crate) cell: NameNumber,
    /// The number.
    pub(crate) number: u64,
}

/// A sum over the requests of one kind that took about the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimingSum {
    /// `requests query/http` for the number and the whole time, `requests.database query/http` for a part of it.
    pub(crate) name: NameNumber,
    /// Milliseconds, not a number of requests.
    pub(crate) is_time: bool,
    /// The edge at or below the time of each request, in milliseconds.
    pub(crate) from: u64,
    /// The sum.
    pub(crate) n: u64,
}

impl StoredKind {
    /// Whether it is of a report.
    #[must_use]
    pub(crate) const fn is_report(&self) -> bool {
        matches!(self, Self::Report(_) | Self::Timings(_))
    }

    /// How many events it counts for: timings come with their report.
    #[must_use]
    pub(crate) fn times(&self) -> u64 {
        match self {
            Self::Timings(_) | Self::SentVersion(_) => 0,
            Self::Declared { times, .. } => *times,
            _ => 1,
        }
    }
}

/// The value of a field; a set is one field for each member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoredValue {
    /// True or false.
    Flag(bool),
    /// A number of which there may be many: a count.
    Number(u64),
    /// A number of which there are few: an edge of a bucket or a duration, a code.
    Exact(u64),
    /// A declared name.
    Name(NameNumber),
    /// A version, packed by [`pack_version`](aboveboard_store::packed_version::pack_version).
    Version(u64),
    /// A version that has no name and is counted as `other`, packed likewise.
    OtherVersion(u64),
    /// Two letters, packed by their code points.
    Country(u16),
    /// A set without members.
    Nothing,
}

const COMMAND: u64 = 0;
const CONSOLE: u64 = 1;
const REPORT: u64 = 2;
const DECLARED: u64 = 3;
/// A declared event that stands for several: its number of times comes before the rest.
const FOLDED: u64 = 4;
const TIMINGS: u64 = 5;
/// A command whose server and version are those of the linked command before it in the row.
const LINKED_AS_BEFORE: u64 = 6;
const SENT_VERSION: u64 = 7;

/// The first byte of a row that is deflated. No other begins with it: a version that was sent has no hour.
const DEFLATED: u8 = 0x0f;

/// Shorter rows are kept as they are: most are, and there is little to gain.
const MIN_DEFLATED: usize = 256;

/// Most bytes that a row inflates to. One batch of 1 MiB says less in this form, so that what is above is damage.
const MAX_INFLATED: u64 = 4 << 20;

/// The stored form of what one batch says of one day. Most people work with one server, so that its number and version
/// stand once.
#[must_use]
pub(crate) fn push_all<'e>(events: impl IntoIterator<Item = &'e StoredEvent>) -> Vec<u8> {
    let events = events.into_iter();
    let mut out = Vec::with_capacity(events.size_hint().0 * 6);
    let mut before = (0, None);
    for event in events {
        match &event.what {
            StoredKind::Command { command, ending, server, server_version }
                if before != (0, None) && before == (*server, *server_version) =>
            {
                let head = u64::from(event.hour) << 3 | LINKED_AS_BEFORE;
                numbers(&mut out, &[head, u64::from(*command), number_of(*ending)]);
            }
            StoredKind::Command { server, server_version, .. } if (*server, *server_version) != (0, None) => {
                before = (*server, *server_version);
                push(&mut out, event);
            }
            _ => push(&mut out, event),
        }
    }
    out
}

/// The stored form of a long row: what repeats takes as little room as it took on the wire.
#[must_use]
pub(crate) fn deflated(plain: Vec<u8>) -> Vec<u8> {
    if plain.len() < MIN_DEFLATED {
        return plain;
    }
    let mut encoder = DeflateEncoder::new(vec![DEFLATED], Compression::fast());
    match encoder.write_all(&plain).and_then(|()| encoder.finish()) {
        Ok(short) if short.len() < plain.len() => short,
        _ => plain,
    }
}

/// What [`deflated`] made its form of.
///
/// # Errors
/// Where the bytes do not inflate: the file is damaged.
pub(crate) fn inflated(bytes: &[u8]) -> Result<Cow<'_, [u8]>, DamagedRow> {
    let Some((&DEFLATED, short)) = bytes.split_first() else { return Ok(Cow::Borrowed(bytes)) };
    let mut plain = Vec::new();
    let mut decoder = DeflateDecoder::new(short).take(MAX_INFLATED);
    decoder.read_to_end(&mut plain).map_err(|_| DamagedRow)?;
    Ok(Cow::Owned(plain))
}

/// How a command ended, each at its stored number.
const ENDINGS: [Ending; 3] = [Ending::Success, Ending::Error, Ending::Unfinished];

/// The stored number of an ending.
pub(crate) fn number_of(ending: Ending) -> u64 {
    ENDINGS.iter().zip(0..).find(|(known, _)| **known == ending).map_or(0, |(_, number)| number)
}

/// The ending that a stored number stands for.
///
/// # Errors
/// Where it stands for none.
pub(crate) fn ending_of(number: u64) -> Result<Ending, DamagedRow> {
    ENDINGS.get(number as usize).copied().ok_or(DamagedRow)
}

/// Appends the stored form of an event.
pub(crate) fn push(out: &mut Vec<u8>, event: &StoredEvent) {
    let head = |kind: u64| u64::from(event.hour) << 3 | kind;
    match &event.what {
        StoredKind::Command { command, ending, server, server_version } => {
            let ending = number_of(*ending);
            let linked = u64::from(*server != 0 || server_version.is_some());
            numbers(out, &[head(COMMAND), u64::from(*command), ending << 1 | linked]);
            if linked == 1 {
                // 0 stands for none, so a version is one more than its packed form, which leaves its upper byte free.
                let version = server_version.map_or(0, |version| version.saturating_add(1));
                numbers(out, &[u64::from(*server), version]);
            }
        }
        StoredKind::Console { action, route, server, cli } => {
            numbers(out, &[head(CONSOLE), u64::from(*action), u64::from(*route)]);
            numbers(out, &[u64::from(*server), u64::from(*cli)]);
        }
        StoredKind::Report(cells) => push_report(out, event.hour, cells),
        StoredKind::Timings(sums) => {
            numbers(out, &[head(TIMINGS), sums.len() as u64]);
            for sum in sums {
                numbers(out, &[u64::from(sum.name) << 1 | u64::from(sum.is_time), sum.from, sum.n]);
            }
        }
        StoredKind::SentVersion(version) => numbers(out, &[head(SENT_VERSION), *version]),
        StoredKind::Declared { name, times, fields } => {
            if *times == 1 {
                numbers(out, &[head(DECLARED)]);
            } else {
                numbers(out, &[head(FOLDED), *times]);
            }
            numbers(out, &[u64::from(*name), fields.len() as u64]);
            for (field, value) in fields {
                let (tag, value) = match *value {
                    StoredValue::Flag(flag) => (0, u64::from(flag)),
                    StoredValue::Number(number) => (1, number),
                    StoredValue::Name(name) => (2, u64::from(name)),
                    StoredValue::Version(version) => (3, version),
                    StoredValue::Country(country) => (4, u64::from(country)),
                    StoredValue::Nothing => (5, 0),
                    StoredValue::Exact(number) => (6, number),
                    StoredValue::OtherVersion(version) => (7, version),
                };
                numbers(out, &[u64::from(*field), tag, value]);
            }
        }
    }
}

/// Appends the stored form of a report.
pub(crate) fn push_report(out: &mut Vec<u8>, hour: u8, cells: &[StoredCount]) {
    numbers(out, &[u64::from(hour) << 3 | REPORT, cells.len() as u64]);
    for cell in cells {
        numbers(out, &[u64::from(cell.name), u64::from(cell.cell), cell.number]);
    }
}

fn numbers(out: &mut Vec<u8>, numbers: &[u64]) {
    for number in numbers {
        push_number(out, *number);
    }
}

/// Appends a number as LEB128.
pub(crate) fn push_number(out: &mut Vec<u8>, number: u64) {
    let mut rest = number;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Takes a number that [`push_number`] wrote from the beginning of some bytes.
///
/// # Errors
/// Where the bytes do not begin with such a number.
pub(crate) fn take_number(bytes: &mut &[u8]) -> Result<u64, DamagedRow> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first().ok_or(DamagedRow)?;
        *bytes = rest;
        let bits = u64::from(first & 0x7f);
        if shift == 63 && bits > 1 {
            return Err(DamagedRow);
        }
        number |= bits << shift;
        if first & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(DamagedRow)
}

/// Reads the events of a row.
///
/// # Errors
/// Where the bytes are not what [`push`] writes: the file is damaged.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<StoredEvent>, DamagedRow> {
    let plain = inflated(bytes)?;
    let mut reader = RowReader { bytes: &plain, linked: (0, None) };
    let mut events = Vec::new();
    while !reader.bytes.is_empty() {
        events.push(reader.event()?);
    }
    Ok(events)
}

/// The bytes of a row are not what was written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DamagedRow;

struct RowReader<'a> {
    bytes: &'a [u8],
    /// Server and version of the last linked command.
    linked: (InstallationNumber, Option<u64>),
}

impl RowReader<'_> {
    fn event(&mut self) -> Result<StoredEvent, DamagedRow> {
        let head = self.number()?;
        let hour = u8::try_from(head >> 3).ok().filter(|hour| *hour < 24).ok_or(DamagedRow)?;
        let what = match head & 7 {
            COMMAND => self.command()?,
            LINKED_AS_BEFORE => {
                let command = self.small()?;
                let ending = ending_of(self.number()?)?;
                let (server, server_version) = self.linked;
                StoredKind::Command { command, ending, server, server_version }
            }
            CONSOLE => StoredKind::Console {
                action: self.small()?,
                route: self.small()?,
                server: self.small()?,
                cli: self.small()?,
            },
            REPORT => StoredKind::Report(self.list(|from| {
                Ok(StoredCount { name: from.small()?, cell: from.small()?, number: from.number()? })
            })?),
            DECLARED => self.declared(1)?,
            FOLDED => {
                let times = self.number()?;
                self.declared(times)?
            }
            TIMINGS => StoredKind::Timings(self.list(Self::sum)?),
            SENT_VERSION if hour == 0 => StoredKind::SentVersion(self.number()?),
            _ => return Err(DamagedRow),
        };
        Ok(StoredEvent { hour, what })
    }

    fn command(&mut self) -> Result<StoredKind, DamagedRow> {
        let command = self.small()?;
        let flags = self.number()?;
        let ending = ending_of(flags >> 1)?;
        let mut linked = (0, None);
        if flags & 1 == 1 {
            linked = (self.small()?, self.number()?.checked_sub(1));
            self.linked = linked;
        }
        let (server, server_version) = linked;
        Ok(StoredKind::Command { command, ending, server, server_version })
    }

    fn declared(&mut self, times: u64) -> Result<StoredKind, DamagedRow> {
        Ok(StoredKind::Declared { name: self.small()?, times, fields: self.list(Self::field)? })
    }

    fn sum(&mut self) -> Result<TimingSum, DamagedRow> {
        let name = self.number()?;
        let is_time = name & 1 == 1;
        let name = u32::try_from(name >> 1).map_err(|_| DamagedRow)?;
        Ok(TimingSum { name, is_time, from: self.number()?, n: self.number()? })
    }

    fn field(&mut self) -> Result<(NameNumber, StoredValue), DamagedRow> {
        let name = self.small()?;
        let tag = self.number()?;
        let value = self.number()?;
        let value = match tag {
            0 => StoredValue::Flag(value != 0),
            1 => StoredValue::Number(value),
            2 => StoredValue::Name(u32::try_from(value).map_err(|_| DamagedRow)?),
            3 => StoredValue::Version(value),
            4 => StoredValue::Country(u16::try_from(value).map_err(|_| DamagedRow)?),
            5 => StoredValue::Nothing,
            6 => StoredValue::Exact(value),
            7 => StoredValue::OtherVersion(value),
            _ => return Err(DamagedRow),
        };
        Ok((name, value))
    }

    fn list<T>(
        &mut self,
        mut each: impl FnMut(&mut Self) -> Result<T, DamagedRow>,
    ) -> Result<Vec<T>, DamagedRow> {
        let len = self.number()?;
        // Each item is at least one byte: a damaged length cannot make us allocate more than was read.
        if len > self.bytes.len() as u64 {
            return Err(DamagedRow);
        }
        (0..len).map(|_| each(self)).collect()
    }

    fn small(&mut self) -> Result<u32, DamagedRow> {
        u32::try_from(self.number()?).map_err(|_| DamagedRow)
    }

    fn number(&mut self) -> Result<u64, DamagedRow> {
        take_number(&mut self.bytes)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = StoredValue> {
        prop_oneof![
            any::<bool>().prop_map(StoredValue::Flag),
            any::<u64>().prop_map(StoredValue::Number),
            any::<u64>().prop_map(StoredValue::Exact),
            any::<u32>().prop_map(StoredValue::Name),
            any::<u64>().prop_map(StoredValue::Version),
            any::<u64>().prop_map(StoredValue::OtherVersion),
            any::<u16>().prop_map(StoredValue::Country),
            Just(StoredValue::Nothing),
        ]
    }

    pub(crate) fn event() -> impl Strategy<Value = StoredEvent> {
        let ending = prop::sample::select(vec![Ending::Success, Ending::Error, Ending::Unfinished]);
        let version = prop::option::of(0u64..1 << 56);
        let cell = (any::<u32>(), any::<u32>(), any::<u64>()).prop_map(|(name, cell, number)| StoredCount {
            name,
            cell,
            number,
        });
        let sum = (any::<u32>(), any::<bool>(), any::<u64>(), any::<u64>())
            .prop_map(|(name, is_time, from, n)| TimingSum { name, is_time, from, n });
        let what = prop_oneof![
            (any::<u32>(), ending, any::<u32>(), version).prop_map(
                |(command, ending, server, server_version)| StoredKind::Command {
                    command,
                    ending,
                    server,
                    server_version
                }
            ),
            any::<[u32; 4]>().prop_map(|[action, route, server, cli]| StoredKind::Console {
                action,
                route,
                server,
                cli
            }),
            prop::collection::vec(cell, 0..8).prop_map(StoredKind::Report),
            (any::<u32>(), any::<u64>(), prop::collection::vec((any::<u32>(), value()), 0..8))
                .prop_map(|(name, times, fields)| StoredKind::Declared { name, times, fields }),
            prop::collection::vec(sum, 0..8).prop_map(StoredKind::Timings),
            any::<u64>().prop_map(StoredKind::SentVersion),
        ];
        (0u8..24, what).prop_map(|(hour, what)| {
            let hour = if matches!(what, StoredKind::SentVersion(_)) { 0 } else { hour };
            StoredEvent { hour, what }
        })
    }

    proptest! {
        #[test]
        fn a_row_reads_what_was_written(events in prop::collection::vec(event(), 0..20)) {
            let mut bytes = Vec::new();
            events.iter().for_each(|event| push(&mut bytes, event));
            prop_assert_eq!(read(&bytes).unwrap(), &*events, "each by itself, as older programs wrote them");
            prop_assert_eq!(&read(&push_all(&events)).unwrap(), &events);
            prop_assert_eq!(read(&deflated(push_all(&events))).unwrap(), events);
        }

        #[test]
        fn any_bytes_end_in_events_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }

    #[test]
    fn a_server_that_all_commands_of_a_day_talked_to_is_written_once() {
        let what = |server| StoredKind::Command {
            command: 9,
            ending: Ending::Error,
            server,
            server_version: (server == 70_000).then_some(1 << 40),
        };
        let events: Vec<StoredEvent> = [70_000, 70_000, 0, 70_000, 3, 70_000]
            .map(|server| StoredEvent { hour: 9, what: what(server) })
            .to_vec();
        let bytes = push_all(&events);
        assert_eq!(read(&bytes).unwrap(), events);
        assert_eq!(bytes.len(), 2 * (3 + 3 + 6) + 2 * 3 + 3 + 5);
    }

    #[test]
    fn what_repeats_takes_little() {
        let cells = (1..=12).map(|name| StoredCount { name, cell: 0, number: (1 << 53) - 1 }).collect();
        let report = StoredEvent { hour: 9, what: StoredKind::Report(cells) };
        let plain = push_all(&vec![report; 100]);
        let bytes = deflated(plain.clone());
        assert!(bytes.len() * 20 < plain.len(), "{} of {}", bytes.len(), plain.len());
        assert_eq!(read(&bytes).unwrap(), read(&plain).unwrap());
        let cut = &bytes[..bytes.len() - 5];
        assert!(inflated(cut).is_err());
    }

    #[test]
    fn a_common_command_takes_four_bytes() {
        let what =
            StoredKind::Command { command: 9, ending: Ending::Success, server: 0, server_version: None };
        let mut bytes = Vec::new();
        push(&mut bytes, &StoredEvent { hour: 23, what });
        assert_eq!(bytes.len(), 4);
    }
}
